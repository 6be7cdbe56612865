import type { Bulk } from './bulk.ts';
import { bigintToBytes, concat } from './bytes.ts';
import { assert } from './errors.ts';
import type { Primitives } from './operations.ts';
import { purePrimitives } from './primitives-pure.ts';

let installed: Primitives = purePrimitives;

/** The implementation in use: the pure one until a shell has supplied another. */
export const primitives = (): Primitives => installed;

/** Called by an entry point, once, before its first session. @throws Bug unless `next` passes a self-test */
export function installPrimitives(next: Primitives): void {
  const scalar = new Uint8Array(32).fill(7);
  const same = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);
  assert(same(next.baseMultiply(scalar), purePrimitives.baseMultiply(scalar)), `${next.name}: wrong point`);
  assert(same(next.sha256(scalar), purePrimitives.sha256(scalar)), `${next.name}: wrong hash`);
  assert(same(next.keccak256(scalar), purePrimitives.keccak256(scalar)), `${next.name}: wrong Keccak`);
  assert(sameRecovery(next, purePrimitives), `${next.name}: wrong public key of a signature`);
  assert(sameBulk(next.bulk, purePrimitives.bulk), `${next.name}: wrong bulk arithmetic`);
  installed = next;
}

/** The key of a signature for either parity; none where r is 0. */
function sameRecovery(next: Primitives, pure: Primitives): boolean {
  const [digest, s] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(5)];
  // x of the base point: both parities stand for a point.
  const r = pure.baseMultiply(bigintToBytes(1n, 32)).subarray(1, 33);
  const keys = ({ recover }: Primitives): string =>
    [
      recover(digest, concat(r, s), 0),
      recover(digest, concat(r, s), 1),
      recover(digest, concat(new Uint8Array(32), s), 0),
    ].join(';');
  return keys(next) === keys(pure);
}

/** One row through each of the loops, in both. */
function sameBulk(next: Bulk, pure: Bulk): boolean {
  const row = Uint8Array.from({ length: 128 }, (_, k) => 37 * k + 11);
  const [half, bits] = [row.subarray(0, 16), Uint8Array.of(1)];
  const results = ({ name: _name, ...bulk }: Bulk): string =>
    [
      bulk.columnHashes(half, { prefix: half, firstColumn: 5, shift: half }),
      bulk.maskedDifferences(row, row.toReversed(), row.subarray(0, 128)),
      bulk.selectedSums(row, bits, row),
      bulk.checkSums(row, { theta: row, bits, eta: row.subarray(0, 64) }),
      bulk.weightedSums(row, row.subarray(0, 32)),
      bulk.mapToCurve(row.subarray(0, 64)),
    ].join();
  return results(next) === results(pure);
}
