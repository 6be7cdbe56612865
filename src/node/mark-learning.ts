import { type SubmitBatchRequest, slotsOf } from '../chain/duty.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import type { Clock, Log } from '../system/ports.ts';
import { type MarksMessage, type MarksWanted, MAX_TOLD_MARKS, type SigningMessage } from './control.ts';
import { type GuardMark, laneKey } from './guard-record.ts';
import type { KeyContext } from './key-context.ts';
import { type L1View, type Policy, batchingRules } from './policy/verdict.ts';

/** What learning works with. */
export interface MarkLearningDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  /** What this node sees on L1, where it has an endpoint. */
  readonly l1View: () => L1View | undefined;
  readonly send: (to: PartyIndex, message: SigningMessage) => void;
  /** Members with a link, this node included, ascending. */
  readonly connected: () => readonly PartyIndex[];
  /** Who has left with the epoch before this one and still has a link: it may be all that know. */
  readonly formers?: (() => readonly PartyIndex[]) | undefined;
  readonly nameOf: (index: PartyIndex) => string;
}

/** Who has told what was signed, and who is missing. */
export interface Learned {
  /** Members whose answers count, by name. */
  readonly from: readonly string[];
  /** How many have to count: all but one of a quorum. */
  readonly required: number;
  /** Members with a link that have not answered, by name. */
  readonly awaited: readonly string[];
  readonly isL1Seen: boolean;
  /** The highest number of each lane that anybody named. */
  readonly marks: readonly NamedMark[];
}
/** A low mark, and where it comes from. */
export interface NamedMark extends GuardMark {
  readonly low: bigint;
  readonly source: string;
}

/** How often members that have not answered are asked again, in milliseconds. */
const ASK_MS = 5_000;

/**
 * Learns how far others have signed, for a node that may have forgotten it or was not there: the marks of the
 * members, and what L1 shows. It changes nothing until `apply`. [product, 8.5; security, 3.5 rule 3]
 */
export class MarkLearning {
  readonly #key: KeyContext;
  readonly #deps: MarkLearningDeps;
  readonly #told = new Map<PartyIndex, MarksMessage>();
  #isAsking = false;
  #cancel: () => void = () => undefined;
  #changed: () => void = () => undefined;
  readonly #waiting = new Set<() => void>();

