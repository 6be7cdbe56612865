import { describe, expect, it } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { containsNoted, guardHeadOf, salvageGuard } from '../../../src/node/guard-log.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { SignGuard } from '../../../src/node/sign-guard.ts';
import { memoryDisk, memoryLog, named } from './helpers.ts';

const place = { path: 'guard/000001.log', keyId: named('key') };
const options = { ...place, limits: defaultGuardLimits };

/** A register with three bounds after its first record. */
function made() {
  const disk = memoryDisk();
  const guard = SignGuard.create(options, 'keygen', { disk, log: memoryLog() });
  for (const low of [1n, 2n, 3n]) guard.raise({ lane: 'nonce', scope: ascii('a'), low });
  return { disk, guard, bytes: disk.files.get(place.path) ?? new Uint8Array(0) };
}

describe('what can be saved of a register', () => {
  it('is all of a whole one, with the head that its guard has', () => {
    const { disk, guard } = made();
    const { bodies, entries, damage } = salvageGuard(place, disk);
    expect([entries.length, damage]).toEqual([4, undefined]);
    expect(guardHeadOf(bodies)).toEqual(guard.head);
  });

  it('is what stands before the first flaw, wherever that is, and the file is not touched', () => {
    const { disk, bytes } = made();
    const found = new Set<number>();
    for (let at = 0; at < bytes.length; at++) {
      const broken = bytes.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
      disk.files.set(place.path, broken);
      const { entries, damage } = salvageGuard(place, disk);
      expect(damage).toMatch(/byte \d+|record \d+/);
      found.add(entries.length);
      expect(disk.files.get(place.path)).toEqual(broken);
    }
    expect([...found].sort()).toEqual([0, 1, 2, 3]);
  });

  it('is a whole prefix of a file that ends early, which is no damage after the first record', () => {
    const { disk, bytes } = made();
    disk.files.set(place.path, bytes.slice(0, bytes.length - 1));
    expect(salvageGuard(place, disk)).toMatchObject({ damage: undefined, entries: { length: 3 } });
    disk.files.set(place.path, bytes.slice(0, 20));
    expect(salvageGuard(place, disk)).toMatchObject({
      entries: [],
      damage: expect.stringMatching(/no whole/),
    });
  });

  it('is nothing of the register of another key, and of no file at all', () => {
    const { disk } = made();
    const other = { ...place, keyId: named('another key') };
    expect(salvageGuard(other, disk)).toMatchObject({ entries: [], damage: expect.stringMatching(/of key/) });
    const none = { ...place, path: 'nowhere' };
    expect(() => salvageGuard(none, disk)).toThrow(/missing although a share exists/);
  });
});

describe('what the manifest noted', () => {
  it('is contained in the register that it noted, and in no older or other one', () => {
    const { disk, guard } = made();
    const { bodies } = salvageGuard(place, disk);
    const noted = { seq: guard.seq, head: guard.head };
    expect(containsNoted(bodies, noted)).toBe(true);
    expect(containsNoted(bodies, { seq: 0, head: new Uint8Array(32) })).toBe(true);
    expect(containsNoted(bodies.slice(0, 3), noted)).toBe(false);
    expect(containsNoted(bodies, { ...noted, head: named('other') })).toBe(false);
  });
});
