import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sampleDeploymentFile } from '../../src/apps/deploy/settings.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { fund } from '../../src/system/dev-l1.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';

// One deployment for the file, on a real L1: it begins, is killed amid, goes on, and is looked at.
const root = join(import.meta.dirname, '../..');
const payer = insecureTestAccount('e2e-contracts', 0);

let anvil: Anvil;
let folder: string;
const children = new Set<ChildProcess>();
const at = (name: string): string => join(folder, name);

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [join(root, 'bin/conclave.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  return child;
}

interface Run {
  readonly exit: number | null;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

async function conclave(...args: readonly string[]): Promise<Run> {
  const child = start(['--json', ...args]);
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [exit] = (await once(child, 'close')) as [number | null];
  const lines = out.split('\n').filter((line) => line !== '');
  return { exit, lines: lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>) };
}

const deployment = (out = 'out.json', ...more: readonly string[]): readonly string[] => [
  ...['contracts', 'deploy', '--profile', 'test', '--rpc', anvil.url, '--key-file', at('key')],
  ...['--config', at('deployment.yaml'), '--out', at(out), ...more],
];
const nonce = async (): Promise<number> =>
  Number(await anvil.rpc('eth_getTransactionCount', [payer.address, 'latest']));

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'contracts-')));
  writeFileSync(at('key'), toHex(payer.secret), { mode: 0o600 });
  writeFileSync(at('deployment.yaml'), sampleDeploymentFile);
  anvil = await startAnvil();
  await fund(anvil, payer.address, 10n ** 20n);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await anvil?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a deployment on a real L1', () => {
  it('is killed in the middle', async () => {
    const child = start(['--json', ...deployment()]);
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.split('\n').length > 8) child.kill('SIGKILL');
    });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    expect(await nonce()).toBeGreaterThanOrEqual(8);
  });

  it('does not go on unasked', async () => {
    const before = await nonce();
    const { exit, lines } = await conclave(...deployment());
    expect(exit).toBe(8);
    expect(lines.at(-1)).toMatchObject({ code: 'would-overwrite' });
    expect(await nonce()).toBe(before);
  });

  it('does not go on with other members', async () => {
    writeFileSync(at('other.yaml'), sampleDeploymentFile.replace('"20000" }', '"20001" }'));
    const { exit, lines } = await conclave(
      ...deployment('out.json', '--resume'),
      '--config',
      at('other.yaml'),
    );
    expect(exit).toBe(4);
    expect(lines.at(-1)).toMatchObject({ code: 'deployment-differs' });
  });

  it('goes on where it was, deploys nothing twice, and leaves power to the Timelock alone', async () => {
    const { exit, lines } = await conclave(...deployment('out.json', '--resume'));
    const result = lines.at(-1) ?? {};
    expect({ exit, result }).toMatchObject({ exit: 0, result: { type: 'result', ok: true } });
    const steps = lines.filter(({ type }) => type === 'step');
    expect(steps.filter(({ earlier }) => earlier === true).length).toBeGreaterThanOrEqual(7);
    expect(await nonce()).toBe(steps.length);
    expect((result['checks'] as readonly { readonly ok: boolean }[]).every(({ ok }) => ok)).toBe(true);
  });

  it('is recorded, and found as recorded', async () => {
    const text = readFileSync(at('out.json'), 'utf8');
    expect(text).not.toContain(toHex(payer.secret));
    const { exit, lines } = await conclave('contracts', 'check', '--out', at('out.json'), '--rpc', anvil.url);
    expect({ exit, result: lines.at(-1) }).toMatchObject({ exit: 0, result: { ok: true } });
  });

  it('is found out when the code of one contract is another', async () => {
    const record = JSON.parse(readFileSync(at('out.json'), 'utf8')) as { addresses: Record<string, string> };
    await anvil.rpc('anvil_setCode', [record.addresses['LockingPool.code'], '0x00']);
    const { exit, lines } = await conclave('contracts', 'check', '--out', at('out.json'), '--rpc', anvil.url);
    expect({ exit, result: lines.at(-1) }).toMatchObject({ exit: 7, result: { ok: false } });
  });

  it('is refused on a chain that the profile is not for', async () => {
    const args = deployment('mainnet.json').map((word) => (word === 'test' ? 'mainnet' : word));
    const token = `token: "0x${'12'.repeat(20)}"`;
    writeFileSync(at('deployment.yaml'), `${sampleDeploymentFile}${token}\n`);
    const { exit, lines } = await conclave(...args);
    expect({ exit, last: lines.at(-1) }).toMatchObject({ exit: 1, last: { code: 'wrong-chain' } });
  });
});
