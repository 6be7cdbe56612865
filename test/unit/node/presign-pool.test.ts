import { serialize } from 'node:v8';

import { describe, expect, test } from 'vitest';

import { type PartyIndex, partyIndex, sessionId } from '../../../src/crypto/brand.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { G } from '../../../src/crypto/secp256k1.ts';
import {
  MAX_PER_QUORUM,
  PooledPresignature,
  PresignPool,
  type PresigScalars,
  defaultPoolOptions,
} from '../../../src/node/presign-pool.ts';
import { handClock, memoryLog, named } from './helpers.ts';

const quorum = [1, 2, 4].map((i) => partyIndex(i));
const other = [1, 2, 3].map((i) => partyIndex(i));
const keyId = named('key');

function make(
  position: number,
  change: { quorum?: readonly PartyIndex[]; sid?: string; epoch?: string } = {},
): { presignature: PooledPresignature; scalars: PresigScalars; presigId: Uint8Array } {
  const sid = change.sid ?? 'sid';
  const members = change.quorum ?? quorum;
  const presigId = named(`${sid} ${position} ${members.join()} ${change.epoch ?? ''}`);
  const scalars = { phi: named('phi'), u: named('u'), v: named('v') };
  const info = {
    presigId,
    sid: sessionId(named(sid)),
    position,
    keyId,
    epochId: named(change.epoch ?? 'epoch 0'),
    quorum: members,
    R: G,
    view: named('view'),
  };
  return { presignature: new PooledPresignature(info, scalars), scalars, presigId };
}
function pool(options = defaultPoolOptions): {
  pool: PresignPool;
  clock: ReturnType<typeof handClock>;
  log: ReturnType<typeof memoryLog>;
} {
  const [clock, log] = [handClock(), memoryLog()];
  return { pool: new PresignPool(options, { clock, log }), clock, log };
}
const isZero = ({ phi, u, v }: PresigScalars): boolean => [...phi, ...u, ...v].every((byte) => byte === 0);

