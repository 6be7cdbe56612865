import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type ConfigSources,
  checkSettings,
  loadConfig,
  parseConfigText,
  pathIn,
} from '../../../src/apps/config.ts';
import { sampleConfig } from '../../../src/apps/sample-config.ts';
import { batchRules, blocksRules } from '../../../src/node/policy/verdict.ts';

const inbox = '0x5fbdb2315678afecb367f032d93f642f64180aa3';
const sample = {
  network: 'devnet',
  l1ChainId: 31_337n,
  l2ChainId: 71_001n,
  listen: '127.0.0.1:7610',
  advertise: '127.0.0.1:7610',
  l1: ['http://127.0.0.1:8545'],
  inbox,
};
const text = sampleConfig(sample);

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'config-'));
  writeFileSync(join(dataDir, 'conclave.yaml'), text);
});
afterEach(() => rmSync(dataDir, { recursive: true }));
const load = (sources: Partial<ConfigSources> = {}) => loadConfig({ dataDir, environment: {}, ...sources });

/** What is refused, and where. */
function refusal(yaml: string): { readonly code: string; readonly path: string; readonly message: string } {
  try {
    checkSettings(parseConfigText(yaml, 'conclave.yaml'), 'conclave.yaml');
  } catch (error) {
    const { code, path, message } = error as { code: string; path: string; message: string };
    return { code, path, message };
  }
  return expect.fail('it was accepted');
}

describe('a configuration', () => {
  it('of the sample is valid, with a rule for calldata and one for blobs', () => {
    const { settings, policy, guardLimits } = load();
    expect(settings.network).toEqual({ name: 'devnet', l1_chain_id: 31_337n, l2_chain_id: 71_001n });
    expect(settings.sign.deadline).toBe(60_000);
    expect(batchRules(policy).map(({ id, da, blobsMax }) => [id, da, blobsMax])).toEqual([
      ['batch-calldata', 'calldata', 0],
      ['batch-blobs', 'blobs', 3],
    ]);
    expect(batchRules(policy)[0]?.inbox.toLowerCase()).toBe(inbox);
    expect(guardLimits).toMatchObject({ maxGap: { nonce: 16n, batch: 4n }, feeStepsMax: 8 });
  });

  it('with a verifier signs batches of blocks, and says where that verifier is', () => {
    for (const verifier of ['http://127.0.0.1:9600', 'none']) {
      writeFileSync(join(dataDir, 'conclave.yaml'), sampleConfig({ ...sample, verifier }));
      const { policy } = load();
      expect(batchRules(policy)).toEqual([]);
      expect(blocksRules(policy).map((rule) => [rule.da, rule.verifier])).toEqual([
        ['calldata', verifier],
        ['blobs', verifier],
        ['committee', verifier],
      ]);
    }
  });

  it.each([
    ['names no verifier', 'kind: submit-blocks'],
    ['names one on another machine', 'kind: submit-blocks\n      verifier: http://10.0.0.1:9600'],
  ])('is refused where a rule for blocks %s', (_, change) => {
    expect(refusal(text.replace('kind: submit-batch', change)).path).toBe('policy.rules.0.verifier');
  });

  it('takes a flag over the environment, that over the file, that over the default', () => {
    const environment = { CONCLAVE_P2P__LISTEN: '127.0.0.1:2', CONCLAVE_LOG__LEVEL: 'warn', PATH: '/bin' };
    const flags = { 'p2p.listen': '127.0.0.1:3', 'log.format': undefined };
    expect(load().settings.p2p.listen).toBe('127.0.0.1:7610');
    expect(load({ environment }).settings.p2p.listen).toBe('127.0.0.1:2');
    const all = load({ environment, flags });
    expect(all.settings.p2p.listen).toBe('127.0.0.1:3');
    expect(all.settings.log).toEqual({ level: 'warn', format: 'console' });
    expect([
      all.origins.get('p2p.listen'),
      all.origins.get('log.level'),
      all.origins.get('sign.deadline'),
    ]).toEqual(['flag', 'environment CONCLAVE_LOG__LEVEL', undefined]);
  });

  it.each([
    'CONCLAVE_P2P__LISTN',
    'CONCLAVE_POLICY__RULES',
    'CONCLAVE_KEYSTORE__PASSWORD_FILE',
    'CONCLAVE_SECRET',
  ])('refuses the environment name %s', (name) => {
    expect(() => load({ environment: { [name]: 'x' } })).toThrow(
      expect.objectContaining({ code: 'unknown-environment-name', path: name }),
    );
  });

  it('finds its file in the data folder, or where it is told', () => {
    mkdirSync(join(dataDir, 'other'));
    expect(() => load({ dataDir: join(dataDir, 'other') })).toThrow('conclave init');
    expect(
      load({ dataDir: join(dataDir, 'other'), file: join(dataDir, 'conclave.yaml') }).settings.version,
    ).toBe('1');
    expect(pathIn({ dataDir: '/d' }, 'secrets/password')).toBe('/d/secrets/password');
    expect(pathIn({ dataDir: '/d' }, '/p')).toBe('/p');
  });
});

