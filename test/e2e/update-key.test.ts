import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeFunctionData, recoverAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sampleDeploymentFile } from '../../src/apps/deploy/settings.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { type KeyPurpose, keyPurposeNumbers } from '../../src/ethereum/key-pop.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { fund } from '../../src/system/dev-l1.ts';
import { type Line, NodeProcess, conclave } from '../../scripts/lib/children.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';

// Three signer processes and all contracts of L1: the cluster proves its account, and the registry takes it.
const payer = insecureTestAccount('e2e-update-key', 0);
const members = [1, 2, 3, 4]
  .map((i) => insecureTestAccount('e2e-update-key', i))
  .sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
const abi = contracts.KeyRegistry.abi;

let folder: string;
let anvil: Anvil;
let account = '';
const nodes: NodeProcess[] = [];
const at = (name: string): string => join(folder, name);
const dir = (i: number): string => at(`node-${i}`);
const passwordFlags = (i: number): readonly string[] => ['--password-file', at(`password-${i}`)];

function addressOf(name: string): string {
  const record = JSON.parse(readFileSync(at('out.json'), 'utf8')) as { addresses: Record<string, string> };
  return record.addresses[name] ?? '';
}
const head = async (): Promise<bigint> => BigInt(String(await anvil.rpc('eth_blockNumber')));
const askRegistry = async (data: `0x${string}`): Promise<string> =>
  String(await anvil.rpc('eth_call', [{ to: addressOf('KeyRegistry'), data }, 'latest']));

async function deploy(): Promise<void> {
  const text = sampleDeploymentFile.slice(0, sampleDeploymentFile.indexOf('members:'));
  const rows = members.map(({ address }) => `  - { signer: "${address}", power: "20000" }`);
  writeFileSync(at('deployment.yaml'), `${text}members:\n${rows.join('\n')}\n`);
  writeFileSync(at('payer'), toHex(payer.secret), { mode: 0o600 });
  for (const [i, { secret }] of members.entries())
    writeFileSync(at(`member-${i}`), toHex(secret), { mode: 0o600 });
  await fund(anvil, payer.address, 10n ** 20n);
  await conclave([
    ...['contracts', 'deploy', '--profile', 'test', '--rpc', anvil.url, '--key-file', at('payer')],
    ...['--config', at('deployment.yaml'), '--out', at('out.json')],
  ]);
}

async function makeNode(i: number, port: number | undefined): Promise<string> {
  writeFileSync(at(`password-${i}`), `correct horse battery ${i}\n`, { mode: 0o600 });
  const made = await conclave([
    ...['--data-dir', dir(i), ...passwordFlags(i), 'init', '--insecure-dev-keys', '--presign', '0'],
    ...['--listen', `127.0.0.1:${port}`, '--l1', anvil.url],
    ...['--inbox', addressOf('BatchInbox').toLowerCase()],
    ...['--registry', addressOf('KeyRegistry').toLowerCase()],
  ]);
  return String(made['invitation']);
}

async function makeKey(invitations: readonly string[]): Promise<string> {
  const [file, first] = [at('definition.json'), ['--data-dir', dir(1)]];
  const named = invitations.flatMap((line) => ['--member', line]);
  await conclave([
    ...first,
    'ceremony',
    'propose',
    '--name',
    'proofs',
    '--required',
    '2',
    ...named,
    '--out',
    file,
  ]);
  for (const i of [1, 2, 3]) {
    await conclave(['--data-dir', dir(i), 'ceremony', 'join', file]);
    await conclave(['--data-dir', dir(i), 'ceremony', 'accept']);
  }
  await conclave([...first, 'ceremony', 'execute', '--when-ready']);
  for (const i of [2, 3]) await conclave(['--data-dir', dir(i), 'ceremony', 'watch']);
  return String((await conclave([...first, 'ceremony', 'watch']))['address']);
}

/** `sign update-key` at the first node; gives its last line, whatever the exit. */
const prove = (purpose: KeyPurpose, activation: bigint, ...more: readonly string[]): Promise<Line> =>
  conclave(
    [
      ...['--data-dir', dir(1), 'sign', 'update-key', '--purpose', purpose],
      ...['--activation', String(activation), ...more],
    ],
    () => undefined,
    [0, 2, 4, 5, 8],
  );

