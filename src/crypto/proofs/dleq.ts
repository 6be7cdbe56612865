import { type Codec, struct } from '../codec.ts';
import { assert } from '../errors.ts';
import { hashToScalar } from '../hash.ts';
import {
  type Point,
  type Rng,
  type Scalar,
  act,
  actPublic,
  add,
  multiply,
  randomScalar,
  scalar,
  scalarCodec,
} from '../secp256k1.ts';
import type { Context } from './dlog.ts';

/** X_k = x · G_k for all k with one x: the pairs (G_k, X_k), one or more. */
export interface Statement {
  readonly pairs: readonly { readonly base: Point; readonly image: Point }[];
}
/** The common logarithm. */
export interface Witness {
  readonly x: Scalar;
}
/** The challenge e, and z = ν + e · x. 64 bytes. */
export interface Proof {
  readonly e: Scalar;
  readonly z: Scalar;
}

/** e ‖ z, 64 bytes. */
export const proofCodec: Codec<Proof> = struct<Proof>({ e: scalarCodec, z: scalarCodec });

/** Proves one logarithm for all pairs. [protocol, 3.5: DLEQ] @throws Bug unless x is the logarithm of each */
export function prove(context: Context, statement: Statement, witness: Witness, rng: Rng): Proof {
  const nonce = randomScalar(rng);
  const commitments = statement.pairs.map(({ base }) => act(nonce, base));
  assert(isProper(statement) && commitments.length > 0, 'a pair of the statement holds the identity');
  const e = challenge(context, statement, commitments);
  const proof = { e, z: add(nonce, multiply(e, witness.x)) };
  assert(verify(context, statement, proof), 'the witness of a proof is not that of its statement');
  return proof;
}

/** Whether e is the challenge of N_k = z · G_k − e · X_k, and no point in it is the identity. */
export function verify(context: Context, statement: Statement, proof: Proof): boolean {
  if (statement.pairs.length === 0 || !isProper(statement)) return false;
  const commitments = statement.pairs.map(({ base, image }) =>
    actPublic(proof.z, base).subtract(actPublic(proof.e, image)),
  );
  return !commitments.some((N) => N.isIdentity) && challenge(context, statement, commitments) === proof.e;
}

const isProper = ({ pairs }: Statement): boolean =>
  !pairs.some(({ base, image }) => base.isIdentity || image.isIdentity);

function challenge(context: Context, { pairs }: Statement, commitments: readonly Point[]): Scalar {
  const points = [...pairs.flatMap(({ base, image }) => [base, image]), ...commitments];
  return scalar(hashToScalar(context.tag, ...context.parts, ...points.map((point) => point.toBytes())));
}
