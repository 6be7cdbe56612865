import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, u16 } from '../../crypto/bytes.ts';
import { type Codec, decode, encode, fixed, indexCodec, list, struct } from '../../crypto/codec.ts';
import { type IdentityKey, signFor, verifyFor } from '../../crypto/ed25519.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { MAX_MEMBERS } from '../../protocols/epoch.ts';
import { countCodec } from './entry.ts';
import { MAX_PROOF_HASHES, verifyConsistency } from './merkle.ts';

/** What a log is at one moment, in one line: who signs it can show no other log of this size. */
export interface TreeHead {
  /** `logIdOf` the log, 32 bytes. */
  readonly logId: Uint8Array;
  /** How many entries there are. */
  readonly size: number;
  /** Root of the tree over them, 32 bytes. */
  readonly root: Uint8Array;
  /** `entryHash` of the newest entry, or `chainStart`; 32 bytes. */
  readonly chain: Uint8Array;
  /** Wall clock of the owner, milliseconds. Never less than in a head that it signed before. */
  readonly atMs: number;
}

/** A head and its owner's signature, 64 bytes. */
export interface SignedHead {
  readonly head: TreeHead;
  readonly signature: Uint8Array;
}

/** Another member states that this head continues the newest one that it had seen of the log. */
export interface Countersignature {
  /** Its index in the epoch in which it signed. */
  readonly member: PartyIndex;
  /** 64 bytes */
  readonly signature: Uint8Array;
}

/** The owner's answer to the question how one of its heads continues an older one. */
export interface SignedProof {
  /** Empty where the two have the same size, or the older none. */
  readonly hashes: readonly Uint8Array[];
  /** Over both heads and the hashes, 64 bytes: a proof that fails is evidence against its signer. */
  readonly signature: Uint8Array;
}

const hash32: Codec<Uint8Array> = fixed(32);
const signature64: Codec<Uint8Array> = fixed(64);

const treeHeadCodec: Codec<TreeHead> = struct<TreeHead>({
  logId: hash32,
  size: countCodec,
  root: hash32,
  chain: hash32,
  atMs: countCodec,
});
/** The codec of a head with its owner's signature, 176 bytes. */
export const signedHeadCodec: Codec<SignedHead> = struct<SignedHead>({
  head: treeHeadCodec,
  signature: signature64,
});
/** The codec of a countersignature. */
export const countersignatureCodec: Codec<Countersignature> = struct<Countersignature>({
  member: indexCodec,
  signature: signature64,
});
/** The codec of the countersignatures of one head. */
export const countersignaturesCodec: Codec<readonly Countersignature[]> = list(
  countersignatureCodec,
  MAX_MEMBERS,
);
/** The codec of a signed proof. */
export const signedProofCodec: Codec<SignedProof> = struct<SignedProof>({
  hashes: list(hash32, MAX_PROOF_HASHES),
  signature: signature64,
});

/** The canonical bytes of a head, 112 bytes. */
export const encodeTreeHead = (head: TreeHead): Uint8Array => encode(treeHeadCodec, head);
/** The head of canonical bytes. @throws InputError malformed */
export const decodeTreeHead = (bytes: Uint8Array, path: string): TreeHead =>
  decode(treeHeadCodec, bytes, path);

const headHash = (head: TreeHead): Uint8Array => taggedHash(tags.logHead, encodeTreeHead(head));
const witnessHash = (head: TreeHead, member: PartyIndex): Uint8Array =>
  taggedHash(tags.logWitness, encodeTreeHead(head), u16(member));
const proofHash = (from: TreeHead, to: TreeHead, hashes: readonly Uint8Array[]): Uint8Array =>
  taggedHash(tags.logProof, encodeTreeHead(from), encodeTreeHead(to), ...hashes);

/** The owner's signature under a head, 64 bytes. A node signs no head of an entry that is not durable. */
export const signHead = (seed: IdentityKey, head: TreeHead): Uint8Array =>
  signFor('log-head', seed, headHash(head));

/** Whether the owner signed this head. */
export const verifyHead = (owner: Uint8Array, { head, signature }: SignedHead): boolean =>
  verifyFor('log-head', owner, headHash(head), signature);

/** A member's signature under another's head; it is for who has verified a consistency proof. */
export const countersignHead = (seed: IdentityKey, head: TreeHead, member: PartyIndex): Countersignature => ({
  member,
  signature: signFor('log-witness', seed, witnessHash(head, member)),
});

/** Whether the member with this identity key countersigned the head. */
export const verifyCountersignature = (
  identityPk: Uint8Array,
  head: TreeHead,
  { member, signature }: Countersignature,
): boolean => verifyFor('log-witness', identityPk, witnessHash(head, member), signature);

/** The owner's signed answer how `to` continues `from`. */
export const signProof = (
  seed: IdentityKey,
  from: TreeHead,
  to: TreeHead,
  hashes: readonly Uint8Array[],
): SignedProof => ({ hashes, signature: signFor('log-proof', seed, proofHash(from, to, hashes)) });

/** Whether the owner gave this answer to this question; says nothing of whether the answer is right. */
export const verifyProof = (owner: Uint8Array, from: TreeHead, to: TreeHead, proof: SignedProof): boolean =>
  verifyFor('log-proof', owner, proofHash(from, to, proof.hashes), proof.signature);

/** Whether a head continues an older one of the same log, by the hashes of a proof. */
export const continues = (from: TreeHead, to: TreeHead, hashes: readonly Uint8Array[]): boolean =>
  equalBytes(from.logId, to.logId) &&
  (from.size !== to.size || equalBytes(from.chain, to.chain)) &&
  verifyConsistency({ first: from, second: to }, hashes);

/**
 * Whether one owner showed two logs: two heads that it signed, of one log, with the same size and another
 * content. What the pair alone does not prove, a signed proof that fails may. Times prove nothing: a smaller
 * head that is signed later may be of who has an older copy of the same log.
 */
export function isSplitView(owner: Uint8Array, a: SignedHead, b: SignedHead, proof?: SignedProof): boolean {
  const [older, newer] = inOrder(a.head, b.head);
  if (!equalBytes(older.logId, newer.logId) || !verifyHead(owner, a) || !verifyHead(owner, b)) return false;
  if (older.size === newer.size)
    return !equalBytes(older.root, newer.root) || !equalBytes(older.chain, newer.chain);
  return (
    proof !== undefined && verifyProof(owner, older, newer, proof) && !continues(older, newer, proof.hashes)
  );
}

/** The smaller one first. */
const inOrder = (a: TreeHead, b: TreeHead): readonly [TreeHead, TreeHead] =>
  a.size <= b.size ? [a, b] : [b, a];
