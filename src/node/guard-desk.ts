import { to0x } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import type {
  GuardApi,
  GuardRow,
  GuardView,
  QuarantineView,
  RaiseRequest,
  ReleaseRequest,
} from './guard-api.ts';
import { type LaneMark, writeGuardFile } from './guard-file.ts';
import { type Slot, laneKey } from './guard-record.ts';
import type { GuardLimits } from './guard-rules.ts';
import { scopeText } from './guard-scope.ts';
import type { Identity } from './identity.ts';
import type { KeyRuntime } from './key-runtime.ts';
import { type Learned, marksOfL1 } from './mark-learning.ts';
import type { L1View, Policy } from './policy/verdict.ts';

/** What the desk works with. */
export interface GuardDeskDeps {
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>;
  readonly l1ChainId: bigint;
  readonly policy: Policy;
  readonly limits: GuardLimits;
  readonly l1View: () => L1View | undefined;
  readonly nowMs: () => number;
}

/** How long members may take to answer before a release says who is missing, in milliseconds. */
const ANSWER_MS = 5_000;

type Lane = Pick<Slot, 'lane' | 'scope'>;

/** Where an operator asks about the guard of a running node. [product, 8.4 to 8.6] */
export class GuardDesk implements GuardApi {
  readonly #runtime: KeyRuntime;
  readonly #deps: GuardDeskDeps;

  constructor(runtime: KeyRuntime, deps: GuardDeskDeps) {
    this.#runtime = runtime;
    this.#deps = deps;
  }

  readonly view = (): GuardView => {
    const { guard } = this.#runtime.key;
    const onL1 = new Map(this.#onL1().map((mark) => [laneKey(mark), mark.low]));
    const rows = this.#lanes().map((lane): GuardRow => {
      const { low, high, highest } = guard.laneState(lane);
      return {
        lane: lane.lane,
        scope: this.#text(lane),
        scopeBytes: to0x(lane.scope),
        low: low?.toString(),
        highestRecorded: highest?.toString(),
        onL1: onL1.get(laneKey(lane))?.toString(),
        high: high?.toString(),
        gap: this.#deps.limits.maxGap[lane.lane]?.toString(),
        lastAnswer: guard.lastAnswer(lane),
      };
    });
    return { entries: String(guard.seq), rows, quarantine: this.#quarantine() };
  };

  readonly raise = ({ lane, scope, low, high }: RaiseRequest): GuardView => {
    const found = this.#lanes().filter(
      (one) => one.lane === lane && (scope === undefined || to0x(one.scope).startsWith(scope)),
    );
    const [only, second] = found;
    if (only === undefined || second !== undefined) {
      const names = this.#lanes().map((one) => `${one.lane} ${this.#text(one)}`);
      const what = only === undefined ? 'no lane' : `${found.length} lanes`;
      throw new InputError('lane-unknown', 'lane', `${lane} names ${what} of: ${names.join(', ') || 'none'}`);
    }
    this.#runtime.key.guard.raise({
      ...only,
      ...(low === undefined ? {} : { low: BigInt(low) }),
      ...(high === undefined ? {} : { high: high === null ? null : BigInt(high) }),
    });
    return this.view();
  };

  readonly export = (): Uint8Array => {
    const { identity, l1ChainId, nowMs } = this.#deps;
    const { guard, keyId, address } = this.#runtime.key;
    const marks = this.#lanes().map((lane): LaneMark => guard.laneState(lane));
    return writeGuardFile(
      {
        ...{ l1ChainId, identityPk: identity.publicKey, seq: guard.seq, head: guard.head, keyId, address },
        ...{ exportedAt: String(nowMs()), marks, records: guard.records },
      },
      (hash32) => identity.sign('guard', hash32),
    );
  };

  readonly release = async ({ withoutL1, isConfirmed }: ReleaseRequest): Promise<GuardView> => {
    const { learning, key } = this.#runtime;
    if (!key.guard.isQuarantined)
      throw new OperationError('not-in-quarantine', 'fatal', 'this node is not in quarantine');
    learning.restart();
    await learning.settled(ANSWER_MS);
    const { learned } = learning;
    const missing = missingFor(learned, withoutL1);
    if (missing.length > 0) throw new OperationError('release-refused', 'retry', missing.join('; '));
    if (isConfirmed) this.#runtime.release('operator');
    return this.view();
  };

  #quarantine(): QuarantineView | undefined {
    const { learning, key } = this.#runtime;
    const why = key.guard.quarantineReason;
    if (why === undefined) return undefined;
    const { marks, ...learned } = learning.learned;
    return {
      why,
      ...learned,
      marks: marks.map((mark) => ({
        lane: mark.lane,
        scope: this.#text(mark),
        low: mark.low.toString(),
        source: mark.source,
      })),
    };
  }

  /** Every lane that the register or L1 knows. */
  #lanes(): readonly Lane[] {
    const known: readonly Lane[] = [...this.#runtime.key.guard.watermarks(), ...this.#onL1()];
    const byName = new Map(known.map(({ lane, scope }) => [laneKey({ lane, scope }), { lane, scope }]));
    return [...byName.values()];
  }

  #onL1(): readonly LaneMark[] {
    const view = this.#deps.l1View();
    if (view === undefined) return [];
    const { keyId, address } = this.#runtime.key;
    return marksOfL1({ keyId, sender: address, policy: this.#deps.policy }, view).map((mark) => ({
      ...mark,
      highest: undefined,
    }));
  }

  #text(lane: Lane): string {
    return scopeText(lane, this.#runtime.key.keyId);
  }
}

/** What speaks against a release. */
function missingFor({ from, required, awaited, isL1Seen }: Learned, withoutL1: boolean): readonly string[] {
  const told = `${from.length} of the ${required} members required have said how far they signed`;
  return [
    ...(from.length < required ? [from.length === 0 ? told : `${told} (${from.join(', ')})`] : []),
    ...(awaited.length > 0 ? [`connected, and without an answer: ${awaited.join(', ')}`] : []),
    ...(isL1Seen || withoutL1
      ? []
      : ['L1 does not answer, or none is configured: look at it elsewhere and give --without-l1']),
  ];
}
