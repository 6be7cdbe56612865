import { encodeBatch } from '../../src/chain/batch.ts';
import { type SubmitBatchRequest, transactionOf } from '../../src/chain/duty.ts';
import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { concat, equalBytes } from '../../src/crypto/bytes.ts';
import { encode } from '../../src/crypto/codec.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { addressFromBytes, addressOf } from '../../src/ethereum/address.ts';
import { ExclusionLog, Exclusions } from '../../src/node/blame/exclusions.ts';
import { type EvidenceCase, encodeBlame, evidenceName } from '../../src/node/blame/messages.ts';
import { type SigningMessage, signingMessageCodec } from '../../src/node/control.ts';
import { EpochGate } from '../../src/node/epoch-gate.ts';
import { EpochLog } from '../../src/node/epoch-log.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { JoinedSpecs } from '../../src/node/joined-specs.ts';
import type { KeyContext } from '../../src/node/key-context.ts';
import { type Blamed, KeyRuntime, type PresignLevels } from '../../src/node/key-runtime.ts';
import type { L1View, Policy } from '../../src/node/policy/verdict.ts';
import { SessionHost } from '../../src/node/sessions/host.ts';
import { type HostPort, Sessions } from '../../src/node/sessions/sessions.ts';
import { inlineHost } from '../../src/node/sessions/worker-host.ts';
import { SignGuard } from '../../src/node/sign-guard.ts';
import type { SignedRecord } from '../../src/node/signing.ts';
import { Suspicion } from '../../src/node/suspicion.ts';
import { epochIdOf, publicKeyOf } from '../../src/protocols/epoch.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import { brotli } from '../../src/system/compression.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { type MemoryDisk, memoryDisk, memoryLog, named } from '../unit/node/helpers.ts';
import { SimClock, settle } from './clock.ts';
import { rngOf } from './cluster.ts';
import { type DealtKey, dealKey } from './signing.ts';

/** One message on its way. */
export interface Letter {
  readonly from: PartyIndex;
  readonly to: PartyIndex;
  readonly channel: 'session' | 'signing' | 'blame';
  readonly bytes: Uint8Array;
}

/** One node’s use of the key: all of it that signs, without links. */
export interface Seat {
  readonly index: PartyIndex;
  readonly runtime: KeyRuntime;
  readonly sessions: Sessions;
  readonly key: KeyContext;
  readonly disk: MemoryDisk;
  readonly log: ReturnType<typeof memoryLog>;
  readonly signed: SignedRecord[];
  /** What proof and silence have done. */
  readonly blamed: Blamed[];
  /** Evidence that it has kept. */
  readonly kept: EvidenceCase[];
}

/** What may differ from the ordinary. */
export interface RuntimesOptions {
  readonly levels?: PresignLevels;
  readonly state?: KeyContext['state'];
  /** Another answer to `connected`. */
  readonly connected?: () => readonly number[];
  /** How long a request waits for links; not at all if left out. */
  readonly patienceMs?: number;
  /** Why the register of a seat was begun: `keygen`, if left out; any other begins in quarantine. */
  readonly origins?: Readonly<Record<number, string>>;
  /** What all see on L1. */
  readonly l1View?: () => L1View | undefined;
  /** Letters in place of one: none loses it. */
  readonly tamper?: (letter: Letter) => readonly Letter[];
}

const l2ChainId = 71_001n;
const inbox = addressFromBytes(new Uint8Array(20).fill(5));

/** A request that the policy of these nodes allows, with what is changed in it. */
export function request(
  key: DealtKey,
  change: Partial<SubmitBatchRequest> = {},
  seed = 'a',
): SubmitBatchRequest {
  const batchIndex = change.batchIndex ?? 1n;
  const transactions = makeTransactions({ seed, l2ChainId, accounts: 2, transactions: 2 });
  const plan = { index: batchIndex, da: 'calldata', l2ChainId, compression: 'none', transactions } as const;
  return {
    kind: 'submit-batch',
    keyId: key.record.keyId,
    keyEpoch: 0,
    sender: addressOf(publicKeyOf(key.record)),
    l1ChainId: 31_337n,
    l2ChainId,
    inbox,
    batchIndex,
    da: 'calldata',
    payload: encodeBatch(plan, brotli),
    nonce: batchIndex,
    gasLimit: 700_000n,
    maxFeePerGas: 41n,
    maxPriorityFeePerGas: 1n,
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
    ...change,
  };
}

const policyFor = (key: DealtKey): Policy => ({
  rules: [
    {
      id: 'batch',
      kind: 'submit-batch',
      purpose: 'batch',
      da: 'calldata',
      l1ChainId: 31_337n,
      l2ChainId,
      inbox,
      selector: transactionOf(request(key)).data.slice(0, 4),
      valueMax: 0n,
      gasMax: 5_000_000n,
      feeCap: 400n,
      blobFeeCap: 0n,
      blobsMax: 0,
      dataMaxBytes: 120_000,
    },
  ],
});

/**
 * Four nodes with one key, three of which sign, in one thread: real cryptography, time and links of the test.
 */
export class Runtimes {
  readonly clock: SimClock = new SimClock();
  readonly key: DealtKey = dealKey(3, 4, 'runtimes');
  readonly seats: readonly Seat[];
  /** Guard records written and session messages sent, in order: `2 guard`, `2 sends 3`. */
  readonly trace: string[] = [];
  /** Members that are away: nothing reaches them. */
  readonly away: Set<number> = new Set();
  tamper: (letter: Letter) => readonly Letter[];
  #letters: Letter[] = [];

