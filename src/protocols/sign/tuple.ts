import { type PartyIndex, type SessionId, sessionId } from '../../crypto/brand.ts';
import { ascii, bytesToBigint, concat, u16, u32, u8 } from '../../crypto/bytes.ts';
import type { Signature } from '../../crypto/ecdsa.ts';
import { hashToScalar, listOf, taggedHash } from '../../crypto/hash.ts';
import { type Point, type Scalar, actBase, scalar, scalarToBytes } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import type { PartyMap } from '../kernel/protocol.ts';

/**
 * What an online session signs, with what, and for whom. All of it is bound before any nonce of the beacon is
 * known.
 */
export interface Task {
  /** 32 bytes. */
  readonly keyId: Uint8Array;
  /** 32 bytes. */
  readonly epochId: Uint8Array;
  /** PK of the epoch. */
  readonly publicKey: Point;
  /** What the key is for, ASCII. */
  readonly purpose: string;
  /** 32 bytes. */
  readonly requestId: Uint8Array;
  /** The digest that the node has computed itself from a typed request, 32 bytes. */
  readonly digest: Uint8Array;
  /** Indices of the path to a child key, u32 each; none for the key itself. */
  readonly path: readonly number[];
  /** ε: the child key is PK + ε·G. Derivation is not part of this release: callers pass `noDerivation`. */
  readonly epsilon: Scalar;
  /** The public part of the presignature: its name, 32 bytes, and its nonce point. */
  readonly presignature: { readonly presigId: Uint8Array; readonly R: Point };
  /** The quorum that made the presignature, ascending. */
  readonly quorum: readonly PartyIndex[];
}

/** The key itself, and no child of it. [protocol, 15] */
export const noDerivation: Pick<Task, 'path' | 'epsilon'> = { path: [], epsilon: scalar(0n) };

/** m = int(digest) mod q. [protocol, 9.1 S2] */
export const messageOf = (digest: Uint8Array): Scalar => scalar(bytesToBigint(digest));

const quorumBytes = (quorum: readonly PartyIndex[]): Uint8Array =>
  concat(u32(quorum.length), ...quorum.map(u16));
const pathBytes = (path: readonly number[]): Uint8Array => listOf(path.map(u32));

/** τ_0, 32 bytes: everything but the beacon. Two requests never share it. [protocol, 9.1] */
export const tuple0 = (task: Task): Uint8Array =>
  taggedHash(
    tags.signTuple0,
    task.keyId,
    task.epochId,
    task.presignature.presigId,
    ascii(task.purpose),
    task.requestId,
    scalarToBytes(messageOf(task.digest)),
    pathBytes(task.path),
    scalarToBytes(task.epsilon),
    quorumBytes(task.quorum),
  );

/** The id of the session for this task. */
export const sessionOf = (task: Task): SessionId => signSessionId(task.presignature.presigId, tuple0(task));

/** τ = H("sign/tuple"; τ_0, β), 32 bytes: what every share is for. [protocol, 9.1] */
export const tuple = (tau0: Uint8Array, beacon: Uint8Array): Uint8Array =>
  taggedHash(tags.signTuple, tau0, beacon);

/** sid = H("sid/sign"; presigId, τ_0): two tuples of one presignature are two sessions. [protocol, 9.1] */
export const signSessionId = (presigId: Uint8Array, tau0: Uint8Array): SessionId =>
  sessionId(taggedHash(tags.sidSign, presigId, tau0));

/**
 * β of nonce mode: H("sign/beacon"; τ_0, list(nonce_i)), 32 bytes. Nobody who chooses what is signed knows it
 * before everybody has fixed τ_0. The last one to speak can choose among as many β as it can hash, but only
 * then. [protocol, 9.2]
 */
export const beaconOf = (tau0: Uint8Array, nonces: PartyMap<Uint8Array>): Uint8Array =>
  taggedHash(tags.signBeacon, tau0, listOf([...nonces.values()]));

/** δ, by which the nonce is shifted. Binds everything that an attacker could choose. [protocol, 9.1] */
export const rerandomiser = (task: Task, beacon: Uint8Array): Scalar =>
  scalar(
    hashToScalar(
      tags.signRerand,
      task.presignature.presigId,
      task.epochId,
      task.publicKey.toBytes(),
      pathBytes(task.path),
      scalarToBytes(task.epsilon),
      scalarToBytes(messageOf(task.digest)),
      task.presignature.R.toBytes(),
      quorumBytes(task.quorum),
      beacon,
    ),
  );

/** R' = R + δ·G: its x is r. */
export const shiftedNonce = (R: Point, delta: Scalar): Point => R.add(actBase(delta));

/** PK + ε·G: the key that signs. */
export const signingKey = ({ publicKey, epsilon }: Pick<Task, 'publicKey' | 'epsilon'>): Point =>
  publicKey.add(actBase(epsilon));

/** H("sign/out"; r, s, yParity), 32 bytes: the output hash of the session. [protocol, 14.2] */
export const signatureHash = ({ r, s, yParity }: Signature): Uint8Array =>
  taggedHash(tags.signOut, scalarToBytes(r), scalarToBytes(s), u8(yParity));
