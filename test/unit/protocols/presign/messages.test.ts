import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { G, Point, scalar } from '../../../../src/crypto/secp256k1.ts';
import {
  extensionBytes,
  multiplicationBytes,
  pointListBytes,
} from '../../../../src/protocols/ot/messages.ts';
import {
  commitmentCodec,
  confirmRound,
  confirmationCodec,
  directBytes,
  extendCodec,
  fragmentsCodec,
  instanceLayout,
  multiplyCodec,
  nonceList,
  proofsCodec,
  revealCodec,
} from '../../../../src/protocols/presign/messages.ts';
import { checkCodec } from '../../../sim/codecs.ts';

describe('messages of presigning', () => {
  it.each([
    [1, 8448, 20_752, 53_442, 82_642],
    [4, 8448, 39_184, 213_768, 261_400],
    [16, 8448, 119_056, 855_072, 982_576],
    [64, 8448, 438_544, 3_420_288, 3_867_280],
    [256, 8448, 1_716_496, 13_681_152, 15_406_096],
  ])('have the lengths of the specification for a batch of %i', (batch, commit, extend, multiply, all) => {
    expect(directBytes(batch)).toEqual({ commit, extend, multiply });
    expect(commit + extend + multiply).toBe(all);
    const message = {
      yList: new Uint8Array(pointListBytes),
      extension: new Uint8Array(extensionBytes(batch)),
    };
    expect(encode(extendCodec(batch), message)).toHaveLength(extend);
    expect(encode(multiplyCodec(batch), new Uint8Array(multiply))).toHaveLength(multiply);
  });

  it('place the parts of an instance one behind the other', () => {
    expect(instanceLayout).toEqual({
      multiplication: 0,
      gammaU: multiplicationBytes,
      gammaV: 53_377,
      psi: 53_410,
      bytes: 53_442,
    });
  });

  it('decode what they encode, and nothing else', () => {
    checkCodec(commitmentCodec, { comR: new Uint8Array(32).fill(7) });
    checkCodec(revealCodec(2), { salt: new Uint8Array(32), R: [G, G.negate()], pk: [G, G] });
    checkCodec(confirmationCodec(3), { kind: 'ok', ok: new Uint8Array(32).fill(5) });
    checkCodec(confirmationCodec(3), { kind: 'fragments', instance: 7, f: [scalar(0n), scalar(9n)] });
    checkCodec(fragmentsCodec(2), { instance: 255, f: [scalar(1n)] });
    const pair = { peer: partyIndex(2), D: G, proof: { e: scalar(3n), z: scalar(4n) } };
    checkCodec(proofsCodec, [pair, { ...pair, peer: partyIndex(3) }]);
    checkCodec(proofsCodec, []);
  });

  it('confirm in 32 bytes, and say fragments in 34 and 32 for each other party', () => {
    const ok = new Uint8Array(32).fill(5);
    expect(encode(confirmationCodec(4), { kind: 'ok', ok })).toEqual(ok);
    const f = [1n, 2n, 3n].map(scalar);
    expect(encode(confirmationCodec(4), { kind: 'fragments', instance: 1, f })).toHaveLength(34 + 32 * 3);
    expect(() => encode(confirmationCodec(4), { kind: 'ok', ok: new Uint8Array(32) })).toThrow(Bug);
    expect(() => decode(confirmationCodec(4), new Uint8Array(32))).toThrow('ends');
  });

  it('promise nothing in R4 but by a confirmation', () => {
    const { isPromise } = confirmRound(2);
    expect(isPromise?.({ kind: 'ok', ok: new Uint8Array(32) })).toBe(true);
    expect(isPromise?.({ kind: 'fragments', instance: 0, f: [scalar(1n)] })).toBe(false);
  });

  it('write the identity in a list of nonces as zeros, which no point is written as', () => {
    expect(nonceList([Point.identity])).toEqual(Uint8Array.from([0, 0, 0, 1, ...new Uint8Array(33)]));
    expect(nonceList([G]).subarray(4)).toEqual(G.toBytes());
  });
});
