import type { PartyIndex, SessionId } from '../crypto/brand.ts';
import { equalBytes, toHex, wipe } from '../crypto/bytes.ts';
import { Bug, assert } from '../crypto/errors.ts';
import type { Point } from '../crypto/secp256k1.ts';
import type { Clock, Log } from '../system/ports.ts';

/** What is public of a presignature, the same at all members of its quorum. [protocol, 8.7] */
export interface PresigInfo {
  /** 32 bytes */
  readonly presigId: Uint8Array;
  /** The presign session that made it, and its place there. */
  readonly sid: SessionId;
  readonly position: number;
  /** 32 bytes each */
  readonly keyId: Uint8Array;
  readonly epochId: Uint8Array;
  /** Ascending; exactly these sign with it. */
  readonly quorum: readonly PartyIndex[];
  readonly R: Point;
  /** v_4 of the presign session, 32 bytes: what share messages chain to. */
  readonly view: Uint8Array;
}

/** The secret halves of one presignature, 32 bytes each. */
export interface PresigScalars {
  readonly phi: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** Why there is no presignature for a request. */
export type PresigRefusal = 'presignature-unknown' | 'presignature-expired' | 'presignature-other-tuple';

/** What taking gives: the one record, once. */
export type Taken =
  | { readonly kind: 'taken'; readonly presignature: PooledPresignature }
  /** The same request again: the share envelope that was sent is still with whoever took it. */
  | { readonly kind: 'already-consumed' }
  | { readonly kind: 'refused'; readonly reason: PresigRefusal };

/** How many, and for how long. */
export interface PoolOptions {
  /** At most 24 h. */
  readonly ttlMs: number;
  /** At most 256 READY records for each key and quorum. */
  readonly maxPerQuorum: number;
}

/** The most READY presignatures of a key and quorum. [protocol, 8.7] */
export const MAX_PER_QUORUM = 256;
/** The longest life of a presignature. [protocol, 8.7] */
const MAX_TTL_MS = 24 * 3600 * 1000;
/** How many consumed ids are remembered; an older one is unknown, which is refused as well. */
const MAX_CONSUMED = 16_384;

/** The default bounds. [product, 7] */
export const defaultPoolOptions: PoolOptions = { ttlMs: 3600 * 1000, maxPerQuorum: MAX_PER_QUORUM };

/**
 * One presignature. It has no serialiser, on purpose: a copy that outlived the process could sign a second
 * message with the same nonce, which gives the key away. [security, 3.6]
 */
export class PooledPresignature {
  readonly info: PresigInfo;
  #scalars: PresigScalars | undefined;
  /**
   * A function among the fields: JSON asks it and is refused, structured cloning (and so every thread and
   * every serialiser of V8) cannot copy it.
   */
  readonly toJSON: () => never;

  /** Takes the scalars over; their maker keeps no copy. */
  constructor(info: PresigInfo, scalars: PresigScalars) {
    for (const part of [scalars.phi, scalars.u, scalars.v])
      assert(part.length === 32, 'a scalar has 32 bytes');
    this.info = info;
    this.#scalars = scalars;
    this.toJSON = () => {
      throw new Bug('a presignature is never written down');
    };
  }

  /** Whether the scalars are still there. */
  get isReady(): boolean {
    return this.#scalars !== undefined;
  }

  /**
   * Hands the scalars over, once; the receiver wipes them before its message leaves. @throws Bug a second
   * time
   */
  release(): PresigScalars {
    const scalars = this.#scalars;
    assert(scalars !== undefined, `presignature ${toHex(this.info.presigId)} has been used`);
    this.#scalars = undefined;
    return scalars;
  }

