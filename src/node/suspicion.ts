import type { PartyIndex } from '../crypto/brand.ts';
import { concat, u16 } from '../crypto/bytes.ts';
import { decode, encode, fixed, indexCodec, list, struct } from '../crypto/codec.ts';
import { MAX_MEMBERS } from '../protocols/epoch.ts';
import type { EpochLog } from './epoch-log.ts';

/** A failure that nobody can be blamed for: the presignature, and who was there. */
export interface UnattributedFailure {
  /** 32 bytes; the same failure is counted once. */
  readonly presigId: Uint8Array;
  readonly quorum: readonly PartyIndex[];
}

/** From here on a member is reported to operators. Suspicion is never presented as proof. [protocol, 10.3] */
export const SUSPICION_LIMIT = 5;

const codec = struct<UnattributedFailure>({ presigId: fixed(32), quorum: list(indexCodec, MAX_MEMBERS) });

/**
 * How often each member was there when signing failed unexplained; kept per epoch, forgotten by a reshare
 * only.
 */
export class Suspicion {
  readonly #log: EpochLog;
  readonly #counts = new Map<PartyIndex, number>();
  readonly #counted = new Set<string>();

  constructor(log: EpochLog) {
    this.#log = log;
    for (const body of log.found('suspicion')) this.#count(decode(codec, body, 'suspicion'));
  }

  /** Counts a failure of check S9 or S10, durably. Returns false if it has been counted already. */
  record(failure: UnattributedFailure): boolean {
    if (this.#counted.has(nameOf(failure))) return false;
    this.#log.append('suspicion', encode(codec, failure));
    this.#count(failure);
    return true;
  }

  /** How often a member was there. */
  of(member: PartyIndex): number {
    return this.#counts.get(member) ?? 0;
  }

  /** Members above the limit, ascending: candidates for a governed reshare. */
  get suspects(): readonly PartyIndex[] {
    return [...this.#counts]
      .filter(([, count]) => count > SUSPICION_LIMIT)
      .map(([member]) => member)
      .sort((a, b) => a - b);
  }

  #count(failure: UnattributedFailure): void {
    this.#counted.add(nameOf(failure));
    for (const member of failure.quorum) this.#counts.set(member, this.of(member) + 1);
  }
}

const nameOf = ({ presigId, quorum }: UnattributedFailure): string =>
  concat(presigId, ...quorum.map((member) => u16(member))).join();
