import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Hex, encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sampleDeploymentFile } from '../../src/apps/deploy/settings.ts';
import { to0x, toHex } from '../../src/crypto/bytes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { signDigest } from '../../src/ethereum/deployment-tx.ts';
import { popDigest } from '../../src/ethereum/key-pop.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { fund, sendAs } from '../../src/system/dev-l1.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';

// One deployment for the file, on a real L1: it begins, is killed amid, goes on, and is looked at.
const root = join(import.meta.dirname, '../..');
const payer = insecureTestAccount('e2e-contracts', 0);
const members = [1, 2, 3, 4]
  .map((i) => insecureTestAccount('e2e-contracts', i))
  .sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
const file = [
  sampleDeploymentFile.slice(0, sampleDeploymentFile.indexOf('members:')),
  ...['auth_mode: sender', 'members:'],
  ...members.map(({ address }) => `  - { signer: "${address}", power: "20000" }`),
  '',
].join('\n');

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
/** The address of a contract, by the record. */
const addressOf = (name: string): string => {
  const record = JSON.parse(readFileSync(at('out.json'), 'utf8')) as { addresses: Record<string, string> };
  return record.addresses[name] ?? '';
};
const ask = async (name: string, data: Hex): Promise<string> =>
  String(await anvil.rpc('eth_call', [{ to: addressOf(name), data }, 'latest']));
const nonce = async (): Promise<number> =>
  Number(await anvil.rpc('eth_getTransactionCount', [payer.address, 'latest']));

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'contracts-')));
  writeFileSync(at('key'), toHex(payer.secret), { mode: 0o600 });
  writeFileSync(at('deployment.yaml'), file);
  for (const [i, { secret }] of members.entries())
    writeFileSync(at(`member-${i}`), toHex(secret), { mode: 0o600 });
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
    writeFileSync(at('other.yaml'), file.replace('"20000" }', '"20001" }'));
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

  it('lets the group account alone append, as the file says', async () => {
    const { abi } = contracts.BatchInbox;
    const data = encodeFunctionData({ abi, functionName: 'authMode' });
    expect(BigInt(await ask('BatchInbox', data))).toBe(0n);
  });

  it('is as recorded, but for what a vote changed', async () => {
    const timelock = parseAddress(addressOf('Timelock'));
    const call = { abi: contracts.BatchInbox.abi, functionName: 'setDacRetention' } as const;
    await anvil.rpc('anvil_impersonateAccount', [timelock]);
    await fund(anvil, timelock, 10n ** 18n);
    const data = encodeFunctionData({ ...call, args: [271n] });
    await sendAs(anvil, { from: timelock, to: parseAddress(addressOf('BatchInbox')), data });
    const { exit, lines } = await conclave('contracts', 'check', '--out', at('out.json'), '--rpc', anvil.url);
    const last = lines.at(-1) as { ok: boolean; checks: readonly { changed?: true }[] };
    expect({ exit, ok: last.ok }).toEqual({ exit: 0, ok: true });
    expect(last.checks.filter(({ changed }) => changed)).toEqual([
      expect.objectContaining({ subject: 'BatchInbox', rule: 'dacRetention is 270', found: '271' }),
    ]);
  });

  it('is found out when the code of one contract is another', async () => {
    await anvil.rpc('anvil_setCode', [addressOf('LockingPool.code'), '0x00']);
    const { exit, lines } = await conclave('contracts', 'check', '--out', at('out.json'), '--rpc', anvil.url);
    expect({ exit, result: lines.at(-1) }).toMatchObject({ exit: 7, result: { ok: false } });
  });

  it('is refused on a chain that the profile is not for', async () => {
    const args = deployment('mainnet.json').map((word) => (word === 'test' ? 'mainnet' : word));
    const token = `token: "0x${'12'.repeat(20)}"`;
    writeFileSync(at('deployment.yaml'), `${file}${token}\n`);
    const { exit, lines } = await conclave(...args);
    expect({ exit, last: lines.at(-1) }).toMatchObject({ exit: 4, last: { code: 'wrong-chain' } });
  });
});

