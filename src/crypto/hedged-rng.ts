import { ascii, u64 } from './bytes.ts';
import { assert } from './errors.ts';
import { taggedHash } from './hash.ts';
import type { Rng } from './secp256k1.ts';

/** Numbers that never repeat; a node makes one counter a boot and shares it among all its generators. */
export type Counter = () => bigint;

/** Counts from zero. */
export function bootCounter(): Counter {
  let next = 0n;
  return () => next++;
}

/** What each draw is mixed from. */
export interface Hedge {
  /** A long-term secret of the node, at least 32 bytes. */
  readonly nodeSecret: Uint8Array;
  /** 32 bytes drawn at this boot: a restored snapshot that boots anew counts under another name. */
  readonly bootId: Uint8Array;
  /** One counter a boot, for all generators of the node. */
  readonly counter: Counter;
  /** Fresh randomness of the operating system. */
  readonly fresh: Rng;
  /** What the randomness is for. */
  readonly label: string;
  /** The session, or another 32-byte name of the occasion. */
  readonly sid: Uint8Array;
}

/**
 * Randomness for one session. Each 32 bytes are H("rng"; nodeSecret, bootId, counter, label, sid, fresh): two
 * nodes, or two copies of one, whose operating systems repeat each other still draw different bytes.
 * [protocol, 3.4; ATK-I07] @throws Bug when a secret or boot id is too short
 */
export function hedgedRng({ nodeSecret, bootId, counter, fresh, label, sid }: Hedge): Rng {
  assert(nodeSecret.length >= 32 && bootId.length === 32, 'a hedge needs a secret and a boot id of 32 bytes');
  const block = (): Uint8Array =>
    taggedHash('rng', nodeSecret, bootId, u64(counter()), ascii(label), sid, fresh(32));
  return (length) => {
    const out = new Uint8Array(32 * Math.ceil(length / 32));
    for (let at = 0; at < length; at += 32) out.set(block(), at);
    return out.subarray(0, length);
  };
}
