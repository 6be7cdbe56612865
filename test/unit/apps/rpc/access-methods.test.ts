import { describe, expect, it } from 'vitest';

import type { CallRequest, CallResult } from '../../../../src/chain/execution.ts';
import { bigintToBytes } from '../../../../src/crypto/bytes.ts';
import { FakeWorld, bob, contract, known } from './fake-world.ts';

const slot = (n: bigint): Uint8Array => bigintToBytes(n, 32);
const shown = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;
const result = (more: Partial<CallResult>): CallResult => ({
  ...{ isSuccess: true, output: new Uint8Array(0), gasUsed: 30_000n, fault: undefined },
  ...more,
});

function world(onCall: (call: CallRequest) => CallResult) {
  const made = new FakeWorld();
  made.onCall = onCall;
  return { made, call: made.rpc().call };
}

describe('an access list', () => {
  it('has what was touched, and what only its own announcement made the call touch', async () => {
    const { made, call } = world(({ accessList = [], tellsAccess }) => {
      expect(tellsAccess).toBe(true);
      if (accessList.length === 0)
        return result({ touched: [{ address: contract, storageKeys: [slot(1n)] }] });
      if (accessList.length === 1)
        return result({
          touched: [
            { address: contract, storageKeys: [slot(2n), slot(1n)] },
            { address: known(bob), storageKeys: [] },
          ],
        });
      return result({ touched: [], gasUsed: 28_000n });
    });
    expect(await call('eth_createAccessList', { to: contract }, 'latest')).toEqual({
      accessList: [
        { address: contract.toLowerCase(), storageKeys: [shown(1), shown(2)] },
        { address: bob.address.toLowerCase(), storageKeys: [] },
      ],
      gasUsed: '0x6d60',
    });
    expect(made.calls.length).toBe(3);
  });

  it('is looked for with no more gas than any call gets', async () => {
    const { made, call } = world(() => result({}));
    await call('eth_createAccessList', { to: contract, gas: '0xffffffffffffffff' });
    await call('eth_createAccessList', { to: contract, gas: '0x5208' });
    expect(made.calls.map(({ gas }) => gas)).toEqual([30_000_000n, 21_000n]);
  });

  it('of a call that fails says so, and is there all the same', async () => {
    const { call } = world(() => result({ isSuccess: false, fault: 'revert', touched: [] }));
    const announced = [{ address: contract, storageKeys: [shown(3)] }];
    expect(await call('eth_createAccessList', { to: contract, accessList: announced })).toEqual({
      accessList: [{ address: contract.toLowerCase(), storageKeys: [shown(3)] }],
      ...{ gasUsed: '0x7530', error: 'execution reverted' },
    });
  });

  it('of a call that touches something else each time ends all the same', async () => {
    let next = 0n;
    const { made, call } = world(() =>
      result({ touched: [{ address: contract, storageKeys: [slot((next += 1n))] }] }),
    );
    await call('eth_createAccessList', { to: contract });
    expect(made.calls.length).toBe(8);
  });
});
