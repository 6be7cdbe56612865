import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadConfig } from '../../../src/apps/config.ts';
import { addIdentityTo, hasIdentity } from '../../../src/apps/late-identity.ts';
import { type NewNode, makeNode } from '../../../src/apps/new-node.ts';
import { readPublicIdentity } from '../../../src/apps/public-identity.ts';
import { sampleConfig } from '../../../src/apps/sample-config.ts';
import { parseInvitation } from '../../../src/protocols/ceremony/names.ts';

let folder: string;
beforeEach(() => void (folder = realpathSync(mkdtempSync(join(tmpdir(), 'new-node-')))));
afterEach(() => rmSync(folder, { recursive: true }));

const config = {
  ...{ network: 'devnet', l1ChainId: 31_337n, l2ChainId: 71_001n, l1: [], nickname: 'quiet-maple' },
  ...{ listen: '127.0.0.1:7610', advertise: 'node.example.org:7611' },
};
const plan = (change: Partial<NewNode> = {}): NewNode => ({
  ...{
    folder: join(folder, 'n'),
    config,
    password: 'correct horse battery',
    profile: 'insecure-development',
  },
  ...change,
});

describe('a new node', () => {
  it('has a configuration that holds, and a public identity that needs no password', () => {
    const made = makeNode(plan());
    const { settings } = loadConfig({ dataDir: made.folder, environment: {} });
    expect(settings.p2p).toMatchObject({ listen: '127.0.0.1:7610', advertise: 'node.example.org:7611' });
    const identity = readPublicIdentity(made.folder, 'keys');
    expect([identity.name, identity.line]).toEqual(['quiet-maple', made.invitation]);
    expect(parseInvitation(made.invitation)).toMatchObject({ host: 'node.example.org', port: 7_611 });
  });

  it.each([
    ['with a setting that is wrong', { config: { ...config, listen: 'here' } }, 'config-invalid'],
    ['with a short password', { password: 'short' }, 'weak-password'],
    ['for the main chain with cheap keys', { config: { ...config, l1ChainId: 1n } }, 'insecure-keys-refused'],
  ] as const)('%s is not made at all', (_, change, code) => {
    expect(() => makeNode(plan(change))).toThrow(expect.objectContaining({ code }));
    expect(existsSync(join(folder, 'n'))).toBe(false);
  });

  it('is not made where something lies, and its identity is not read where none is', () => {
    writeFileSync(join(folder, 'x'), '');
    expect(() => makeNode(plan({ folder }))).toThrow(expect.objectContaining({ code: 'folder-not-empty' }));
    expect(() => readPublicIdentity(folder, 'keys')).toThrow(
      expect.objectContaining({ code: 'safety-state-missing' }),
    );
  });
});

describe('an identity that comes later', () => {
  it('is made once, under the master key that is there', () => {
    writeFileSync(join(folder, 'conclave.yaml'), sampleConfig({ ...config, l1: [] }), { mode: 0o600 });
    const loaded = loadConfig({ dataDir: folder, environment: {} });
    expect(hasIdentity(loaded)).toBe(false);
    addIdentityTo(loaded, 'correct horse battery');
    expect(hasIdentity(loaded)).toBe(true);
    const before = readFileSync(join(folder, 'keys/identity.key.json'));
    expect(() => addIdentityTo(loaded, 'correct horse battery')).toThrow(
      expect.objectContaining({ code: 'would-overwrite' }),
    );
    expect(() => addIdentityTo(loaded, 'another password of some length')).toThrow(
      expect.objectContaining({ code: 'wrong-password' }),
    );
    expect(readFileSync(join(folder, 'keys/identity.key.json'))).toEqual(before);
  });
});
