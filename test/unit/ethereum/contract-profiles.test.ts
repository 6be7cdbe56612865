import { describe, expect, it } from 'vitest';

import { type ProfileName, contractProfiles } from '../../../src/ethereum/contract-profiles.ts';

const METIS = 10n ** 18n;

// What the contracts refuse, and what no contract sees: the rules between values.
describe.each(Object.keys(contractProfiles) as ProfileName[])('the profile %s', (name) => {
  const profile = contractProfiles[name];

  it('keeps stake for longer than a fault can hide', () => {
    const { pool, outputs } = profile;
    expect(pool.exitDelay).toBeGreaterThan(outputs.challengeWindow + pool.evidenceAge);
    expect(pool.exitDelay).toBeLessThanOrEqual(90n * 86_400n);
  });

  it('lets nobody win a dispute by silence longer than the window', () => {
    expect(profile.game.moveTimeout).toBeLessThan(profile.outputs.challengeWindow);
  });

  it('reserves of all grants what rewards take, and leaves the rest to others', () => {
    const { grants, rewards } = profile;
    expect(grants.reserved).toBe(rewards.granted);
    expect(grants.reserved + grants.lstCap).toBeLessThanOrEqual(grants.totalCap);
  });

  it('asks for a majority, and lets it act after a delay', () => {
    expect(profile.votes.approvalBps).toBeGreaterThan(5_000n);
    expect(profile.votes.votingPeriod).toBeLessThanOrEqual(30n * 86_400n);
    expect(profile.timelockDelay).toBeGreaterThan(0n);
  });

  it('lets stake of 20,000 to 100,000 METIS enter', () =>
    expect(profile.locks).toEqual({ min: 20_000n * METIS, max: 100_000n * METIS }));
});

describe('the profile mainnet', () => {
  const { game, forcedFeePerGas, tokenSupply, l1ChainId } = contractProfiles.mainnet;

  it('has nothing that is for tests', () => {
    expect({ l1ChainId, tokenSupply, stub: game.hasStubVerifier }).toEqual({
      l1ChainId: 1n,
      tokenSupply: 0n,
      stub: false,
    });
  });

  it('puts a price on forced transactions, below the cap of the contract', () => {
    expect(forcedFeePerGas).toBeGreaterThan(0n);
    expect(forcedFeePerGas * 10_000_000n).toBeLessThanOrEqual(10n ** 18n);
  });
});
