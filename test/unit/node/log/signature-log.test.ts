import { describe, expect, it } from 'vitest';

import { entryHash, encodeLogEntry, logIdOf } from '../../../../src/chain/log/entry.ts';
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from '../../../../src/chain/log/merkle.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { MAX_WAITING, SignatureLog } from '../../../../src/node/log/signature-log.ts';
import { memoryDisk, memoryLog } from '../helpers.ts';
import { cluster, identityOf, logWith, openOn, refusal, stepClock, subject } from './samples.ts';

describe('the signature log', () => {
  it('numbers its entries, chains them, and has the root of all', () => {
    const { log } = logWith(5);
    const entries = [...log.entries()];
    expect(entries.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
    expect(entries.map(({ event }) => event)).toEqual([0, 1, 2, 3, 4].map(refusal));
    expect(entries[0]).toMatchObject({ version: 1, ...subject });
    const encoded = entries.map(encodeLogEntry);
    expect(entries[3]?.prev).toEqual(entryHash(encoded[2] ?? new Uint8Array(0)));
    expect(log.headAt(77)).toEqual({
      ...{ logId: logIdOf(log.of), size: 5, atMs: 77 },
      ...{ root: rootOf(encoded.map(leafHash)), chain: entryHash(encoded[4] ?? new Uint8Array(0)) },
    });
  });

  it('is the same after it was opened again, and goes on', () => {
    const { log, disk } = logWith(3);
    const again = openOn(disk);
    expect(again.headAt(1)).toEqual(log.headAt(1));
    again.append(refusal(3), subject);
    expect([...again.entries()].map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
  });

  it('gives pages, as far as there are entries', () => {
    const { log } = logWith(5);
    expect([...log.entries(1, 3)].map(({ seq }) => seq)).toEqual([1, 2]);
    expect([...log.entries(4, 90)].map(({ seq }) => seq)).toEqual([4]);
    expect([...log.entries(7, 90)]).toEqual([]);
  });

  it('proves what it contains, and knows the heads that are its own', () => {
    const { log } = logWith(3);
    const [first, early] = [log.headAt(1), { ...log.headAt(1), size: 2 }];
    log.append(refusal(3), subject);
    const now = log.headAt(2);
    expect(verifyConsistency({ first, second: now }, log.proofBetween(3, 4))).toBe(true);
    const [entry] = [...log.entries(1, 2)];
    if (entry === undefined) expect.fail('no entry');
    const leaf = leafHash(encodeLogEntry(entry));
    const claim = { leaf, index: 1, size: 4, root: now.root };
    expect(verifyInclusion(claim, log.inclusionProof(1, 4))).toBe(true);
    expect(log.contains(first)).toBe(true);
    expect(log.contains(early)).toBe(false);
    expect(log.contains({ ...now, size: 5 })).toBe(false);
    expect(log.contains({ ...now, logId: cluster })).toBe(false);
    expect(() => log.proofBetween(3, 9)).toThrow(Bug);
  });

  it('is refused with the command that helps when an entry was changed, moved, or is of another node', () => {
    const damaged = { code: 'log-damaged', message: expect.stringContaining('audit begin-anew') };
    const { disk } = logWith(3);
    const path = 'data/log/entries/000001.log';
    const bytes = disk.files.get(path) ?? new Uint8Array(0);
    disk.files.set(path, bytes.with(40, (bytes[40] ?? 0) ^ 1));
    expect(() => openOn(disk)).toThrow(expect.objectContaining(damaged));
    disk.files.set(path, bytes);
    expect(() => openOn(disk, identityOf(2))).toThrow(expect.objectContaining(damaged));
    disk.files.set(path, bytes.slice(0, bytes.length - 5));
    expect(openOn(disk).size).toBe(2);
  });

  it('a log that takes the place of another says so in its first entry, and has another name', () => {
    const disk = memoryDisk();
    const identity = identityOf(1);
    const instance = new Uint8Array(16).fill(3);
    const options = { folder: 'data/log', owner: identity.publicKey, cluster, instance };
    const deps = { disk, clock: stepClock(), log: memoryLog() };
    const log = SignatureLog.open(options, deps);
    const predecessor = logIdOf({ ...log.of, instance: new Uint8Array(0) });
    log.append({ kind: 'succeeds', predecessor, instance }, subject);
    log.append(refusal(1), subject);
    const again = openOn(disk, identity);
    expect(again.of.instance).toEqual(instance);
    expect(again.headAt(0)).toEqual(log.headAt(0));
    expect(logIdOf(again.of)).not.toEqual(predecessor);
  });
});

describe('a disk that takes nothing', () => {
  it('makes entries wait, in order, until it does', () => {
    const { log, disk } = logWith(1);
    disk.fault = { code: 'disk-full', level: 'retry' };
    expect(log.append(refusal(1), subject)).toBe(false);
    expect(log.append(refusal(2), subject)).toBe(false);
    expect([log.size, log.waiting]).toEqual([1, 2]);
    disk.fault = undefined;
    expect(log.flush()).toBe(true);
    expect([...log.entries()].map(({ event }) => event)).toEqual([0, 1, 2].map(refusal));
    expect(log.waiting).toBe(0);
  });

  it('makes no more wait than memory is meant to hold, and says what it gives up', () => {
    const disk = memoryDisk();
    const lines = memoryLog();
    const options = { folder: 'data/log', owner: identityOf(1).publicKey, cluster };
    const log = SignatureLog.open(options, { disk, clock: stepClock(), log: lines });
    disk.fault = { code: 'disk-full', level: 'retry' };
    for (let i = 0; i <= MAX_WAITING; i++) log.append(refusal(i), subject);
    expect(log.waiting).toBe(MAX_WAITING);
    expect(lines.lines.filter(({ event }) => event === 'log entry given up')).toHaveLength(1);
    disk.fault = undefined;
    log.flush();
    expect([...log.entries(0, 1)][0]?.event).toEqual(refusal(1));
  });

  it('stops the node where nobody knows what is on it', () => {
    const { log, disk } = logWith(0);
    disk.fault = { code: 'fsync-failed', level: 'fatal' };
    expect(() => log.append(refusal(0), subject)).toThrow(expect.objectContaining({ code: 'fsync-failed' }));
  });
});
