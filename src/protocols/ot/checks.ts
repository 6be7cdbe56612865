import { bitAt } from '../../crypto/bits.ts';
import { constantTimeEqual } from '../../crypto/bytes.ts';
import { type Point, q } from '../../crypto/secp256k1.ts';
import { lambda } from '../params.ts';
import { checkBytes, multiplicationBytes } from './messages.ts';

/** An R list as Bob sees it: its points, unless one is malformed, and the masked points M. */
export interface OpenedRList {
  readonly bytes: Uint8Array;
  /** R_{i,b} at 2i + b; `undefined` if the length or any point is not canonical. */
  readonly points: readonly Point[] | undefined;
  /** M_{i,b} = R_{i,b} + HP(i, b, R_{i,1-b}) at 2i + b; empty if there are no points. */
  readonly masked: readonly Point[];
}

/** A Y list as Alice sees it. */
export interface OpenedYList {
  readonly bytes: Uint8Array;
  /** Y_{i,b} at 2i + b; `undefined` if the length or any point is not canonical. */
  readonly points: readonly Point[] | undefined;
}

/**
 * P4. 256 canonical points, R_0 ≠ R_1 in every OT, no M = O. Stops a receiver who sends degenerate points so
 * that both pads of an OT, or pads of different OTs, come out equal or known. [protocol, 8.4; TOB-BRON-4]
 */
export function rListIsProper({ points, masked }: OpenedRList): boolean {
  if (points?.length !== 2 * lambda || masked.length !== 2 * lambda) return false;
  const differ = points.every((point, n) => {
    const other = points[n ^ 1];
    return other !== undefined && !point.equals(other);
  });
  return differ && !masked.some((point) => point.isIdentity);
}

/**
 * P5. 256 canonical points. Stops a sender who answers with bytes off the curve, where t_i·Y would tell t_i
 * modulo a small order. [protocol, 8.4]
 */
export const yListIsProper = ({ points }: OpenedYList): boolean => points?.length === 2 * lambda;

/** What the extension check compares; t̂ and x̂ are Bob's claim, q̂ is what Alice's rows give. */
export interface FoldedRows {
  /** Δ, 16 bytes. */
  readonly delta: Uint8Array;
  /** q̂_0 ‖ … ‖ q̂_127. */
  readonly qHat: Uint8Array;
  /** x̂, 16 bytes. */
  readonly xHat: Uint8Array;
  /** t̂_0 ‖ … ‖ t̂_127. */
  readonly tHat: Uint8Array;
}

/**
 * P6. q̂_i = t̂_i ⊕ Δ_i·x̂ in all 128 rows. Stops a Bob whose rows hide different choice vectors, which
 * would let him learn Δ and with it every pad. All rows are added up before the one branch, so that time
 * does not say which row failed, that is, which bits of Δ are set. [protocol, 7.3 step 7; Roy, CRYPTO 2022]
 */
export function extensionRowsAgree({ delta, qHat, xHat, tHat }: FoldedRows): boolean {
  if (qHat.length !== lambda * checkBytes || tHat.length !== qHat.length || xHat.length !== checkBytes)
    return false;
  let difference = 0;
  for (let i = 0; i < lambda; i++) {
    const mask = -bitAt(delta, i) & 0xff;
    for (let k = 0; k < checkBytes; k++) {
      const at = checkBytes * i + k;
      difference |= (qHat[at] ?? 0) ^ (tHat[at] ?? 0) ^ (mask & (xHat[k] ?? 0));
    }
  }
  return difference === 0;
}

const qBytes = Uint8Array.from({ length: 32 }, (_, i) => Number((q >> BigInt(8 * (31 - i))) & 255n));

/** Whether the 32 bytes at `at` are a scalar below q. They are public: an early exit tells nothing. */
function isScalarAt(bytes: Uint8Array, at: number): boolean {
  for (let k = 0; k < 32; k++) {
    const difference = (bytes[at + k] ?? 0) - (qBytes[k] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * P9, the part of one multiplication: exact length, every ã and η below q. Stops a second encoding of one
 * message, which two nodes could hash differently. [protocol, 3.3, 8.4]
 */
export function multiplicationIsCanonical(message: Uint8Array): boolean {
  if (message.length !== multiplicationBytes) return false;
  for (let at = 0; at < multiplicationBytes - 32; at += 32) if (!isScalarAt(message, at)) return false;
  return true;
}

/** What the multiplication check compares. */
export interface MuCheck {
  /** μ of Alice's message, 32 bytes. */
  readonly mu: Uint8Array;
  /** μ as Bob computes it from his words and bits. */
  readonly recomputed: Uint8Array;
}

/**
 * P10. Stops an Alice who uses another input in some OTs than in the rest, which would make the product
 * depend on Bob's secret bits, and fail or not with them. [protocol, 7.4 step 8; DKLs23, protocol 5.2]
 */
export const multiplicationIsConsistent = ({ mu, recomputed }: MuCheck): boolean =>
  mu.length === 32 && constantTimeEqual(mu, recomputed);
