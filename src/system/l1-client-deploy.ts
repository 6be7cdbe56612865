import { createPublicClient, http } from 'viem';

import { fromHex, to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import type { Address } from '../ethereum/address.ts';
import { step } from './l1-client-errors.ts';
import { connectL1 } from './l1-client.ts';
import type { Clock, L1 } from './ports.ts';

/** What a deployment asks of L1, besides what every sender does. */
export interface DeploymentL1 extends Pick<
  L1,
  'chainId' | 'head' | 'nonce' | 'fees' | 'code' | 'send' | 'receipt' | 'mined'
> {
  /** The hash of block 0, 32 bytes: two development chains share a chain id. */
  readonly genesis: () => Promise<Uint8Array>;
  /** Unix seconds of the newest block. */
  readonly time: () => Promise<bigint>;
  /** Gas that a transaction takes now. @throws OperationError l1-reverted */
  readonly gas: (tx: {
    readonly from: Address;
    readonly to?: Address | undefined;
    readonly data: Uint8Array;
    /** Wei. */
    readonly value?: bigint | undefined;
  }) => Promise<bigint>;
  /** What a view answers. @throws OperationError l1-reverted */
  readonly call: (to: Address, data: Uint8Array) => Promise<Uint8Array>;
  /** One word of the storage of a contract, 32 bytes. */
  readonly slot: (of: Address, slot: Uint8Array) => Promise<Uint8Array>;
}

/** Milliseconds for one call. */
const CALL_TIMEOUT_MS = 30_000;

/** The L1 behind a URL, for a deployment. @throws OperationError l1-unreachable */
export async function connectDeploymentL1(
  url: string,
  dependencies: { readonly clock: Clock },
): Promise<DeploymentL1> {
  const client = createPublicClient({ transport: http(url, { retryCount: 0, timeout: CALL_TIMEOUT_MS }) });
  const chainId = BigInt(await step('chain id', () => client.getChainId()));
  return {
    ...(await connectL1({ url, chainId }, dependencies)),
    genesis: async () =>
      bytesOf('genesis', (await step('genesis', () => client.getBlock({ blockNumber: 0n }))).hash, 32),
    time: async () => timeOf(await step('time', () => client.getBlock({ blockTag: 'latest' }))),
    gas: ({ from, to, data, value = 0n }) =>
      step('estimate', () =>
        client.estimateGas({ account: from, data: to0x(data), value, ...(to && { to }) }),
      ),
    call: async (to, data) =>
      bytesOf('call', (await step('call', () => client.call({ to, data: to0x(data) }))).data ?? '0x'),
    slot: async (address, slot) =>
      bytesOf('slot', (await step('slot', () => client.getStorageAt({ address, slot: to0x(slot) }))) ?? '0x'),
  };
}

/** What an endpoint says need not be what the library takes it for. */
function bytesOf(what: string, answer: unknown, length?: number): Uint8Array {
  const bytes = typeof answer === 'string' ? fromHex(answer) : undefined;
  if (bytes !== undefined && (length === undefined || bytes.length === length)) return bytes;
  throw new OperationError('l1-rejected', 'fatal', `${what}: what L1 answers is not what was asked for`);
}

function timeOf({ timestamp }: { readonly timestamp: unknown }): bigint {
  if (typeof timestamp === 'bigint') return timestamp;
  throw new OperationError('l1-rejected', 'fatal', 'time: the newest block of L1 has none');
}
