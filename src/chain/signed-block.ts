import { bytesToBigint } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { contractTags } from '../crypto/tags.ts';
import { type Address, addressBytes, addressFromBytes } from '../ethereum/address.ts';
import { contractDigest } from '../ethereum/contract-digest.ts';
import { recoverAddress } from '../ethereum/recover.ts';
import { decodeRlp, encodeRlp, readBytes, readInteger, readList, rlpInteger } from '../ethereum/rlp.ts';
import {
  type L2Block,
  type Withdrawal,
  blockHash,
  decodeExtra,
  decodeHeader,
  encodeHeader,
} from './block.ts';
import { blockLimits } from './rollup.ts';

/** A block, and the word of the sequencer that built it. */
export interface SignedBlock {
  readonly block: L2Block;
  /** r ‖ s ‖ v, 65 bytes, v 27 or 28. */
  readonly signature: Uint8Array;
}

/** The longest encoding of a signed block, in bytes: its transactions, forced ones and withdrawals too. */
const MAX_SIGNED_BLOCK_BYTES = 16_777_216;

/** Forced transactions stand beside those of the order: at most one for 21,000 gas of an L1 block. */
const MAX_TRANSACTIONS = blockLimits.transactions + 500;
const MAX_WITHDRAWALS = 1_024;

/** What a leader signs of a block, 32 bytes; Slasher punishes two of one place. [Slasher.sol, blockDigest] */
export function sealDigest(
  l2ChainId: bigint,
  { header, hash }: Pick<L2Block, 'header' | 'hash'>,
): Uint8Array {
  const { epoch, view, orderedUpTo } = decodeExtra(header.extraData);
  return contractDigest(
    ...([contractTags.block, l2ChainId, epoch, view, header.number, header.parentHash, hash] as const),
    orderedUpTo,
  );
}

/** Who signed a block. @throws InputError block-malformed | tx-signature */
export function sealerOf(l2ChainId: bigint, { block, signature }: SignedBlock): Address {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28))
    throw new InputError('block-malformed', 'signature', 'the signature of a block has 65 bytes, v 27 or 28');
  const [r, s] = [bytesToBigint(signature.subarray(0, 32)), bytesToBigint(signature.subarray(32, 64))];
  const yParity = v === 28 ? 1 : 0;
  return recoverAddress(sealDigest(l2ChainId, block), { r, s, yParity }, 'signature');
}

/** rlp([header, transactions, withdrawals, signature]): how nodes hand blocks to one another. */
export const encodeSignedBlock = ({ block, signature }: SignedBlock): Uint8Array =>
  encodeRlp([
    encodeHeader(block.header),
    block.transactions,
    block.withdrawals.map(({ index, address, gwei }) => [
      rlpInteger(index),
      addressBytes(address),
      rlpInteger(gwei),
    ]),
    signature,
  ]);

/** Reads what `encodeSignedBlock` writes; the hash is computed. @throws InputError block-malformed */
export function decodeSignedBlock(bytes: Uint8Array, path = 'block'): SignedBlock {
  if (bytes.length > MAX_SIGNED_BLOCK_BYTES)
    throw new InputError('block-malformed', path, `${path} has ${bytes.length} bytes`);
  try {
    const parts = readList(decodeRlp(bytes, path), path);
    if (parts.length !== 4)
      throw new InputError('block-malformed', path, `${path} has ${parts.length} parts`);
    const header = decodeHeader(readBytes(parts[0], `${path}.header`), `${path}.header`);
    const transactions = readList(parts[1], `${path}.transactions`);
    const withdrawals = readList(parts[2], `${path}.withdrawals`);
    if (transactions.length > MAX_TRANSACTIONS || withdrawals.length > MAX_WITHDRAWALS)
      throw new InputError('block-malformed', path, `${path} holds more than a block can`);
    const block: L2Block = {
      ...{ header, hash: blockHash(header) },
      transactions: transactions.map((raw, i) => readBytes(raw, `${path}.transactions[${i}]`)),
      withdrawals: withdrawals.map((item, i) => readWithdrawal(item, `${path}.withdrawals[${i}]`)),
    };
    return { block, signature: readBytes(parts[3], `${path}.signature`, 65) };
  } catch (error) {
    if (!(error instanceof InputError) || error.code === 'block-malformed') throw error;
    throw new InputError('block-malformed', error.path, error.message, { cause: error });
  }
}

function readWithdrawal(item: Parameters<typeof readList>[0], path: string): Withdrawal {
  const fields = readList(item, path);
  if (fields.length !== 3)
    throw new InputError('block-malformed', path, `${path} has ${fields.length} fields`);
  return {
    index: readInteger(fields[0], 8, `${path}.index`),
    address: addressFromBytes(readBytes(fields[1], `${path}.address`, 20), `${path}.address`),
    gwei: readInteger(fields[2], 8, `${path}.gwei`),
  };
}
