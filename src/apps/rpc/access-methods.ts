import { to0x } from '../../crypto/bytes.ts';
import type { AccessListEntry } from '../../ethereum/l2-tx.ts';
import type { Address } from '../../ethereum/address.ts';
import type { Backend } from './backend.ts';
import { execute, gasOfCall, readCall, refuseUnpayable } from './call-site.ts';
import type { Methods } from './method.ts';
import { plain, quantity } from './output.ts';
import { executionError } from './revert.ts';

/** How often a call is made with the list that the one before gave: each can touch more than that. */
const MOST_ROUNDS = 8;

/** Which accounts and slots a call touches, so that its transaction can announce them. [EIP-2930] */
export function accessMethods(backend: Backend): Methods {
  return {
    eth_createAccessList: {
      most: 4,
      isCall: true,
      run: async (list) => {
        const { call, block, run } = await readCall(backend, list);
        const gas = await gasOfCall(backend, block, call);
        await refuseUnpayable(backend, call, { block, gas });
        let known = call.request.accessList ?? [];
        for (let round = 1; ; round++) {
          const request = { ...call.request, gas, accessList: known, tellsAccess: true };
          const result = await run(() => execute(backend, block, request));
          const grown = joined(known, result.touched ?? []);
          if (sizeOf(grown) > sizeOf(known) && round < MOST_ROUNDS) {
            known = grown;
            continue;
          }
          return {
            accessList: known.map(render),
            gasUsed: quantity(result.gasUsed),
            ...(result.isSuccess ? {} : { error: executionError(result).message }),
          };
        }
      },
    },
  };
}

/** Both lists, each account and each slot once. */
function joined(a: readonly AccessListEntry[], b: readonly AccessListEntry[]): readonly AccessListEntry[] {
  const all = new Map<Address, Map<string, Uint8Array>>();
  for (const { address, storageKeys } of [...a, ...b]) {
    const keys = all.get(address) ?? new Map<string, Uint8Array>();
    for (const key of storageKeys) keys.set(to0x(key), key);
    all.set(address, keys);
  }
  return [...all].map(([address, keys]) => ({ address, storageKeys: [...keys.values()] }));
}

const sizeOf = (list: readonly AccessListEntry[]): number =>
  list.reduce((sum, { storageKeys }) => sum + 1 + storageKeys.length, 0);

const render = ({ address, storageKeys }: AccessListEntry): Readonly<Record<string, unknown>> => ({
  ...{ address: plain(address), storageKeys: storageKeys.map(to0x) },
});
