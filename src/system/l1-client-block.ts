import { equalBytes, fromHex, to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import type { L1Log } from '../ethereum/abi.ts';
import { addressFromBytes } from '../ethereum/address.ts';
import { canonicalForm } from '../ethereum/blob-tx.ts';
import { type L1Header, l1HeaderHash } from '../ethereum/l1-header.ts';
import { type BoundReceipt, encodeL1Receipt } from '../ethereum/l1-receipt.ts';
import { orderedRoot } from '../ethereum/ordered-root.ts';
import type { JsonRpc } from './json-rpc.ts';
import { shownUrl } from './shown-url.ts';

/** What an endpoint says, and cannot have been. */
export const lie = (what: string, cause?: unknown): OperationError =>
  new OperationError('l1-lies', 'retry', what, { cause });

/** A block of L1 whose hash was computed here. */
export interface BoundBlock extends L1Header {
  /** 32 bytes */
  readonly hash: Uint8Array;
  /** 32 bytes each: as the endpoint names them, which `rawTransactions` proves. */
  readonly transactionHashes: readonly Uint8Array[];
}

type Json = Readonly<Record<string, unknown>>;

/** A block by tag or number; `undefined` where there is none. @throws OperationError l1-lies, or of `rpc` */
export async function readBlock(rpc: JsonRpc, at: bigint | string): Promise<BoundBlock | undefined> {
  const asked = typeof at === 'string' ? at : quantity(at);
  const found = await rpc('eth_getBlockByNumber', [asked, false]);
  if (found === null) return undefined;
  const block = object(found, 'block');
  const header = headerOf(block);
  const hash = bytes(block, 'hash', 32);
  if (!equalBytes(l1HeaderHash(header), hash)) throw lie(`block ${asked}: its header has another hash`);
  if (typeof at !== 'string' && header.number !== at)
    throw lie(`block ${at} was asked for, not ${header.number}`);
  return { ...header, hash, transactionHashes: hashesIn(block) };
}

function headerOf(block: Json): L1Header {
  const hash = (key: string): Uint8Array => bytes(block, key, 32);
  const has = (key: string): boolean => block[key] !== undefined && block[key] !== null;
  const laterHash = (key: string): Uint8Array | undefined => (has(key) ? hash(key) : undefined);
  const laterNumber = (key: string): bigint | undefined => (has(key) ? integer(block, key) : undefined);
  return {
    ...{ parentHash: hash('parentHash'), sha3Uncles: hash('sha3Uncles'), miner: bytes(block, 'miner', 20) },
    ...{ stateRoot: hash('stateRoot'), transactionsRoot: hash('transactionsRoot') },
    ...{ receiptsRoot: hash('receiptsRoot'), logsBloom: bytes(block, 'logsBloom', 256) },
    ...{ difficulty: integer(block, 'difficulty'), number: integer(block, 'number') },
    ...{ gasLimit: integer(block, 'gasLimit'), gasUsed: integer(block, 'gasUsed') },
    ...{ timestamp: integer(block, 'timestamp'), extraData: bytes(block, 'extraData') },
    ...{ mixHash: hash('mixHash'), nonce: bytes(block, 'nonce', 8) },
    ...{ baseFeePerGas: laterNumber('baseFeePerGas'), withdrawalsRoot: laterHash('withdrawalsRoot') },
    ...{ blobGasUsed: laterNumber('blobGasUsed'), excessBlobGas: laterNumber('excessBlobGas') },
    parentBeaconBlockRoot: laterHash('parentBeaconBlockRoot'),
    requestsHash: laterHash('requestsHash'),
  };
}

function hashesIn(block: Json): readonly Uint8Array[] {
  const { transactions } = block;
  if (!Array.isArray(transactions)) throw lie('a block has no list of transactions');
  return transactions.map((hash: unknown) => bytes({ hash }, 'hash', 32));
}

/** All receipts of a block, which have the root that its header names. @throws as `readBlock` */
export async function readReceipts(rpc: JsonRpc, block: BoundBlock): Promise<readonly BoundReceipt[]> {
  const found = await rpc('eth_getBlockReceipts', [quantity(block.number)]);
  if (!Array.isArray(found)) throw lie(`block ${block.number} has no receipts`);
  const receipts = found.map((receipt: unknown) => receiptOf(object(receipt, 'receipt')));
  if (!equalBytes(orderedRoot(receipts.map(encodeL1Receipt)), block.receiptsRoot))
    throw lie(`the receipts of block ${block.number} are not those of its header`);
  return receipts;
}

function receiptOf(receipt: Json): BoundReceipt {
  const { logs } = receipt;
  if (!Array.isArray(logs)) throw lie('a receipt has no logs');
  const type = integer(receipt, 'type');
  if (type > 127n) throw lie(`a receipt has type ${type}`);
  return {
    ...{ type: Number(type), isSuccess: integer(receipt, 'status') === 1n },
    cumulativeGasUsed: integer(receipt, 'cumulativeGasUsed'),
    logsBloom: bytes(receipt, 'logsBloom', 256),
    logs: logs.map((log: unknown) => logOf(object(log, 'log'))),
  };
}

function logOf(log: Json): L1Log {
  const { topics } = log;
  if (!Array.isArray(topics) || topics.length > 4) throw lie('a log has no topics');
  return {
    address: addressFromBytes(bytes(log, 'address', 20), 'log'),
    topics: topics.map((topic: unknown) => bytes({ topic }, 'topic', 32)),
    data: bytes(log, 'data'),
  };
}

/** A transaction at its place in a block, as the endpoint says it: nothing binds it to the block yet. */
export interface ClaimedTx {
  /** Absent where it creates a contract. */
  readonly to: Uint8Array | undefined;
  readonly input: Uint8Array;
  /** 32 bytes each. */
  readonly hash: Uint8Array;
  readonly blobHashes: readonly Uint8Array[];
}

/** A transaction by its place in a block. @throws OperationError l1-lies, or of `rpc` */
export async function readTransaction(rpc: JsonRpc, block: BoundBlock, index: number): Promise<ClaimedTx> {
  const found = await rpc('eth_getTransactionByBlockHashAndIndex', [
    to0x(block.hash),
    quantity(BigInt(index)),
  ]);
  const tx = object(found, `transaction ${index} of block ${block.number}`);
  const blobs: unknown = tx['blobVersionedHashes'] ?? [];
  if (!Array.isArray(blobs)) throw lie('a transaction has no list of blobs');
  return {
    to: tx['to'] === null ? undefined : bytes(tx, 'to', 20),
    ...{ input: bytes(tx, 'input'), hash: bytes(tx, 'hash', 32) },
    blobHashes: blobs.map((hash: unknown) => bytes({ hash }, 'hash', 32)),
  };
}

/** All transactions of a block, proven by the root in its header. @throws as `readTransaction` */
export async function rawTransactions(rpc: JsonRpc, block: BoundBlock): Promise<readonly Uint8Array[]> {
  const raws: Uint8Array[] = [];
  for (const hash of block.transactionHashes) {
    const raw = await rpc('eth_getRawTransactionByHash', [to0x(hash)]);
    raws.push(canonicalForm(bytes({ raw }, 'raw')));
  }
  if (!equalBytes(orderedRoot(raws), block.transactionsRoot))
    throw lie(`the transactions of block ${block.number} are not those of its header`);
  return raws;
}

/** Whether the chain that an endpoint serves is the one that is wanted. @throws OperationError wrong-chain */
export async function checkChain(rpc: JsonRpc, url: string, chainId: bigint): Promise<void> {
  const found = integer({ id: await rpc('eth_chainId') }, 'id');
  if (found === chainId) return;
  throw new OperationError('wrong-chain', 'retry', `${shownUrl(url)} serves chain ${found}, not ${chainId}`);
}

/**
 * Whether an endpoint has a block that another one called final. Where it has not, the two show different
 * chains, or it is far behind; nobody knows which of them is right. @throws OperationError l1-disagreement
 */
export async function checkAnchor(
  rpc: JsonRpc,
  url: string,
  { number, hash }: Pick<BoundBlock, 'number' | 'hash'>,
): Promise<void> {
  const found = await readBlock(rpc, number);
  if (found !== undefined && equalBytes(found.hash, hash)) return;
  const other = found === undefined ? 'no such block' : to0x(found.hash);
  const message = `${shownUrl(url)} has ${other} at ${number}, and another endpoint has final ${to0x(hash)}`;
  throw new OperationError('l1-disagreement', 'retry', message);
}

const quantity = (value: bigint): string => `0x${value.toString(16)}`;

function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null) throw lie(`${what} is missing`);
  return { ...value };
}

function bytes(from: Json, key: string, length?: number): Uint8Array {
  const value = from[key];
  const found = typeof value === 'string' && value.startsWith('0x') ? fromHex(value) : undefined;
  if (found === undefined || (length !== undefined && found.length !== length))
    throw lie(`${key} is not ${length === undefined ? '' : `${length} bytes of `}hex`);
  return found;
}

function integer(from: Json, key: string): bigint {
  const value = from[key];
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(value)) throw lie(`${key} is no quantity`);
  return BigInt(value);
}
