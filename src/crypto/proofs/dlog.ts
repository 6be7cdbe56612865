import { type Codec, struct } from '../codec.ts';
import { assert } from '../errors.ts';
import { hashToScalar } from '../hash.ts';
import {
  type Point,
  type Rng,
  type Scalar,
  actBase,
  actPublic,
  add,
  multiply,
  pointCodec,
  randomScalar,
  scalar,
  scalarCodec,
} from '../secp256k1.ts';
import type { Tag } from '../tags.ts';

/**
 * What a proof is bound to: the purpose of its challenge, and the arguments before the statement. They hold
 * sid, prover index, prover pid and every public value beside the statement. [protocol, 3.5]
 */
export interface Context {
  readonly tag: Tag;
  readonly parts: readonly Uint8Array[];
}

/** X = x · G for an x that the prover knows. */
export interface Statement {
  readonly X: Point;
}
/** The logarithm of X. */
export interface Witness {
  readonly x: Scalar;
}
/** Schnorr's proof: N = ν · G, and z = ν + e · x. 65 bytes. */
export interface Proof {
  readonly N: Point;
  readonly z: Scalar;
}

/** N ‖ z, 65 bytes. */
export const proofCodec: Codec<Proof> = struct<Proof>({ N: pointCodec, z: scalarCodec });

/**
 * Proves knowledge of x. [protocol, 3.5: Schnorr] @throws Bug unless x is the logarithm of X, and not zero
 */
export function prove(context: Context, statement: Statement, witness: Witness, rng: Rng): Proof {
  const nonce = randomScalar(rng);
  const N = actBase(nonce);
  const proof = { N, z: add(nonce, multiply(challenge(context, statement, N), witness.x)) };
  assert(verify(context, statement, proof), 'the witness of a proof is not that of its statement');
  return proof;
}

/** Whether z · G = N + e · X. A statement or commitment that is the identity is refused. */
export function verify(context: Context, statement: Statement, proof: Proof): boolean {
  if (statement.X.isIdentity || proof.N.isIdentity) return false;
  const e = challenge(context, statement, proof.N);
  return actBase(proof.z).equals(proof.N.add(actPublic(e, statement.X)));
}

const challenge = (context: Context, { X }: Statement, N: Point): Scalar =>
  scalar(hashToScalar(context.tag, ...context.parts, X.toBytes(), N.toBytes()));
