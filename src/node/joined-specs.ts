import { toHex } from '../crypto/bytes.ts';
import { decode, encode, fixed, struct, u64Codec, u8Codec } from '../crypto/codec.ts';
import { assert } from '../crypto/errors.ts';
import type { EpochLog } from './epoch-log.ts';

/** A session as its specification names it. */
export interface SpecToJoin {
  /** 32 bytes */
  readonly specHash: Uint8Array;
  /** 1 keygen, 2 presign, 3 sign, 4 reshare. */
  readonly proto: number;
  /** Unique for a key, epoch and protocol, u64. */
  readonly position: bigint;
}

/**
 * Positions this far below the highest of their lane are refused without being remembered. A lane is a
 * protocol and the upper 16 bits of the position, where each coordinator that counts by itself puts its
 * index.
 */
export const JOIN_WINDOW = 4096n;
/** Four protocols with a full window, and room to forget in large steps. */
const MAX_REMEMBERED = 5 * Number(JOIN_WINDOW);

const codec = struct<SpecToJoin>({ specHash: fixed(32), proto: u8Codec, position: u64Codec });

/**
 * Specifications of sessions that this node has joined in one epoch. Durable before our first message leaves,
 * so that not even a crash makes an honest node send two first messages for one of them. [protocol, 4.3 rule
 * 1]
 */
export class JoinedSpecs {
  readonly #log: EpochLog;
  readonly #joined = new Map<string, { readonly proto: number; readonly position: bigint }>();
  readonly #positions = new Set<string>();
  readonly #highest = new Map<string, bigint>();

  constructor(log: EpochLog) {
    this.#log = log;
    for (const body of log.found('joinedSpec')) this.#remember(decode(codec, body, 'joined spec'));
  }

  /** Joins, once. Returns why not: the same specification again, its position taken, or too old to tell. */
  join(spec: SpecToJoin): 'joined' | 'already-joined' | 'position-taken' | 'position-too-old' {
    assert(spec.specHash.length === 32, 'a spec hash has 32 bytes');
    if (this.#joined.has(toHex(spec.specHash))) return 'already-joined';
    const highest = this.#highest.get(laneOf(spec));
    if (highest !== undefined && spec.position + JOIN_WINDOW <= highest) return 'position-too-old';
    if (this.#positions.has(placeOf(spec))) return 'position-taken';
    this.#log.append('joinedSpec', encode(codec, spec));
    this.#remember(spec);
    return 'joined';
  }

  #remember(spec: SpecToJoin): void {
    const { proto, position } = spec;
    this.#joined.set(toHex(spec.specHash), { proto, position });
    this.#positions.add(placeOf(spec));
    const highest = this.#highest.get(laneOf(spec));
    if (highest === undefined || position > highest) this.#highest.set(laneOf(spec), position);
    if (this.#joined.size > MAX_REMEMBERED) this.#forgetOld();
  }

  /** What has left the window is refused by its position alone. */
  #forgetOld(): void {
    for (const [hash, old] of this.#joined) {
      if (old.position + JOIN_WINDOW > (this.#highest.get(laneOf(old)) ?? 0n)) continue;
      this.#joined.delete(hash);
      this.#positions.delete(placeOf(old));
    }
  }
}

/** Bits of a position that count; above them stands who counts. */
const COUNTER_BITS = 48n;

const laneOf = ({ proto, position }: { readonly proto: number; readonly position: bigint }): string =>
  `${proto}/${position >> COUNTER_BITS}`;
const placeOf = ({ proto, position }: { readonly proto: number; readonly position: bigint }): string =>
  `${proto}/${position}`;
