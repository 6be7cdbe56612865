import type { TxLog } from '../../chain/execution.ts';
import { addressBytes, keccak256 } from '../../ethereum/address.ts';

const BLOOM_BYTES = 256;

/** The three bits of a bloom that stand for some bytes: their byte, and the bit in it. */
function* bitsOf(bytes: Uint8Array): Generator<readonly [at: number, bit: number]> {
  const hash = keccak256(bytes);
  for (let i = 0; i < 6; i += 2) {
    const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) & 2047;
    yield [BLOOM_BYTES - 1 - (bit >> 3), 1 << (bit & 7)];
  }
}

/** The filter over the addresses and topics of logs, 256 bytes. [Ethereum yellow paper, 4.3.1] */
export function bloomOf(logs: readonly Pick<TxLog, 'address' | 'topics'>[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const { address, topics } of logs)
    for (const bytes of [addressBytes(address), ...topics])
      for (const [at, bit] of bitsOf(bytes)) bloom[at] = (bloom[at] ?? 0) | bit;
  return bloom;
}

/** Whether a filter may hold some bytes; it never says no where it does. */
export function mayHold(bloom: Uint8Array, bytes: Uint8Array): boolean {
  for (const [at, bit] of bitsOf(bytes)) if (((bloom[at] ?? 0) & bit) === 0) return false;
  return true;
}

/** One filter over what several hold. */
export function joinBlooms(blooms: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(BLOOM_BYTES);
  for (const bloom of blooms) for (let i = 0; i < BLOOM_BYTES; i++) all[i] = (all[i] ?? 0) | (bloom[i] ?? 0);
  return all;
}
