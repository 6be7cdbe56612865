import { to0x } from '../../crypto/bytes.ts';
import type { Backend } from './backend.ts';
import { execute, gasOfCall, readCall, refuseUnpayable } from './call-site.ts';
import { estimate } from './estimate.ts';
import type { Methods } from './method.ts';
import { quantity } from './output.ts';
import { executionError } from './revert.ts';

/** Executing without changing anything. */
export function callMethods(backend: Backend): Methods {
  return {
    eth_call: {
      most: 4,
      isCall: true,
      run: async (list) => {
        const { call, block } = await readCall(backend, list);
        const gas = await gasOfCall(backend, block, call);
        await refuseUnpayable(backend, call, { block, gas });
        const result = await execute(backend, block, { ...call.request, gas });
        if (!result.isSuccess) throw executionError(result);
        return to0x(result.output);
      },
    },
    eth_estimateGas: {
      most: 4,
      isCall: true,
      run: async (list) => quantity(await estimate(backend, await readCall(backend, list))),
    },
  };
}
