import { decodeHeader, encodeHeader } from '../../chain/block.ts';
import type { ExecutedBlock, HeadHashes, TxLog, TxReceipt } from '../../chain/execution.ts';
import { blockHash } from '../../chain/block.ts';
import { bytesToBigint, concat } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { type Address, addressBytes, addressFromBytes, keccak256 } from '../../ethereum/address.ts';
import { bytesOf, partsOf, rlpBytes, rlpList, rlpNumber } from '../../ethereum/rlp-parts.ts';
import { encodeLog } from './receipt.ts';

// How the store keeps blocks: RLP, so that a header stands there as its hash is over it.

/** A block in bytes, receipts aside. */
export const encodeBlock = ({ block, forcedCount, carry, nextWithdrawal }: ExecutedBlock): Uint8Array =>
  rlpList([
    rlpBytes(encodeHeader(block.header)),
    rlpList(block.transactions.map(rlpBytes)),
    rlpList(
      block.withdrawals.map(({ index, address, gwei }) =>
        rlpList([rlpNumber(index), rlpBytes(addressBytes(address)), rlpNumber(gwei)]),
      ),
    ),
    ...[rlpNumber(BigInt(forcedCount)), rlpNumber(carry), rlpNumber(nextWithdrawal)],
  ]);

/** The receipts of a block in bytes; what the transactions say themselves is left out. */
export const encodeReceipts = (receipts: readonly TxReceipt[]): Uint8Array =>
  rlpList(
    receipts.map((receipt) =>
      rlpList([
        ...[rlpNumber(BigInt(receipt.type)), optional(receipt.to), rlpBytes(addressBytes(receipt.from))],
        ...[optional(receipt.created), rlpNumber(receipt.isSuccess ? 1n : 0n), rlpNumber(receipt.gasUsed)],
        ...[rlpNumber(receipt.cumulativeGasUsed), rlpNumber(receipt.effectiveGasPrice)],
        rlpList(receipt.logs.map(encodeLog)),
      ]),
    ),
  );

const NO_BYTES = new Uint8Array(0);
const optional = (address: Address | undefined): Uint8Array =>
  rlpBytes(address === undefined ? NO_BYTES : addressBytes(address));

/** Reads both. @throws Bug for bytes that they do not write */
export function decodeExecuted(block: Uint8Array, receipts: Uint8Array): ExecutedBlock {
  const [head, bodies, paid, forcedCount, carry, nextWithdrawal] = partsOf(block);
  const header = decodeHeader(bytesOf(part(head)));
  const transactions = partsOf(part(bodies)).map(bytesOf);
  const withdrawals = partsOf(part(paid)).map((one) => {
    const [index, address, gwei] = partsOf(one);
    return { index: integer(index), address: addressFromBytes(bytesOf(part(address))), gwei: integer(gwei) };
  });
  const read = partsOf(receipts);
  return {
    block: { hash: blockHash(header), header, transactions, withdrawals },
    receipts: transactions.map((raw, i) => receiptOf(part(read[i]), keccak256(raw))),
    forcedCount: Number(integer(forcedCount)),
    ...{ carry: integer(carry), nextWithdrawal: integer(nextWithdrawal) },
  };
}

function part(bytes: Uint8Array | undefined): Uint8Array {
  assert(bytes !== undefined, 'a record of the store has all its fields');
  return bytes;
}
const integer = (bytes: Uint8Array | undefined): bigint => bytesToBigint(bytesOf(part(bytes)));

function addressOr(bytes: Uint8Array | undefined): Address | undefined {
  const content = bytesOf(part(bytes));
  return content.length === 0 ? undefined : addressFromBytes(content);
}

function receiptOf(bytes: Uint8Array, hash: Uint8Array): TxReceipt {
  const [type, to, from, created, isSuccess, gasUsed, cumulative, price, logs] = partsOf(bytes);
  return {
    ...{ hash, type: typeOf(integer(type)), to: addressOr(to), created: addressOr(created) },
    from: addressFromBytes(bytesOf(part(from))),
    ...{ isSuccess: integer(isSuccess) === 1n, gasUsed: integer(gasUsed) },
    ...{ cumulativeGasUsed: integer(cumulative), effectiveGasPrice: integer(price) },
    logs: partsOf(part(logs)).map(logOf),
  };
}

function typeOf(type: bigint): TxReceipt['type'] {
  assert(type <= 2n, 'a transaction is of type 0, 1 or 2');
  return type === 0n ? 0 : type === 1n ? 1 : 2;
}

function logOf(bytes: Uint8Array): TxLog {
  const [address, topics, data] = partsOf(bytes);
  return {
    address: addressFromBytes(bytesOf(part(address))),
    topics: partsOf(part(topics)).map(bytesOf),
    data: bytesOf(part(data)),
  };
}

/** The three heads, 96 bytes. */
export const encodeHeads = ({ unsafe, safe, finalized }: HeadHashes): Uint8Array =>
  concat(unsafe, safe, finalized);

/** Reads what `encodeHeads` writes. */
export function decodeHeads(bytes: Uint8Array): HeadHashes {
  assert(bytes.length === 96, 'three heads');
  return { unsafe: bytes.slice(0, 32), safe: bytes.slice(32, 64), finalized: bytes.slice(64) };
}
