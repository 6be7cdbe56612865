import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import type { L2Message, OpenedOutput } from '../../src/ethereum/bridge-calls.ts';
import type { L1Log } from '../../src/ethereum/abi.ts';
import { type Address, parseAddress } from '../../src/ethereum/address.ts';
import type { View } from '../../src/ethereum/bridge-views.ts';
import {
  type Decoder,
  Malformed,
  account,
  bytes,
  hash32,
  list,
  object,
  orNull,
  quantity,
} from '../explorer/decode.ts';
import type { Call } from '../explorer/node.ts';

// What the bridge takes from answers of both ends, in the types that the code of the commands has.

/** What every node of an L2 agrees on, as far as the bridge needs it. */
export interface RollupFacts {
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly bridge: Address;
  readonly forcedInbox: Address;
  readonly outputs: Address;
  /** L1 blocks. */
  readonly sequencingWindow: bigint;
  readonly genesis: { readonly origin: { readonly number: bigint } };
}

/** 20 bytes, with their checksum. */
export const address: Decoder<Address> = (value, path) => parseAddress(account(value, path), path);

/** Bytes, as bytes. */
const raw: Decoder<Uint8Array> = (value, path) => fromHex(bytes(value, path)) ?? new Uint8Array(0);
const raw32: Decoder<Uint8Array> = (value, path) => fromHex(hash32(value, path)) ?? new Uint8Array(0);

const rollupFacts: Decoder<RollupFacts> = object<RollupFacts>({
  ...{ l1ChainId: quantity, l2ChainId: quantity, bridge: address, forcedInbox: address, outputs: address },
  ...{ sequencingWindow: quantity, genesis: object({ origin: object({ number: quantity }) }) },
});
/** The rollup file of a node. */
export const getRollup: Call<RollupFacts> = { method: 'conclave_getRollup', params: [], read: rollupFacts };

/** A log, and where it stands. */
export interface PlacedLog extends L1Log {
  readonly block: bigint;
  /** Of its transaction: 0x and hex. */
  readonly hash: string;
}
const log: Decoder<PlacedLog> = (value, path) => {
  const { blockNumber, transactionHash, ...rest } = object<
    L1Log & { readonly blockNumber: bigint; readonly transactionHash: string }
  >({ address, topics: list(raw32, 4), data: raw, blockNumber: quantity, transactionHash: hash32 })(
    value,
    path,
  );
  return { ...rest, block: blockNumber, hash: transactionHash };
};

/** Which logs. */
export interface LogFilter {
  readonly address: Address;
  /** 32 bytes each; null for any. */
  readonly topics: readonly (Uint8Array | null)[];
}

const MAX_LOGS = 20_000;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Logs of blocks from–to, both counted. */
export const getLogs = (
  { address: at, topics }: LogFilter,
  from: bigint,
  to: bigint,
): Call<readonly PlacedLog[]> => ({
  method: 'eth_getLogs',
  params: [
    {
      ...{ address: at, topics: topics.map((topic) => topic && to0x(topic)) },
      ...{ fromBlock: hex(from), toBlock: hex(to) },
    },
  ],
  read: list(log, MAX_LOGS),
});

/** A block of L1 as the bridge needs it. */
export interface L1Head {
  readonly number: bigint;
  /** Unix seconds. */
  readonly timestamp: bigint;
}
/** The newest block, or the newest final one; null where there is none yet. */
export const getL1Block = (tag: 'latest' | 'finalized'): Call<L1Head | null> => ({
  method: 'eth_getBlockByNumber',
  params: [tag, false],
  read: orNull(object<L1Head>({ number: quantity, timestamp: quantity })),
});

/** What a contract answers now. */
export const ask = <T>(to: Address, view: View<T>): Call<T> => ({
  method: 'eth_call',
  params: [{ to, data: to0x(view.data) }, 'latest'],
  read: (value, path) => {
    try {
      return view.read(raw(value, path));
    } catch (error) {
      if (error instanceof OperationError) throw new Malformed(`${path} of ${to} is not of that contract`);
      throw error;
    }
  },
});

/** What shows L1 that a message left L2. */
export interface ProofAnswer {
  readonly message: L2Message;
  readonly output: OpenedOutput;
  readonly path: readonly Uint8Array[];
}
const proof: Decoder<ProofAnswer> = object<ProofAnswer>({
  message: object<L2Message>({
    ...{ nonce: quantity, sender: address, target: address, token: address, amount: quantity, data: raw },
  }),
  output: object<OpenedOutput>({
    ...{ blockNumber: quantity, blockHash: raw32, stateRoot: raw32, messageTreeRoot: raw32 },
  }),
  path: list(raw32, 32),
});
/** The proof of a message after a block of L2. */
export const getProof = (nonce: bigint, block: bigint): Call<ProofAnswer> => ({
  method: 'conclave_getWithdrawalProof',
  params: [hex(nonce), hex(block)],
  read: proof,
});