describe('the first account of a purpose', () => {
  const account = insecureTestAccount('e2e-contracts', 5);
  const activation = 10_000n;
  const about = (purpose: string, of: string = account.address): readonly string[] => [
    ...['--out', at('out.json'), '--rpc', anvil.url, '--purpose', purpose],
    ...['--account', of, '--activation', String(activation)],
  ];
  const certify = (purpose: string, key: string, ...more: readonly string[]): Promise<Run> =>
    conclave('contracts', 'certify-key', ...about(purpose), '--key-file', at(key), ...more);
  const proofOf = async (purpose: 'batch' | 'blob'): Promise<string> => {
    const registry = parseAddress(addressOf('KeyRegistry'));
    const digest = popDigest({ l1ChainId: 31_337n, registry, purpose, activationBlock: activation });
    return to0x(await signDigest(digest, new Secret('key of a test', account.secret.slice())));
  };
  const register = (purpose: string, proof: string, ...signatures: readonly string[]): Promise<Run> => {
    const given = signatures.flatMap((name) => ['--signature', at(name)]);
    const flags = [...about(purpose), '--proof', proof, '--key-file', at('key'), ...given];
    return conclave('contracts', 'first-key', ...flags);
  };
  const keyAt = (purpose: number, block: bigint): Promise<string> => {
    const call = { abi: contracts.KeyRegistry.abi, functionName: 'keyAt' } as const;
    return ask('KeyRegistry', encodeFunctionData({ ...call, args: [purpose, block] }));
  };

  it('is certified by members, and by nobody else', async () => {
    for (const i of [0, 1, 2]) {
      const { exit, lines } = await certify('batch', `member-${i}`, '--save', at(`batch-${i}`));
      expect({ exit, last: lines.at(-1) }).toMatchObject({ exit: 0, last: { signer: members[i]?.address } });
    }
    const { exit, lines } = await certify('batch', 'key');
    expect({ exit, last: lines.at(-1) }).toMatchObject({ exit: 7, last: { code: 'not-a-set-member' } });
  });

  it('is not sent with half of the power, nor with the proof of another purpose', async () => {
    const before = await nonce();
    const [proof, other] = [await proofOf('batch'), await proofOf('blob')];
    const weak = await register('batch', proof, 'batch-0', 'batch-1');
    expect(weak).toMatchObject({ exit: 7 });
    expect(weak.lines.at(-1)).toMatchObject({ code: 'certificate-weak' });
    const unproven = await register('batch', other, 'batch-0', 'batch-1', 'batch-2');
    expect(unproven).toMatchObject({ exit: 7 });
    expect(unproven.lines.at(-1)).toMatchObject({ code: 'bad-proof' });
    expect(await nonce()).toBe(before);
  });

  it('is registered with three of four, once', async () => {
    const before = await nonce();
    const papers = ['batch-2', 'batch-0', 'batch-1'];
    const { exit, lines } = await register('batch', await proofOf('batch'), ...papers);
    const said = { account: account.address, activation: String(activation), scheduled: true };
    expect({ exit, last: lines.at(-1) }).toMatchObject({ exit: 0, last: { ...said, earlier: false } });
    expect(BigInt(await keyAt(0, activation))).toBe(BigInt(account.address));
    expect(BigInt(await keyAt(0, activation - 1n))).toBe(0n);
    const again = await register('batch', await proofOf('batch'), ...papers);
    expect(again.exit).toBe(0);
    expect(again.lines.at(-1)).toMatchObject({ ...said, earlier: true });
    expect(await nonce()).toBe(before + 1);
  });

  it('stays what it is when another one is given', async () => {
    const flags = ['--proof', await proofOf('batch'), '--key-file', at('key'), '--signature', at('batch-0')];
    const { exit, lines } = await conclave(
      ...['contracts', 'first-key', ...about('batch', payer.address), ...flags],
    );
    expect({ exit, last: lines.at(-1) }).toMatchObject({ exit: 4, last: { code: 'key-taken' } });
  });

  it('may be the account of blobs too', async () => {
    for (const i of [1, 2, 3]) await certify('blob', `member-${i}`, '--save', at(`blob-${i}`));
    const { exit } = await register('blob', await proofOf('blob'), 'blob-1', 'blob-2', 'blob-3');
    expect(exit).toBe(0);
    expect(BigInt(await keyAt(3, activation))).toBe(BigInt(account.address));
  });
});
