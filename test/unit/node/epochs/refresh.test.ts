import { describe, expect, it } from 'vitest';

import type { Plan } from '../../../../src/chain/definition-file.ts';
import { isServable } from '../../../../src/chain/lock-rules.ts';
import type { Lock } from '../../../../src/chain/lock.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { RefreshSchedule, isDueRefresh, refreshPlan } from '../../../../src/node/epochs/refresh.ts';
import { changeOf, firstEpoch, nextEpoch, seedOf } from '../../audit/support/epochs.ts';
import type { Definition } from '../../../../src/protocols/ceremony/definition.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { SimClock } from '../../../sim/clock.ts';
import { memoryLog, named } from '../helpers.ts';

const first = firstEpoch(4, 3);
const { lock } = first;
const policyHash = named('policy');
const bornMs = Number(lock.definition.definition.timing.createdAtMs);
const everyMs = 1_000_000;
const from = partyIndex(1);
const nowMs = bornMs + everyMs;
const nowMs30 = BigInt(nowMs) + 30n * 86_400_000n;

describe('the plan of a refresh', () => {
  it('changes nothing but the shares, and follows the epoch in service', () => {
    const plan = refreshPlan(lock, from, { nowMs, policyHash });
    const { definition } = plan;
    expect(definition.committee).toEqual(lock.definition.definition.committee);
    expect(definition.required).toBe(lock.record.threshold);
    expect(definition.sequence > lock.definition.definition.sequence).toBe(true);
    expect(plan.previous).toBe(lock);
  });

  it('is one of the next epoch, too', () => {
    const next = nextEpoch(first, { ceremony: 'refresh' });
    expect(isServable(next.lock, lock)).toBe(true);
    expect(refreshPlan(next.lock, from, { nowMs, policyHash }).definition.key?.epochNo).toBe(1);
  });
});

describe('a proposal that comes over a link', () => {
  const plan = refreshPlan(lock, from, { nowMs, policyHash });
  const at = { from, nowMs, everyMs, policyHash, undecided: 0 };
  it('is taken when it is the refresh that is due', () => {
    expect(isDueRefresh(plan, lock, { ...at, undecided: 7 })).toBe(true);
    const ahead = refreshPlan(lock, from, { nowMs: nowMs + 300_000, policyHash });
    expect(isDueRefresh(ahead, lock, at)).toBe(true);
  });
  const { definition } = plan;
  const { timing } = definition;
  const withChanged = (changed: Partial<Definition>): boolean =>
    isDueRefresh({ ...plan, definition: { ...definition, ...changed } }, lock, at);
  const cases: readonly (readonly [string, () => boolean])[] = [
    ['too early', () => isDueRefresh(plan, lock, { ...at, nowMs: nowMs - 1 })],
    ['by another member', () => isDueRefresh(plan, lock, { ...at, from: partyIndex(2) })],
    ['without a schedule here', () => isDueRefresh(plan, lock, { ...at, everyMs: 0 })],
    ['on a node without a key', () => isDueRefresh(plan, undefined, at)],
    ['from another lock', () => isDueRefresh(plan, firstEpoch(4, 3, 'two').lock, at)],
    ['under another policy', () => isDueRefresh(plan, lock, { ...at, policyHash: named('other') })],
    ['with a sequence that leaves none', () => withChanged({ sequence: 2n ** 64n - 1n })],
    [
      'with another address of a member',
      () => withChanged({ committee: definition.committee.map((seat) => ({ ...seat, address: 'x:1' })) }),
    ],
    ['that may wait for a month', () => withChanged({ timing: { ...timing, executeByMs: nowMs30 } })],
    [
      'of a clock that is far ahead',
      () => isDueRefresh(refreshPlan(lock, from, { nowMs: nowMs + 300_001, policyHash }), lock, at),
    ],
    [
      'of a time when it was not due',
      () => isDueRefresh(refreshPlan(lock, from, { nowMs: nowMs - 1, policyHash }), lock, at),
    ],
    ['while eight attempts are not decided', () => isDueRefresh(plan, lock, { ...at, undecided: 8 })],
    [
      'of another kind',
      () => isDueRefresh({ ...plan, definition: { ...definition, ceremony: 'repair' } }, lock, at),
    ],
    [
      'of another committee',
      () =>
        isDueRefresh(
          { definition: changeOf(lock, { committee: [1, 2, 3] }), signatures: [], previous: lock },
          lock,
          at,
        ),
    ],
  ];
  it.each(cases)('is passed over %s', (_, isTaken) => {
    expect(isTaken()).toBe(false);
  });
});

describe('the schedule', () => {
  interface Options {
    readonly everyMs: number;
    readonly isIdle?: boolean;
    /** Its proposals make no epoch. */
    readonly isInVain?: boolean;
    readonly undecided?: number;
  }
  const run = (index: number, options: Options) => {
    const clock = new SimClock();
    clock.wallOffsetMs = bornMs;
    const plans: Plan[] = [];
    const held: { lock: Lock | undefined } = { lock };
    const schedule = new RefreshSchedule(
      { everyMs: options.everyMs, isConsented: true },
      {
        clock,
        log: memoryLog(),
        lock: () => held.lock,
        identityPk: identityPublicKey(seedOf(index)),
        policyHash,
        isIdle: () => options.isIdle ?? true,
        undecided: () => options.undecided ?? 0,
        propose: (plan) => {
          plans.push(plan);
          if (options.isInVain !== true) held.lock = undefined;
        },
      },
    );
    schedule.start();
    const advance = (ms: number): Promise<void> => clock.advance(ms);
    return { plans, schedule, advance };
  };

  it('proposes when the shares are old enough, and not before', async () => {
    const { plans, advance } = run(1, { everyMs });
    await advance(everyMs - 100_000);
    expect(plans).toHaveLength(0);
    await advance(200_000);
    expect(plans).toHaveLength(1);
    expect(plans[0]?.definition).toMatchObject({ ceremony: 'refresh', proposer: 1 });
  });

  it('lets the members with lower indices go first', async () => {
    const { plans, advance } = run(3, { everyMs });
    await advance(everyMs + 150_000);
    expect(plans).toHaveLength(0);
    await advance(150_000);
    expect(plans).toHaveLength(1);
  });

  it('tries again after an hour when nothing has come of it, and not at every look', async () => {
    const day = 86_400_000;
    const { plans, advance } = run(1, { everyMs: day, isInVain: true });
    await advance(day + 3_500_000);
    expect(plans).toHaveLength(1);
    await advance(200_000);
    expect(plans).toHaveLength(2);
  });

  it('stops when too many attempts were prepared and not decided', async () => {
    const { plans, advance } = run(1, { everyMs, undecided: 8 });
    await advance(2 * everyMs);
    expect(plans).toHaveLength(0);
  });

  it('proposes nothing while one is under way, without a seat, when stopped, or when it is off', async () => {
    const busy = run(1, { everyMs, isIdle: false });
    const stranger = run(9, { everyMs });
    const off = run(1, { everyMs: 0 });
    const stopped = run(1, { everyMs });
    stopped.schedule.stop();
    for (const one of [busy, stranger, off, stopped]) {
      await one.advance(2 * everyMs);
      expect(one.plans).toHaveLength(0);
    }
  });
});
