import type { SplitView } from '../../chain/log/split-view.ts';
import { logIdOf } from '../../chain/log/entry.ts';
import {
  type SignedHead,
  type SignedProof,
  continues,
  countersignHead,
  isSplitView,
  verifyHead,
  verifyProof,
} from '../../chain/log/head.ts';
import type { HeadRecord } from '../../chain/log/heads-file.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import type { Clock, Log } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
import type { HeadBook } from './head-book.ts';
import type { HeadMessage, LogMessage, ProofMessage } from './messages.ts';

/** A member whose heads are witnessed. */
export interface Witnessee {
  readonly index: PartyIndex;
  readonly identityPk: Uint8Array;
}

/** What witnessing works with. */
export interface WitnessDeps {
  readonly identity: Identity;
  readonly cluster: Uint8Array;
  /** This node's index now. */
  readonly self: () => PartyIndex;
  readonly book: HeadBook;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
  readonly send: (to: PartyIndex, message: LogMessage) => void;
  /** A member has shown two logs; called once for each log. */
  readonly convicted: (member: Witnessee, evidence: SplitView) => void;
}

/** Questions to one owner that are open at a time. */
const MAX_OPEN = 8;
/** Logs of one owner that are remembered. */
const MAX_LOGS = 4;
/** Logs of one owner that were ever followed, and are so no more; then no other is. */
const MAX_CLOSED = 64;
/** Heads that were found to belong to a log, so that nobody is asked about them again. */
const MAX_PROVEN = 4_096;

interface Question {
  readonly from: SignedHead;
  readonly to: SignedHead;
  readonly instance: Uint8Array;
  readonly askedMs: number;
}

/**
 * What this node knows of the others' logs: it countersigns a head after it has seen that it continues the
 * newest one that it had, from whomever that came, and it convicts who shows two histories.
 */
export class Witness {
  readonly #deps: WitnessDeps;
  readonly #open = new Map<string, readonly Question[]>();
  readonly #proven = new Set<string>();
  readonly #convicted = new Set<string>();
  /** Owners that keep another log than before. */
  readonly #begunAnew = new Set<string>();

  constructor(deps: WitnessDeps) {
    this.#deps = deps;
  }

  /** The newest head of every log that this node knows. */
  get heads(): readonly HeadRecord[] {
    return this.#deps.book.records;
  }

  /** Whether this owner keeps another log than it kept before, since the start of this node. */
  hasBegunAnew(identityPk: Uint8Array): boolean {
    return this.#begunAnew.has(toHex(identityPk));
  }

  /** Whether an owner owes an answer for longer than this, in milliseconds. */
  isOwing(identityPk: Uint8Array, sinceMs: number): boolean {
    const endMs = this.#deps.clock.monotonicMs() - sinceMs;
    return this.#openOf(identityPk).some(({ askedMs }) => askedMs < endMs);
  }

  /** A head of a member, from it or from another. What the member did not sign is dropped. */
  hear(member: Witnessee, { instance, signed }: HeadMessage): void {
    const { cluster, book, log } = this.#deps;
    const owner = member.identityPk;
    const isNamed = equalBytes(signed.head.logId, logIdOf({ owner, cluster, instance }));
    const { logId } = signed.head;
    if (this.#isProven(signed) || this.#convicted.has(toHex(logId)) || book.isClosed(logId)) return;
    if (!isNamed || !verifyHead(owner, signed)) {
      log.debug('head refused', { peer: member.index });
      return;
    }
    const known = book.newest(signed.head.logId);
    if (known === undefined) this.#first(member, instance, signed);
    else if (isSplitView(owner, known.signed, signed))
      this.#convict(member, { instance, a: known.signed, b: signed });
    else this.#compare(member, { instance, known: known.signed, signed });
  }

  /** An owner's answer. One that was not asked for is dropped. */
  answered(member: Witnessee, { from, to, proof }: ProofMessage): void {
    const owner = member.identityPk;
    const questions = this.#openOf(owner);
    const asked = questions.find((one) => one.from.head.size === from && one.to.head.size === to);
    if (asked === undefined || !verifyProof(owner, asked.from.head, asked.to.head, proof)) return;
    this.#open.set(
      toHex(owner),
      questions.filter((one) => one !== asked),
    );
    if (continues(asked.from.head, asked.to.head, proof.hashes)) this.#accept(member, asked);
    else this.#convict(member, { instance: asked.instance, a: asked.from, b: asked.to, proof });
  }

