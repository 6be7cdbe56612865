import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { Wal, walHash } from '../../../src/node/wal.ts';
import { memoryDisk, seededRng } from '../../unit/node/helpers.ts';

// Written by the first release of the format, and never changed: a node that is upgraded in the middle of a
// ceremony goes on.
const released = JSON.parse(readFileSync(new URL('wal.json', import.meta.url), 'utf8')) as {
  readonly master: { readonly uuid: string; readonly secret: string };
  readonly identityPk: string;
  readonly folder: string;
  readonly seedFile: readonly string[];
  readonly records: string;
  readonly spec: string;
  readonly seed: string;
  readonly entries: readonly Readonly<Record<string, string | number>>[];
  readonly envelope: string;
  readonly envelopeHash: string;
};
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);

describe('a write-ahead log of version 1', () => {
  test('is opened, and holds what was written', () => {
    const disk = memoryDisk();
    const text = `${released.seedFile.join('\n')}\n`;
    disk.files.set(`${released.folder}/seed.json`, new TextEncoder().encode(text));
    disk.files.set(`${released.folder}/records.log`, bytesOf(released.records));
    const { uuid, secret } = released.master;
    const master = { uuid, secret: new Secret('master key', bytesOf(secret)) };
    const deps = { disk, master, rng: seededRng('any'), identityPk: bytesOf(released.identityPk) };
    const found = Wal.open(deps, released.folder);
    expect(found?.header).toMatchObject({ kind: 'keygen', self: 2 });
    expect(toHex(found?.header.spec ?? new Uint8Array(0))).toBe(released.spec);
    expect(found?.header.seed.use(toHex)).toBe(released.seed);
    const plain = found?.entries.map((entry) =>
      Object.fromEntries(
        Object.entries(entry).map(([name, value]: [string, unknown]) => [
          name,
          value instanceof Uint8Array ? toHex(value) : value,
        ]),
      ),
    );
    expect(plain).toEqual(released.entries);
  });

  test('remembers an envelope by the same hash', () => {
    expect(toHex(walHash(3, bytesOf(released.envelope)))).toBe(released.envelopeHash);
  });
});