describe('taking a presignature', () => {
  test('gives it once; the same request is told so, another raises an alarm', () => {
    const { pool: ready, log } = pool();
    const { presignature, presigId } = make(0);
    ready.add([presignature]);
    const first = ready.take(presigId, named('tau'));
    expect(first.kind === 'taken' && first.presignature.isReady).toBe(true);
    expect(presignature.isReady).toBe(false);
    expect(ready.size).toBe(0);
    expect(ready.take(presigId, named('tau'))).toEqual({ kind: 'already-consumed' });
    expect(log.lines).toEqual([]);
    expect(ready.take(presigId, named('tau 2'))).toEqual({
      kind: 'refused',
      reason: 'presignature-other-tuple',
    });
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('hands its scalars over once', () => {
    const { pool: ready } = pool();
    const { presignature, presigId } = make(0);
    ready.add([presignature]);
    const taken = ready.take(presigId, named('tau'));
    if (taken.kind !== 'taken') throw new Error('not taken');
    expect(taken.presignature.release().phi).toEqual(named('phi'));
    expect(() => taken.presignature.release()).toThrow(Bug);
  });

  test('of an unknown or expired one is refused, and what has expired is wiped', () => {
    const { pool: ready, clock } = pool();
    const { presignature, scalars, presigId } = make(0);
    expect(ready.take(presigId, named('tau'))).toEqual({ kind: 'refused', reason: 'presignature-unknown' });
    ready.add([presignature]);
    clock.move(defaultPoolOptions.ttlMs);
    expect(ready.peek(presigId)).toBeUndefined();
    expect(ready.take(presigId, named('tau'))).toEqual({ kind: 'refused', reason: 'presignature-expired' });
    expect(isZero(scalars)).toBe(true);
  });

  test('a millisecond before its time is over succeeds', () => {
    const { pool: ready, clock } = pool();
    const { presignature, presigId } = make(0);
    ready.add([presignature]);
    clock.move(defaultPoolOptions.ttlMs - 1);
    expect(ready.peek(presigId)?.position).toBe(0);
    expect(ready.take(presigId, named('tau')).kind).toBe('taken');
  });

  test('an id that comes back is a bug', () => {
    const { pool: ready } = pool();
    ready.add([make(0).presignature]);
    expect(() => ready.add([make(0).presignature])).toThrow(Bug);
    ready.take(make(0).presigId, named('tau'));
    expect(() => ready.add([make(0).presignature])).toThrow(Bug);
  });
});

describe('a presignature has no serialiser', () => {
  test('JSON, structured cloning and V8 refuse it, alone and within something else', () => {
    const { presignature } = make(0);
    for (const value of [presignature, { deep: [presignature] }, new Map([['p', presignature]])]) {
      expect(() => structuredClone(value)).toThrow();
      expect(() => serialize(value)).toThrow();
    }
    expect(() => JSON.stringify(presignature)).toThrow(/never written/);
    expect(() => JSON.stringify({ deep: [presignature] })).toThrow(/never written/);
  });

  test('nor does it show its scalars when it is printed', () => {
    const { presignature } = make(0);
    expect(String(Object.keys(presignature))).toBe('info,toJSON');
  });
});

describe('the level of a pool', () => {
  test('is counted for each quorum and bounded; what is above it is wiped', () => {
    const { pool: ready } = pool({ ...defaultPoolOptions, maxPerQuorum: 2 });
    const made = [0, 1, 2].map((i) => make(i));
    expect(ready.add(made.map(({ presignature }) => presignature))).toBe(2);
    expect(ready.add([make(0, { quorum: other }).presignature])).toBe(1);
    expect([ready.level(keyId, quorum), ready.level(keyId, other), ready.size]).toEqual([2, 1, 3]);
    expect(isZero(made[2]!.scalars)).toBe(true);
    expect(ready.level(named('another key'), quorum)).toBe(0);
  });

  test('is kept by the newest: what only others may propose does not fill it for good', () => {
    const { pool: ready } = pool({ ...defaultPoolOptions, maxPerQuorum: 2 });
    const [old, older] = [make(0), make(1)];
    ready.add([old.presignature, older.presignature]);
    expect(ready.add([make(0, { sid: 'b' }).presignature])).toBe(1);
    expect([ready.level(keyId, quorum), isZero(old.scalars), isZero(older.scalars)]).toEqual([
      2,
      true,
      false,
    ]);
  });

  test('is counted apart for each member that may propose', () => {
    const { pool: ready } = pool();
    ready.add([0, 1, 3].map((position) => make(position).presignature));
    expect(quorum.map((member) => ready.level(keyId, quorum, member))).toEqual([2, 1, 0]);
  });

  test('may not be configured above the limits of the protocol', () => {
    expect(() => pool({ ...defaultPoolOptions, maxPerQuorum: MAX_PER_QUORUM + 1 })).toThrow(Bug);
    expect(() => pool({ ...defaultPoolOptions, ttlMs: 25 * 3600 * 1000 })).toThrow(Bug);
  });
});

describe('dropping', () => {
  const fill = (): { ready: PresignPool; all: ReturnType<typeof make>[] } => {
    const { pool: ready } = pool();
    const all = [
      make(0),
      make(1),
      make(0, { sid: 'b' }),
      make(0, { quorum: other }),
      make(0, { epoch: 'epoch 1' }),
    ];
    ready.add(all.map(({ presignature }) => presignature));
    return { ready, all };
  };

  test('by session, member, epoch, time or all wipes exactly those', () => {
    const cases: readonly [(ready: PresignPool) => number, readonly number[]][] = [
      [(ready) => ready.dropSession(sessionId(named('b'))), [2]],
      [(ready) => ready.dropMember(keyId, partyIndex(3)), [3]],
      [(ready) => ready.dropMember(named('another key'), partyIndex(3)), []],
      [(ready) => ready.dropOtherEpochs(keyId, named('epoch 1')), [0, 1, 2, 3]],
      [(ready) => ready.dropAll(), [0, 1, 2, 3, 4]],
    ];
    for (const [drop, gone] of cases) {
      const { ready, all } = fill();
      expect(drop(ready)).toBe(gone.length);
      expect(all.flatMap(({ scalars }, i) => (isZero(scalars) ? [i] : []))).toEqual(gone);
      for (const i of gone) expect(ready.take(all[i]!.presigId, named('tau')).kind).toBe('refused');
    }
  });
});

test('a member proposes only the presignatures at its own places', () => {
  const { pool: ready } = pool();
  ready.add([0, 1, 2, 3, 4, 5].map((i) => make(i).presignature));
  for (const [seat, member] of quorum.entries()) {
    const proposed = ready.propose(keyId, quorum, member);
    expect(proposed?.position).toBe(seat);
    ready.take(proposed!.presigId, named('tau'));
    expect(ready.propose(keyId, quorum, member)?.position).toBe(seat + 3);
  }
  expect(ready.propose(keyId, quorum, partyIndex(3))).toBeUndefined();
  expect(ready.propose(keyId, other, partyIndex(1))).toBeUndefined();
});
