import type { L2Block, Withdrawal } from '../chain/block.ts';
import type { HeadHashes, ImportVerdict } from '../chain/execution.ts';
import { fromHex, to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { type EngineAccess, type EngineReply, type EngineRpc, engineRpc, fieldsOf } from './engine-rpc.ts';
import type { Clock, Engine } from './ports.ts';

/** What is asked of an engine that runs elsewhere. */
export interface EngineOptions extends EngineAccess {
  /** For people. */
  readonly name: string;
  /** Of block 0, 32 bytes: what the engine must have been started from. */
  readonly genesis: Uint8Array;
}

/** The engine answers so where head, safe and finalized are no chain that it holds. [Engine API] */
const INVALID_FORK_CHOICE = -38_002;

/**
 * An execution client of anybody's, which executes our blocks again. It never builds: order is ours.
 * [Engine API, Cancun]
 * @throws OperationError engine-unreachable | engine-refuses-us | engine-failed | wrong-chain when its block
 * 0 is another
 */
export async function connectEngine(
  options: EngineOptions,
  dependencies: { readonly clock: Pick<Clock, 'nowMs'> },
): Promise<Engine> {
  const rpc = engineRpc(options, dependencies.clock);
  const genesis = await hashAt(rpc, '0x0');
  const expected = to0x(options.genesis);
  if (genesis !== expected)
    throw new OperationError(
      'wrong-chain',
      'fatal',
      `${options.name} began with block ${genesis ?? 'none'}, this chain with ${expected}`,
    );
  return {
    name: options.name,
    importBlock: (block) => importBlock(rpc, block),
    setHeads: (heads) => setHeads(rpc, heads),
    heads: () => headsOf(rpc, options.genesis),
  };
}

async function importBlock(rpc: EngineRpc, block: L2Block): Promise<ImportVerdict> {
  const root = to0x(block.header.parentBeaconBlockRoot);
  const { status, validationError } = fieldsOf(
    resultOf('newPayload', await rpc('engine_newPayloadV3', [payloadOf(block), [], root])),
  );
  if (status === 'VALID') return { kind: 'valid' };
  if (status === 'INVALID') return { kind: 'invalid', field: fieldIn(String(validationError)) };
  // It has the payload aside: for want of the parent, or of the state after it.
  if (status === 'SYNCING' || status === 'ACCEPTED') return { kind: 'parent-unknown' };
  throw new OperationError('engine-failed', 'retry', `newPayload: status ${String(status)}`);
}

const quantity = (value: bigint): string => `0x${value.toString(16)}`;

const withdrawalOf = ({ index, address, gwei }: Withdrawal): object => ({
  ...{ index: quantity(index), validatorIndex: '0x0' },
  ...{ address: address.toLowerCase(), amount: quantity(gwei) },
});

/** A block as it crosses the Engine API: whoever gets it computes the hash again. [ExecutionPayloadV3] */
export function payloadOf({ hash, header, transactions, withdrawals }: L2Block): object {
  return {
    ...{ parentHash: to0x(header.parentHash), feeRecipient: header.coinbase.toLowerCase() },
    ...{ stateRoot: to0x(header.stateRoot), receiptsRoot: to0x(header.receiptsRoot) },
    ...{ logsBloom: to0x(header.logsBloom), prevRandao: to0x(header.prevRandao) },
    ...{ blockNumber: quantity(header.number), gasLimit: quantity(header.gasLimit) },
    ...{ gasUsed: quantity(header.gasUsed), timestamp: quantity(header.timestamp) },
    ...{ extraData: to0x(header.extraData), baseFeePerGas: quantity(header.baseFeePerGas) },
    ...{ blockHash: to0x(hash), transactions: transactions.map(to0x) },
    withdrawals: withdrawals.map(withdrawalOf),
    ...{ blobGasUsed: '0x0', excessBlobGas: '0x0' },
  };
}

/**
 * Words of geth, and the field of a header that they are about. A payload carries neither the root of its
 * transactions nor that of its withdrawals, so a wrong one is a wrong hash.
 */
const complaints: readonly (readonly [RegExp, string])[] = [
  [/invalid merkle root/, 'stateRoot'],
  [/invalid receipt root/, 'receiptsRoot'],
  [/invalid bloom/, 'logsBloom'],
  [/invalid gas ?used/i, 'gasUsed'],
  [/invalid base ?fee/i, 'baseFeePerGas'],
  [/invalid gas ?limit/i, 'gasLimit'],
  [/timestamp/, 'timestamp'],
  [/block ?hash mismatch/i, 'hash'],
  [/block number/, 'number'],
];

/** What an engine complains of; `transactions` where it could not execute one. */
const fieldIn = (complaint: string): string =>
  complaints.find(([words]) => words.test(complaint))?.[1] ?? 'transactions';

async function setHeads(rpc: EngineRpc, heads: HeadHashes): Promise<void> {
  // An engine that is told of a head which it lacks begins to look for it at peers, and has none.
  for (const hash of new Set([heads.unsafe, heads.safe, heads.finalized].map(to0x)))
    if ((await blockOf(rpc, 'eth_getBlockByHash', hash)) === undefined) throw unknown(hash);
  const state = {
    headBlockHash: to0x(heads.unsafe),
    ...{ safeBlockHash: to0x(heads.safe), finalizedBlockHash: to0x(heads.finalized) },
  };
  const reply = await rpc('engine_forkchoiceUpdatedV3', [state, null]);
  if (reply.kind === 'error' && reply.code === INVALID_FORK_CHOICE) throw unknown(reply.message);
  const verdict = fieldsOf(resultOf('forkchoiceUpdated', reply))['payloadStatus'];
  const { status } = fieldsOf(verdict);
  if (status === 'VALID') return;
  if (status === 'SYNCING') throw unknown(state.headBlockHash);
  throw new OperationError('engine-failed', 'retry', `forkchoiceUpdated: ${JSON.stringify(verdict)}`);
}

const unknown = (what: string): OperationError =>
  new OperationError('engine-unknown-block', 'reset', `the engine does not hold ${what} on one chain`);

/** What the engine holds now, which after a crash of it may be less than it was told. */
async function headsOf(rpc: EngineRpc, genesis: Uint8Array): Promise<HeadHashes> {
  const held = async (tag: string): Promise<Uint8Array> => {
    const hash = await hashAt(rpc, tag);
    return (hash === undefined ? undefined : fromHex(hash)) ?? genesis;
  };
  const [unsafe, safe, finalized] = await Promise.all([held('latest'), held('safe'), held('finalized')]);
  return { unsafe, safe, finalized };
}

const hashAt = (rpc: EngineRpc, tag: string): Promise<string | undefined> =>
  blockOf(rpc, 'eth_getBlockByNumber', tag);

/** The hash of a block that the engine holds. Before the first heads it has no safe one: an error of its. */
async function blockOf(rpc: EngineRpc, method: string, at: string): Promise<string | undefined> {
  const reply = await rpc(method, [at, false]);
  if (reply.kind === 'error' && (at === 'safe' || at === 'finalized')) return undefined;
  const { hash } = fieldsOf(resultOf(method, reply));
  return typeof hash === 'string' && fromHex(hash)?.length === 32 ? hash : undefined;
}

function resultOf(what: string, reply: EngineReply): unknown {
  if (reply.kind === 'result') return reply.result;
  throw new OperationError('engine-failed', 'retry', `${what}: ${reply.code} ${reply.message}`);
}
