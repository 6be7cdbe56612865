import { to0x } from '../../crypto/bytes.ts';
import { type Backend, stateHash } from './backend.ts';
import type { Methods } from './method.ts';
import { quantity } from './output.ts';
import * as params from './params.ts';

/** What accounts hold, at the end of a block. */
export function stateMethods(backend: Backend): Methods {
  const { executor } = backend;
  const at = (list: params.Params, index: number): Promise<Uint8Array> =>
    stateHash(backend, list.maybe(index, params.blockRef));
  return {
    eth_getBalance: {
      most: 2,
      run: async (list) => {
        const address = list.at(0, params.address);
        const account = await executor.account(await at(list, 1), address);
        return quantity(account?.balance ?? 0n);
      },
    },
    eth_getTransactionCount: {
      most: 2,
      run: async (list) => {
        const address = list.at(0, params.address);
        const ref = list.maybe(1, params.blockRef) ?? params.latest;
        const isPending = ref.kind === 'tag' && ref.tag === 'pending';
        if (isPending && backend.pool !== undefined)
          return quantity(await backend.pool.pendingNonce(address));
        const account = await executor.account(await stateHash(backend, ref), address);
        return quantity(account?.nonce ?? 0n);
      },
    },
    eth_getCode: {
      most: 2,
      run: async (list) => {
        const address = list.at(0, params.address);
        return to0x(await executor.code(await at(list, 1), address));
      },
    },
    eth_getStorageAt: {
      most: 3,
      run: async (list) => {
        const [address, slot] = [list.at(0, params.address), list.at(1, params.slot)];
        return to0x(await executor.storage(await at(list, 2), address, slot));
      },
    },
  };
}