/** Members certify the account, and the registry is told. */
async function register(purpose: KeyPurpose, activation: bigint, proof: string): Promise<Line> {
  const about = [
    ...['--out', at('out.json'), '--rpc', anvil.url, '--purpose', purpose],
    ...['--account', account, '--activation', String(activation)],
  ];
  const words = [0, 1, 2].map((i) => at(`word-${purpose}-${i}`));
  for (const [i, word] of words.entries())
    await conclave(['contracts', 'certify-key', ...about, '--key-file', at(`member-${i}`), '--save', word]);
  const given = words.flatMap((word) => ['--signature', word]);
  return conclave([
    ...['contracts', 'first-key', ...about, '--proof', proof, '--key-file', at('payer'), ...given],
  ]);
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'update-key-')));
  anvil = await startAnvil();
  await deploy();
  const ports = await freePorts(3);
  const invitations: string[] = [];
  for (const i of [1, 2, 3]) invitations.push(await makeNode(i, ports[i - 1]));
  for (const i of [1, 2, 3])
    nodes.push(
      new NodeProcess(dir(i), { words: ['node', 'run'], password: at(`password-${i}`) }, at(`log-${i}`)),
    );
  for (const node of nodes) await node.ready();
  account = await makeKey(invitations);
}, 240_000);
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await anvil?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('a cluster proves to the registry that its account can sign', () => {
  it.each(['batch', 'blob'] as const)(
    'for %s: the registry computes the same digest, and takes the account',
    async (purpose) => {
      const activation = (await head()) + 40n;
      const said = await prove(purpose, activation, '--out', at(`proof-${purpose}`));
      expect(said).toMatchObject({
        ...{ type: 'result', account, purpose, activation: String(activation) },
        registry: addressOf('KeyRegistry'),
      });
      const words = [keyPurposeNumbers[purpose], activation] as const;
      const asked = encodeFunctionData({ abi, functionName: 'popDigest', args: words });
      expect(said['digest']).toBe(await askRegistry(asked));
      const [hash, signature] = [String(said['digest']), String(said['proof'])] as `0x${string}`[];
      if (hash === undefined || signature === undefined) throw new RangeError('no proof');
      expect(await recoverAddress({ hash, signature })).toBe(account);
      const file = JSON.parse(readFileSync(at(`proof-${purpose}`), 'utf8')) as Line;
      expect(file).toMatchObject({ kind: 'conclave-key-proof', proof: signature, digest: hash });
      expect(await register(purpose, activation, signature)).toMatchObject({
        scheduled: true,
        earlier: false,
      });
      const question = encodeFunctionData({ abi, functionName: 'keyAt', args: words });
      expect(BigInt(await askRegistry(question))).toBe(BigInt(account));
    },
    120_000,
  );

  it('again when asked again, by other members too, and never over a file', async () => {
    const activation = (await head()) + 50n;
    const once = await prove('batch', activation, '--signers', '1,2');
    const twice = await prove('batch', activation, '--signers', '1,3');
    expect([once, twice]).toMatchObject([{ signers: [1, 2] }, { signers: [1, 3] }]);
    expect(twice['digest']).toBe(once['digest']);
    const refused = await prove('batch', activation, '--out', at('proof-batch'));
    expect(refused).toMatchObject({ type: 'error', code: 'would-overwrite', exit: 8 });
  }, 120_000);

  it('and signs no other purpose, registry or block than its policy allows', async () => {
    const [now, registry] = [await head(), addressOf('KeyRegistry')];
    const inbox = addressOf('BatchInbox');
    expect(await prove('state', now + 9n)).toMatchObject({ code: 'rule-missing', exit: 4 });
    expect(await prove('state', now + 9n, '--registry', registry)).toMatchObject({
      ...{ code: 'purpose-denied', exit: 4 },
    });
    expect(await prove('batch', now + 9n, '--registry', inbox)).toMatchObject({ code: 'wrong-target' });
    expect(await prove('batch', 1n)).toMatchObject({ code: 'activation-past', exit: 4 });
    expect(await prove('batch', now + 200_000n)).toMatchObject({ code: 'activation-too-far', exit: 4 });
    expect(await prove('batch', 0n)).toMatchObject({ code: 'usage', exit: 2 });
  }, 120_000);

  it('and leaves records that hold in every check, and show one lane a purpose', async () => {
    const rows = (await conclave(['--data-dir', dir(1), 'guard', 'show']))['rows'] as readonly Line[];
    const lanes = rows.filter(({ lane }) => lane === 'key-update').map(({ scope }) => String(scope));
    expect(lanes.map((scope) => scope.split(' ').at(-1)).sort()).toEqual(['batch', 'blob']);
    for (const i of [1, 2, 3]) {
      const told = await conclave([
        'audit',
        'verify',
        dir(i),
        '--expect-address',
        account,
        '--l1',
        anvil.url,
      ]);
      expect(told).toMatchObject({ ok: true });
      if (i === 1) expect(JSON.stringify(told)).toContain('it is no transaction');
    }
  }, 120_000);
});
