import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import {
  type Ack,
  type ActivationCertificate,
  type Commit,
  type Prepared,
  certHashOf,
  checkActivation,
  commitHashOf,
  holdsNewShare,
  isCommitOf,
} from '../../protocols/reshare/activation.ts';
import type { AttemptMessage } from './messages.ts';

/** What is known of an attempt that was prepared: all of it public, and all of it proves itself. */
export interface Standing {
  readonly prepared: Prepared;
  readonly acks: readonly Ack[];
  readonly commits: readonly Commit[];
}

/** Where an attempt stands on this node. */
export type ActivationState = 'prepared' | 'committed' | 'activated';

/** What an activation works with. */
export interface ActivationDeps {
  /** Epoch e, from the registry. */
  readonly old: EpochRecord;
  /** Our index if we hold a share of epoch e and deal: who does not, promises nothing. */
  readonly dealer: PartyIndex | undefined;
  /** Keeps what is known; durable when it returns. */
  readonly keep: (standing: Standing) => void;
  /** Locks this node on this attempt, durably. Returns false when it is locked on another. */
  readonly lock: (certHash: Uint8Array) => boolean;
  /** Our identity's signature, purpose `rs`. */
  readonly sign: (hash32: Uint8Array) => Uint8Array;
  /** Whether this node has prepared a later attempt, so that others may count on it there. */
  readonly hasPreparedLater: () => boolean;
  /** To everybody who takes part, or to one of them. */
  readonly send: (message: AttemptMessage, to?: PartyIndex) => void;
  /** A new member has proven its share. */
  readonly acknowledged: (have: readonly PartyIndex[]) => void;
  /** This node has promised to sign in epoch e no more. */
  readonly committed: () => void;
  /** The certificate is held. Called once; the caller makes it durable before it acts. */
  readonly activated: (certificate: ActivationCertificate) => void;
}

/**
 * From a prepared share to the certificate, or to nothing. It has no deadline and no way back: what it says
 * may be said again and again, in any order, over restarts, and it ends when the certificate is held. There
 * is no vote to abort: an attempt without a certificate never takes effect. [protocol, 12.3 to 12.5]
 */
export class Activation {
  readonly certHash: Uint8Array;
  readonly prepared: Prepared;
  readonly #deps: ActivationDeps;
  readonly #acks: Map<PartyIndex, Ack>;
  readonly #commits: Map<PartyIndex, Commit>;
  #certificate: ActivationCertificate | undefined;
  #isSuperseded = false;

  /**
   * Takes up what was kept, or begins. Nothing is sent before `resume`. What of it proves nothing, because
   * the file was changed, is as if it had never come: this node would commit by it, and pass it on.
   */
  constructor({ prepared, acks, commits }: Standing, deps: ActivationDeps) {
    this.#deps = deps;
    this.prepared = prepared;
    this.certHash = certHashOf(prepared);
    const goodAcks = acks.filter((ack) => holdsNewShare(prepared, ack));
    const goodCommits = commits.filter((commit) => isCommitOf(deps.old, this.certHash, commit));
    this.#acks = new Map(goodAcks.map((ack) => [ack.index, ack]));
    this.#commits = new Map(goodCommits.map((commit) => [commit.index, commit]));
  }

