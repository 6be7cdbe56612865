import {
  type Hex,
  type PublicClient,
  type TransactionReceipt,
  createPublicClient,
  http,
  hexToBytes,
} from 'viem';

import { fromHex, to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { canonicalForm } from '../ethereum/blob-tx.ts';
import { batchInboxAbi } from '../ethereum/contracts/batch-inbox.ts';
import { keyRegistryAbi } from '../ethereum/contracts/key-registry.ts';
import { type KeyPurpose, keyPurposeNumbers } from '../ethereum/key-pop.ts';
import type { SignedL1Tx } from '../ethereum/l1-tx.ts';
import { isKnownAlready, isNotFound, l1Error, step } from './l1-client-errors.ts';
import type { Clock, InboxState, L1, L1Receipt } from './ports.ts';
import { shownUrl } from './shown-url.ts';

/** How the chain is reached. */
export interface L1Options {
  readonly url: string;
  /** The chain that must be there. */
  readonly chainId: bigint;
  /** Milliseconds for one call. */
  readonly callTimeoutMs?: number;
  /** Milliseconds between two looks for a receipt. */
  readonly pollMs?: number;
}

/** Milliseconds: the first blob of a fresh development chain takes seconds. */
const CALL_TIMEOUT_MS = 30_000;
const POLL_MS = 250;
const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000';

/**
 * The L1 behind a URL. Whether it is the right chain is asked at once, and again before everything that is
 * sent.
 * @throws OperationError l1-unreachable | wrong-chain
 */
export async function connectL1(options: L1Options, dependencies: { readonly clock: Clock }): Promise<L1> {
  const timeout = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
  // Repeating is decided by whoever asks: a send that is repeated unseen hides what happened to the first.
  const client = createPublicClient({ transport: http(options.url, { retryCount: 0, timeout }) });
  const l1 = clientOf(client, options, dependencies.clock);
  await refuseOtherChain(l1, options);
  return l1;
}

async function refuseOtherChain(l1: Pick<L1, 'chainId'>, { url, chainId }: L1Options): Promise<void> {
  const found = await l1.chainId();
  if (found === chainId) return;
  throw new OperationError('wrong-chain', 'fatal', `${shownUrl(url)} serves chain ${found}, not ${chainId}`);
}

/** As `step`, where "not found" is an answer. */
const lookUp = <T>(what: string, call: () => Promise<T>): Promise<T | undefined> =>
  step(what, () =>
    call().catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    }),
  );

function clientOf(client: PublicClient, options: L1Options, clock: Clock): L1 {
  const chainId = async (): Promise<bigint> => BigInt(await step('chain id', () => client.getChainId()));
  const receipt = async (hash: Uint8Array): Promise<L1Receipt | undefined> => {
    const found = await lookUp('receipt', () => client.getTransactionReceipt({ hash: to0x(hash) }));
    return found === undefined ? undefined : receiptOf(found);
  };
  return {
    ...reads(client),
    ...inboxReads(client),
    chainId,
    receipt,
    simulate: async ({ from, to, data }) =>
      void (await step('simulation', () => client.call({ account: from, to, data: to0x(data) }))),
    send: async (tx) => {
      await refuseOtherChain({ chainId }, options);
      await send(client, tx);
    },
    mined: (hash, timeoutMs) => mined(receipt, hash, { clock, timeoutMs, pollMs: options.pollMs ?? POLL_MS }),
    blobs: (block, hashes) => blobsOf(options.url, block, hashes),
  };
}

type Reads = Pick<L1, 'head' | 'hashAt' | 'nonce' | 'balance' | 'fees' | 'code' | 'rawTransaction'>;

function reads(client: PublicClient): Reads {
  return {
    head: async (blockTag) => {
      const { number, hash, parentHash } = await step('head', () => client.getBlock({ blockTag }));
      return { number, hash: hexToBytes(hash), parentHash: hexToBytes(parentHash) };
    },
    hashAt: async (blockNumber) => {
      const found = await lookUp('block', () => client.getBlock({ blockNumber }));
      return found === undefined ? undefined : hexToBytes(found.hash);
    },
    nonce: async (address, blockTag) =>
      BigInt(await step('nonce', () => client.getTransactionCount({ address, blockTag }))),
    balance: (address) => step('balance', () => client.getBalance({ address })),
    fees: () =>
      step('fees', async () => {
        const [block, tip, blobBaseFee] = await Promise.all([
          client.getBlock({ blockTag: 'latest' }),
          client.estimateMaxPriorityFeePerGas(),
          client.getBlobBaseFee(),
        ]);
        return { baseFee: block.baseFeePerGas ?? 0n, tip, blobBaseFee };
      }),
    code: async (address) => {
      const code = await step('code', () => client.getCode({ address }));
      return code === undefined ? new Uint8Array(0) : hexToBytes(code);
    },
    rawTransaction: async (hash) => {
      const raw: unknown = await step('raw transaction', () =>
        client.request<{ Method: 'eth_getRawTransactionByHash'; Parameters: [Hex]; ReturnType: Hex | null }>({
          method: 'eth_getRawTransactionByHash',
          params: [to0x(hash)],
        }),
      );
      const bytes = typeof raw === 'string' ? fromHex(raw) : undefined;
      return bytes && canonicalForm(bytes);
    },
  };
}

