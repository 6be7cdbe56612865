import { nextBaseFee } from '../../chain/block.ts';
import type { AccountOverride, CallResult, ExecutedBlock } from '../../chain/execution.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import { type Backend, needBlock } from './backend.ts';
import { type CallArgs, callArgs } from './call-params.ts';
import { accountOverrides, blockOverrides } from './override-params.ts';
import * as params from './params.ts';
import { executionAborted } from './revert.ts';
import { serverError } from './rpc-error.ts';

/** What a transfer costs, and the least that any transaction does. */
export const TRANSFER_GAS = 21_000n;

/** A call, on what it is made, and the time that is left for it. */
export interface ReadCall {
  readonly call: CallArgs;
  readonly block: ExecutedBlock;
  /** Does something unless the time of the call is over. @throws RpcError server */
  readonly run: <T>(task: () => Promise<T>) => Promise<T>;
}

/** What is called, on which block, and what is taken to be otherwise than it is: four parameters. */
export async function readCall(backend: Backend, list: params.Params): Promise<ReadCall> {
  const { chain, clock, limits } = backend;
  const { request, ...rest } = list.at(0, callArgs(chain.rollup.l2ChainId));
  const block = await needBlock(backend, list.maybe(1, params.blockRef) ?? params.latest);
  const overrides = {
    accounts: list.maybe(2, accountOverrides),
    block: list.maybe(3, blockOverrides),
  };
  // The first execution has a limit of its own, and may wait for its thread to load.
  let endMs = Infinity;
  return {
    call: { ...rest, request: { ...request, ...overrides } },
    block,
    run: async (task) => {
      if (clock.monotonicMs() >= endMs) throw executionAborted(limits.executionMs);
      const result = await task();
      endMs = Math.min(endMs, clock.monotonicMs() + limits.executionMs);
      return result;
    },
  };
}

/** Makes a call on the state at the end of a block. */
export const execute = (
  { executor }: Backend,
  { block }: ExecutedBlock,
  request: CallArgs['request'],
): Promise<CallResult> => executor.call(block.hash, request);

interface At {
  readonly block: ExecutedBlock;
  /** That is paid for at the stated price. */
  readonly gas: bigint;
}

/** Refuses a call that is not paid for. @throws RpcError server: price below base fee, or no funds */
export async function refuseUnpayable(
  backend: Backend,
  { request, feeCap }: CallArgs,
  { block, gas }: At,
): Promise<void> {
  const from = request.from ?? NOBODY;
  const baseFee = request.block?.baseFeePerGas ?? nextBaseFee(block.block.header);
  if (feeCap > 0n && feeCap < baseFee)
    throw serverError(
      `max fee per gas less than block base fee: address ${from}, ` +
        `maxFeePerGas: ${feeCap}, baseFee: ${baseFee}`,
    );
  const want = feeCap * gas + (request.value ?? 0n);
  if (want === 0n) return;
  const have = await balanceOf(backend, block, request, from);
  if (have < want)
    throw serverError(
      `insufficient funds for gas * price + value: address ${from} have ${have} want ${want}`,
    );
}
/** Who calls where nobody is named. */
const NOBODY: Address = parseAddress(`0x${'00'.repeat(20)}`);

/** An account as a call is to find it, where that is otherwise than it is. */
export const overrideOf = (request: CallArgs['request'], account: Address): AccountOverride | undefined =>
  request.accounts?.find((one) => one.account === account);

async function balanceOf(
  { executor }: Backend,
  { block }: ExecutedBlock,
  request: CallArgs['request'],
  account: Address,
): Promise<bigint> {
  const told = overrideOf(request, account)?.balance;
  return told ?? (await executor.account(block.hash, account))?.balance ?? 0n;
}

/** The most gas that the call may have: what is asked for, what a block takes, what the account can pay. */
export async function allowance(
  backend: Backend,
  block: ExecutedBlock,
  { request, feeCap }: CallArgs,
): Promise<bigint> {
  const { limits } = backend;
  const asked = request.gas !== undefined && request.gas >= TRANSFER_GAS ? request.gas : limits.callGas;
  const most = asked < limits.callGas ? asked : limits.callGas;
  if (feeCap === 0n || request.from === undefined) return most;
  const have = await balanceOf(backend, block, request, request.from);
  const payable = (have - (request.value ?? 0n)) / feeCap;
  return payable < most ? payable : most;
}

/** The gas of a call: what is asked for, or all that can be had. */
export async function gasOfCall(backend: Backend, block: ExecutedBlock, call: CallArgs): Promise<bigint> {
  const { gas } = call.request;
  if (gas === undefined) return allowance(backend, block, call);
  return gas < backend.limits.callGas ? gas : backend.limits.callGas;
}
