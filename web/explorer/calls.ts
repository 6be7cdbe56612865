import * as answers from './answers.ts';
import { bytes, orNull, quantity } from './decode.ts';
import type { Call } from './node.ts';

const call = <T>(method: string, read: Call<T>['read'], ...params: readonly unknown[]): Call<T> => ({
  method,
  params,
  read,
});

/** A number as JSON-RPC writes it. */
const hex = (value: bigint): string => `0x${value.toString(16)}`;
const ref = (id: bigint | string): string => (typeof id === 'bigint' ? hex(id) : id);

/** Which chain, as every execution client tells it. */
export const chainId: Call<bigint> = call('eth_chainId', quantity);
/** Which chain, as only a node of this one tells it. */
export const rollup: Call<answers.ChainFacts> = call('conclave_getRollup', answers.chainFacts);
/** The three heads. */
export const getHeads: Call<answers.Heads> = call('conclave_getHeads', answers.heads);

/** A block by number, or by hash. */
export const getBlock = (id: bigint | string): Call<answers.Block | null> =>
  call(
    typeof id === 'bigint' ? 'eth_getBlockByNumber' : 'eth_getBlockByHash',
    orNull(answers.block),
    ...[ref(id), false],
  );
/** The L1 block that a block refers to. */
export const getOrigin = (number: bigint): Call<bigint> => call('conclave_getOrigin', quantity, hex(number));
/** How many transactions a block has. */
export const getCount = (number: bigint): Call<bigint | null> =>
  call('eth_getBlockTransactionCountByNumber', orNull(quantity), hex(number));
/** The batch that holds a block. */
export const getBatchOf = (number: bigint): Call<answers.Batch | null> =>
  call('conclave_getBatchOfBlock', orNull(answers.batch), hex(number));
/** A batch. */
export const getBatch = (index: bigint): Call<answers.Batch | null> =>
  call('conclave_getBatch', orNull(answers.batch), hex(index));

/** A transaction. */
export const getTx = (hash: string): Call<answers.Tx | null> =>
  call('eth_getTransactionByHash', orNull(answers.tx), hash);
/** What came of it. */
export const getReceipt = (hash: string): Call<answers.Receipt | null> =>
  call('eth_getTransactionReceipt', orNull(answers.receipt), hash);
/** How far it has come. */
export const getStatus = (hash: string): Call<answers.TxStatus | null> =>
  call('conclave_getTxStatus', orNull(answers.txStatus), hash);

/** Wei of an account. */
export const getBalance = (address: string): Call<bigint> =>
  call('eth_getBalance', quantity, address, 'latest');
/** Its nonce. */
export const getNonce = (address: string): Call<bigint> =>
  call('eth_getTransactionCount', quantity, address, 'latest');
/** Its code. */
export const getCode = (address: string): Call<string> => call('eth_getCode', bytes, address, 'latest');
/** What a contract calls itself: `name()` or `symbol()`. [ERC-20] */
export const getText = (address: string, what: 'name' | 'symbol'): Call<string> => {
  const data = what === 'name' ? '0x06fdde03' : '0x95d89b41';
  return call('eth_call', bytes, { to: address, data, gas: '0x186a0' }, 'latest');
};
