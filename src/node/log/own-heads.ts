import { logIdOf } from '../../chain/log/entry.ts';
import type { HeadRecord } from '../../chain/log/heads-file.ts';
import {
  type SignedHead,
  signHead,
  signProof,
  verifyCountersignature,
  verifyHead,
} from '../../chain/log/head.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import type { Clock, Log } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
import { logDamaged } from './entry-store.ts';
import type { HeadBook } from './head-book.ts';
import type { ProofMessage, ProveMessage, WitnessMessage } from './messages.ts';
import type { SignatureLog } from './signature-log.ts';
import type { Witnessee } from './witness.ts';

/** When a new head is made, if there is anything new. */
export interface HeadCadence {
  /** After so many entries. */
  readonly everyEntries: number;
  /** And after so long, in milliseconds. */
  readonly everyMs: number;
}

/** What own heads are made with. */
export interface OwnHeadsDeps {
  readonly identity: Identity;
  readonly entries: SignatureLog;
  readonly book: HeadBook;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether those who may hold a head of this node had the time to say so. */
  readonly mayPublish: () => boolean;
  /** Tells everybody. */
  readonly announce: (record: HeadRecord) => void;
}

/**
 * The heads that this node signs of its own log: each is on disk before anybody sees it, none is smaller or
 * older than one before, none says an earlier time than its last entry, and none is of entries that are not
 * durable.
 */
export class OwnHeads {
  readonly #deps: OwnHeadsDeps;
  readonly #everyEntries: number;
  /** A head of ours exists that our log does not contain: another one would be evidence against us. */
  #isFenced = false;

  /** @throws InputError log-damaged when the log lacks entries of which this node had signed a head */
  constructor({ everyEntries }: HeadCadence, deps: OwnHeadsDeps) {
    this.#deps = deps;
    this.#everyEntries = everyEntries;
    const newest = this.newest?.signed.head;
    if (newest !== undefined && !deps.entries.contains(newest))
      throw logDamaged(
        'entries',
        `the signature log has ${deps.entries.size} entries, which do not contain the ${newest.size} ` +
          'of which this node has signed a head',
      );
  }

  /** The newest head, with who countersigned it. */
  get newest(): HeadRecord | undefined {
    const { book, entries } = this.#deps;
    return book.newest(entries.headAt(0).logId);
  }

  /** Those that are remembered, ascending by size. */
  get all(): readonly HeadRecord[] {
    return this.#deps.book.records;
  }

  /** Whether somebody holds a head of this node that its log does not contain. */
  get isFenced(): boolean {
    return this.#isFenced;
  }

  /** Whether there are entries behind the newest head. */
  get isBehind(): boolean {
    return this.#deps.entries.size !== (this.newest?.signed.head.size ?? 0);
  }

  /** An entry was written: signs a head when there are enough. */
  appended(): void {
    if (this.#deps.entries.size - (this.newest?.signed.head.size ?? 0) >= this.#everyEntries) this.publish();
  }

  /** Signs a head of the log as it is and tells it, if anything is new. */
  publish(): void {
    const { entries, book, identity, clock, announce, mayPublish } = this.#deps;
    const before = this.newest?.signed.head;
    if (this.#isFenced || !this.isBehind || !mayPublish()) return;
    const head = entries.headAt(Math.max(clock.nowMs(), before?.atMs ?? 0, entries.newestAtMs));
    const signed = { head, signature: identity.lend((seed) => signHead(seed, head)) };
    const { owner, instance } = entries.of;
    const record = { owner, instance, signed, countersignatures: [] };
    book.add(record);
    announce(record);
  }

  /**
   * A head of ours comes back from a member: our log must contain it, unless it is of one that ended before
   * this one began.
   */
  heardOwn(signed: SignedHead): void {
    const { entries, log } = this.#deps;
    const isOurs = verifyHead(entries.of.owner, signed);
    if (!isOurs || this.#isFenced || entries.contains(signed.head)) return;
    const isOfThis = equalBytes(signed.head.logId, logIdOf(entries.of));
    if (!isOfThis && signed.head.atMs <= entries.beganAtMs) return;
    this.#isFenced = true;
    log.error('log rolled back', { reason: 'log-rolled-back', here: entries.size, told: signed.head.size });
  }

  /** How one of our heads continues another, signed; `undefined` where they are not ours. */
  prove({ from, to }: ProveMessage): ProofMessage | undefined {
    const { entries, identity } = this.#deps;
    for (const one of [from, to]) {
      this.heardOwn(one);
      if (!entries.contains(one.head) || !verifyHead(entries.of.owner, one)) return undefined;
    }
    const [first, second] = [from.head, to.head];
    if (first.size > second.size) return undefined;
    const hashes = entries.proofBetween(first.size, second.size);
    const proof = identity.lend((seed) => signProof(seed, first, second, hashes));
    return { from: first.size, to: second.size, proof };
  }

  /** A member has countersigned one of our heads. Returns whether it counts. */
  witnessed({ index, identityPk }: Witnessee, message: WitnessMessage): boolean {
    const { book } = this.#deps;
    const { logId, size, countersignature } = message;
    const head = book.records.find(({ signed }) => signed.head.size === size)?.signed.head;
    if (head === undefined || countersignature.member !== index) return false;
    if (!verifyCountersignature(identityPk, head, countersignature)) return false;
    return book.witness({ logId, size, one: { ...countersignature, identityPk } });
  }
}
