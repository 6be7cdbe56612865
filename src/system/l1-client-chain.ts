import { createPublicClient, hexToBytes, http } from 'viem';

import { fromHex, to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import type { L1Log } from '../ethereum/abi.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { bridgeErrorOf } from '../ethereum/bridge-errors.ts';
import type { View } from '../ethereum/bridge-views.ts';
import { type DeploymentL1, connectDeploymentL1 } from './l1-client-deploy.ts';
import { isNotFound, step } from './l1-client-errors.ts';
import { connectL1 } from './l1-client.ts';
import type { Clock, L1 } from './ports.ts';

/** A block as the bridge needs it; 32 bytes each. */
export interface ChainBlock {
  readonly number: bigint;
  readonly hash: Uint8Array;
  readonly stateRoot: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly extraData: Uint8Array;
}

/** A log, and the block that has it. */
export interface ChainLog extends L1Log {
  readonly block: bigint;
}

/** Which logs are asked for, of blocks from–to, both counted. */
export interface ChainLogFilter {
  readonly address: Address;
  /** The first topic, 32 bytes. */
  readonly topic: Uint8Array;
  readonly from: bigint;
  readonly to: bigint;
}

/** A transaction in a block: who sent it, its number, and its calldata. */
export interface MinedTx {
  readonly from: Address;
  readonly nonce: bigint;
  readonly block: bigint;
  readonly input: Uint8Array;
}

/** One end of the bridge: L1, or L2, behind a URL. What it says is believed; L1 checks what is proven. */
export interface BridgeChain extends DeploymentL1, Pick<L1, 'inbox' | 'batchAt'> {
  readonly block: (at: bigint | 'latest' | 'safe' | 'finalized') => Promise<ChainBlock>;
  /** A mined transaction; `undefined` where there is none. */
  readonly transaction: (hash: Uint8Array) => Promise<MinedTx | undefined>;
  /** In their order. */
  readonly logs: (filter: ChainLogFilter) => Promise<readonly ChainLog[]>;
  /** What a contract answers now, or answered at the end of a block. @throws also bad-answer */
  readonly ask: <T>(to: Address, view: View<T>, at?: bigint) => Promise<T>;
}

/** Milliseconds for one call. */
const CALL_TIMEOUT_MS = 30_000;
/** Blocks that are asked for at once: endpoints have limits. */
const SPAN = 500n;

/** The chain behind a URL. @throws OperationError l1-unreachable */
export async function connectBridgeChain(
  url: string,
  dependencies: { readonly clock: Clock },
): Promise<BridgeChain> {
  const client = createPublicClient({ transport: http(url, { retryCount: 0, timeout: CALL_TIMEOUT_MS }) });
  const logsIn = (filter: ChainLogFilter): Promise<readonly ChainLog[]> =>
    step('logs', async () => {
      const raw: unknown = await client.request({
        method: 'eth_getLogs',
        params: [
          {
            ...{ address: filter.address, topics: [to0x(filter.topic)] },
            ...{ fromBlock: `0x${filter.from.toString(16)}`, toBlock: `0x${filter.to.toString(16)}` },
          },
        ],
      });
      return Array.isArray(raw) ? raw.map(logOf) : [];
    });
  const own = await connectDeploymentL1(url, dependencies);
  const l1 = await connectL1({ url, chainId: await own.chainId() }, dependencies);
  return {
    ...own,
    ...{ inbox: l1.inbox, batchAt: l1.batchAt },
    gas: (call) => own.gas(call).catch(renamed),
    block: async (at) => {
      const found = await step('block', () =>
        client.getBlock(typeof at === 'bigint' ? { blockNumber: at } : { blockTag: at }),
      );
      return {
        ...{ number: found.number, hash: hexToBytes(found.hash), timestamp: found.timestamp },
        ...{ stateRoot: hexToBytes(found.stateRoot), extraData: hexToBytes(found.extraData) },
      };
    },
    transaction: async (hash) => {
      const found = await step('transaction', () =>
        client.getTransaction({ hash: to0x(hash) }).catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        }),
      );
      // One that waits has none, whatever the type says.
      const block: unknown = found?.blockNumber;
      if (found === undefined || typeof block !== 'bigint') return undefined;
      const input = hexToBytes(found.input);
      return {
        from: parseAddress(found.from.toLowerCase(), 'from'),
        nonce: BigInt(found.nonce),
        block,
        input,
      };
    },
    logs: async (filter) => {
      const found: ChainLog[] = [];
      for (let from = filter.from; from <= filter.to; from += SPAN) {
        const last = from + SPAN - 1n;
        found.push(...(await logsIn({ ...filter, from, to: last < filter.to ? last : filter.to })));
      }
      return found;
    },
    ask: async (to, { data, read }, at) => {
      const place = at === undefined ? {} : { blockNumber: at };
      const answer = await step('call', () => client.call({ to, data: to0x(data), ...place }));
      return read(hexToBytes(answer.data ?? '0x'));
    },
  };
}

/** Every call is estimated before it is sent, so here a contract of the bridge says why it refuses. */
function renamed(error: unknown): never {
  const isReverted = error instanceof OperationError && error.code === 'l1-reverted';
  const data = isReverted
    ? fromHex(/revert data (0x[0-9a-f]+)/.exec(error.message)?.[1] ?? 'none')
    : undefined;
  const name = data && bridgeErrorOf(data);
  if (name === undefined) throw error;
  throw new OperationError('l1-reverted', 'fatal', `the contract refuses: ${name}`, { cause: error });
}

function logOf(raw: unknown): ChainLog {
  const { address, topics, data, blockNumber }: Readonly<Record<string, unknown>> =
    typeof raw === 'object' && raw !== null ? { ...raw } : {};
  const list: readonly unknown[] = Array.isArray(topics) ? topics : [];
  const words = list.map((topic) => (typeof topic === 'string' ? fromHex(topic) : undefined));
  const bytes = typeof data === 'string' ? fromHex(data) : undefined;
  const known = words.filter((word) => word?.length === 32);
  if (
    typeof address !== 'string' ||
    typeof blockNumber !== 'string' ||
    bytes === undefined ||
    known.length !== words.length
  )
    throw new OperationError('l1-rejected', 'fatal', 'logs: an answer that is no log');
  return {
    ...{ address: parseAddress(address.toLowerCase(), 'log'), data: bytes, block: BigInt(blockNumber) },
    topics: known.filter((word) => word !== undefined),
  };
}