  /** Forgets the scalars. */
  wipe(): void {
    if (this.#scalars !== undefined) wipe(this.#scalars.phi, this.#scalars.u, this.#scalars.v);
    this.#scalars = undefined;
  }
}

interface Entry {
  readonly presignature: PooledPresignature;
  readonly expiresAtMs: number;
}

const quorumKey = (keyId: Uint8Array, quorum: readonly PartyIndex[]): string =>
  `${toHex(keyId)}/${quorum.join(',')}`;

/**
 * Presignatures that are ready, in memory only: each is taken once, for one request, and is gone. [protocol,
 * 8.7]
 */
export class PresignPool {
  readonly #options: PoolOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ready = new Map<string, Entry>();
  /** presigId → τ_0 of the request that took it, oldest first. */
  readonly #consumed = new Map<string, Uint8Array>();

  constructor(options: PoolOptions, ports: { readonly clock: Clock; readonly log: Log }) {
    assert(options.ttlMs > 0 && options.ttlMs <= MAX_TTL_MS, `a presignature lives ${options.ttlMs} ms`);
    assert(
      options.maxPerQuorum >= 1 && options.maxPerQuorum <= MAX_PER_QUORUM,
      'too many presignatures a quorum',
    );
    this.#options = options;
    this.#clock = ports.clock;
    this.#log = ports.log;
  }

