import { describe, expect, it } from 'vitest';

import { parseAddress } from '../../../src/ethereum/address.ts';
import { contractProfiles } from '../../../src/ethereum/contract-profiles.ts';
import { isRuntimeOf } from '../../../src/ethereum/contracts.ts';
import {
  type L2GenesisSettings,
  type Predeploy,
  genesisAccounts,
  l2Genesis,
  predeploys,
} from '../../../src/ethereum/l2-genesis.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const settings: L2GenesisSettings = {
  ...{ l2ChainId: 71_001n, profile: contractProfiles.test.l2, timestamp: 1_800_000_000n },
  ...{ timelock: account('11'), bridge: account('22'), sequencer: account('33') },
  ...{ firstEpoch: { start: 1n, end: 20n }, epochAccount: account('44') },
  allocations: [
    { account: account('aa'), wei: 5n },
    { account: account('99'), wei: 16n },
  ],
};
const names = Object.keys(predeploys) as Predeploy[];
const changed = (more: Partial<L2GenesisSettings>) => () => genesisAccounts({ ...settings, ...more });
const refused = expect.objectContaining({ code: 'config-invalid' }) as unknown;

// What storage means is judged by the contracts themselves, in test/e2e/genesis.test.ts.
describe('the genesis of an L2', () => {
  it.each(names)('has the code of %s at its address', (name) => {
    const found = genesisAccounts(settings)[predeploys[name].toLowerCase()];
    expect(isRuntimeOf(name, fromHex(found?.code ?? '') ?? new Uint8Array(0))).toBe(true);
    expect(found).toMatchObject({ nonce: '0x1', balance: '0x0' });
  });

  it('lists accounts by address, and gives METIS to those that are named', () => {
    const accounts = genesisAccounts(settings);
    expect(Object.keys(accounts)).toEqual(Object.keys(accounts).sort());
    expect(Object.keys(accounts)).toHaveLength(9);
    expect(accounts[account('99').toLowerCase()]).toEqual({ balance: '0x10' });
  });

  it('holds no word of zero', () => {
    const words = Object.values(genesisAccounts(settings)).flatMap(({ storage = {} }) =>
      Object.values(storage),
    );
    expect(words).toHaveLength(8 + 4 + 1);
    for (const word of words) expect(word).toMatch(/^0x(?!0{64}$)[0-9a-f]{64}$/);
  });

  it('is the same text whenever it is made, in whatever order METIS is given', () => {
    const text = JSON.stringify(l2Genesis(settings));
    expect(JSON.stringify(l2Genesis(settings))).toBe(text);
    const turned = { ...settings, allocations: settings.allocations.toReversed() };
    expect(JSON.stringify(l2Genesis(turned))).toBe(text);
  });

  it('says the chain, the time, and rules up to Cancun', () => {
    expect(l2Genesis(settings)).toMatchObject({
      config: { chainId: 71_001, cancunTime: 0 },
      ...{ timestamp: '0x6b49d200', gasLimit: '0x1c9c380', coinbase: predeploys.FeeVault.toLowerCase() },
    });
    expect(l2Genesis(settings)).not.toHaveProperty('config.pragueTime');
  });

  it.each<readonly [string, Partial<L2GenesisSettings>]>([
    ['METIS twice', { allocations: [...settings.allocations, ...settings.allocations] }],
    ['nothing', { allocations: [{ account: account('aa'), wei: 0n }] }],
    ['METIS to one of its contracts', { allocations: [{ account: predeploys.FeeVault, wei: 1n }] }],
    ['no sequencer', { sequencer: account('00') }],
    ['nobody who writes epochs', { epochAccount: account('00') }],
    ['no Timelock', { timelock: account('00') }],
    ['no bridge', { bridge: account('00') }],
    ['block 0 to an epoch', { firstEpoch: { start: 0n, end: 20n } }],
    ['an epoch one block', { firstEpoch: { start: 1n, end: 1n } }],
    ['no time', { timestamp: 0n }],
    ['more time than there is', { timestamp: 1n << 64n }],
  ])('that gives %s is refused', (_, more) => expect(changed(more)).toThrow(refused));
});
