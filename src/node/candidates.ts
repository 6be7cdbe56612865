import type { PartyIndex } from '../crypto/brand.ts';
import type { KeyContext } from './key-context.ts';
import { chooseQuorumWith } from './quorum.ts';

/** What the choice of a quorum looks at. */
export interface CandidatesDeps {
  /** Members with a link, this node included, ascending. */
  readonly connected: () => readonly PartyIndex[];
  /** Members that evidence has excluded. */
  readonly excluded: ReadonlySet<PartyIndex>;
  /** Whether this node has a presignature ready for a quorum. */
  readonly isReady: (quorum: readonly PartyIndex[]) => boolean;
}

/** What a failed attempt says about those who took part. */
export interface Blockage {
  /** Not asked again for this request. */
  readonly unwilling: readonly PartyIndex[];
  /** Asked again after a pause: what stopped them passes. */
  readonly resting: readonly PartyIndex[];
  /** Whether the quorum may be tried again after a pause. */
  readonly isPassing: boolean;
}

/** Quorums that are looked at for a presignature that is ready. */
const MAX_CONSIDERED = 32;

/** Who may still be asked to sign one request. */
export class Candidates {
  readonly #key: KeyContext;
  readonly #requestId: Uint8Array;
  readonly #deps: CandidatesDeps;
  readonly #failed: (readonly PartyIndex[])[] = [];
  readonly #unwilling = new Set<PartyIndex>();
  #restingQuorums: readonly (readonly PartyIndex[])[] = [];
  #resting: readonly PartyIndex[] = [];

  constructor(key: KeyContext, requestId: Uint8Array, deps: CandidatesDeps) {
    this.#key = key;
    this.#requestId = requestId;
    this.#deps = deps;
  }

  /** Members that could be asked now, ascending. */
  get usable(): readonly PartyIndex[] {
    return this.#deps.connected().filter((j) => this.#mayBeAsked(j) && !this.#resting.includes(j));
  }

  /** Whether somebody is set aside for a moment only. */
  get hasResting(): boolean {
    return this.#resting.length > 0 || this.#restingQuorums.length > 0;
  }

  /** Whether a quorum could come together if those without a link came. */
  get couldBeComplete(): boolean {
    const { members, threshold } = this.#key.record;
    const connected = this.#deps.connected();
    const possible = members.map(({ index }) => index).filter((j) => this.#mayBeAsked(j));
    return possible.some((j) => !connected.includes(j)) && possible.length >= threshold;
  }

  /** Notes what came of an attempt. */
  note(quorum: readonly PartyIndex[], { unwilling, resting, isPassing }: Blockage): void {
    for (const member of unwilling) this.#unwilling.add(member);
    if (!isPassing) this.#failed.push(quorum);
    else if (resting.length > 0) this.#resting = [...this.#resting, ...resting];
    else this.#restingQuorums = [...this.#restingQuorums, quorum];
  }

  /** The pause is over: those who rested may be asked again. */
  wake(): void {
    this.#resting = [];
    this.#restingQuorums = [];
  }

  /**
   * The best quorum that has not been tried; among equals one that is ready now: the lot decides between the
   * rest. `undefined` when there is none.
   */
  choose(): readonly PartyIndex[] | undefined {
    const { record, suspicion, self } = this.#key;
    const usable = this.usable;
    const before = [...this.#failed, ...this.#restingQuorums];
    const tried = [...before];
    const equals: (readonly PartyIndex[])[] = [];
    const scoreOf = (quorum: readonly PartyIndex[]): number =>
      quorum.reduce((sum, j) => sum + suspicion.of(j), 0);
    while (tried.length < before.length + MAX_CONSIDERED) {
      const quorum = chooseQuorumWith(self, {
        requestId: this.#requestId,
        suspicionOf: (j) => suspicion.of(j),
        candidates: usable,
        threshold: record.threshold,
        failed: tried,
      });
      const [best] = equals;
      if (quorum === undefined || (best !== undefined && scoreOf(quorum) > scoreOf(best))) break;
      tried.push(quorum);
      equals.push(quorum);
    }
    return equals.find((quorum) => this.#deps.isReady(quorum)) ?? equals[0];
  }

  #mayBeAsked(member: PartyIndex): boolean {
    return !this.#unwilling.has(member) && !this.#deps.excluded.has(member);
  }
}
