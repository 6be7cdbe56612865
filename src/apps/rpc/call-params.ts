import { equalBytes } from '../../crypto/bytes.ts';
import type { CallRequest } from '../../chain/execution.ts';
import type { AccessListEntry } from '../../ethereum/l2-tx.ts';
import * as params from './params.ts';
import { invalidParams } from './rpc-error.ts';

/** A call as a caller describes it: what is executed, and what a transaction that did so would carry. */
export interface CallArgs {
  readonly request: CallRequest;
  /** The most that is paid for gas; 0 where nothing is said, and then nothing is paid. */
  readonly feeCap: bigint;
}

/** The most entries, and keys of an entry, that an access list is read with. */
const MAX_ACCESS = 10_000;

/** Reads the object of `eth_call`. @throws RpcError invalidParams */
export const callArgs =
  (chainId: bigint): params.Read<CallArgs> =>
  (value) => {
    const object = params.anObject(value);
    const field = <T>(name: string, read: params.Read<T>): T | undefined =>
      params.maybeField(object, name, read);
    const stated = field('chainId', params.wei);
    if (stated !== undefined && stated !== chainId)
      throw invalidParams(`chainId does not match node's (have=${stated}, want=${chainId})`);
    for (const name of ['blobVersionedHashes', 'blobs', 'authorizationList'])
      if (field(name, (given) => given) !== undefined) throw invalidParams(`field ${name} is not supported`);
    field('nonce', params.aNumber);
    const feeCap = feeCapOf(field);
    return {
      request: {
        from: field('from', params.address),
        to: field('to', params.address),
        value: field('value', params.wei),
        data: dataOf(field),
        gas: field('gas', params.aNumber),
        gasPrice: feeCap === 0n ? undefined : feeCap,
        accessList: field('accessList', params.listOf(accessEntry, MAX_ACCESS)),
      },
      feeCap,
    };
  };

type Field = <T>(name: string, read: params.Read<T>) => T | undefined;

function dataOf(field: Field): Uint8Array | undefined {
  const [input, data] = [field('input', params.bytes), field('data', params.bytes)];
  if (input !== undefined && data !== undefined && !equalBytes(input, data))
    throw invalidParams(
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    );
  return input ?? data;
}

function feeCapOf(field: Field): bigint {
  const price = field('gasPrice', params.wei);
  const [cap, tip] = [field('maxFeePerGas', params.wei), field('maxPriorityFeePerGas', params.wei)];
  if (price !== undefined && (cap !== undefined || tip !== undefined))
    throw invalidParams('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified');
  if (cap !== undefined && tip !== undefined && cap < tip)
    throw invalidParams(`maxFeePerGas (${cap}) < maxPriorityFeePerGas (${tip})`);
  return price ?? cap ?? 0n;
}

const accessEntry: params.Read<AccessListEntry> = (value) => {
  const object = params.anObject(value);
  const address = params.maybeField(object, 'address', params.address);
  if (address === undefined) throw invalidParams('field address is missing');
  const keys = params.maybeField(object, 'storageKeys', params.listOf(params.hash, MAX_ACCESS));
  return { address, storageKeys: keys ?? [] };
};
