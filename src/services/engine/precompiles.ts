import type { Common } from '@ethereumjs/common';
import { type CustomPrecompile, EVMError, type PrecompileFunc } from '@ethereumjs/evm';
import { type PrecompileInput, getActivePrecompiles } from '@ethereumjs/evm';

import { concat } from '../../crypto/bytes.ts';
import { bn254Multiply } from '../../ethereum/bn254.ts';
import { modexp, modexpGas } from '../../ethereum/modexp.ts';
import type { Watch } from './watch.ts';

type Result = Awaited<ReturnType<PrecompileFunc>>;

const MULTIPLY_GAS = 6_000n; // [EIP-1108]
const MULTIPLY_INPUT = 96;

const failed = ({ gasLimit }: PrecompileInput, error: EVMError): Result => ({
  ...{ returnValue: new Uint8Array(0), executionGasUsed: gasLimit, exceptionError: error },
});
const outOfGas = (input: PrecompileInput): Result =>
  failed(input, new EVMError(EVMError.errorMessages.OUT_OF_GAS));

function modexpAt(input: PrecompileInput): Result {
  const gas = modexpGas(input.data);
  if (gas > input.gasLimit) return outOfGas(input);
  return { executionGasUsed: gas, returnValue: modexp(input.data) };
}

function multiplyAt(input: PrecompileInput): Result {
  if (input.gasLimit < MULTIPLY_GAS) return outOfGas(input);
  const given = input.data.subarray(0, MULTIPLY_INPUT);
  const product = bn254Multiply(concat(given, new Uint8Array(MULTIPLY_INPUT - given.length)));
  if (product === undefined) return failed(input, new EVMError(EVMError.errorMessages.REVERT));
  return { executionGasUsed: MULTIPLY_GAS, returnValue: product };
}

/** A precompile that is not begun where there is no time for it. */
function watched(run: PrecompileFunc, watch: Watch): PrecompileFunc {
  return async (input) => {
    const gas = watch.precompileGas();
    if (gas === undefined || input.gasLimit <= gas) return run(input);
    const result = await run({ ...input, gasLimit: gas });
    if (result.exceptionError?.error === EVMError.errorMessages.OUT_OF_GAS) throw watch.tooSlow();
    // What fails takes all gas that it has been given.
    return result.exceptionError === undefined ? result : { ...result, executionGasUsed: input.gasLimit };
  };
}

/** All precompiles, under a watch. */
export const watchedPrecompiles = (common: Common, watch: Watch): CustomPrecompile[] =>
  [...getActivePrecompiles(common, [...ownPrecompiles])].map(([name, run]) => ({
    ...{ address: `0x${name}`, function: watched(run, watch) },
  }));

/**
 * Precompiles in place of those of the library, which take far longer than their gas pays for: its modexp
 * shifts an exponent of millions of bytes once for each of its bits, which holds a node for days.
 */
const ownPrecompiles: readonly CustomPrecompile[] = [
  { address: `0x${'05'.padStart(40, '0')}`, function: modexpAt },
  { address: `0x${'07'.padStart(40, '0')}`, function: multiplyAt },
];