  /**
   * Takes new presignatures in. Above the level of their quorum they take the place of the oldest of earlier
   * sessions: what only others may propose would fill the pool for good. Returns how many were kept.
   */
  add(presignatures: readonly PooledPresignature[]): number {
    this.expire();
    let kept = 0;
    for (const presignature of presignatures) {
      const { presigId, keyId, quorum } = presignature.info;
      const id = toHex(presigId);
      assert(!this.#ready.has(id) && !this.#consumed.has(id), `presignature ${id} comes twice`);
      if (this.level(keyId, quorum) >= this.#options.maxPerQuorum && !this.#makeRoom(presignature.info)) {
        presignature.wipe();
        continue;
      }
      this.#ready.set(id, { presignature, expiresAtMs: this.#clock.monotonicMs() + this.#options.ttlMs });
      kept += 1;
    }
    return kept;
  }

  /**
   * Takes one presignature for the request that `tau0` names. Synchronous, and before any byte that depends
   * on it exists: from here on it cannot be had again. [protocol, 8.7 and 9.4 rule 1]
   */
  take(presigId: Uint8Array, tau0: Uint8Array): Taken {
    assert(tau0.length === 32, 'τ_0 has 32 bytes');
    const id = toHex(presigId);
    const before = this.#consumed.get(id);
    if (before !== undefined) return this.#again(id, before, tau0);
    const entry = this.#ready.get(id);
    if (entry === undefined) return { kind: 'refused', reason: 'presignature-unknown' };
    this.#ready.delete(id);
    if (this.#clock.monotonicMs() >= entry.expiresAtMs) {
      entry.presignature.wipe();
      return { kind: 'refused', reason: 'presignature-expired' };
    }
    this.#remember(id, tau0);
    const { info } = entry.presignature;
    return { kind: 'taken', presignature: new PooledPresignature(info, entry.presignature.release()) };
  }

  /** What is public of a READY presignature; says nothing of its scalars. */
  peek(presigId: Uint8Array): PresigInfo | undefined {
    const entry = this.#ready.get(toHex(presigId));
    if (entry === undefined || this.#clock.monotonicMs() >= entry.expiresAtMs) return undefined;
    return entry.presignature.info;
  }

  /**
   * The oldest READY presignature that `proposer` may put forward: that at place s of its session belongs to
   * the member at s mod t, so that two coordinators do not reach for the same one. Those that another
   * request of
   * the proposer is about to take are passed over. [protocol, 9.4 rule 5]
   */
  propose(
    keyId: Uint8Array,
    quorum: readonly PartyIndex[],
    proposer: PartyIndex,
    isPromised: (presigId: Uint8Array) => boolean = () => false,
  ): PresigInfo | undefined {
    this.expire();
    const key = quorumKey(keyId, quorum);
    for (const { presignature } of this.#ready.values()) {
      const { info } = presignature;
      if (isPromised(info.presigId)) continue;
      if (quorumKey(info.keyId, info.quorum) === key && proposerOf(info) === proposer) return info;
    }
    return undefined;
  }

  /** How many are READY for a key and quorum; with `proposer`, those that this member may propose. */
  level(keyId: Uint8Array, quorum: readonly PartyIndex[], proposer?: PartyIndex): number {
    const key = quorumKey(keyId, quorum);
    let count = 0;
    for (const { presignature } of this.#ready.values()) {
      const { info } = presignature;
      const isCounted = proposer === undefined || proposerOf(info) === proposer;
      if (isCounted && quorumKey(info.keyId, info.quorum) === key) count += 1;
    }
    return count;
  }

  /** How many are READY for each quorum of a key. */
  levels(keyId: Uint8Array): readonly { readonly signers: readonly PartyIndex[]; readonly ready: number }[] {
    const quorums = new Map<string, readonly PartyIndex[]>();
    for (const { presignature } of this.#ready.values())
      if (equalBytes(presignature.info.keyId, keyId))
        quorums.set(presignature.info.quorum.join(), presignature.info.quorum);
    return [...quorums.values()].map((signers) => ({ signers, ready: this.level(keyId, signers) }));
  }

  /** How many are READY in all. */
  get size(): number {
    return this.#ready.size;
  }

  /** Wipes those whose time is over. */
  expire(): number {
    const nowMs = this.#clock.monotonicMs();
    return this.#drop((_, entry) => nowMs >= entry.expiresAtMs);
  }

  /** Wipes those of one presign session, after an unattributed failure with one of them. [protocol, 10.1] */
  dropSession(sid: SessionId): number {
    return this.#drop((info) => equalBytes(info.sid, sid));
  }

  /** Wipes those in whose quorum a member is that has been excluded. */
  dropMember(keyId: Uint8Array, member: PartyIndex): number {
    return this.#drop((info) => equalBytes(info.keyId, keyId) && info.quorum.includes(member));
  }

  /** Wipes those of all other epochs of a key, the moment its new epoch is known to be active. */
  dropOtherEpochs(keyId: Uint8Array, epochId: Uint8Array): number {
    return this.#drop((info) => equalBytes(info.keyId, keyId) && !equalBytes(info.epochId, epochId));
  }

  /** Wipes all: at a COMMIT vote, and at the end of the process. */
  dropAll(): number {
    return this.#drop(() => true);
  }

  #makeRoom({ keyId, quorum, sid }: PresigInfo): boolean {
    const key = quorumKey(keyId, quorum);
    for (const [id, { presignature }] of this.#ready) {
      const { info } = presignature;
      if (quorumKey(info.keyId, info.quorum) !== key || equalBytes(info.sid, sid)) continue;
      presignature.wipe();
      this.#ready.delete(id);
      return true;
    }
    return false;
  }

  #drop(isDropped: (info: PresigInfo, entry: Entry) => boolean): number {
    let count = 0;
    for (const [id, entry] of this.#ready) {
      if (!isDropped(entry.presignature.info, entry)) continue;
      entry.presignature.wipe();
      this.#ready.delete(id);
      count += 1;
    }
    return count;
  }

  #again(id: string, before: Uint8Array, tau0: Uint8Array): Taken {
    if (equalBytes(before, tau0)) return { kind: 'already-consumed' };
    // Two tuples for one nonce is the attack that gives the key away; somebody must look at it.
    this.#log.error('presignature asked for twice', {
      presigId: id,
      first: toHex(before),
      second: toHex(tau0),
    });
    return { kind: 'refused', reason: 'presignature-other-tuple' };
  }

  #remember(id: string, tau0: Uint8Array): void {
    this.#consumed.set(id, tau0.slice());
    const [oldest] = this.#consumed.keys();
    if (this.#consumed.size > MAX_CONSUMED && oldest !== undefined) this.#consumed.delete(oldest);
  }
}

/**
 * The member that may propose a presignature: at place s mod t of the sorted quorum. [protocol, 9.4 rule 5]
 */
export function proposerOf({ quorum, position }: Pick<PresigInfo, 'quorum' | 'position'>): PartyIndex {
  const member = quorum[position % quorum.length];
  assert(member !== undefined, 'a quorum is never empty');
  return member;
}
