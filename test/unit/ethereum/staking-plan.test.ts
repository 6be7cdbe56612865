import { getContractAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { contractProfiles } from '../../../src/ethereum/contract-profiles.ts';
import { creationOf } from '../../../src/ethereum/contracts.ts';
import { type StakingLeg, type StakingSettings, planStaking } from '../../../src/ethereum/staking-plan.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const { publicKey } = privateKeyToAccount(`0x${'07'.repeat(32)}`);
const key = fromHex(publicKey.slice(4)) ?? new Uint8Array(0);
const settings: StakingSettings = {
  ...{ deployer: account('11'), l1FirstNonce: 40n, l2FirstNonce: 2n, l2ChainId: 71_001n },
  places: {
    ...{ timelock: account('21'), bridge: account('22'), pool: account('23') },
    ...{ metis: account('24'), escrow: account('25') },
  },
  ...{ times: contractProfiles.test.staking, maxPause: 120n, provider: account('31') },
  ...{ guardian: account('32'), treasury: account('33'), operators: account('34') },
  ...{ share: { name: 'Staked', symbol: 'st' }, ticket: { name: 'Ticket', symbol: 'tk' } },
  ...{ minDeposit: 1n, capacity: 0n, protocolBps: 500n, operatorBps: 500n, hasPreStake: false },
  signers: [key, key],
};
const { l1, l2 } = planStaking(settings);
const placeOf = (leg: StakingLeg, name: string): string =>
  leg.code.find((one) => one.name === name)?.at ?? '';
const holds = (leg: StakingLeg, name: string, address: string): boolean =>
  to0x(leg.steps.find((one) => one.name === name)?.data ?? new Uint8Array(0)).includes(
    `${'0'.repeat(24)}${address.slice(2).toLowerCase()}`,
  );

describe('the plan of liquid staking', () => {
  it('numbers the transactions of each chain, and knows what each creates', () => {
    for (const [leg, first] of [
      [l1, 40n],
      [l2, 2n],
    ] as const)
      for (const [i, { nonce, created, data }] of leg.steps.entries()) {
        expect(nonce).toBe(first + BigInt(i));
        expect(created?.address).toBe(getContractAddress({ from: settings.deployer, nonce }));
        const code = creationOf(created?.contract ?? 'L2Vault');
        expect(data.subarray(0, code.length)).toEqual(code);
      }
    expect(l1.steps.map(({ name }) => name)).toEqual([
      ...['L1Transmitter', 'L1Strategy', 'SequencerVault.1', 'SequencerVault.2'],
    ]);
  });

  it('tells each contract where its fellows are, on both chains', () => {
    for (const [leg, name, of, fellow] of [
      [l1, 'L1Transmitter', l1, 'L1Strategy'],
      [l1, 'L1Transmitter', l2, 'L2Transmitter'],
      [l1, 'L1Transmitter', l2, 'L2Vault'],
      [l1, 'L1Strategy', l1, 'L1Transmitter'],
      [l1, 'SequencerVault.2', l1, 'L1Strategy'],
      [l1, 'SequencerVault.2', l2, 'L2Vault'],
      [l2, 'L2Vault', l2, 'L2Queue'],
      [l2, 'L2Vault', l2, 'L2Transmitter'],
      [l2, 'L2Queue', l2, 'L2Vault'],
      [l2, 'L2Transmitter', l2, 'L2Queue'],
      [l2, 'L2Transmitter', l1, 'L1Transmitter'],
    ] as const)
      expect(holds(leg, name, placeOf(of, fellow)), `${name} knows ${fellow}`).toBe(true);
  });

  it('is governed by the Timelock, on both chains', () => {
    expect(holds(l1, 'L1Strategy', settings.places.timelock)).toBe(true);
    expect(holds(l2, 'L2Vault', settings.places.timelock)).toBe(true);
    for (const { steps } of [l1, l2])
      for (const { data } of steps) expect(to0x(data)).not.toContain('11'.repeat(20));
  });

  it('asks every contract for its values', () => {
    for (const { code, checks } of [l1, l2])
      for (const { name } of code) expect(checks.some(({ subject }) => subject === name)).toBe(true);
  });

  it('asks the vault for its fees, which a vote may have changed', () => {
    const { checks } = planStaking({ ...settings, protocolBps: 300n }).l2;
    const rules = checks.filter(({ isParameter }) => isParameter === true).map(({ rule }) => rule);
    expect(rules).toEqual(['protocolBps is 300', 'operatorBps is 500']);
  });

  it('has another hash where anything differs', () => {
    const hashes = (more: Partial<StakingSettings>): readonly string[] => {
      const { l1: one, l2: two } = planStaking({ ...settings, ...more });
      return [to0x(one.hash), to0x(two.hash)];
    };
    const [one, two] = hashes({});
    expect(hashes({ l2FirstNonce: 3n })).not.toContain(one);
    expect(hashes({ l1FirstNonce: 41n })).not.toContain(two);
    expect(hashes({ treasury: account('99') })).toEqual([one, expect.not.stringContaining(String(two))]);
  });
});