function inboxReads(client: PublicClient): Pick<L1, 'inbox' | 'batchAt'> {
  return {
    inbox: async (address) => {
      const code = await step('inbox', () => client.getCode({ address }));
      if (code === undefined) throw new OperationError('l1-no-inbox', 'fatal', `no contract at ${address}`);
      return step('inbox', () => inboxState(client, address));
    },
    batchAt: async (address, index) => {
      const found = await step('batch', () =>
        client.readContract({ address, abi: batchInboxAbi, functionName: 'batchAt', args: [index] }),
      );
      const { digest, blocksRoot, ...rest } = found;
      if (rest.l1Block === 0n) return undefined;
      return { digest: hexToBytes(digest), blocksRoot: hexToBytes(blocksRoot), ...rest };
    },
  };
}

/** By the number that the contract has for it. */
const authModes = ['sender', 'quorum', 'both'] as const;

async function inboxState(client: PublicClient, address: Address): Promise<InboxState> {
  const contract = { address, abi: batchInboxAbi } as const;
  const [l2ChainId, lastIndex, mode, place, block] = await Promise.all([
    client.readContract({ ...contract, functionName: 'l2ChainId' }),
    client.readContract({ ...contract, functionName: 'lastIndex' }),
    client.readContract({ ...contract, functionName: 'authMode' }),
    client.readContract({ ...contract, functionName: 'registry' }),
    client.getBlockNumber({ cacheTime: 0 }),
  ]);
  const authMode = authModes[mode];
  if (authMode === undefined)
    throw new OperationError('l1-rejected', 'fatal', `${address} has mode ${mode}, which nobody knows`);
  const registry = parseAddress(place, 'registry');
  const accountOf = async (purpose: KeyPurpose): Promise<Address | undefined> => {
    const asked = { address: registry, abi: keyRegistryAbi, functionName: 'keyAt' } as const;
    const args = [keyPurposeNumbers[purpose], block + 1n] as const;
    const account = await client.readContract({ ...asked, args });
    return account === ZERO_ADDRESS ? undefined : parseAddress(account, 'account');
  };
  const [calldata, blobs] = await Promise.all([accountOf('batch'), accountOf('blob')]);
  return { l2ChainId, lastIndex, authMode, registry, accounts: { calldata, blobs } };
}

async function send(client: PublicClient, { raw, hash }: SignedL1Tx): Promise<void> {
  const wanted = to0x(hash);
  const named = await offer(client, raw, wanted);
  if (named === wanted) return;
  throw new OperationError('l1-rejected', 'fatal', `send: L1 names the transaction ${named}, we ${wanted}`);
}

/** The hash under which L1 holds what it was given. */
async function offer(client: PublicClient, raw: Uint8Array, hash: Hex): Promise<Hex> {
  try {
    return await client.sendRawTransaction({ serializedTransaction: to0x(raw) });
  } catch (error) {
    if (isKnownAlready(error)) return hash;
    // A refusal may follow an acceptance whose answer was lost: only the chain knows.
    const known = await lookUp('look-up', () => client.getTransaction({ hash })).catch(() => undefined);
    if (known === undefined) throw l1Error('send', error);
    return known.hash;
  }
}

interface Wait {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly pollMs: number;
}

async function mined(look: L1['receipt'], hash: Uint8Array, wait: Wait): Promise<L1Receipt> {
  const { clock, timeoutMs, pollMs } = wait;
  const deadline = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const found = await look(hash);
    if (found?.status === 'success') return found;
    if (found !== undefined)
      throw new OperationError('l1-reverted', 'fatal', `${to0x(hash)} reverted in block ${found.block}`);
    if (clock.monotonicMs() >= deadline)
      throw new OperationError(
        'receipt-timeout',
        'retry',
        `${to0x(hash)} is in no block after ${timeoutMs} ms`,
      );
    await new Promise<void>((resolve) => void clock.after(pollMs, resolve));
  }
}

function receiptOf(receipt: TransactionReceipt): L1Receipt {
  return {
    status: receipt.status,
    hash: hexToBytes(receipt.transactionHash),
    block: receipt.blockNumber,
    blockHash: hexToBytes(receipt.blockHash),
    from: parseAddress(receipt.from.toLowerCase(), 'from'),
    gasUsed: receipt.gasUsed,
    gasPrice: receipt.effectiveGasPrice,
    blobGasUsed: receipt.blobGasUsed ?? 0n,
    logs: receipt.logs.map(({ address, topics, data }) => ({
      address: parseAddress(address.toLowerCase(), 'log'),
      topics: topics.map((topic) => hexToBytes(topic)),
      data: hexToBytes(data),
    })),
  };
}

/**
 * Blobs of a block, unchecked, by the path of the beacon API that development chains serve on their own port.
 * @throws OperationError l1-unreachable | no-blobs
 */
export async function blobsOf(
  url: string,
  block: bigint,
  hashes: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const wanted = hashes.map(to0x).join(',');
  const place = new URL(`/eth/v1/beacon/blobs/${block}?versioned_hashes=${wanted}`, url);
  const reply = await fetch(place, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) }).catch(
    (cause: unknown) => {
      throw new OperationError('l1-unreachable', 'retry', `${shownUrl(url)} does not answer`, { cause });
    },
  );
  if (!reply.ok)
    throw new OperationError('no-blobs', 'retry', `blobs of block ${block}: HTTP ${reply.status}`);
  const body: unknown = await reply.json().catch((cause: unknown) => {
    throw new OperationError('no-blobs', 'retry', `blobs of block ${block}: no JSON`, { cause });
  });
  const list: unknown = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined;
  const found = Array.isArray(list) ? list.map((blob: unknown) => fromHex(String(blob))) : [];
  const whole = found.filter((blob) => blob !== undefined);
  if (whole.length !== hashes.length || whole.length !== found.length)
    throw new OperationError(
      'no-blobs',
      'retry',
      `block ${block} gave ${found.length} of ${hashes.length} blobs`,
    );
  return whole;
}
