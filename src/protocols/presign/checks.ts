import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Point, type Scalar, act, actBase, q } from '../../crypto/secp256k1.ts';
import { type EpochRecord, epochIdOf, isQuorumOf } from '../epoch.ts';
import { protos } from '../kernel/envelope.ts';
import { type Spec, partiesOf } from '../kernel/spec.ts';
import { multiplicationIsCanonical } from '../ot/checks.ts';
import { multiplicationBytes } from '../ot/messages.ts';
import { isLegalBatch, suite } from '../params.ts';
import { type InstanceParts, isCanonicalPoint, isCanonicalScalar } from './instance.ts';
import { type Speaker, commitmentOf } from './joint.ts';
import type { Reveal } from './messages.ts';

/**
 * P1. Exactly the threshold of members of this epoch, by index and identity, in one known suite. Stops a
 * session with too few, too many, doubled or unknown signers, or one under an old epoch. [protocol, 8.4;
 * TOB-SILA-15]
 */
export function isLegalPresign(spec: Spec, record: EpochRecord, self: PartyIndex): boolean {
  const quorum = partiesOf(spec);
  const isMember = ({ index, identityPk }: Spec['participants'][number]): boolean =>
    record.members.some((member) => member.index === index && equalBytes(member.identityPk, identityPk));
  return (
    spec.version === 1 &&
    spec.suite === suite.name &&
    spec.proto === protos.presign &&
    spec.threshold === record.threshold &&
    isLegalBatch(spec.batch) &&
    isQuorumOf(record, quorum) &&
    spec.participants.every(isMember) &&
    quorum.includes(self) &&
    equalBytes(spec.keyId, record.keyId) &&
    equalBytes(spec.epochId, epochIdOf(record))
  );
}

/** P7. Stops a rushing party that chooses its nonces after it has seen the others'. */
export const opensNonces = (speaker: Speaker, comR: Uint8Array, { R, salt }: Reveal): boolean =>
  equalBytes(commitmentOf(speaker, R, salt), comR);

/**
 * P8. Stops a party that uses one nonce for two presignatures of a batch: two signatures with related nonces
 * give the key to whoever solves for it. The length of the list is fixed by its codec.
 */
export const hasDistinctNonces = ({ R }: Pick<Reveal, 'R'>): boolean =>
  new Set(R.map(({ x }) => x)).size === R.length;

/**
 * P9. Exact length, every scalar below q, both Γ on the curve. Stops a second encoding of one message, and
 * points off the curve, on which no equation means anything.
 */
export const instanceIsCanonical = (parts: InstanceParts): boolean =>
  parts.multiplication.length === multiplicationBytes &&
  multiplicationIsCanonical(parts.multiplication) &&
  isCanonicalPoint(parts.gammaU) &&
  isCanonicalPoint(parts.gammaV) &&
  isCanonicalScalar(parts.psi);

/** What ties a peer's secret input of a multiplication to the point that it has published. */
export interface Product {
  /** χ_{i,j}, our factor. Secret. */
  readonly chi: Scalar;
  /** d, our share of the product. Secret. */
  readonly d: Scalar;
  /** R_j or pk_j: the published point of the input. */
  readonly input: Point;
  /** Γ_{j→i} = c · G: the published point of the peer's share of the product. */
  readonly gamma: Point;
}

/** χ · input = d · G + Γ, in steps that do not depend on χ and d, as far as the primitives go. */
const agrees = ({ chi, d, input, gamma }: Product): boolean => act(chi, input).equals(actBase(d).add(gamma));

/**
 * P11. χ·R_j = d^u·G + Γ^u. Stops a peer that multiplies another nonce than the one it committed to, or
 * different ones with different peers, which would make the sum of the u depend on what it knows.
 * [DKLs23, signing]
 */
export const nonceProductAgrees = (product: Product): boolean => agrees(product);

/**
 * P12. χ·pk_j = d^v·G + Γ^v. Stops a peer that multiplies another share of the key than the one it published,
 * and so would sign under a key that it has shifted. [DKLs23, signing]
 */
export const keyProductAgrees = (product: Product): boolean => agrees(product);

/**
 * P13. Σ pk_j = PK. Stops a party that publishes a share, shifted by more than its shares of zero, of another
 * key.
 */
export const addsUpToKey = (sumOfKeys: Point, publicKey: Point): boolean => sumOfKeys.equals(publicKey);

/**
 * P14 and S6. R ≠ O, 0 < x(R) < q. Stops a nonce whose r is zero, or of which the recovery id needs two bits.
 * What fails is left out by everybody; it takes chance, and blames nobody.
 */
export const isUsableNonce = (R: Point): boolean => !R.isIdentity && R.x < q && R.x !== 0n;

/** P15. Stops a party that confirms another batch than the broadcasts give, and so would split it. */
export const confirmsSame = (ok: Uint8Array, expected: Uint8Array): boolean => equalBytes(ok, expected);

/**
 * P16. Stops the release of a scalar while somebody might still open the session: a batch is ready only when
 * as many have confirmed as sign.
 */
export const isReady = (confirmed: number, threshold: number): boolean => confirmed === threshold;
