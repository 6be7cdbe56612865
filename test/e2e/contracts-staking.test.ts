import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';
import { sampleDeploymentFile } from '../../src/apps/deploy/settings.ts';
import { sampleStakingFile } from '../../src/apps/deploy/staking.ts';
import { to0x, toHex } from '../../src/crypto/bytes.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { fund } from '../../src/system/dev-l1.ts';

// Contracts on a real L1, a chain that starts from their genesis, and liquid staking on both.
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const payer = insecureTestAccount('e2e-contracts-staking', 0);
const keys = [1, 2].map((i) => {
  const { secret } = insecureTestAccount('e2e-contracts-staking', i);
  return `0x${privateKeyToAccount(to0x(secret)).publicKey.slice(4)}`;
});

let l1: Anvil;
let l2: Anvil;
let folder: string;
const at = (name: string): string => join(folder, name);

interface Result {
  readonly exit: number;
  readonly last: Readonly<Record<string, unknown>> & {
    readonly checks?: readonly { readonly subject: string; readonly rule: string; readonly ok: boolean }[];
    readonly addresses?: Readonly<Record<string, string>>;
  };
  readonly steps: readonly Readonly<Record<string, unknown>>[];
}

async function conclave(...args: readonly string[]): Promise<Result> {
  const words = [join(root, 'bin/conclave.mjs'), '--json', 'contracts', ...args, '--out', at('d.json')];
  const { code = 0, stdout } = (await run(process.execPath, words).catch(
    (error: unknown) => error as { code: number; stdout: string },
  )) as { code?: number; stdout: string };
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result['last']);
  return { exit: code, last: lines.at(-1) ?? {}, steps: lines.filter(({ type }) => type === 'step') };
}
const staking = (...more: readonly string[]): Promise<Result> =>
  conclave(
    ...['deploy-staking', '--config', at('staking.yaml'), '--file', at('staking.json')],
    ...['--rpc', l1.url, '--key-file', at('key'), ...more],
  );

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'contracts-staking-')));
  writeFileSync(at('key'), toHex(payer.secret), { mode: 0o600 });
  writeFileSync(at('deployment.yaml'), sampleDeploymentFile);
  writeFileSync(
    at('staking.yaml'),
    sampleStakingFile.replace('signers: []', `signers: ["${keys.join('","')}"]`),
  );
  l1 = await startAnvil();
  await fund(l1, payer.address, 10n ** 20n);
  const file = ['--config', at('deployment.yaml'), '--profile', 'test', '--key-file', at('key')];
  await conclave('deploy', ...file, '--rpc', l1.url);
  const people = ['--sequencer', payer.address, '--epoch-account', payer.address];
  await conclave('genesis', '--file', at('genesis.json'), ...people, '--timestamp', '1700000000');
  l2 = await startAnvil({ flags: ['--init', at('genesis.json')] });
  await fund(l2, payer.address, 10n ** 20n);
});
afterAll(async () => {
  await l1?.stop();
  await l2?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const wrong = ({ last }: Result): unknown => last.checks?.filter(({ ok }) => !ok);

describe('liquid staking', () => {
  it('stands on L1 before there is an L2, under the Timelock', async () => {
    const done = await staking();
    expect({ exit: done.exit, wrong: wrong(done) }).toEqual({ exit: 0, wrong: [] });
    const record = JSON.parse(readFileSync(at('d.json'), 'utf8')) as { addresses: Record<string, string> };
    const rules = (done.last.checks ?? []).map(({ subject, rule }) => `${subject}: ${rule}`);
    expect(rules).toContain(`L1Strategy: timelock is ${String(record.addresses['Timelock'])}`);
    expect(rules).toContain(`SequencerVault.2: pubkey is ${String(keys[1])}`);
    expect(rules.filter((rule) => rule.startsWith('L2'))).toEqual([]);
  });

  it('goes on unasked nowhere, and with another file not at all', async () => {
    expect((await staking()).last).toMatchObject({ code: 'would-overwrite' });
    const text = readFileSync(at('staking.yaml'), 'utf8');
    writeFileSync(at('other.yaml'), text.replace('stMETIS', 'otherMETIS'));
    const other = await staking('--resume', '--config', at('other.yaml'));
    expect(other).toMatchObject({ exit: 4, last: { code: 'deployment-differs' } });
  });

  it('is refused on a chain that is not the L2 of the deployment', async () =>
    expect((await staking('--resume', '--l2-rpc', l1.url)).last).toMatchObject({ code: 'wrong-chain' }));

  it('goes on on L2, at the addresses that L1 knows', async () => {
    const done = await staking('--resume', '--l2-rpc', l2.url);
    expect({ exit: done.exit, wrong: wrong(done) }).toEqual({ exit: 0, wrong: [] });
    const made = done.steps.filter(({ earlier }) => earlier === false);
    expect(made.map(({ step }) => step)).toEqual(['L2Vault', 'L2Queue', 'L2Transmitter']);
    const rules = (done.last.checks ?? []).map(({ subject, rule }) => `${subject}: ${rule}`);
    expect(rules).toContain(`L1Transmitter: l2Vault is ${String(done.last.addresses?.['L2Vault'])}`);
    expect(rules).toContain('L2Vault: name is Staked METIS');
  });

  it('is found as recorded by anybody, and found out when a contract is another', async () => {
    const check = ['check-staking', '--file', at('staking.json'), '--rpc', l1.url, '--l2-rpc', l2.url];
    const good = await conclave(...check);
    expect({ exit: good.exit, wrong: wrong(good) }).toEqual({ exit: 0, wrong: [] });
    const record = readFileSync(at('staking.json'), 'utf8');
    const queue = good.last.addresses?.['L2Queue'] ?? '';
    expect(record).toContain(queue);
    writeFileSync(at('changed.json'), record.replace(queue, payer.address));
    const changed = await conclave('check-staking', '--file', at('changed.json'), '--rpc', l1.url);
    expect(changed).toMatchObject({ exit: 4, last: { code: 'deployment-differs' } });
    await l2.rpc('anvil_setCode', [good.last.addresses?.['L2Queue'], '0x00']);
    const bad = await conclave(...check);
    expect(bad.exit).toBe(7);
    expect(wrong(bad)).toContainEqual(expect.objectContaining({ subject: 'L2Queue', kind: 'code' }));
  });
});
