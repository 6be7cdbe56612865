import { describe, expect, it } from 'vitest';

import { lockHash, lockOfActivation } from '../../../../src/chain/lock.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import type { Clock } from '../../../../src/system/ports.ts';
import type { CeremonyState } from '../../../../src/node/api.ts';
import type { Stage } from '../../../../src/node/ceremony/course.ts';
import { ReshareCourse, type ReshareDeps } from '../../../../src/node/ceremony/reshare-course.ts';
import { certHashOf } from '../../../../src/protocols/reshare/activation.ts';
import { certified, changeOf, firstEpoch, redealt, seedOf, signedBy } from '../../audit/support/epochs.ts';
import { SimClock } from '../../../sim/clock.ts';
import { handClock, memoryDisk, memoryLog } from '../helpers.ts';

// The third of four members leaves. The others have the certificate before it has.

const first = firstEpoch(4, 3);
const definition = changeOf(first.lock, { committee: [1, 2, 4] });
const { prepared, shares } = redealt(first, definition);
const certificate = certified(first.lock.record, prepared, shares);
const plan = { ...signedBy(definition), previous: first.lock };
const lock = lockOfActivation(plan, 1, certificate, lockHash(first.lock));
const hash = lockHash(lock);

/** The third has nothing to do with the new epoch; a member of it is given what it signs with. */
function leaver(member?: {
  readonly index: number;
  readonly sign: () => Promise<never>;
  readonly clock: Clock;
}) {
  const log = memoryLog();
  const at: { state: CeremonyState } = { state: 'prepared' };
  const ended: unknown[] = [];
  const stage = {
    self: partyIndex(member?.index ?? 3),
    signed: () => plan,
    attempt: () => 1,
    state: () => at.state,
    tell: (_: string, __: unknown, state = at.state) => (at.state = state),
    last: (_: string, fields: unknown) => void ended.push(fields),
    end: (state: CeremonyState, reason: string) => void ended.push({ state, reason }),
    guard: (step: () => void) => step(),
    send: () => undefined,
    nameOf: String,
  } as unknown as Stage;
  const deps = {
    ...{
      log,
      disk: memoryDisk(),
      clock: member?.clock ?? handClock(),
      folder: 'ceremonies/c',
      previous: first.lock,
    },
    key: () => undefined,
    tellEpoch: () => undefined,
    identity: {
      publicKey: first.lock.record.members[(member?.index ?? 3) - 1]!.identityPk,
      sign: (_: string, of: Uint8Array) => signFor('lock', seedOf(member?.index ?? 3), of),
    },
    switchTo: () => (member === undefined ? undefined : { sign: member.sign }),
    eraseOld: () => true,
    // Only what a leaver reaches.
  } as unknown as ReshareDeps;
  const course = new ReshareCourse(stage, deps);
  course.restore({ attempt: 1, standing: { prepared, acks: [], commits: [] }, isSuperseded: false });
  const sign = (index: number, of: Uint8Array = hash): void =>
    course.hearLockSignature(partyIndex(index), {
      lockHash: of,
      signature: signFor('lock', seedOf(index), of),
    });
  const certify = (): unknown => course.hear({ kind: 'activation', certificate }, certHashOf(prepared));
  const signers = (): readonly number[] => (course.lock?.signatures ?? []).map(({ index }) => index);
  return { course, sign, certify, signers, log, at, ended };
}

describe('countersignatures that come before the certificate', () => {
  it('wait for it, and count then', () => {
    const { sign, certify, signers, at } = leaver();
    sign(1);
    sign(4);
    expect(signers()).toEqual([]);
    certify();
    expect([signers(), at.state]).toEqual([[1, 4], 'left']);
    sign(2);
    expect(signers()).toEqual([1, 2, 4]);
  });

  it('that are false are logged when it comes, and spoil neither it nor the others', () => {
    const { course, sign, certify, signers, log } = leaver();
    const signature = signFor('lock', seedOf(2), hash);
    course.hearLockSignature(partyIndex(1), { lockHash: hash, signature });
    sign(4);
    certify();
    expect(signers()).toEqual([4]);
    expect(log.lines).toMatchObject([{ event: 'ceremony message refused', fields: { peer: 1 } }]);
  });

  it('of one member do not take the room of the others', () => {
    const { sign, certify, signers } = leaver();
    for (let i = 0; i < 8; i++) sign(1, new Uint8Array(32).fill(i));
    sign(1); // too much from this one: it will be said again
    sign(2);
    certify();
    expect(signers()).toEqual([2]);
  });
});

describe('a change whose epoch is over', () => {
  it.each(['overtaken', 'stop'] as const)('asks for no more test signatures (%s)', async (end) => {
    const clock = new SimClock();
    const tries = { count: 0 };
    const sign = (): Promise<never> => {
      tries.count += 1;
      return Promise.reject(new OperationError('node-stopped', 'fatal', 'nobody signs'));
    };
    const { course, certify } = leaver({ index: 1, sign, clock });
    certify();
    await clock.advance(5_000);
    const before = tries.count;
    expect(before).toBeGreaterThan(1);
    course[end](prepared.record);
    await clock.advance(600_000);
    expect(tries.count).toBe(before);
  });
});

describe('who is to leave, when the others have changed the epoch without it', () => {
  it.each(['accepted', 'gathering'] as const)('has left (%s)', (state) => {
    const { course, at, ended } = leaver();
    at.state = state;
    course.overtaken(prepared.record);
    expect(at.state).toBe('left');
    expect(ended).toMatchObject([{ ok: true, epoch: 1, state: 'left' }]);
  });

  it('has not, where it has a seat in what came instead, or is in the session', () => {
    const { course, at, ended } = leaver();
    at.state = 'accepted';
    course.overtaken({ ...prepared.record, members: first.lock.record.members });
    at.state = 'executing';
    course.overtaken(prepared.record);
    expect(ended).toEqual([
      { state: 'timed-out', reason: 'stale-epoch' },
      { state: 'failed', reason: 'stale-epoch' },
    ]);
  });

  it('a member is overtaken as before', () => {
    const { course, at, ended } = leaver({
      index: 1,
      sign: () => Promise.reject(new Error()),
      clock: handClock(),
    });
    at.state = 'accepted';
    course.overtaken({ ...prepared.record, members: prepared.record.members.slice(1) });
    expect(ended).toEqual([{ state: 'timed-out', reason: 'stale-epoch' }]);
  });
});
