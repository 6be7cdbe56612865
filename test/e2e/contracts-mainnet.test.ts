import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { encodeDeployData, getContractAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';
import { sampleDeploymentFile } from '../../src/apps/deploy/settings.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { devAccount, fund, sendAs } from '../../src/system/dev-l1.ts';

// A chain that says it is mainnet, with a METIS that is already there. It is no fork of mainnet.
const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const payer = insecureTestAccount('e2e-contracts-mainnet', 0);
const ALLOCATION = 5n * 10n ** 18n;

let anvil: Anvil;
let folder: string;
let token: string;
const at = (name: string): string => join(folder, name);

interface Result {
  readonly ok: boolean;
  readonly checks: readonly { readonly subject: string; readonly rule: string; readonly ok: boolean }[];
  readonly addresses: Readonly<Record<string, string>>;
}

async function conclave(...args: readonly string[]): Promise<Result> {
  const flags = ['--json', 'contracts', ...args, '--rpc', anvil.url, '--out', at('out.json')];
  const { stdout } = await run(process.execPath, [join(root, 'bin/conclave.mjs'), ...flags]);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Result;
}

/** METIS by somebody else, who gives the deployer what the genesis of L2 gives out. */
async function makeToken(): Promise<string> {
  const from = await devAccount(anvil);
  const data = encodeDeployData({ ...contracts.MetisToken, args: [payer.address, ALLOCATION] });
  await sendAs(anvil, { from, data });
  return getContractAddress({ from, nonce: 0n });
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'contracts-mainnet-')));
  anvil = await startAnvil({ chainId: 1n });
  token = await makeToken();
  await fund(anvil, payer.address, 10n ** 20n);
  writeFileSync(at('key'), toHex(payer.secret), { mode: 0o600 });
  const lines = sampleDeploymentFile
    .split('\n')
    .filter((line) => !line.startsWith('treasury:') && !line.startsWith('genesis_allocation:'));
  const mine = [`token: "${token}"`, `genesis_allocation: "${ALLOCATION}"`];
  writeFileSync(at('deployment.yaml'), [...mine, ...lines].join('\n'));
});
afterAll(async () => {
  await anvil?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a deployment with the profile mainnet', () => {
  it('stands as planned, on a chain with the id of mainnet and a METIS of its own', async () => {
    const file = ['--config', at('deployment.yaml'), '--profile', 'mainnet', '--key-file', at('key')];
    const { ok, checks, addresses } = await conclave('deploy', ...file);
    expect({ ok, wrong: checks.filter((check) => !check.ok) }).toEqual({ ok: true, wrong: [] });
    // Nothing that is for tests, and the values of mainnet.
    expect(Object.keys(addresses)).not.toContain('StubValidity');
    expect(Object.keys(addresses)).not.toContain('MetisToken');
    const rules = checks.map(({ subject, rule }) => `${subject}: ${rule}`);
    expect(rules).toContain(`Timelock: getMinDelay is ${48 * 3_600}`);
    expect(rules).toContain(`LockingPool: exitDelayPeriod is ${21 * 86_400}`);
    expect(rules).toContain(`LockingInfo: l1Token is ${token}`);
    expect(rules).toContain(`Bridge: genesisAllocation is ${ALLOCATION}`);
    expect(rules).toContain('BatchInbox: authMode is 2');
  });

  it('is found as recorded by anybody', async () => {
    const { ok, checks } = await conclave('check');
    expect({ ok, wrong: checks.filter((check) => !check.ok) }).toEqual({ ok: true, wrong: [] });
  });
});