describe('a configuration is refused', () => {
  it.each([
    ['with an unknown key', text.replace('p2p:', 'p2pp:\n  x: 1\np2p:'), ''],
    ['with a key below that nobody knows', text.replace('  listen:', '  lisen: 1\n  listen:'), 'p2p'],
    ['with a key twice', text.replace('version: 1', 'version: 1\nversion: 1'), 'line'],
    ['without a network', text.replace(/^network:.*$/m, ''), 'network'],
    ['with another version', text.replace('version: 1', 'version: 2'), 'version'],
    [
      'with a chain id in hex',
      text.replace('l1_chain_id: "31337"', 'l1_chain_id: 0x7a69'),
      'network.l1_chain_id',
    ],
    [
      'with a place without a port',
      text.replace('listen: 127.0.0.1:7610', 'listen: 127.0.0.1'),
      'p2p.listen',
    ],
    [
      'with a port above all ports',
      text.replace('listen: 127.0.0.1:7610', 'listen: 127.0.0.1:70000'),
      'p2p.listen',
    ],
    ['with a path out of the data folder', text.replace('keys: keys', 'keys: ../keys'), 'paths.keys'],
    ['with another default than deny', text.replace('default: deny', 'default: allow'), 'policy.default'],
    ['with a rule for any contract', text.replace(`to: ["${inbox}"]`, 'to: []'), 'policy.rules.0.to'],
    ['with a contract that is no account', text.replace(inbox, '0x12'), 'policy.rules.0.to.0'],
    ['with a rule without a bound', text.replace('      gas_max: "5000000"\n', ''), 'policy.rules.0.gas_max'],
    [
      'with a rule for another chain',
      text.replace('chain_id: "31337"\n      l2', 'chain_id: "1"\n      l2'),
      'policy.rules.batch-calldata',
    ],
    [
      'with a rule for another L2',
      text.replace('l2_chain_id: "71001"\n      to', 'l2_chain_id: "1"\n      to'),
      'policy.rules.batch-calldata',
    ],
    [
      'with a rule for proofs on another chain',
      sampleConfig({ ...sample, registry: inbox }).replace(
        'chain_id: "31337"\n      registry',
        'chain_id: "1"\n      registry',
      ),
      'policy.rules.key-proof',
    ],
    ['with an alias', `${text}\nnode: &a { nickname: x }\nmonitoring: *a\n`, 'monitoring'],
    ['with a duration that is none', `${text}\nsign: { deadline: 8 }\n`, 'sign.deadline'],
    ['that is a list', '- a\n- b\n', ''],
    ['that is a text', 'hello', ''],
    ['that is no YAML', 'a: [', 'line'],
  ])('%s', (_, yaml, path) => {
    const found = refusal(yaml);
    expect(found.code).toBe('config-invalid');
    expect(found.path).toContain(path);
    expect(found.message).toContain('conclave.yaml');
  });

  it('with a policy that leaves a bound open', () => {
    expect(refusal(text.replace('gas_max: "5000000"', 'gas_max: "0"')).code).toBe('policy-invalid');
  });

  it('when it is longer than any configuration', () => {
    writeFileSync(join(dataDir, 'conclave.yaml'), `# ${'x'.repeat(300_000)}\n${text}`);
    expect(() => load()).toThrow('more than');
  });
});
