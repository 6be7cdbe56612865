import type { Address } from '../../ethereum/address.ts';

/** What `0x` is in front of. */
export type Hex = `0x${string}`;

/** A number as Ethereum writes it: hex without leading zeros. */
export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

/** An account without the capitals of its checksum, as execution clients print it. */
export const plain = (address: Address): Hex => `0x${address.slice(2).toLowerCase()}`;
