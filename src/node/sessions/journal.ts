import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, toHex, wipe } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError, type OperationError } from '../../crypto/errors.ts';
import { HEADER_BYTES, headerCodec } from '../../protocols/kernel/envelope.ts';
import { isOrdinary } from '../supervise.ts';
import { MAX_WAL_ENVELOPE_BYTES, type SessionWal, type WalEntry, walHash } from '../wal.ts';

/**
 * What is logged of one peer in one session: a ceremony has two envelopes a round and a few at its end. More
 * is not taken in, so that no peer fills the disk.
 */
const MAX_OF_A_PEER = 64;
const MAX_BYTES_OF_A_PEER: number = 2 * MAX_WAL_ENVELOPE_BYTES;

/** An envelope on its way out; 0 is to all. */
export interface Outbound {
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** What a session is given, apart from its start. */
export type Inbound =
  | { readonly kind: 'receive'; readonly bytes: Uint8Array }
  | { readonly kind: 'persisted' }
  | { readonly kind: 'abort'; readonly code: string }
  | { readonly kind: 'mark' };

/** What a journal works with. */
export interface JournalDeps {
  readonly wal: SessionWal;
  readonly give: (step: Inbound) => void;
  readonly send: (message: Outbound) => void;
  /** Makes state of the session durable; also what is durable already. @throws what the disk throws */
  readonly persist: (bytes: Uint8Array) => void;
  /** The session cannot go on: nothing leaves any more. */
  readonly broke: (code: string, what: string) => void;
  /** Everything of the log has been repeated: from here on things are new. */
  readonly live: () => void;
}

type Planned =
  | Exclude<Inbound, { readonly kind: 'persisted' | 'mark' }>
  | { readonly kind: 'persisted'; readonly isDone: boolean };

/**
 * Stands between a session and the world. What goes in is logged first, what comes out is logged before it
 * leaves, and after a restart the log is played: the same goes in, in the same order, and what comes out must
 * be what came out before. The same seed under other messages would show two answers to one secret; so a
 * difference is the end. [protocol, 11.3; security, 3.4 rule 8, INV8]
 */
export class Journal {
  readonly #deps: JournalDeps;
  /** What is still to be given to the session. */
  readonly #planned: Planned[];
  /** What the session has yet to say again. */
  readonly #expected: Extract<WalEntry, { kind: 'sent' }>[];
  readonly #seen = new Set<string>();
  readonly #taken = new Map<PartyIndex, { count: number; bytes: number }>();
  readonly #sent: Outbound[] = [];
  #step: Outbound[] = [];
  /** What the session waits to have on disk. */
  #asked: Uint8Array | undefined;
  #marks = 0;
  #isReplaying: boolean;
  #isFeeding = false;
  #isBroken = false;