  constructor(key: KeyContext, deps: MarkLearningDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** Asks all members, those that come later too, until `stop`. `changed` is called at each answer. */
  begin(changed: () => void = () => undefined): void {
    this.#changed = changed;
    this.#isAsking = true;
    this.#askAgain();
  }

  /** Asks no more; what was told stays. */
  stop(): void {
    this.#isAsking = false;
    this.#cancel();
  }

  /** A link has come: its owner is asked at once. */
  linksChanged(): void {
    if (this.#isAsking) this.#ask();
  }

  /** Forgets all answers, and asks anew. */
  restart(): void {
    this.#told.clear();
    this.#ask();
  }

  /** Takes the answer of a member. The later one of two counts. */
  hear(from: PartyIndex, message: MarksMessage): void {
    if (!this.#isAsking || !equalBytes(message.keyId, this.#key.keyId)) return;
    if (!this.#others().includes(from)) return;
    this.#told.set(from, message);
    this.#deps.log.info('marks told', { peer: this.#deps.nameOf(from), count: message.marks.length });
    this.#tellChange();
  }

  #tellChange(): void {
    this.#changed();
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when enough is learned, and all that have a link have answered; or after so long. */
  async settled(atMostMs: number): Promise<void> {
    const { clock } = this.#deps;
    const endMs = clock.monotonicMs() + atMostMs;
    while (!this.isEnough && clock.monotonicMs() < endMs) {
      let cancel = (): void => undefined;
      let wake = (): void => undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#waiting.add(resolve);
        cancel = clock.after(endMs - clock.monotonicMs(), resolve);
      });
      cancel();
      this.#waiting.delete(wake);
    }
  }

  /**
   * What is known so far. Who is in quarantine itself is heard, and does not count: it may have forgotten the
   * same.
   */
  get learned(): Learned {
    const { nameOf, l1View } = this.#deps;
    const counts = (index: PartyIndex): boolean => this.#told.get(index)?.isQuarantined === false;
    return {
      from: this.#others().filter(counts).map(nameOf),
      required: this.#key.record.threshold - 1,
      awaited: this.#reachable()
        .filter((j) => !this.#told.has(j))
        .map(nameOf),
      isL1Seen: l1View() !== undefined,
      marks: this.#highest(),
    };
  }

  /** Whether enough members have answered, and all that have a link. */
  get isEnough(): boolean {
    const { from, required, awaited } = this.learned;
    return from.length >= required && awaited.length === 0;
  }

  /** Raises the marks of the guard to what was learned. @throws OperationError guard-unavailable */
  apply(): Learned {
    const { guard } = this.#key;
    const { learned } = this;
    for (const { lane, scope, low } of learned.marks) {
      const mine = guard.laneState({ lane, scope });
      if (mine.low !== undefined && mine.low >= low) continue;
      const isStopPassed = mine.high !== undefined && mine.high <= low;
      guard.raise({ lane, scope, low, ...(isStopPassed ? { high: null } : {}) });
    }
    return learned;
  }

  #askAgain(): void {
    this.#cancel();
    if (!this.#isAsking) return;
    this.#ask();
    this.#cancel = this.#deps.clock.after(ASK_MS, () => {
      // Who was waited for may be gone since the last answer.
      this.#tellChange();
      this.#askAgain();
    });
  }

  #ask(): void {
    const message: MarksWanted = { kind: 'marks-wanted', keyId: this.#key.keyId };
    for (const index of this.#reachable()) if (!this.#told.has(index)) this.#deps.send(index, message);
  }

  /** The other members, and who has just left or has told before it was gone. */
  #others(): readonly PartyIndex[] {
    const { record, self } = this.#key;
    const members = record.members.map(({ index }) => index).filter((index) => index !== self);
    const formers = [...this.#formers(), ...this.#told.keys()].filter((index) => !members.includes(index));
    return [...members, ...new Set(formers)];
  }

  #reachable(): readonly PartyIndex[] {
    const there = [...this.#deps.connected(), ...this.#formers()];
    return this.#others().filter((index) => there.includes(index));
  }

  #formers(): readonly PartyIndex[] {
    return this.#deps.formers?.() ?? [];
  }

  #highest(): readonly NamedMark[] {
    const told = [...this.#told].flatMap(([index, { marks }]) =>
      marks.map((mark) => ({ ...mark, source: this.#deps.nameOf(index) })),
    );
    const highest = new Map<string, NamedMark>();
    for (const mark of [...told, ...this.#marksOfL1()]) {
      const { low } = mark;
      const before = highest.get(laneKey(mark));
      if (low !== undefined && (before === undefined || low > before.low))
        highest.set(laneKey(mark), { ...mark, low });
    }
    return [...highest.values()];
  }

  #marksOfL1(): readonly (GuardMark & { readonly source: string })[] {
    const view = this.#deps.l1View();
    if (view === undefined) return [];
    const { keyId, address } = this.#key;
    return marksOfL1({ keyId, sender: address, policy: this.#deps.policy }, view).map((mark) => ({
      ...mark,
      source: 'l1',
    }));
  }
}

/** What is told to a member that asks. Tests of ceremonies are left out: each has one content only. */
export function ownMarks({ keyId, guard }: KeyContext, log: Log): MarksMessage | undefined {
  const marks = guard
    .watermarks()
    .filter(({ lane, low }) => lane !== 'test' && low !== undefined)
    .map((mark) => ({ ...mark, high: undefined }));
  if (marks.length <= MAX_TOLD_MARKS)
    return { kind: 'marks', keyId, isQuarantined: guard.isQuarantined, marks };
  log.error('too many lanes to tell', { count: marks.length });
  return undefined;
}

/** Whose lanes are looked at on L1. */
export interface LanesOnL1 {
  /** 32 bytes */
  readonly keyId: Uint8Array;
  readonly sender: SubmitBatchRequest['sender'];
  readonly policy: Policy;
}

/** The low marks that L1 shows, for the inbox of the first rule for batches: that one is watched. */
export function marksOfL1(
  { keyId, sender, policy }: LanesOnL1,
  { nextNonce, lastBatchIndex }: Pick<L1View, 'nextNonce' | 'lastBatchIndex'>,
): readonly GuardMark[] {
  const [rule] = batchingRules(policy);
  if (rule === undefined) return [];
  const { l1ChainId, l2ChainId, inbox } = rule;
  // Only what names the lanes is read; a number of -1 stands for none.
  const slots = slotsOf({
    ...{ kind: 'submit-batch', keyId, keyEpoch: 0, sender, l1ChainId, l2ChainId, inbox, da: 'calldata' },
    ...{ batchIndex: 0n, nonce: 0n, payload: new Uint8Array(0), gasLimit: 0n, maxFeePerGas: 0n },
    ...{ maxPriorityFeePerGas: 0n, maxFeePerBlobGas: 0n, blobVersionedHashes: [] },
  });
  return slots.flatMap(({ lane, scope }) => {
    const low = lane === 'nonce' ? nextNonce - 1n : lastBatchIndex;
    const isNone = lane === 'nonce' ? nextNonce === 0n : lastBatchIndex === 0n;
    return isNone ? [] : [{ lane, scope, low, high: undefined }];
  });
}
