import { ascii, concat, u32 } from '../crypto/bytes.ts';
import { hashToScalar, taggedHash } from '../crypto/hash.ts';
import { type Scalar, scalar, scalarToBytes } from '../crypto/secp256k1.ts';
import { tags } from '../crypto/tags.ts';

/** κ, bits: the length of a scalar. [protocol, 2.2] */
export const kappa = 256;
/**
 * λ, bits: computational security, and the number of base OTs, or rows, of an ordered pair. [protocol, 2.2]
 */
export const lambda = 128;
/** λ_s, bits: statistical security. [protocol, 2.2] */
export const lambdaStatistical = 80;
/**
 * σ, bits: width of the field in which the OT extension is checked. At least 128, because the challenge is a
 * hash that a cheater may try again and again. [protocol, 2.2; Roy, CRYPTO 2022]
 */
export const sigma = 128;
/** k, base OTs a SoftSpoken group. [protocol, 2.2] */
export const softSpokenK = 1;
/** ξ = κ + 2·λ_s: OTs of one multiplication. [DKLs23, protocol 5.2] */
export const xi: number = kappa + 2 * lambdaStatistical;
/** ℓ, inputs of Alice that share one multiplication: r and sk. [protocol, 2.2] */
export const ell = 2;
/** ρ, repetitions of the multiplication check: ⌈κ/λ⌉. [DKLs23, protocol 5.2; protocol, 21 X1] */
export const rho = 2;
/** W = ℓ + ρ, words an OT carries. [protocol, 2.2] */
export const words: number = ell + rho;

/** B by default: multiplications, and presignatures, of one presign session. [protocol, 16.4] */
export const defaultBatch = 64;
/** The largest B. [protocol, 2.2] */
export const maxBatch = 256;
/** Whether B is allowed: 1 to 256. A multiple of 4 needs no padding. */
export const isLegalBatch = (batch: number): boolean =>
  Number.isInteger(batch) && batch >= 1 && batch <= maxBatch;

/** The suite that ships: a choice for everything that changes a byte on the wire. */
export const suite = {
  id: 1,
  name: 'conclave-dkls23-v1;otg=secp256k1;crh=sha256;k=1;xi=416;ell=2;rho=2',
} as const;

/** OTs of a batch: ξ·B. */
export const otCount = (batch: number): number => xi * batch;
/** Blocks of 128 columns that the OTs of a batch fill: m of section 7.3. */
export const blockCount = (batch: number): number => Math.ceil(otCount(batch) / sigma);
/** L'/8, bytes of one row of the extension: the padded OTs, and one block that masks the check. */
export const rowBytes = (batch: number): number => (sigma / 8) * (blockCount(batch) + 1);

let gadgetVector: readonly Scalar[] | undefined;

/**
 * g_0 … g_415, a constant of the suite: no party can influence it. Computed at the first use. [protocol,
 * 2.2]
 */
export function gadget(): readonly Scalar[] {
  gadgetVector ??= Array.from({ length: xi }, (_, j) =>
    scalar(hashToScalar(tags.rvoleGadget, ascii('secp256k1'), u32(xi), u32(j))),
  );
  return gadgetVector;
}

let gadgetList: Uint8Array | undefined;

/** The gadget vector as 416 scalars of 32 bytes. */
export function gadgetBytes(): Uint8Array {
  gadgetList ??= concat(...gadget().map(scalarToBytes));
  return gadgetList;
}

let constantsHash: Uint8Array | undefined;

/** 32 bytes that stand for every constant of this file; hashed into sessions. */
export function paramsHash(): Uint8Array {
  constantsHash ??= taggedHash(
    tags.paramsHash,
    ascii(suite.name),
    concat(
      ...[suite.id, kappa, lambda, lambdaStatistical, sigma, softSpokenK, xi, ell, rho, maxBatch].map(u32),
    ),
    gadgetBytes(),
  );
  return constantsHash;
}