  /** There is a new link to a member: what it has not answered it is asked again. */
  linked(member: Witnessee): void {
    for (const { from, to } of this.#openOf(member.identityPk))
      this.#deps.send(member.index, { kind: 'prove', from, to });
  }

  /** This log has convicted its owner before this node was started. */
  noteConvicted(logId: Uint8Array): void {
    this.#convicted.add(toHex(logId));
  }

  /** The first head of a log that this node sees: every log continues the empty one. */
  #first(member: Witnessee, instance: Uint8Array, signed: SignedHead): void {
    const before = this.#deps.book.newestOf(member.identityPk);
    if (before.length > 0) this.#noteBegunAnew(member);
    if (this.#makeRoom(member.identityPk, before)) this.#countersign(member, instance, signed);
  }

  #noteBegunAnew({ index, identityPk }: Witnessee): void {
    const name = toHex(identityPk);
    if (!this.#begunAnew.has(name))
      this.#deps.log.error('log begun anew', { peer: index, reason: 'log-begun-anew' });
    this.#begunAnew.add(name);
  }

  /**
   * Who could make this node follow any number of logs would fill its disk. The oldest log is closed for
   * another, and stays so: else who makes this node forget a log could show it anew, with another content.
   * What convicts is kept.
   */
  #makeRoom(owner: Uint8Array, logs: readonly HeadRecord[]): boolean {
    if (logs.length < MAX_LOGS) return true;
    const { book } = this.#deps;
    const oldest = logs.find(({ signed }) => !this.#convicted.has(toHex(signed.head.logId)));
    if (oldest === undefined || book.closedOf(owner) >= MAX_CLOSED) return false;
    book.close(oldest);
    return true;
  }

  #compare(
    member: Witnessee,
    { instance, known, signed }: { instance: Uint8Array; known: SignedHead; signed: SignedHead },
  ): void {
    if (signed.head.size === known.head.size) return; // the same, signed again
    const [from, to] = signed.head.size < known.head.size ? [signed, known] : [known, signed];
    const questions = this.#openOf(member.identityPk);
    const isAsked = questions.some(
      (one) => equalBytes(one.from.signature, from.signature) && equalBytes(one.to.signature, to.signature),
    );
    if (isAsked || questions.length >= MAX_OPEN) return;
    const askedMs = this.#deps.clock.monotonicMs();
    this.#open.set(toHex(member.identityPk), [...questions, { from, to, instance, askedMs }]);
    this.#deps.send(member.index, { kind: 'prove', from, to });
  }

  #accept(member: Witnessee, { from, to, instance }: Question): void {
    const known = this.#deps.book.newest(to.head.logId);
    if (known === undefined || to.head.size > known.signed.head.size) this.#countersign(member, instance, to);
    else this.#noteProven(from);
  }

  #countersign(member: Witnessee, instance: Uint8Array, signed: SignedHead): void {
    const { identity, self, book, send } = this.#deps;
    const { head } = signed;
    const countersignature = identity.lend((seed) => countersignHead(seed, head, self()));
    const one = { ...countersignature, identityPk: identity.publicKey };
    book.add({ owner: member.identityPk, instance, signed, countersignatures: [one] });
    this.#noteProven(signed);
    send(member.index, { kind: 'witness', logId: head.logId, size: head.size, countersignature });
  }

  #convict(
    member: Witnessee,
    found: { instance: Uint8Array; a: SignedHead; b: SignedHead; proof?: SignedProof },
  ): void {
    const name = toHex(found.a.head.logId);
    if (this.#convicted.has(name)) return;
    const { instance, a, b, proof } = found;
    const owner = member.identityPk;
    this.#deps.convicted(member, { owner, cluster: this.#deps.cluster, instance, a, b, proof });
    // Not before: the evidence that a full disk did not take is kept when the heads come again.
    this.#convicted.add(name);
  }

  #openOf(identityPk: Uint8Array): readonly Question[] {
    return this.#open.get(toHex(identityPk)) ?? [];
  }

  #isProven({ signature }: SignedHead): boolean {
    return this.#proven.has(toHex(signature));
  }

  #noteProven({ signature }: SignedHead): void {
    this.#proven.add(toHex(signature));
    const [oldest] = this.#proven;
    if (this.#proven.size > MAX_PROVEN && oldest !== undefined) this.#proven.delete(oldest);
  }
}