  constructor(deps: JournalDeps, entries: readonly WalEntry[]) {
    this.#deps = deps;
    this.#isReplaying = entries.length > 0;
    this.#expected = entries.filter((entry) => entry.kind === 'sent');
    this.#planned = entries.flatMap(plannedOf);
    for (const step of this.#planned) if (step.kind === 'receive') this.#count(step.bytes);
  }

  /** Whether it repeats what has been; deadlines do not run meanwhile. */
  get isReplaying(): boolean {
    return this.#isReplaying;
  }

  /** Begins with the log, right after the session was started. */
  begin(): void {
    this.#feed();
  }

  /** An envelope of a peer; durable when this returns, so that the link may confirm it. */
  receive(bytes: Uint8Array): void {
    if (this.#isBroken || !this.#count(bytes) || !this.#log({ kind: 'received', bytes })) return;
    this.#planned.push({ kind: 'receive', bytes });
    this.#feed();
  }

  /** This node ends the session. */
  abort(code: string): void {
    if (this.#isBroken || !this.#log({ kind: 'aborted', code })) return;
    this.#planned.push({ kind: 'abort', code });
    this.#feed();
  }

  /** The session wants bytes on disk. They are overwritten when they are there. */
  persist(bytes: Uint8Array): void {
    if (this.#isBroken) {
      wipe(bytes);
      return;
    }
    this.#asked = bytes;
    if (this.#planned.some((step) => step.kind === 'persisted' && !step.isDone)) this.#feed();
    else if (this.#keep() && this.#log({ kind: 'persisted' })) {
      this.#planned.push({ kind: 'persisted', isDone: true });
      this.#feed();
    }
  }

  /** The session says something; `hasMore` with all but the last of one step. */
  send(message: Outbound, hasMore: boolean): void {
    if (this.#isBroken) return;
    this.#step.push(message);
    if (hasMore) return;
    const step = this.#step;
    this.#step = [];
    const fresh: WalEntry[] = [];
    for (const { to, bytes } of step) {
      const hash = walHash(to, bytes);
      const before = this.#expected.shift();
      if (before === undefined) fresh.push({ kind: 'sent', to, hash });
      else if (before.to !== to || !equalBytes(before.hash, hash)) return this.#differs();
    }
    // Point of no return: what leaves behind this line is on disk, and never said otherwise.
    if (fresh.length > 0 && !this.#log(...fresh)) return;
    for (const one of step) {
      this.#sent.push(one);
      this.#deps.send(one);
    }
  }

  /** The session has worked on everything before a mark. */
  marked(): void {
    this.#marks -= 1;
    if (this.#marks === 0) this.#caughtUp();
  }

  /** The session is over, or the place where it ran is gone: no mark comes back from it. */
  closed(isWhole: boolean): void {
    this.#planned.length = 0;
    if (!isWhole) this.#expected.length = 0;
    this.#caughtUp();
  }

  /** What was sent to a member, oldest first: its former process may have confirmed what it forgot. */
  sentTo(member: PartyIndex): readonly Uint8Array[] {
    return this.#sent.filter(({ to }) => to === 0 || to === member).map(({ bytes }) => bytes);
  }

  #feed(): void {
    if (this.#isFeeding) return;
    this.#isFeeding = true;
    for (let step = this.#planned[0]; step !== undefined && !this.#isBroken; step = this.#planned[0]) {
      if (step.kind === 'persisted' && !step.isDone) {
        if (this.#asked === undefined) break; // the session will ask
        if (!this.#keep()) break;
      }
      this.#planned.shift();
      this.#deps.give(step.kind === 'persisted' ? { kind: 'persisted' } : step);
    }
    this.#isFeeding = false;
    if (!this.#isReplaying || this.#isBroken) return;
    this.#marks += 1;
    this.#deps.give({ kind: 'mark' });
  }

  /** A log that goes further than the session that it makes is not of that session. */
  #caughtUp(): void {
    if (!this.#isReplaying || this.#isBroken) return;
    if (this.#planned.length > 0 || this.#expected.length > 0) return this.#differs();
    this.#isReplaying = false;
    this.#deps.live();
  }

  /** A disk that refuses ends the session, not the node: without this step nobody may rely on us. */
  #keep(): boolean {
    const bytes = this.#asked;
    this.#asked = undefined;
    if (bytes === undefined) return false;
    try {
      this.#deps.persist(bytes);
      return true;
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#end(error);
      return false;
    } finally {
      wipe(bytes);
    }
  }

  #log(...entries: readonly WalEntry[]): boolean {
    try {
      this.#deps.wal.append(...entries);
      return true;
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#end(error);
      return false;
    }
  }

  #end({ code, message }: InputError | OperationError): void {
    this.#isBroken = true;
    this.#deps.broke(code, message);
  }

  #differs(): void {
    this.#isBroken = true;
    this.#deps.broke('replay-differs', 'what it says is not what it said before the restart');
  }

  /** Whether an envelope is news, and its sender has not said too much. */
  #count(bytes: Uint8Array): boolean {
    const from = senderOf(bytes);
    const name = toHex(walHash(0, bytes));
    if (from === undefined || this.#seen.has(name)) return false;
    const taken = this.#taken.get(from) ?? { count: 0, bytes: 0 };
    const isTooMuch = taken.count >= MAX_OF_A_PEER || taken.bytes + bytes.length > MAX_BYTES_OF_A_PEER;
    if (isTooMuch || bytes.length > MAX_WAL_ENVELOPE_BYTES) return false;
    this.#seen.add(name);
    this.#taken.set(from, { count: taken.count + 1, bytes: taken.bytes + bytes.length });
    return true;
  }
}

function plannedOf(entry: WalEntry): readonly Planned[] {
  switch (entry.kind) {
    case 'received':
      return [{ kind: 'receive', bytes: entry.bytes }];
    case 'persisted':
      return [{ kind: 'persisted', isDone: false }];
    case 'aborted':
      return [{ kind: 'abort', code: entry.code }];
    case 'sent':
      return [];
  }
}

/** Who says that an envelope is its own; `undefined` for what is no envelope. */
export function senderOf(envelope: Uint8Array): PartyIndex | undefined {
  try {
    return decode(headerCodec, envelope.subarray(0, HEADER_BYTES)).from;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return undefined; // no envelope at all: dropped like every other junk
  }
}