  constructor(options: RuntimesOptions = {}) {
    this.tamper = options.tamper ?? ((letter): readonly Letter[] => [letter]);
    this.seats = this.key.members.map(({ index }) => this.#seat(index, options));
  }

  /** The node of a seat. */
  seat(index: number): Seat {
    const found = this.seats.find((one) => one.index === index);
    if (found === undefined) throw new RangeError(`no seat ${index}`);
    return found;
  }

  /** Puts a message on its way, as if a node had sent it. */
  post(letter: Letter): void {
    if (letter.channel === 'session') this.trace.push(`${letter.from} sends ${letter.to}`);
    this.#letters.push(letter);
  }

  /** Letters of a member that are still on their way. */
  posted(channel: Letter['channel'], from: number): readonly Letter[] {
    return this.#letters.filter((letter) => letter.channel === channel && letter.from === from);
  }

  /** Says something on the signing channel, in the name of a member. */
  say(from: PartyIndex, to: PartyIndex, message: SigningMessage): void {
    this.post({ from, to, channel: 'signing', bytes: encode(signingMessageCodec, message) });
  }

  /** Delivers until nothing is on its way. */
  async pump(): Promise<void> {
    await settle();
    for (let letter = this.#letters.shift(); letter !== undefined; letter = this.#letters.shift()) {
      for (const { from, to, channel, bytes } of this.tamper(letter)) {
        if (this.away.has(to) || this.away.has(from)) continue;
        const { sessions, runtime } = this.seat(to);
        if (channel === 'session') sessions.receive(from, bytes.slice());
        else if (channel === 'blame') runtime.blame.receive(from, bytes.slice());
        else runtime.receive(from, bytes.slice());
      }
      await settle();
      await settle();
    }
  }

  /** Lets everything happen, time included, until the promise has ended. */
  async ending<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    promise.then(end, end);
    for (let i = 0; i < 10_000; i++) {
      await this.pump();
      if (isOver) return promise;
      if (!this.clock.step()) await settle();
    }
    throw new RangeError('it does not end');
  }

  #seat(index: PartyIndex, options: RuntimesOptions): Seat {
    const { record } = this.key;
    const { clock } = this;
    const [disk, log] = [memoryDisk(), memoryLog()];
    const traced = {
      ...disk,
      append: (path: string, bytes: Uint8Array): void => {
        disk.append(path, bytes);
        if (path === 'guard') this.trace.push(`${index} guard`);
      },
    };
    const guard = SignGuard.create(
      { path: 'guard', keyId: record.keyId, limits: defaultGuardLimits },
      options.origins?.[index] ?? 'keygen',
      { disk: traced, log },
    );
    this.trace.length = 0;
    const epochLog = EpochLog.open(disk, 'state');
    const key: KeyContext = {
      ...{ record, keyId: record.keyId, epochId: epochIdOf(record), address: addressOf(publicKeyOf(record)) },
      ...{ purpose: 'batch', self: index, state: options.state ?? 'active', certHash: named('certificate') },
      secret: new Secret('share', concat(at(this.key.shares, index), named('chain code'))),
      ...{ guard, suspicion: new Suspicion(epochLog), joined: new JoinedSpecs(epochLog) },
      ...{ needsMarks: false, gate: new EpochGate() },
      exclusions: new Exclusions(ExclusionLog.open(disk, 'exclusions'), record),
    };
    const kept: EvidenceCase[] = [];
    const send = (to: PartyIndex, channel: Letter['channel'], bytes: Uint8Array): boolean => {
      this.post({ from: index, to, channel, bytes });
      return true;
    };
    const rngFor = (label: string): ReturnType<typeof rngOf> => rngOf(`${label} ${clock.nowMs()}`, index);
    const host = (): HostPort => inlineHost((emit) => new SessionHost({ emit, rngFor }));
    const [signHost, presignHost] = [host(), host()];
    const sessions = new Sessions({ clock, log, send: (to, bytes) => send(to, 'session', bytes) });
    sessions.attach(signHost);
    sessions.attach(presignHost);
    const [signed, blamed] = [[] as SignedRecord[], [] as Blamed[]];
    const present = (): readonly number[] => options.connected?.() ?? [1, 2, 3, 4];
    const runtime = new KeyRuntime(key, {
      ...{ sessions, signHost, presignHost, clock, log, bootCounter: 1n, roundTimeoutMs: 5_000 },
      identitySeed: this.key.members.find((one) => one.index === index)?.seed ?? named('nobody'),
      policy: policyFor(this.key),
      tools: { compressor: brotli, versionedHashes: () => Promise.resolve([]) },
      l1View: options.l1View ?? ((): undefined => undefined),
      rng: rngOf('node', index),
      levels: options.levels ?? { target: 0, lowWater: 0, ttlMs: 3_600_000 },
      send: (to, message) => void send(to, 'signing', encode(signingMessageCodec, message)),
      connected: () => record.members.map((one) => one.index).filter((j) => present().includes(j)),
      nameOf: (j) => `node-${j}`,
      patienceMs: options.patienceMs ?? 0,
      recordPresign: () => undefined,
      recordSign: (one) => void signed.push(one),
      sendBlame: (to, message) => void send(to, 'blame', encodeBlame(message)),
      evidence: {
        keep: (one) => void kept.push(one),
        find: ({ evidence }) => kept.find((one) => equalBytes(evidenceName(one), evidence)),
      },
      blamed: (what) => void blamed.push(what),
    });
    return { index, runtime, sessions, key, disk, log, signed, blamed, kept };
  }
}

/** Leaves a member out of a seat's quorums, as proof would. */
export function exclude({ key }: Pick<Seat, 'key'>, member: number): void {
  const [session, evidence] = [named(`session against ${member}`), named(`evidence against ${member}`)];
  key.exclusions.exclude({
    ...{ member: partyIndex(member), epochNo: 0, session, evidence, code: 'bad-opening', atMs: 0n },
  });
}
