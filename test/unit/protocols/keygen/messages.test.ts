import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { type Codec, decode, encode, leavesOf } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { G, actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import { sealedBytes } from '../../../../src/protocols/complaint.ts';
import {
  certificationCodec,
  commitmentCodec,
  confirmationCodec,
  dealCodec,
  dealSlot,
  pendingShareCodec,
  revealCodec,
} from '../../../../src/protocols/keygen/messages.ts';
import { one, outputOf, runKeygen } from '../support/keygen-run.ts';

const P = actBase(scalar(5n));
const pok = { N: P, z: scalar(3n) };
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i + 1);

/** Bytes there and back, no truncation, nothing behind the end; a flip is refused or is other bytes. */
function suite<T>(codec: Codec<T>, value: T, length: number): void {
  const encoded = encode(codec, value as never);
  expect(encoded).toHaveLength(length);
  expect(encode(codec, decode(codec, encoded) as never)).toEqual(encoded);
  for (let end = 0; end < encoded.length; end++)
    expect(() => decode(codec, encoded.subarray(0, end)), `cut at ${end}`).toThrow(InputError);
  expect(() => decode(codec, Uint8Array.from([...encoded, 0]))).toThrow(InputError);
  for (let i = 0; i < encoded.length; i++) {
    const changed = encoded.map((byte, at) => (at === i ? byte ^ 1 : byte));
    let again: Uint8Array;
    try {
      again = encode(codec, decode(codec, changed) as never);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      continue;
    }
    expect(again, `flip at ${i}`).toEqual(changed);
  }
}

const messages = {
  commitment: () => suite(commitmentCodec, { com: bytes(32) }, 32),
  reveal: () => suite(revealCodec(3), { F: [G, P, G], pok, cc: bytes(32), salt: bytes(32) }, 33 * 3 + 129),
  deal: () => suite(dealCodec, { share: scalar(0n) }, 32),
  ok: () => suite(confirmationCodec, { kind: 'ok', ok: bytes(32), pop: pok }, 98),
  'bad-share': () =>
    suite(
      confirmationCodec,
      {
        kind: 'bad-share',
        against: partyIndex(2),
        signed: bytes(271),
        salt: bytes(32),
        plaintext: bytes(32),
      },
      1 + 2 + 271 + 32 + 36,
    ),
  undecryptable: () =>
    suite(
      confirmationCodec,
      {
        kind: 'undecryptable',
        against: partyIndex(2),
        envelope: bytes(271 + sealedBytes(dealSlot)),
        D: P,
        proof: { e: scalar(1n), z: scalar(2n) },
      },
      1 + 2 + 4 + 351 + 33 + 64,
    ),
  certification: () => suite(certificationCodec, { signature: bytes(64) }, 64),
};

describe('the messages of key generation', () => {
  for (const [name, check] of Object.entries(messages)) it(`${name} has one encoding`, check);

  it('a pending share has one encoding', () => {
    const { record, index, share, chainCode } = outputOf(runKeygen([3, 2]), one);
    const encoded = encode(pendingShareCodec, { record, index, share, chainCode });
    expect(encode(pendingShareCodec, decode(pendingShareCodec, encoded))).toEqual(encoded);
    expect(() => decode(pendingShareCodec, encoded.subarray(1))).toThrow(InputError);
  });

  it('a share is never reduced', () => {
    expect(() => decode(dealCodec, new Uint8Array(32).fill(255))).toThrow(InputError);
  });

  it('a confirmation of an unknown shape is refused', () => {
    const encoded = encode(confirmationCodec, { kind: 'ok', ok: bytes(32), pop: pok });
    encoded[0] = 3;
    expect(() => decode(confirmationCodec, encoded)).toThrow(InputError);
  });

  it('every field of a confirmation can be found, the one that names its shape first', () => {
    const encoded = encode(confirmationCodec, { kind: 'ok', ok: bytes(32), pop: pok });
    const paths = leavesOf(confirmationCodec.schema, encoded).map(({ path }) => path);
    expect(paths).toEqual(['.kind', '.ok.ok', '.ok.pop.N', '.ok.pop.z']);
    const unknown = leavesOf(confirmationCodec.schema, Uint8Array.of(9));
    expect(unknown.map(({ path }) => path)).toEqual(['.kind']);
  });
});