  /** Where it stands. */
  get state(): ActivationState {
    if (this.#certificate !== undefined) return 'activated';
    const { dealer } = this.#deps;
    return dealer !== undefined && this.#commits.has(dealer) ? 'committed' : 'prepared';
  }

  /** Whose proofs and COMMITs are here, ascending. */
  get have(): { readonly acks: readonly PartyIndex[]; readonly commits: readonly PartyIndex[] } {
    const ascending = (map: ReadonlyMap<PartyIndex, unknown>): readonly PartyIndex[] =>
      [...map.keys()].sort((a, b) => a - b);
    return { acks: ascending(this.#acks), commits: ascending(this.#commits) };
  }

  /** The members whose proof is not here, ascending. */
  get awaited(): readonly PartyIndex[] {
    return this.#members.filter((index) => !this.#acks.has(index));
  }

  /**
   * This node has begun another attempt, and does not commit to this one, unless too many others have: see
   * `#isHeldBack`. Its certificate, if there is one, counts in any case.
   */
  supersede(): void {
    this.#isSuperseded = true;
  }

  /** Goes on with what is there: after a start, and after new proofs from the session. */
  resume(): void {
    if (this.#certificate === undefined) this.#advance();
  }

  /** Says again what this node can say: to a member that has come back, it may be new; or to everybody. */
  repeat(to?: PartyIndex): void {
    const { send } = this.#deps;
    const { certHash } = this;
    if (this.#certificate !== undefined) send({ kind: 'activation', certificate: this.#certificate }, to);
    else if (this.#commits.size > 0) this.#tellCommits(to);
    else if (!this.#isSuperseded)
      for (const ack of this.#acks.values()) send({ kind: 'ack', certHash, ack }, to);
  }

  /** A member's proof, whoever brings it. @throws InputError bad-activation */
  hearAck(ack: Ack): void {
    if (this.#certificate !== undefined || this.#acks.has(ack.index)) return;
    this.#addAck(ack);
    this.#advance();
  }

  /**
   * An old member's COMMIT with the proofs behind it: who had not heard them all commits too, even after its
   * own deadline. [protocol, 12.5 rule 2] @throws InputError bad-activation | bad-signature
   */
  hearCommit(acks: readonly Ack[], commit: Commit): void {
    if (this.#certificate !== undefined) return;
    if (!isCommitOf(this.#deps.old, this.certHash, commit))
      throw new InputError('bad-signature', 'commit', `party ${commit.index} has not signed this COMMIT`);
    for (const ack of acks) if (!this.#acks.has(ack.index)) this.#addAck(ack);
    if (commit.index === this.#deps.dealer) this.#remember();
    this.#commits.set(commit.index, commit);
    this.#advance();
  }

  /** The certificate, from who holds it already. @throws InputError as `checkActivation` */
  hearCertificate(certificate: ActivationCertificate): void {
    if (this.#certificate !== undefined) return;
    assert(equalBytes(certHashOf(certificate.prepared), this.certHash), 'the certificate of another attempt');
    this.#activate(checkActivation(this.#deps.old, certificate));
  }

  get #members(): readonly PartyIndex[] {
    return this.prepared.record.members.map(({ index }) => index);
  }

  #allAcks(): readonly Ack[] {
    return this.#members.flatMap((index) => this.#acks.get(index) ?? []);
  }

  #addAck(ack: Ack): void {
    if (!holdsNewShare(this.prepared, ack))
      throw new InputError(
        'bad-activation',
        'ack',
        `the proof of party ${ack.index} is not of its new share`,
      );
    this.#acks.set(ack.index, ack);
    this.#deps.acknowledged(this.#allAcks().map(({ index }) => index));
  }

  #advance(): void {
    if (this.awaited.length > 0) return;
    this.#commit();
    const { old } = this.#deps;
    if (this.#commits.size < old.threshold) return;
    const commits = [...this.#commits.values()].sort((a, b) => a.index - b.index);
    const { prepared } = this;
    this.#activate(checkActivation(old, { prepared, acks: this.#allAcks(), commits }));
  }

  /** The proofs are kept first: after a crash the lock can be explained to the others. */
  #commit(): void {
    const { dealer, keep, lock, sign, committed } = this.#deps;
    if (dealer === undefined || this.#commits.has(dealer) || this.#isHeldBack) return;
    const { prepared, certHash } = this;
    const acks = this.#allAcks();
    keep({ prepared, acks, commits: [...this.#commits.values()] });
    if (!lock(certHash)) return;
    const commit = { index: dealer, signature: sign(commitHashOf(certHash)) };
    this.#commits.set(dealer, commit);
    committed();
    this.#tellCommits();
  }

  /**
   * Whoever begins another attempt stays away from this one: otherwise some could commit to the one and some
   * to the other, and neither would be whole. But with more than n − t locked on this one, those who are free
   * are too few for any other; so they come back to it when that many have committed, themselves counted if
   * nobody can count on them elsewhere. Until then t are free, and another attempt can be decided.
   */
  get #isHeldBack(): boolean {
    if (!this.#isSuperseded) return false;
    const { old, hasPreparedLater } = this.#deps;
    const spare = old.members.length - old.threshold;
    return this.#commits.size + (hasPreparedLater() ? 0 : 1) <= spare;
  }

  /** Others have our COMMIT: where our disk has lost it, it binds us all the same. */
  #remember(): void {
    const { dealer, lock, committed } = this.#deps;
    if (dealer !== undefined && !this.#commits.has(dealer) && lock(this.certHash)) committed();
  }

  /** Also those of others: who is held back has to see how many there are. */
  #tellCommits(to?: PartyIndex): void {
    const [certHash, acks] = [this.certHash, this.#allAcks()];
    for (const commit of this.#commits.values())
      this.#deps.send({ kind: 'commit', certHash, acks, commit }, to);
  }

  #activate(certificate: ActivationCertificate): void {
    this.#deps.keep(certificate);
    this.#deps.activated(certificate); // throws where the disk does: then the next word about it tries again
    this.#certificate = certificate;
    this.#deps.send({ kind: 'activation', certificate });
  }
}
