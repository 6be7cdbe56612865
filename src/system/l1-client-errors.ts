import {
  BaseError,
  BlockNotFoundError,
  HttpRequestError,
  RawContractError,
  RpcRequestError,
  TimeoutError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from 'viem';

import { fromHex } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { inboxErrorOf } from '../ethereum/abi.ts';

/** Whether the endpoint answered that there is no such transaction or block, which viem throws. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof TransactionReceiptNotFoundError ||
  error instanceof TransactionNotFoundError ||
  error instanceof BlockNotFoundError;

/** Words that clients use for one and the same refusal; others are `l1-rejected`. */
const refusals = [
  ['nonce-too-low', 'fatal', /nonce too low|nonce is too low|old nonce/i],
  [
    'fee-too-low',
    'retry',
    /underpriced|fee too low|less than (the )?block base fee|fee cap|fee per blob gas/i,
  ],
  ['no-funds', 'fatal', /insufficient funds|insufficient balance/i],
] as const;

/** Whether a refusal says that the pool holds the transaction already. */
export const isKnownAlready = (error: unknown): boolean =>
  /already known|already imported|known transaction/i.test(detailsOf(error));

/** What an error of viem means to us. `what` names the step, for the message. */
export function l1Error(what: string, error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  const options = { cause: error };
  const revert = revertOf(error);
  if (revert !== undefined) return new OperationError('l1-reverted', 'fatal', `${what}: ${revert}`, options);
  const details = detailsOf(error);
  const refusal = isUnreachable(error) ? undefined : refusals.find(([, , words]) => words.test(details));
  if (refusal !== undefined)
    return new OperationError(refusal[0], refusal[1], `${what}: ${details}`, options);
  if (error instanceof BaseError && !isUnreachable(error))
    return new OperationError('l1-rejected', 'fatal', `${what}: ${details}`, options);
  return new OperationError('l1-unreachable', 'retry', `${what}: L1 does not answer (${details})`, options);
}

function find<T>(error: unknown, kind: new (...args: never[]) => T): T | undefined {
  const found = error instanceof BaseError ? error.walk((inner) => inner instanceof kind) : undefined;
  return found instanceof kind ? found : undefined;
}

const isUnreachable = (error: unknown): boolean =>
  find(error, HttpRequestError) !== undefined || find(error, TimeoutError) !== undefined;

function detailsOf(error: unknown): string {
  const said = find(error, RpcRequestError)?.details;
  if (said !== undefined) return said;
  if (error instanceof BaseError) return error.details || error.shortMessage;
  return error instanceof Error ? error.message : String(error);
}

/** What the contract said, if it was the contract that refused. */
function revertOf(error: unknown): string | undefined {
  const held: unknown = find(error, RpcRequestError)?.data ?? find(error, RawContractError)?.data;
  const data = typeof held === 'string' ? held : undefined;
  const bytes = data === undefined ? undefined : fromHex(data);
  if (bytes !== undefined && bytes.length > 0) return inboxErrorOf(bytes) ?? `revert data ${String(data)}`;
  return /revert/i.test(detailsOf(error)) ? detailsOf(error) : undefined;
}

/** Runs one question to the chain, and gives every failure one of our codes. @throws as `l1Error` says */
export async function step<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw l1Error(what, error);
  }
}
