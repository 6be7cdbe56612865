import { secp256k1_hasher } from '@noble/curves/secp256k1.js';

import { Point } from './secp256k1.ts';

/** Domain of the base-OT masks: one use of hash-to-curve in the project. [protocol, 7.2] */
export const baseOtDomain = 'conclave-v1-mr-h_secp256k1_XMD:SHA-256_SSWU_RO_';

/**
 * Points whose discrete logarithms nobody knows, one a message, by secp256k1_XMD:SHA-256_SSWU_RO_. The steps are
 * the same for every message: one input of the base OTs is chosen by a secret bit. [RFC 9380, 3 and 8.7]
 */
export const hashToCurve = (messages: readonly Uint8Array[], domain: string): readonly Point[] =>
  messages.map((message) =>
    Point.ofPrimitive(secp256k1_hasher.hashToCurve(message, { DST: domain }).toBytes(false)),
  );
