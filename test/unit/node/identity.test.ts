import { expect, test } from 'vitest';

import { verifyFor } from '../../../src/crypto/ed25519.ts';
import { InputError, OperationError } from '../../../src/crypto/errors.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { createIdentity, loadIdentity } from '../../../src/node/identity.ts';
import { newUuid, sealFile } from '../../../src/node/sealed-file.ts';
import { identityText } from '../../../src/protocols/ceremony/names.ts';
import { memoryDisk, named, seededRng } from './helpers.ts';

const master = { uuid: newUuid(seededRng('m')), secret: new Secret('master', named('m')) };
const options = { folder: 'keys', advertise: 'node2.example.org:7610', createdAt: '2026-01-01T00:00:00Z' };

test('an identity is the same after a restart, and signs', () => {
  const disk = memoryDisk();
  const made = createIdentity(disk, master, options, seededRng('i'));
  const loaded = loadIdentity(disk, master, 'keys');
  expect(loaded.publicKey).toEqual(made.publicKey);
  expect(loaded.pid).toEqual(made.pid);
  const signature = loaded.sign('env', named('hash'));
  expect(verifyFor('env', made.publicKey, named('hash'), signature)).toBe(true);
  expect(verifyFor('lock', made.publicKey, named('hash'), signature)).toBe(false);
});

test('the public file names the node, and neither file holds the seed', () => {
  const disk = memoryDisk();
  const identity = createIdentity(disk, master, { ...options, nickname: 'quiet-maple' }, seededRng('i'));
  const text = (path: string): string => new TextDecoder().decode(disk.files.get(path));
  expect(JSON.parse(text('keys/identity.json'))).toEqual({
    kind: 'conclave-node',
    version: 1,
    name: 'quiet-maple',
    node: identityText(identity.publicKey),
    advertise: options.advertise,
  });
  const seed = identity.lend((bytes) => Buffer.from(bytes).toString('hex'));
  expect(text('keys/identity.key.json')).not.toContain(seed);
});

test('an identity is made once', () => {
  const disk = memoryDisk();
  createIdentity(disk, master, options, seededRng('i'));
  expect(() => createIdentity(disk, master, options, seededRng('j'))).toThrow(OperationError);
});

test('a bad nickname, a missing file and a secret of another name are refused', () => {
  const disk = memoryDisk();
  expect(() => createIdentity(disk, master, { ...options, nickname: 'No Good' }, seededRng('i'))).toThrow(
    InputError,
  );
  expect(() => loadIdentity(disk, master, 'keys')).toThrow(/missing/);
  const other = createIdentity(memoryDisk(), master, options, seededRng('i'));
  const content = { node: identityText(other.publicKey), createdAt: 'now' };
  const sealed = sealFile(
    master,
    { kind: 'conclave-identity', public: content, plaintext: named('x') },
    seededRng('s'),
  );
  disk.files.set('keys/identity.key.json', sealed);
  expect(() => loadIdentity(disk, master, 'keys')).toThrow(/another identity/);
});

test('after wiping nothing can be signed', () => {
  const identity = createIdentity(memoryDisk(), master, options, seededRng('i'));
  identity.wipe();
  expect(() => identity.sign('env', named('h'))).toThrow();
});
