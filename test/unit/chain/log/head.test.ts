import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { encodeLogEntry } from '../../../../src/chain/log/entry.ts';
import {
  type SignedHead,
  type TreeHead,
  continues,
  countersignHead,
  countersignaturesCodec,
  decodeTreeHead,
  encodeTreeHead,
  isSplitView,
  signHead,
  signProof,
  signedHeadCodec,
  signedProofCodec,
  verifyCountersignature,
  verifyHead,
  verifyProof,
} from '../../../../src/chain/log/head.ts';
import { consistencyProof, leafHash } from '../../../../src/chain/log/merkle.ts';
import { events, filled, headOf, logOf, sampleOwner, seed } from './samples.ts';

const { owner } = sampleOwner;
const log = logOf(events.slice(1));
const forked = logOf(events.slice(1).toReversed());
const leavesOf = (entries: typeof log): readonly Uint8Array[] =>
  entries.map((e) => leafHash(encodeLogEntry(e)));
const signed = (head: TreeHead, key = seed): SignedHead => ({ head, signature: signHead(key, head) });
const witness = filled(8);
const two = partyIndex(2);
const atFour = headOf(log.slice(0, 4), 5000);
const atEight = headOf(log, 6000);
const fromFour = consistencyProof(leavesOf(log), 4);
/** The same head with one field changed, for each field. */
const variants = (head: TreeHead): readonly TreeHead[] => [
  { ...head, logId: filled(1) },
  { ...head, size: head.size + 1 },
  { ...head, root: filled(1) },
  { ...head, chain: filled(1) },
  { ...head, atMs: head.atMs + 1 },
];

describe('a head', () => {
  it('comes back as it was, in 112 bytes, and not with one more or less', () => {
    const bytes = encodeTreeHead(atFour);
    expect(bytes.length).toBe(112);
    expect(decodeTreeHead(bytes, 'head')).toEqual(atFour);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeTreeHead(bytes.subarray(0, length), 'head')).toThrow(InputError);
    expect(() => decodeTreeHead(Uint8Array.of(...bytes, 0), 'head')).toThrow(InputError);
  });

  it('is signed by its owner for these values and no others', () => {
    const good = signed(atFour);
    expect(verifyHead(owner, good)).toBe(true);
    expect(verifyHead(identityPublicKey(witness), good)).toBe(false);
    for (const head of variants(atFour))
      expect(verifyHead(owner, { head, signature: good.signature })).toBe(false);
    expect(decode(signedHeadCodec, encode(signedHeadCodec, good))).toEqual(good);
  });

  it('is countersigned by a member under its index', () => {
    const countersignature = countersignHead(witness, atFour, two);
    const key = identityPublicKey(witness);
    expect(verifyCountersignature(key, atFour, countersignature)).toBe(true);
    expect(verifyCountersignature(owner, atFour, countersignature)).toBe(false);
    expect(verifyCountersignature(key, atFour, { ...countersignature, member: partyIndex(3) })).toBe(false);
    for (const head of variants(atFour))
      expect(verifyCountersignature(key, head, countersignature)).toBe(false);
    const list = [countersignature];
    expect(decode(countersignaturesCodec, encode(countersignaturesCodec, list))).toEqual(list);
  });

  it("an owner's signature is no countersignature, and the other way round", () => {
    const { signature } = signed(atFour);
    expect(verifyCountersignature(owner, atFour, { member: two, signature })).toBe(false);
    const mine = countersignHead(seed, atFour, two);
    expect(verifyHead(owner, { head: atFour, signature: mine.signature })).toBe(false);
  });
});

describe('a signed proof', () => {
  const proof = signProof(seed, atFour, atEight, fromFour);

  it('binds both heads and every hash to the owner', () => {
    expect(verifyProof(owner, atFour, atEight, proof)).toBe(true);
    expect(verifyProof(identityPublicKey(witness), atFour, atEight, proof)).toBe(false);
    for (const head of variants(atFour)) expect(verifyProof(owner, head, atEight, proof)).toBe(false);
    for (const head of variants(atEight)) expect(verifyProof(owner, atFour, head, proof)).toBe(false);
    expect(verifyProof(owner, atFour, atEight, { ...proof, hashes: fromFour.slice(1) })).toBe(false);
    expect(decode(signedProofCodec, encode(signedProofCodec, proof))).toEqual(proof);
  });

  it('shows that a head continues another', () => {
    expect(continues(atFour, atEight, fromFour)).toBe(true);
    expect(continues(atFour, atFour, [])).toBe(true);
    expect(continues(atFour, atEight, fromFour.slice(1))).toBe(false);
    expect(continues(atFour, { ...atEight, logId: filled(1) }, fromFour)).toBe(false);
    expect(continues(atFour, { ...atFour, chain: filled(1) }, [])).toBe(false);
  });
});

describe('a split view', () => {
  const forkedEight = headOf(forked, 6000);

  it('is two heads of one size with another content', () => {
    expect(isSplitView(owner, signed(atEight), signed(forkedEight))).toBe(true);
    expect(isSplitView(owner, signed(forkedEight), signed(atEight))).toBe(true);
    expect(isSplitView(owner, signed(atEight), signed({ ...atEight, chain: filled(1) }))).toBe(true);
    expect(isSplitView(owner, signed(atEight), signed({ ...atEight, root: filled(1) }))).toBe(true);
  });

  it('is not the same head signed again at another time', () => {
    expect(isSplitView(owner, signed(atEight), signed({ ...atEight, atMs: 7000 }))).toBe(false);
    expect(isSplitView(owner, signed(atFour), signed(atEight))).toBe(false);
  });

  it('is a smaller head signed later only with a proof that fails', () => {
    const late = { ...atFour, atMs: 6001 };
    expect(isSplitView(owner, signed(atEight), signed(late))).toBe(false);
    expect(isSplitView(owner, signed(late), signed(atEight))).toBe(false);
    const [good, bad] = [fromFour, fromFour.slice(1)].map((hashes) => signProof(seed, late, atEight, hashes));
    expect(isSplitView(owner, signed(late), signed(atEight), good)).toBe(false);
    expect(isSplitView(owner, signed(late), signed(atEight), bad)).toBe(true);
  });

  it('is two heads with a proof of its owner that fails, and with no other proof', () => {
    const hashes = consistencyProof(leavesOf(forked), 4);
    const [a, b] = [signed(atFour), signed(forkedEight)];
    expect(isSplitView(owner, a, b)).toBe(false);
    expect(isSplitView(owner, a, b, signProof(seed, atFour, forkedEight, hashes))).toBe(true);
    expect(isSplitView(owner, b, a, signProof(seed, atFour, forkedEight, hashes))).toBe(true);
    expect(isSplitView(owner, a, b, signProof(witness, atFour, forkedEight, hashes))).toBe(false);
    expect(isSplitView(owner, a, signed(atEight), signProof(seed, atFour, atEight, fromFour))).toBe(false);
  });

  it('is nothing that another key signed, and nothing about another log', () => {
    expect(isSplitView(owner, signed(atEight), signed(forkedEight, witness))).toBe(false);
    expect(isSplitView(owner, signed(atEight, witness), signed(forkedEight))).toBe(false);
    expect(isSplitView(owner, signed(atEight), signed({ ...forkedEight, logId: filled(1) }))).toBe(false);
  });
});
