import { describe, expect, it } from 'vitest';

import {
  parseDeploymentFile,
  sampleDeploymentFile,
  settingsOf,
  startFromJson,
  startToJson,
} from '../../../../src/apps/deploy/settings.ts';
import { sampleStart } from './fake-l1.ts';

const changed = (from: string, to: string) => () =>
  parseDeploymentFile(sampleDeploymentFile.replace(from, to), 'f', 'test');
const at = (path: string): unknown => expect.objectContaining({ code: 'config-invalid', path });

describe('a deployment file', () => {
  it('of the sample is read', () => {
    const file = parseDeploymentFile(sampleDeploymentFile, 'sample', 'test');
    expect(file).toMatchObject({ l2_chain_id: 71_001n, genesis_allocation: 0n });
    expect(file.members.map(({ power }) => power)).toEqual([20_000n, 20_000n, 20_000n, 20_000n]);
  });

  it.each([
    ['another version', 'version: 1', 'version: 2', 'version'],
    ['an unknown key', 'version: 1', 'version: 1\ncolour: red', ''],
    ['no chain', '"71001"', '"0"', 'l2_chain_id'],
    ['a root of zeros', '0001"', '0000"', 'genesis_root'],
    ['a power of zero', 'power: "20000"', 'power: "0"', 'members.0.power'],
    ['a power above the most', 'power: "20000"', 'power: "100001"', 'members.0.power'],
    ['an account that is none', '"0x3333', '"0x33', 'members.0.signer'],
    ['members out of order', '0x3333333333333333333333333333333333333333', `0x${'77'.repeat(20)}`, 'members'],
    ['a member twice', '0x3333333333333333333333333333333333333333', `0x${'44'.repeat(20)}`, 'members'],
    ['an unknown way to append', 'version: 1', 'version: 1\nauth_mode: all', 'auth_mode'],
    ['a member that is nobody', '33'.repeat(20), '00'.repeat(20), 'members.0.signer'],
    ['a treasury that is nobody', '11'.repeat(20), '00'.repeat(20), 'treasury'],
    ['milliseconds', 'version: 1', 'version: 1\nrewards_start: "1800000000000"', 'rewards_start'],
    ['nobody who gets the token', 'treasury:', '# treasury:', 'treasury'],
  ])('with %s is refused', (_, from, to, path) => expect(changed(from, to)).toThrow(at(path)));

  it('must name the token on mainnet', () =>
    expect(() => parseDeploymentFile(sampleDeploymentFile, 'f', 'mainnet')).toThrow(at('token')));

  it.each([
    ['sender', 0],
    ['quorum', 1],
    ['both', 2],
  ] as const)('that says %s sets it in place of the profile, and is recorded so', (mode, number) => {
    const { settings } = sampleStart();
    const file = parseDeploymentFile(`${sampleDeploymentFile}auth_mode: ${mode}\n`, 'f', 'test');
    const chosen = settingsOf(file, { ...settings, profile: 'test' });
    expect(chosen).toEqual({
      ...settings,
      profile: { ...settings.profile, inbox: { ...settings.profile.inbox, authMode: number } },
    });
    const start = { ...sampleStart(), settings: chosen };
    expect(startToJson(start)).toMatchObject({ auth_mode: mode });
    expect(startFromJson(startToJson(start), 'f')).toEqual(start);
  });

  it('gives the settings of a plan', () => {
    const file = parseDeploymentFile(sampleDeploymentFile, 'sample', 'test');
    const { deployer, firstNonce, rewardsStart } = sampleStart().settings;
    expect(settingsOf(file, { profile: 'test', deployer, firstNonce, rewardsStart })).toEqual(
      sampleStart().settings,
    );
  });
});

describe('the beginning of a deployment', () => {
  it('is read back from JSON as it was', () => {
    const text = JSON.stringify(startToJson(sampleStart()));
    expect(startFromJson(JSON.parse(text), 'f')).toEqual(sampleStart());
  });

  it('is not read from anything else', () => {
    const coded = expect.objectContaining({ code: 'file-damaged' }) as unknown;
    expect(() => startFromJson(undefined, 'f')).toThrow(coded);
    expect(() => startFromJson({ ...startToJson(sampleStart()), more: '1' }, 'f')).toThrow(coded);
  });
});
