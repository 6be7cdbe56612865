import { describe, expect, it } from 'vitest';

import { to0x } from '../../../../src/crypto/bytes.ts';
import { decode, encode, leavesOf } from '../../../../src/crypto/codec.ts';
import { Bug, InputError } from '../../../../src/crypto/errors.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import {
  type LogEntry,
  MAX_ENTRY_BYTES,
  chainStart,
  countCodec,
  decodeLogEntry,
  encodeLogEntry,
  entryHash,
  logEntryCodec,
  logIdOf,
} from '../../../../src/chain/log/entry.ts';
import { events, filled, logOf, sampleOwner } from './samples.ts';

/** Every kind, each as the first entry of a log, so that `succeeds` is in its place. */
const entries: readonly (readonly [kind: string, entry: LogEntry])[] = events.flatMap((event) =>
  logOf([event]).map((entry) => [event.kind, entry] as const),
);
const [, sign] = entries.find(([kind]) => kind === 'sign') ?? [];
const [, succeeds] = entries.find(([kind]) => kind === 'succeeds') ?? [];
const readAgain = (bytes: Uint8Array): string => {
  try {
    return to0x(encodeLogEntry(decodeLogEntry(bytes, 'entry')));
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
};

describe('an entry', () => {
  it('there is a sample of every kind', () => {
    const schema =
      logEntryCodec.schema.kind === 'struct' ? logEntryCodec.schema.fields.at(-1)?.[1] : undefined;
    expect(schema?.kind === 'union' && schema.shapes.map(([name]) => name)).toEqual(
      events.map(({ kind }) => kind),
    );
  });

  it.each(entries)('of kind %s comes back as it was', (_, entry) => {
    const bytes = encodeLogEntry(entry);
    expect(decodeLogEntry(bytes, 'entry')).toEqual(entry);
    expect(bytes.length).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
  });

  it.each(entries)('of kind %s is refused at every truncation, and with one byte more', (_, entry) => {
    const bytes = encodeLogEntry(entry);
    for (let length = 0; length < bytes.length; length++)
      expect(readAgain(bytes.subarray(0, length))).toBe('malformed');
    expect(readAgain(Uint8Array.of(...bytes, 0))).toBe('malformed');
  });

  it.each(entries)(
    'of kind %s has no second spelling: every flipped bit is another entry or none',
    (_, entry) => {
      const bytes = encodeLogEntry(entry);
      bytes.forEach((byte, i) => {
        for (const bit of [1, 128]) {
          const other = bytes.with(i, byte ^ bit);
          expect(['malformed', 'bad-index', to0x(other)]).toContain(readAgain(other));
        }
      });
    },
  );

  it.each(entries)('of kind %s has another hash when any field changes', (_, entry) => {
    const bytes = encodeLogEntry(entry);
    const leaves = leavesOf(logEntryCodec.schema, bytes);
    expect(leaves.length).toBeGreaterThan(7);
    const hashes = leaves
      .filter(({ length }) => length > 0)
      .map(({ offset }) => to0x(entryHash(bytes.with(offset, (bytes[offset] ?? 0) ^ 1))));
    expect(hashes).not.toContain(to0x(entryHash(bytes)));
  });

  it('of another version or of no known kind or word is refused', () => {
    if (sign === undefined) expect.fail('no sample');
    const bytes = encodeLogEntry(sign);
    const leaves = leavesOf(logEntryCodec.schema, bytes, 'entry');
    const offsetOf = (path: string): number => leaves.find((leaf) => leaf.path === path)?.offset ?? -1;
    for (const [path, value] of [
      ['entry.version', 2],
      ['entry.event.kind', events.length],
      ['entry.event.sign.outcome', 0],
      ['entry.event.sign.outcome', 5],
    ] as const)
      expect(() => decodeLogEntry(bytes.with(offsetOf(path), value), 'entry')).toThrow(
        expect.objectContaining({ code: 'malformed', path }),
      );
  });

  it('that succeeds another log is the first of its own', () => {
    if (succeeds === undefined) expect.fail('no sample');
    const bytes = encodeLogEntry({ ...succeeds, seq: 1 });
    expect(() => decodeLogEntry(bytes, 'entry')).toThrow(InputError);
  });
});

describe('counts', () => {
  it('beyond what a number holds exactly are refused', () => {
    const largest = Number.MAX_SAFE_INTEGER;
    expect(decode(countCodec, encode(countCodec, largest))).toBe(largest);
    expect(() => decode(countCodec, Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0))).toThrow(InputError);
    expect(() => encode(countCodec, largest + 1)).toThrow(Bug);
    expect(() => encode(countCodec, -1)).toThrow(Bug);
    expect(() => encode(countCodec, 0.5)).toThrow(Bug);
  });
});

describe('the chain', () => {
  it('starts from the name of the log and goes on from entry to entry', () => {
    const [first, second] = logOf(events.slice(1));
    if (first === undefined || second === undefined) expect.fail('no entries');
    expect(first.prev).toEqual(taggedHash('log/entry', logIdOf(sampleOwner)));
    expect(first.prev).toEqual(chainStart(logIdOf(sampleOwner)));
    expect(second.prev).toEqual(taggedHash('log/entry', encodeLogEntry(first)));
  });

  it('a log is named after its owner, its cluster, and which of the logs of its owner it is', () => {
    const names = [
      sampleOwner,
      { ...sampleOwner, owner: filled(1) },
      { ...sampleOwner, cluster: filled(1) },
      { ...sampleOwner, instance: filled(1, 16) },
    ].map((owner) => to0x(logIdOf(owner)));
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toBe(to0x(taggedHash('log/id', sampleOwner.owner, sampleOwner.cluster)));
  });
});
