import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { backUp, changePassword, giveUpLost, restore } from '../../../src/apps/backup.ts';
import { type Config, loadConfig } from '../../../src/apps/config.ts';
import { makeNode } from '../../../src/apps/new-node.ts';
import { identityText } from '../../../src/protocols/ceremony/names.ts';
import { takeFolder } from '../../../src/system/folder-lease.ts';
import { backupOf, holderOf } from '../node/backup/node-fixture.ts';
import { partsOf, password as backupPassword, sealedBy, seatOf } from '../node/backup/backup-fixture.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'backup-')));
const dataDir = join(folder, 'node');
const password = 'the first password of it';
const next = 'the second password of it';
let config: Config;
let ownText: string;
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
const files = (): readonly (readonly [string, string])[] =>
  readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dataDir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'latin1')]);
const target = { kind: 'password', password: backupPassword } as const;

beforeAll(() => {
  const made = makeNode({
    folder: dataDir,
    password,
    profile: 'insecure-development',
    config: {
      ...{ network: 'devnet', listen: '127.0.0.1:7610', advertise: '127.0.0.1:7610', nickname: undefined },
      ...{ l1: [], inbox: undefined, l1ChainId: 31_337n, l2ChainId: 71_001n, presign: undefined },
      ...{ passwordFile: undefined, monitoring: undefined },
    },
  });
  ownText = identityText(made.identityPk);
  config = loadConfig({ dataDir, environment: {} });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a node without a share has nothing to back up, and a wrong password gets no answer', () => {
  const before = files();
  expect(() => backUp(config, { password, target, address: undefined })).toThrow(code('no-active-share'));
  expect(() => backUp(config, { password: next, target, address: undefined })).toThrow(
    code('wrong-password'),
  );
  expect(files()).toEqual(before);
});

test('a node without a key has no share to give up, and a wrong password gives up nothing', async () => {
  const before = files();
  await expect(giveUpLost(config, next)).rejects.toEqual(code('wrong-password'));
  await expect(giveUpLost(config, password)).rejects.toEqual(code('key-unknown'));
  expect(files()).toEqual(before);
});

test('a backup of another node is refused, and nothing is left of the attempt', async () => {
  const taken = backupOf(holderOf(seatOf('apps')));
  const before = files();
  const run = { password, key: target, newest: [], name: taken.name, path: taken.name };
  await expect(restore(config, { ...run, bytes: taken.bytes })).rejects.toEqual(code('wrong-node'));
  const parts = partsOf(seatOf('apps'));
  const relabelled = sealedBy('password', { ...parts, header: { ...parts.header, node: ownText } });
  await expect(restore(config, { ...run, bytes: relabelled })).rejects.toEqual(code('wrong-backup-key'));
  expect(files()).toEqual(before);
});

test('where a node runs, nothing is restored', async () => {
  const lease = await takeFolder(dataDir, 1);
  const run = { password, key: target, newest: [], name: 'x', path: 'x', bytes: new Uint8Array(0) };
  await expect(restore(config, run)).rejects.toEqual(code('lease-held'));
  await lease.release();
});

test('another password opens the same master key, and no other file is touched', () => {
  const others = (): ReturnType<typeof files> => files().filter(([path]) => !path.endsWith('master.json'));
  const [before, master] = [others(), readFileSync(join(dataDir, 'keys/master.json'), 'utf8')];
  expect(() => {
    changePassword(config, 'not the password of it', next);
  }).toThrow(code('wrong-password'));
  expect(() => {
    changePassword(config, password, 'short');
  }).toThrow(code('weak-password'));
  expect(readFileSync(join(dataDir, 'keys/master.json'), 'utf8')).toBe(master);
  changePassword(config, password, next);
  expect(others()).toEqual(before);
  const uuid = /"uuid": "[^"]*"/;
  const changed = readFileSync(join(dataDir, 'keys/master.json'), 'utf8');
  expect(changed).not.toBe(master);
  expect(uuid.exec(changed)?.[0]).toBe(uuid.exec(master)?.[0]);
  // The identity, sealed under the same key, opens as before: only then is it known that there is no share.
  expect(() => backUp(config, { password: next, target, address: undefined })).toThrow(
    code('no-active-share'),
  );
  expect(() => backUp(config, { password, target, address: undefined })).toThrow(code('wrong-password'));
});
