import { describe, expect, test } from 'vitest';

import { ascii, toHex, u64 } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { type Hedge, bootCounter, hedgedRng } from '../../../src/crypto/hedged-rng.ts';

const name = (label: string): Uint8Array => taggedHash('test', ascii(label));
/** An operating system that says the same for ever. */
const stuck = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const hedge = (change: Partial<Hedge> = {}): Hedge => ({
  nodeSecret: name('node'),
  bootId: name('boot'),
  counter: bootCounter(),
  fresh: stuck,
  label: 'presign',
  sid: name('sid'),
  ...change,
});

describe('hedged randomness', () => {
  test('is the tagged hash of all that it is mixed from', () => {
    const rng = hedgedRng(hedge());
    const block = (counter: number): Uint8Array =>
      taggedHash('rng', name('node'), name('boot'), u64(counter), ascii('presign'), name('sid'), stuck(32));
    expect(toHex(rng(32))).toBe(toHex(block(0)));
    expect(toHex(rng(40))).toBe(toHex(block(1)) + toHex(block(2)).slice(0, 16));
    expect(rng(0)).toHaveLength(0);
  });

  test('two nodes, boots, purposes and sessions differ although the operating system repeats itself', () => {
    const drawn = [
      hedge(),
      hedge({ nodeSecret: name('other node') }),
      hedge({ bootId: name('other boot') }),
      hedge({ label: 'sign' }),
      hedge({ sid: name('other sid') }),
    ].map((each) => toHex(hedgedRng(each)(32)));
    expect(new Set(drawn).size).toBe(5);
  });

  test('two generators of one boot for one session share a counter and never a draw', () => {
    const counter = bootCounter();
    const [a, b] = [hedgedRng(hedge({ counter })), hedgedRng(hedge({ counter }))];
    const drawn = [a(32), b(32), a(32), b(32)].map(toHex);
    expect(new Set(drawn).size).toBe(4);
  });

  test('fresh bytes count: a known secret alone predicts nothing', () => {
    const other = hedgedRng(hedge({ fresh: (length) => new Uint8Array(length) }));
    expect(toHex(other(32))).not.toBe(toHex(hedgedRng(hedge())(32)));
  });

  test('a short secret or boot id is our own mistake', () => {
    expect(() => hedgedRng(hedge({ nodeSecret: new Uint8Array(31) }))).toThrow(Bug);
    expect(() => hedgedRng(hedge({ bootId: new Uint8Array(16) }))).toThrow(Bug);
  });
});
