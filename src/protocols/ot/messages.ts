import type { Codec, Schema } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import { ell, lambda, rho, rowBytes, sigma, words, xi } from '../params.ts';

/** Bytes of the R list and of the Y list: 128 pairs of compressed points. [protocol, 7.2] */
export const pointListBytes: number = lambda * 2 * 33;
/** Bytes of x̂ and of each t̂. */
export const checkBytes: number = sigma / 8;
/** Bytes of Bob's part of the extension, U ‖ x̂ ‖ t̂, for a batch. [protocol, 7.3 step 6] */
export const extensionBytes = (batch: number): number => lambda * rowBytes(batch) + checkBytes * (1 + lambda);
/** Bytes of ã of one instance. [protocol, 8.2] */
export const aTildeBytes: number = 32 * xi * words;
/** Bytes of ã ‖ η ‖ μ of one instance. [protocol, 8.2] */
export const multiplicationBytes: number = aTildeBytes + 32 * rho + 32;

const groupPoint: Schema = { kind: 'group-point', length: 33 };
const scalarItem: Schema = { kind: 'scalar', length: 32 };
const bytes = (length: number): Schema => ({ kind: 'bytes', length });
const vectorOf = (item: Schema, count: number): Schema => ({ kind: 'vector', item, count });

/**
 * A message that stays one byte string, because it is hashed whole and walked in place. The schema describes
 * its parts to tests; points and scalars in it are judged by `checks.ts`, so that a bad one has a culprit.
 */
const raw = (schema: Schema, length: number): Codec<Uint8Array> => ({
  schema,
  maxBytes: length,
  write: (value) => {
    assert(value.length === length, `${value.length} bytes where ${length} belong`);
    return value;
  },
  read: (from, path) => from.take(length, path),
});

const pointPairs: Schema = vectorOf(vectorOf(groupPoint, 2), lambda);

/** R_{i,0} ‖ R_{i,1}, i = 0 … 127. Alice → Bob, round 1. */
export const rListCodec: Codec<Uint8Array> = raw(pointPairs, pointListBytes);
/** Y_{i,0} ‖ Y_{i,1}, i = 0 … 127. Bob → Alice, round 2. */
export const yListCodec: Codec<Uint8Array> = raw(pointPairs, pointListBytes);

/** U_0 ‖ … ‖ U_127 ‖ x̂ ‖ t̂_0 ‖ … ‖ t̂_127. Bob → Alice, round 2, behind the Y list. */
export const extensionCodec = (batch: number): Codec<Uint8Array> =>
  raw(
    {
      kind: 'struct',
      fields: [
        ['u', vectorOf(bytes(rowBytes(batch)), lambda)],
        ['xHat', bytes(checkBytes)],
        ['tHat', vectorOf(bytes(checkBytes), lambda)],
      ],
    },
    extensionBytes(batch),
  );

/** ã (j-major) ‖ η_0 ‖ η_1 ‖ μ. Alice → Bob, round 3, once an instance. */
export const multiplicationCodec: Codec<Uint8Array> = raw(
  {
    kind: 'struct',
    fields: [
      ['aTilde', vectorOf(vectorOf(scalarItem, ell + rho), xi)],
      ['eta', vectorOf(scalarItem, rho)],
      ['mu', bytes(32)],
    ],
  },
  multiplicationBytes,
);
