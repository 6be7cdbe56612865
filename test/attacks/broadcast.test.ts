import { afterEach, describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex, sessionId } from '../../src/crypto/brand.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { commitTo } from '../../src/protocols/example/checks.ts';
import { coinFlip } from '../../src/protocols/example/coin-flip.ts';
import { judge } from '../../src/protocols/judge.ts';
import { envelopeKinds, parseEnvelope, protos, sealEnvelope } from '../../src/protocols/kernel/envelope.ts';
import type * as notices from '../../src/protocols/kernel/notices.ts';
import { type Protocol, at } from '../../src/protocols/kernel/protocol.ts';
import { Session } from '../../src/protocols/kernel/session.ts';
import { setup } from '../../src/protocols/kernel/setup.ts';
import { Cluster, type Member, type Tamper, members, rngOf, specFor } from '../sim/cluster.ts';

// What the attack test removes is one named guard; everything else stays the shipped code.
const { off } = vi.hoisted(() => ({ off: new Set<'views'>() }));
afterEach(() => {
  off.clear();
});
vi.mock('../../src/protocols/kernel/notices.ts', async (original) => {
  const real = await original<typeof notices>();
  return {
    ...real,
    viewOf: (...given: Parameters<typeof notices.viewOf>) =>
      off.has('views') ? new Uint8Array(32) : real.viewOf(...given),
  };
});

const seats = members(4);
const spec = specFor(seats, { proto: protos.coinFlip, threshold: 3 });
const liar = partyIndex(2);

function sessions(): ReadonlyMap<PartyIndex, Session<Uint8Array>> {
  const body = function* ({ index }: Member): Protocol<Uint8Array> {
    return yield* coinFlip(yield* setup(spec, index, rngOf('equivocation', index)));
  };
  return new Map(
    seats.map((member) => [
      member.index,
      new Session({
        spec,
        self: member.index,
        identitySeed: member.seed,
        rng: rngOf('equivocation wire', member.index),
        body: body(member),
        judge,
        outputHash: (coin) => taggedHash('test', coin),
        maxBodyBytes: 1 << 16,
      }),
    ]),
  );
}

/** Commits to one coin towards some, and to another towards the rest; each is told a story without gaps. */
function twoFaced(victims: readonly number[]): Tamper {
  const coin = new Uint8Array(32).fill(7);
  const last = new Map<PartyIndex, Uint8Array>();
  const { seed } = at(new Map(seats.map((member) => [member.index, member])), liar);
  return (from, to, bytes) => {
    const { header, body } = parseEnvelope(bytes);
    if (from !== liar || !victims.includes(to)) return [bytes];
    if (header.kind !== envelopeKinds.broadcast) return [];
    if (header.round === 0) return [bytes];
    const bodies = new Map([
      [1, commitTo(sessionId(header.sid), liar, coin)],
      [3, coin],
    ]);
    const prev = last.get(to) ?? header.prev;
    const bent = sealEnvelope({ ...header, prev }, bodies.get(header.round) ?? body, seed);
    last.set(to, bent.eid);
    return [bent.bytes];
  };
}

describe('ATK-P07 a broadcast that is not the same to all', () => {
  it.each([[[1]], [[3, 4]], [[1, 4]]])(
    'ATK-P07: towards %j is found, and its author is convicted by what it signed',
    (victims) => {
      const all = sessions();
      const states = new Cluster(all, 3, twoFaced(victims)).run();
      for (const [j, state] of states) {
        if (j === liar) continue;
        if (state.kind !== 'aborted') throw new RangeError(`party ${j} is ${state.kind}`);
        expect(state.abort).toMatchObject({ code: 'equivocation', culprits: [liar], grade: 'A' });
        const first = at(all, j).transcript().broadcasts[0];
        expect(judge(state.abort.evidence!, spec, first).guilty).toBe('accused');
      }
    },
  );

  it('ATK-P07: positive control, without digests of what was heard two halves have different coins', () => {
    off.add('views');
    const states = new Cluster(sessions(), 3, twoFaced([3, 4])).run();
    const coins = [1, 3, 4].map((j) => {
      const state = at(states, partyIndex(j));
      return state.kind === 'done' ? toHex(state.output) : state.kind;
    });
    expect(coins[0]).toHaveLength(64);
    expect(coins[1]).toHaveLength(64);
    expect(coins[1]).toBe(coins[2]);
    expect(coins[0]).not.toBe(coins[1]);
  });
});
