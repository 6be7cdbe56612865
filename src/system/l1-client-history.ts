import { createPublicClient, hexToBytes, http } from 'viem';

import { to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { isNotFound, step } from './l1-client-errors.ts';
import type { L1History, L1Sent } from './ports.ts';
import { shownUrl } from './shown-url.ts';

/** Milliseconds for one call. */
const CALL_TIMEOUT_MS = 30_000;

/**
 * The past of the L1 behind a URL, as an audit asks for it: who sent what, and when. It sends nothing.
 * @throws OperationError l1-unreachable | wrong-chain
 */
export async function connectL1History(url: string, chainId: bigint): Promise<L1History> {
  const client = createPublicClient({ transport: http(url, { retryCount: 0, timeout: CALL_TIMEOUT_MS }) });
  const found = BigInt(await step('chain id', () => client.getChainId()));
  if (found !== chainId)
    throw new OperationError(
      'wrong-chain',
      'fatal',
      `${shownUrl(url)} serves chain ${found}, not ${chainId}`,
    );
  return {
    head: () => step('head', () => client.getBlockNumber()),
    nonceAt: async (address, blockNumber) =>
      BigInt(await step('nonce', () => client.getTransactionCount({ address, blockNumber }))),
    minedIn: (txHash) =>
      step('receipt', async () => {
        try {
          const { blockNumber } = await client.getTransactionReceipt({ hash: to0x(txHash) });
          return blockNumber;
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      }),
    sentIn: (blockNumber) =>
      step('block', async () => {
        const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true });
        return transactions.map(sentOf);
      }),
  };
}

interface FoundTransaction {
  readonly hash: `0x${string}`;
  readonly from: string;
  readonly nonce: number;
  readonly r: string;
}

const sentOf = ({ hash, from, nonce, r }: FoundTransaction): L1Sent => ({
  hash: hexToBytes(hash),
  from: addressOf(from),
  nonce: BigInt(nonce),
  r: BigInt(r),
});

const addressOf = (text: string): Address => parseAddress(text.toLowerCase(), 'from');
