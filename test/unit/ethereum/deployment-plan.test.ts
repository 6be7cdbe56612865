import { decodeFunctionData, getContractAddress } from 'viem';
import { describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { contractProfiles } from '../../../src/ethereum/contract-profiles.ts';
import { contracts } from '../../../src/ethereum/contracts.ts';
import type { DeploymentSettings } from '../../../src/ethereum/deployment-init.ts';
import { planDeployment } from '../../../src/ethereum/deployment-plan.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const settings: DeploymentSettings = {
  profile: contractProfiles.test,
  ...{ deployer: account('11'), firstNonce: 5n, l2ChainId: 71_001n, treasury: account('22') },
  ...{ genesisRoot: new Uint8Array(32).fill(1), genesisAllocation: 0n, rewardsStart: 1_800_000_000n },
  members: [{ signer: account('33'), power: 20_000n }],
};
const names = (more: Partial<DeploymentSettings>) =>
  planDeployment({ ...settings, ...more }).steps.map(({ name }) => name);

describe('the plan of a deployment', () => {
  it('numbers its transactions from the first nonce, and knows what each creates', () => {
    for (const [i, { nonce, created, to }] of planDeployment(settings).steps.entries()) {
      expect(nonce).toBe(5n + BigInt(i));
      if (created === undefined) expect(to).toBeDefined();
      else expect(created.address).toBe(getContractAddress({ from: settings.deployer, nonce }));
    }
  });

  it('gives the Timelock every proxy', () => {
    const { steps, timelock } = planDeployment(settings);
    const proxies = steps.filter(({ created }) => created?.contract === 'TransparentUpgradeableProxy');
    expect(proxies).toHaveLength(13);
    const owner = timelock.slice(2).toLowerCase();
    for (const { data } of proxies) expect(to0x(data)).toContain(`${'0'.repeat(24)}${owner}`);
  });

  it('gives rewards a payer from the start', () => {
    const { steps, proxies } = planDeployment(settings);
    const vault = proxies.find(({ name }) => name === 'RewardVault')?.proxy;
    const info = to0x(steps.find(({ name }) => name === 'LockingInfo')?.data ?? new Uint8Array(0));
    expect(vault).toBeDefined();
    // The last of its start values.
    expect(info).toMatch(new RegExp(`${vault?.slice(2).toLowerCase()}0{56}$`));
  });

  it('makes a token and a stub of a verifier in tests only', () => {
    expect(names({})).toContain('StubValidity');
    expect(names({})).toContain('MetisToken');
    const real = names({ profile: contractProfiles.mainnet, token: account('44') });
    expect(real).not.toContain('StubValidity');
    expect(real).not.toContain('MetisToken');
  });

  it('backs what the genesis of L2 gives out, exactly', () => {
    expect(names({})).not.toContain('approve genesis');
    const plan = planDeployment({ ...settings, genesisAllocation: 77n });
    const [approve, back] = plan.steps.slice(-2);
    const bridge = plan.proxies.find(({ name }) => name === 'Bridge')?.proxy;
    expect([approve?.to, back?.to]).toEqual([plan.token, bridge]);
    const data = to0x(approve?.data ?? new Uint8Array(0));
    expect(decodeFunctionData({ abi: contracts.MetisToken.abi, data }).args).toEqual([bridge, 77n]);
  });

  it('has another hash for every other setting', () => {
    const others: readonly Partial<DeploymentSettings>[] = [
      {},
      ...[{ firstNonce: 6n }, { l2ChainId: 1n }, { rewardsStart: 1n }, { guardian: account('55') }],
      ...[{ treasury: account('66') }, { token: account('66') }, { genesisRoot: new Uint8Array(32).fill(2) }],
      ...[{ members: [] }, { genesisAllocation: 1n }, { deployer: account('77') }],
    ];
    const hashes = others.map((other) => to0x(planDeployment({ ...settings, ...other }).hash));
    expect(new Set(hashes).size).toBe(others.length);
  });
});
