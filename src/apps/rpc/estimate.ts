import type { CallResult, ExecutedBlock } from '../../chain/execution.ts';
import type { Backend } from './backend.ts';
import { type ReadCall, TRANSFER_GAS, allowance, execute, overrideOf, refuseUnpayable } from './call-site.ts';
import type { CallArgs } from './call-params.ts';
import { executionError } from './revert.ts';
import { serverError } from './rpc-error.ts';

/** How far, in thousandths of it, an estimate may lie above what is needed. */
const ERROR_PER_MILLE = 15n;
/** What a call that carries value gets on top. [Ethereum yellow paper, appendix G] */
const STIPEND = 2_300n;

/**
 * The least gas, within a small error, with which a call succeeds. Gas that is left over when a call ends may
 * still be needed on the way, so the answer is searched for, not read off.
 */
export async function estimate(backend: Backend, { call, block, run }: ReadCall): Promise<bigint> {
  await refuseUnpayable(backend, call, { block, gas: 0n });
  let high = await allowance(backend, block, call);
  if (await isTransfer(backend, block, call)) return checked(TRANSFER_GAS, high);
  const runWith = (gas: bigint): Promise<CallResult> =>
    run(() => execute(backend, block, { ...call.request, gas }));
  const first = await runWith(high);
  if (!first.isSuccess) throw isGasFault(first) ? tooDear(high) : executionError(first);
  let low = first.gasUsed - 1n;
  // Most calls need what they used, and a 64th that is held back from the calls that they make.
  const guess = ((first.gasUsed + STIPEND) * 64n) / 63n;
  if (guess < high) {
    if ((await runWith(guess)).isSuccess) high = guess;
    else low = guess;
  }
  while (low + 1n < high) {
    if ((high - low) * 1_000n < high * ERROR_PER_MILLE) break;
    // The answer is likely to be near the lower end.
    const middle = (low + high) / 2n;
    const next = middle > low * 2n ? low * 2n : middle;
    if ((await runWith(next)).isSuccess) high = next;
    else low = next;
  }
  return checked(high, backend.limits.callGas);
}

const isGasFault = ({ fault }: CallResult): boolean => /out of gas|gas limit|intrinsic/i.test(fault ?? '');
const tooDear = (most: bigint): Error => serverError(`gas required exceeds allowance (${most})`);

function checked(gas: bigint, most: bigint): bigint {
  if (gas > most) throw tooDear(most);
  return gas;
}

/** Whether nothing is executed: such a call needs the same gas everywhere. */
async function isTransfer(
  { executor }: Backend,
  { block }: ExecutedBlock,
  { request }: CallArgs,
): Promise<boolean> {
  const { to, data, accessList = [] } = request;
  if (to === undefined || accessList.length > 0 || (data?.length ?? 0) > 0) return false;
  // Precompiles have no code and execute all the same.
  if (BigInt(to) <= LAST_PRECOMPILE) return false;
  const code = overrideOf(request, to)?.code ?? (await executor.code(block.hash, to));
  return code.length === 0;
}
const LAST_PRECOMPILE = 0xffffn;
