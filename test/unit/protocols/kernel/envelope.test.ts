import { describe, expect, test } from 'vitest';

import { concat, toHex } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import {
  HEADER_BYTES,
  SIGNED_BYTES,
  associatedData,
  directsCodec,
  headerCodec,
  isSignedBy,
  parseEnvelope,
  parseSigned,
  plaintextHash,
  sealEnvelope,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { fieldsOf, flipped, identityOf, party, seedOf } from '../support/envelopes.ts';

const body = Uint8Array.from({ length: 40 }, (_, i) => i);
const sealed = sealEnvelope(fieldsOf(2, 3), body, seedOf(2));

/** First byte of each field of the header, in its order. [protocol, 5.1] */
const offsets = {
  ...{ magic: 0, version: 2, kind: 3, proto: 4, suite: 5, sid: 6, epochId: 38, round: 70, from: 72, to: 74 },
  ...{ prev: 75, view: 107, ph: 139, bodyLength: 174, bodyHash: 175 },
};

describe('an envelope', () => {
  test('goes to bytes and back, and its signature is its sender’s', () => {
    const parsed = parseEnvelope(sealed.bytes);
    expect(parsed).toEqual(sealed);
    expect(parsed.body).toEqual(body);
    expect(isSignedBy(parsed, identityOf(2))).toBe(true);
  });

  test('is header, signature and body, of the lengths that are named', () => {
    expect(encode(headerCodec, sealed.header)).toHaveLength(HEADER_BYTES);
    expect(sealed.bytes).toHaveLength(SIGNED_BYTES + body.length);
    expect(sealed.bytes.subarray(0, 2)).toEqual(Uint8Array.of(0x43, 0x56));
  });

  test('is refused at every truncation, and with one byte too many', () => {
    for (let length = 0; length < sealed.bytes.length; length++)
      expect(() => parseEnvelope(sealed.bytes.subarray(0, length))).toThrow(InputError);
    expect(() => parseEnvelope(concat(sealed.bytes, Uint8Array.of(0)))).toThrow(InputError);
  });

  test.each(Object.entries(offsets))('with one flipped bit in %s is no longer signed', (_, at) => {
    let accepted = false;
    try {
      accepted = isSignedBy(parseEnvelope(flipped(sealed.bytes, at)), identityOf(2));
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
    expect(accepted).toBe(false);
  });

  test('with one flipped bit in its signature or its body is not accepted either', () => {
    expect(isSignedBy(parseEnvelope(flipped(sealed.bytes, HEADER_BYTES)), identityOf(2))).toBe(false);
    expect(() => parseEnvelope(flipped(sealed.bytes, SIGNED_BYTES))).toThrow('another body');
  });

  test('whose header states another length of its body is refused', () => {
    expect(() => parseEnvelope(flipped(sealed.bytes, offsets.bodyLength))).toThrow(
      'a body of another length',
    );
  });

  test('is not signed by another identity', () => {
    expect(isSignedBy(sealed, identityOf(3))).toBe(false);
    const forged = sealEnvelope(fieldsOf(2, 3), body, seedOf(3));
    expect(isSignedBy(forged, identityOf(2))).toBe(false);
  });

  test('is named by its header, whoever signs it', () => {
    const again = sealEnvelope(fieldsOf(2, 3), body, seedOf(3));
    expect(again.eid).toEqual(sealed.eid);
    expect(sealEnvelope(fieldsOf(2, 4), body, seedOf(2)).eid).not.toEqual(sealed.eid);
  });
});

describe('a signed header alone', () => {
  const signed = sealed.bytes.subarray(0, SIGNED_BYTES);

  test('says who signed what', () => {
    const { header, eid, signature } = parseSigned(signed);
    expect({ header, eid, signature }).toEqual({
      header: sealed.header,
      eid: sealed.eid,
      signature: sealed.signature,
    });
  });

  test('of another length, magic or version is refused', () => {
    for (const bytes of [signed.subarray(1), sealed.bytes, flipped(signed, 0), flipped(signed, 2)])
      expect(() => parseSigned(bytes)).toThrow(InputError);
  });
});

test('associated data ends before what depends on the ciphertext', () => {
  const [one, other] = [associatedData(fieldsOf(1, 2, 'direct', 3)), associatedData(fieldsOf(1, 2))];
  expect(one).toHaveLength(HEADER_BYTES - 36);
  expect(one).not.toEqual(other);
});

test('the list of direct messages goes to bytes and back', () => {
  const entries = [2, 3].map((to) => ({ to: party(to), eid: new Uint8Array(32).fill(to) }));
  const bytes = encode(directsCodec, entries);
  expect(bytes).toHaveLength(4 + 2 * 34);
  expect(decode(directsCodec, bytes, 'directs')).toEqual(entries);
});

test('the commitment to a plaintext binds its place, its salt and every byte', () => {
  const slot = fieldsOf(1, 2, 'direct', 3);
  const hashes = [
    plaintextHash(slot, zero32, body),
    plaintextHash({ ...slot, sid: zero32 }, zero32, body),
    plaintextHash({ ...slot, round: 3 }, zero32, body),
    plaintextHash({ ...slot, from: party(2) }, zero32, body),
    plaintextHash({ ...slot, to: 4 }, zero32, body),
    plaintextHash(slot, flipped(zero32, 0), body),
    plaintextHash(slot, zero32, flipped(body, 39)),
  ];
  expect(new Set(hashes.map(toHex)).size).toBe(hashes.length);
});
