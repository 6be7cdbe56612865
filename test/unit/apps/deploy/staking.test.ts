import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';

import { readRecord } from '../../../../src/apps/deploy/record.ts';
import { startToJson } from '../../../../src/apps/deploy/settings.ts';
import {
  parseStakingFile,
  sampleStakingFile,
  stakingCodec,
  stakingSettingsOf,
} from '../../../../src/apps/deploy/staking.ts';
import { writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { planDeployment } from '../../../../src/ethereum/deployment-plan.ts';
import { sampleStart } from './fake-l1.ts';

const key = `0x${privateKeyToAccount(`0x${'07'.repeat(32)}`).publicKey.slice(4)}`;
const withKey = (text: string): string => sampleStakingFile.replace('signers: []', `signers: ["${text}"]`);
const parse = (text: string) => parseStakingFile(text, 'f');
const changed = (from: string, to: string) => () => parse(sampleStakingFile.replace(from, to));
const at = (path: string): unknown => expect.objectContaining({ code: 'config-invalid', path });

describe('a staking file', () => {
  it('of the sample is read', () =>
    expect(parse(withKey(key))).toMatchObject({
      ...{ name: 'Staked METIS', protocol_bps: 500n, capacity: 0n, pre_stake: false },
      signers: [expect.any(Uint8Array)],
    }));

  it.each([
    ['another version', 'version: 1', 'version: 2', 'version'],
    ['an unknown key', 'version: 1', 'version: 1\ncolour: red', ''],
    ['too high a fee', 'operator_bps: "500"', 'operator_bps: "2001"', 'operator_bps'],
    ['no name', '"Staked METIS"', '""', 'name'],
    ['a provider that is none', '"0x1111', '"0x11', 'provider'],
    ['a half yes', 'pre_stake: false', 'pre_stake: maybe', 'pre_stake'],
    ['a key that is short', 'signers: []', 'signers: ["0x07"]', 'signers.0'],
    ['a key that is no point', 'signers: []', `signers: ["0x${'07'.repeat(64)}"]`, 'signers.0'],
  ])('with %s is refused', (_, from, to, path) => expect(changed(from, to)).toThrow(at(path)));
});

describe('the beginning of liquid staking', () => {
  const { chainId, genesis, plan, settings } = sampleStart();
  const here = { deployer: settings.deployer, l1FirstNonce: 32n, l2FirstNonce: 0n };

  it('is read back as it was, and from nothing else', () => {
    const start = { chainId, genesis, plan, ...here, file: parse(withKey(key)) };
    const json: unknown = JSON.parse(JSON.stringify(stakingCodec.toJson(start)));
    expect(stakingCodec.fromJson(json, 'f')).toEqual(start);
    const damaged = expect.objectContaining({ code: 'file-damaged' }) as unknown;
    expect(() => stakingCodec.fromJson({ ...(json as object), more: '1' }, 'f')).toThrow(damaged);
  });

  it('takes places and times from the deployment, and leaves the deployer no say', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'staking-')));
    const addresses = Object.fromEntries(planDeployment(settings).code.map(({ name, at: to }) => [name, to]));
    writeFileSync(join(folder, 'd.json'), writeJsonFile({ start: startToJson(sampleStart()), addresses }));
    const record = readRecord(join(folder, 'd.json'));
    rmSync(folder, { recursive: true });
    const file = parse(withKey(key));
    const made = stakingSettingsOf(file, here, record);
    expect(made.places.timelock).toBe(addresses['Timelock']);
    expect(made.places.metis).toBe(addresses['MetisToken']);
    expect(made).toMatchObject({ maxPause: settings.profile.pool.maxPause, l2ChainId: 71_001n });
    expect(made.guardian).toBe(parseAddress(`0x${'00'.repeat(20)}`));
    for (const role of ['provider', 'guardian', 'treasury', 'operators'])
      expect(() => stakingSettingsOf({ ...file, [role]: here.deployer }, here, record)).toThrow(
        at('deployer'),
      );
  });
});
