import { concat, equalBytes, u8 } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { keccak256 } from '../ethereum/address.ts';

const leafOf = (hash: Uint8Array): Uint8Array => keccak256(concat(u8(0x00), hash));
const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array => keccak256(concat(u8(0x01), left, right));

/**
 * The root over the hashes of the blocks of a batch, 32 bytes each, one at least: leaves and nodes are told
 * apart by a tag, a node without a partner goes up as it is. [BlocksRoot.sol]
 */
export function blocksRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const top = rowsOf(hashes).at(-1)?.[0];
  assert(top !== undefined, 'a batch has a block');
  return top;
}

/** The siblings of a block from its leaf up, none for the levels on which a node goes up as it is. */
export function blockPath(hashes: readonly Uint8Array[], position: number): readonly Uint8Array[] {
  assert(position >= 0 && position < hashes.length, `there is no block ${position} of ${hashes.length}`);
  return rowsOf(hashes).flatMap((row, height) => {
    const sibling = row[Math.floor(position / 2 ** height) ^ 1];
    return sibling === undefined ? [] : [sibling];
  });
}

/** All levels of the tree, leaves first. */
function rowsOf(hashes: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const rows = [hashes.map(leafOf)];
  for (let row = rows[0] ?? []; row.length > 1; rows.push(row)) row = pairUp(row);
  return rows;
}

function pairUp(row: readonly Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = 0; i < row.length; i += 2) {
    const [left, right] = [row[i], row[i + 1]];
    if (left !== undefined) out.push(right === undefined ? left : nodeOf(left, right));
  }
  return out;
}

/** A block, and where it is said to stand among the blocks of a batch. */
export interface BlockPlace {
  readonly count: number;
  readonly position: number;
  /** 32 bytes */
  readonly hash: Uint8Array;
  /** As `blockPath` gives it. */
  readonly path: readonly Uint8Array[];
}

/** Whether a block stands at its place under a root, as the inbox judges it. [BlocksRoot.sol, includes] */
export function isUnderRoot(root: Uint8Array, { count, position, hash, path }: BlockPlace): boolean {
  if (position < 0 || position >= count) return false;
  let [here, used, at] = [leafOf(hash), 0, position];
  for (let left = count; left > 1; left = Math.ceil(left / 2)) {
    if (at !== left - 1 || left % 2 === 0) {
      const sibling = path[used++];
      if (sibling === undefined) return false;
      here = at % 2 === 0 ? nodeOf(here, sibling) : nodeOf(sibling, here);
    }
    at = Math.floor(at / 2);
  }
  return used === path.length && equalBytes(here, root);
}
