import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { decodeLogEntry, encodeLogEntry, entryHash, logIdOf } from '../../../src/chain/log/entry.ts';
import { decodeTreeHead, encodeTreeHead, signHead, verifyHead } from '../../../src/chain/log/head.ts';
import { LogReader, LogWriter } from '../../../src/chain/log/log-file.ts';
import { leafHash, rootOf } from '../../../src/chain/log/merkle.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { sampleOwner, seed } from '../../unit/chain/log/samples.ts';

// Written by the first release of the format, and never changed: whoever has such a log can always read it.
const released = JSON.parse(readFileSync(new URL('log.json', import.meta.url), 'utf8')) as {
  readonly logId: string;
  readonly entries: readonly { readonly bytes: string; readonly hash: string; readonly leaf: string }[];
  readonly root: string;
  readonly head: string;
  readonly signature: string;
  readonly file: readonly string[];
};
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);

describe('a signature log of version 1', () => {
  test('has entries of every kind, which are read and written alike', () => {
    expect(toHex(logIdOf(sampleOwner))).toBe(released.logId);
    for (const { bytes, hash, leaf } of released.entries) {
      const entry = decodeLogEntry(bytesOf(bytes), 'entry');
      expect(toHex(encodeLogEntry(entry))).toBe(bytes);
      expect(toHex(entryHash(bytesOf(bytes)))).toBe(hash);
      expect(toHex(leafHash(bytesOf(bytes)))).toBe(leaf);
    }
  });

  test('has a root and a signed head', () => {
    const [, ...entries] = released.entries;
    expect(toHex(rootOf(entries.map(({ leaf }) => bytesOf(leaf))))).toBe(released.root);
    const head = decodeTreeHead(bytesOf(released.head), 'head');
    expect(toHex(encodeTreeHead(head))).toBe(released.head);
    expect(toHex(signHead(seed, head))).toBe(released.signature);
    expect(verifyHead(sampleOwner.owner, { head, signature: bytesOf(released.signature) })).toBe(true);
  });

  test('has a file, which is read and written alike', () => {
    const reader = new LogReader('log.jsonl');
    const found = released.file.flatMap((line) => reader.read(line)?.entry ?? []);
    const writer = new LogWriter(sampleOwner);
    const lines = [writer.header(), ...found.map((entry) => writer.entry(entry)), writer.trailer()];
    expect(lines).toEqual(released.file);
    expect(toHex(reader.finish().root)).toBe(released.root);
  });
});
