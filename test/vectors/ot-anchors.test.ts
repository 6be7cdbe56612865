import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { ascii, bigintToBytes, concat, fromHex, toHex, u32 } from '../../src/crypto/bytes.ts';
import { foldRows, multiplySchoolbook } from '../../src/crypto/gf128.ts';
import { baseOtDomain, hashToCurve } from '../../src/crypto/hash-to-curve.ts';
import { expand, hashBelow, hashToScalar, taggedHash } from '../../src/crypto/hash.ts';
import { primitives } from '../../src/crypto/primitives.ts';
import { G, add, multiply, q, scalar, scalarToBytes } from '../../src/crypto/secp256k1.ts';
import { tags } from '../../src/crypto/tags.ts';
import {
  baseOtAlice1,
  baseOtAlice2,
  baseOtBob,
  openRList,
  openYList,
} from '../../src/protocols/ot/base-ot.ts';
import { crhDigests } from '../../src/protocols/ot/crh.ts';
import { extensionAlice, extensionBob } from '../../src/protocols/ot/extension.ts';
import { chiOf, rvoleAlice, rvoleBob } from '../../src/protocols/ot/rvole.ts';
import { gadget, lambda, rowBytes } from '../../src/protocols/params.ts';

const anchors = JSON.parse(readFileSync(new URL('./data/ot-anchors.json', import.meta.url), 'utf8')) as {
  readonly hash: Readonly<Record<string, string>>;
  readonly gadget: Readonly<Record<'first' | 'last' | 'sha256', string>>;
  readonly gf128: readonly {
    readonly name: string;
    readonly a: string;
    readonly b: string;
    readonly product: string;
  }[];
  readonly crh: {
    readonly pre: string;
    readonly j: number;
    readonly w: number;
    readonly row: string;
    readonly value: string;
  };
  readonly aes128Ctr: { readonly key: string; readonly stream: string };
  readonly hp: string;
  readonly pair: Readonly<Record<string, string | number>>;
};
const hex = (text: string): Uint8Array => fromHex(text) ?? new Uint8Array();
const sha256 = (bytes: Uint8Array): string => toHex(primitives().sha256(bytes));
const asHex = (value: bigint): string => toHex(bigintToBytes(value, 32));
const test = (text: string): Uint8Array => taggedHash(tags.test, ascii(text));

describe('anchors of the building blocks', () => {
  it('the tagged hash, its expansion and its rejection sampling are the frozen ones', () => {
    expect({
      empty: toHex(taggedHash(tags.test)),
      abc: toHex(test('abc')),
      'ab,c': toHex(taggedHash(tags.test, ascii('ab'), ascii('c'))),
      'a,bc': toHex(taggedHash(tags.test, ascii('a'), ascii('bc'))),
      'u32(1)': toHex(taggedHash(tags.test, u32(1))),
      'xof40(abc)': toHex(expand(tags.test, 40, ascii('abc'))),
      'hn(abc)': asHex(hashBelow(tags.test, q, ascii('abc'))),
    }).toEqual(anchors.hash);
  });

  it('the gadget vector is the frozen one', () => {
    const bytes = gadget().map(scalarToBytes);
    expect({ first: toHex(bytes[0]!), last: toHex(bytes[415]!), sha256: sha256(concat(...bytes)) }).toEqual(
      anchors.gadget,
    );
  });

  it.each(anchors.gf128)('GF(2^128): $name', ({ a, b, product }) => {
    expect(toHex(multiplySchoolbook(hex(a), hex(b)))).toBe(product);
    expect(toHex(foldRows(concat(hex(a), new Uint8Array(16)), [hex(b)]))).toBe(product);
  });

  it('the correlation-robust hash is the frozen one', () => {
    const { pre, j, w, row, value } = anchors.crh;
    const digests = crhDigests(hex(pre), hex(row), { firstColumn: j, shift: new Uint8Array(16) });
    expect(asHex(BigInt(`0x${toHex(digests.subarray(32 * w, 32 * w + 32))}`) % q)).toBe(value);
  });

  it('the keystream is AES-128-CTR from a zero counter', () => {
    expect(toHex(primitives().aes128Ctr(hex(anchors.aes128Ctr.key), 16))).toBe(anchors.aes128Ctr.stream);
  });

  it('a mask is the point of hash-to-curve for its place in the base OTs', () => {
    const message = taggedHash(tags.mrH, new Uint8Array(32), u32(0), u32(0), G.toBytes());
    expect(hashToCurve([message], baseOtDomain).map((point) => toHex(point.toBytes()))).toEqual([anchors.hp]);
  });
});

describe('the pair vector of suite 1, B = 1', () => {
  const sidAB = taggedHash(tags.pair, test('pair-sid'), u32(1), u32(2));
  const [aliceSeed, bobSeed] = [test('alice-seed'), test('bob-seed')];
  const inputs = [
    scalar(hashToScalar(tags.test, ascii('a0'))),
    scalar(hashToScalar(tags.test, ascii('a1'))),
  ] as const;
  let drawn = 0;
  const aHat = (): Uint8Array => bigintToBytes(hashToScalar(tags.test, ascii(`ahat${drawn++}`)), 32);

  it('is reproduced byte for byte', () => {
    const alice = baseOtAlice1(sidAB, aliceSeed);
    const rList = openRList(sidAB, alice.rList);
    const bob = baseOtBob(sidAB, bobSeed, rList);
    const aliceSeeds = baseOtAlice2(sidAB, alice, openYList(bob.yList));
    const context = { sidAB, rList: alice.rList, yList: bob.yList, batch: 1 };
    const extended = extensionBob(context, { bobSeed, seeds: bob.seeds });
    const checked = extensionAlice(
      context,
      { delta: alice.delta, seeds: aliceSeeds.seeds },
      extended.message,
    );
    expect(checked.ok).toBe(true);
    const place = { sidAB, instance: 0 };
    const sent = rvoleAlice(place, checked, inputs, aHat);
    const received = rvoleBob(place, extended, sent.message);
    expect(received.ok).toBe(true);
    const r2 = concat(bob.yList, extended.message);
    const xHatAt = lambda * rowBytes(1);
    expect({
      sidAB: toHex(sidAB),
      aliceSeed: toHex(aliceSeed),
      bobSeed: toHex(bobSeed),
      delta: toHex(alice.delta),
      chi: asHex(chiOf(extended, 0)),
      r0OfOt0: toHex(alice.rList.subarray(0, 33)),
      sha256OfR1: sha256(alice.rList),
      seed00: toHex(bob.seeds.subarray(0, 16)),
      sha256OfYList: sha256(bob.yList),
      dig: toHex(extended.dig),
      xHat: toHex(extended.message.subarray(xHatAt, xHatAt + 16)),
      bytesOfR2: r2.length,
      sha256OfR2: sha256(r2),
      sha256OfMultiplication: sha256(sent.message),
      c0: asHex(sent.c[0]),
      d0: asHex(received.d[0]),
      c1: asHex(sent.c[1]),
      d1: asHex(received.d[1]),
    }).toEqual(anchors.pair);
    const chi = chiOf(extended, 0);
    expect(add(sent.c[0], received.d[0])).toBe(multiply(inputs[0], chi));
    expect(add(sent.c[1], received.d[1])).toBe(multiply(inputs[1], chi));
  });
});
