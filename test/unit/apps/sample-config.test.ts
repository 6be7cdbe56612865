import { expect, it } from 'vitest';

import { checkSettings, parseConfigText } from '../../../src/apps/config.ts';
import { sampleConfig } from '../../../src/apps/sample-config.ts';
import { updateKeyRules } from '../../../src/node/policy/verdict.ts';

const least = {
  network: 'devnet',
  l1ChainId: 1n,
  l2ChainId: 2n,
  listen: '127.0.0.1:1',
  advertise: 'node.example.org:2',
  l1: [],
};
const settingsOf = (text: string) => checkSettings(parseConfigText(text, 'x'), 'x').settings;

it('a sample without a contract signs nothing', () => {
  const { policy, l1, node, p2p } = settingsOf(sampleConfig(least));
  expect([policy.rules, l1, node.nickname, p2p.advertise]).toEqual([
    [],
    undefined,
    undefined,
    'node.example.org:2',
  ]);
});

it('a sample with a registry allows proofs for batches in either place, beside or without batches', () => {
  const contract = '0x5fbdb2315678afecb367f032d93f642f64180aa3';
  const alone = settingsOf(sampleConfig({ ...least, registry: contract })).policy.rules;
  expect(alone).toMatchObject([
    { kind: 'update-key', purpose: 'batch', l1ChainId: 1n, purposes: ['batch', 'blob'] },
  ]);
  expect(updateKeyRules({ rules: alone })[0]?.registry.toLowerCase()).toBe(contract);
  const both = settingsOf(sampleConfig({ ...least, registry: contract, inbox: contract })).policy.rules;
  expect(both.map(({ id }) => id)).toEqual(['batch-calldata', 'batch-blobs', 'key-proof']);
});

it('a sample refreshes nothing by itself; its commented line, taken in, asks the operator each time', () => {
  const text = sampleConfig(least);
  expect(settingsOf(text).refresh).toEqual({ every: 0, consent: false });
  const taken = settingsOf(text.replace('# refresh:', 'refresh:'));
  expect(taken.refresh).toEqual({ every: 30 * 24 * 3_600_000, consent: false });
});

it('a sample states what was chosen, also a path with blanks and quotes', () => {
  const text = sampleConfig({
    ...least,
    nickname: 'quiet-maple',
    monitoring: '127.0.0.1:9001',
    passwordFile: 'a "b" c',
    presign: 4,
    l1: ['http://127.0.0.1:8545'],
  });
  expect(settingsOf(text)).toMatchObject({
    node: { nickname: 'quiet-maple' },
    monitoring: { listen: '127.0.0.1:9001' },
    keystore: { password_file: 'a "b" c' },
    presign: { target: 4, low_water: 4 },
    l1: { rpc: ['http://127.0.0.1:8545'] },
  });
});
