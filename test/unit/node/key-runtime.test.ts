import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { Runtimes, exclude, request } from '../../sim/runtimes.ts';

const quorum = [1, 2, 3].map((j) => partyIndex(j));
const one = partyIndex(1);
const levels = { target: 8, lowWater: 3, ttlMs: 3_600_000 };

describe('the level of presignatures', () => {
  it('is filled in the background for the quorum that a node would choose', async () => {
    const nodes = new Runtimes({ levels });
    const { runtime } = nodes.seat(1);
    runtime.refill();
    await nodes.pump();
    const [made] = runtime.levels();
    expect([made?.ready, made?.signers.includes(1)]).toEqual([8, true]);
  });

  it('is filled again when nothing is left that this node may propose, whatever the others may', async () => {
    const nodes = new Runtimes({ levels });
    const { runtime } = nodes.seat(1);
    const { keyId } = nodes.key.record;
    for (let index = 1n; index < 6n; index++) {
      const asked = request(nodes.key, { batchIndex: index });
      await nodes.ending(runtime.sign(asked, { signers: quorum, deadlineMs: 60_000 }));
      await nodes.pump();
    }
    expect(runtime.pool.level(keyId, quorum, one)).toBeGreaterThan(0);
  });

  it('is not filled while the key is tested, at target 0, or once the key is out of use', async () => {
    const still = async (nodes: Runtimes, stop = false): Promise<void> => {
      const { runtime } = nodes.seat(1);
      if (stop) runtime.stop();
      runtime.refill(quorum);
      await nodes.pump();
      expect([runtime.levels(), nodes.trace]).toEqual([[], []]);
    };
    await still(new Runtimes({ levels, state: 'checking' }));
    await still(new Runtimes({ levels: { ...levels, target: 0 } }));
    await still(new Runtimes({ levels }), true);
  });

  it('is tried again after a pause when a session failed', async () => {
    const nodes = new Runtimes({ levels });
    const { runtime } = nodes.seat(1);
    nodes.away.add(2);
    runtime.refill(quorum);
    await nodes.pump();
    await nodes.clock.advance(10_001); // the round’s deadline
    nodes.away.delete(2);
    await nodes.pump();
    await nodes.clock.advance(2_500);
    await nodes.pump();
    expect(runtime.levels()).toEqual([]);
    await nodes.clock.advance(10_000);
    await nodes.pump();
    expect(runtime.levels()[0]?.ready).toBe(8);
  });

  it('is not filled with a member that evidence has excluded', async () => {
    const nodes = new Runtimes({ levels });
    const { runtime } = nodes.seat(1);
    exclude(nodes.seat(1), 2);
    runtime.refill();
    await nodes.pump();
    expect(runtime.levels()[0]?.signers).toEqual([1, 3, 4]);
  });
});

describe('a key in service', () => {
  it('drops junk of a peer, and goes on', async () => {
    const nodes = new Runtimes();
    const { runtime, log } = nodes.seat(1);
    for (const junk of [new Uint8Array(0), new Uint8Array(5).fill(9), new Uint8Array(70).fill(255)])
      runtime.receive(partyIndex(2), junk);
    expect(log.lines.filter(({ event }) => event === 'message refused')).toHaveLength(3);
    const signing = runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 });
    expect((await nodes.ending(signing)).signers).toEqual(quorum);
  });

  it('shows how far its guard has come', async () => {
    const nodes = new Runtimes();
    const { runtime } = nodes.seat(1);
    await nodes.ending(runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 }));
    expect(runtime.lanes()).toContainEqual({ lane: 'batch', highestRecorded: '1' });
  });
});

describe('the restart of a member', () => {
  it('takes away what was made with it, and nothing else', async () => {
    const nodes = new Runtimes({ levels });
    const { runtime } = nodes.seat(1);
    runtime.refill([1, 2, 3].map((j) => partyIndex(j)));
    await nodes.pump();
    runtime.refill([1, 3, 4].map((j) => partyIndex(j)));
    await nodes.pump();
    runtime.peerRestarted(partyIndex(2));
    expect(runtime.levels()).toEqual([{ signers: [1, 3, 4], ready: 8 }]);
  });

  it('is followed by a refill as soon as there is a link', async () => {
    const nodes = new Runtimes({ levels });
    const { runtime } = nodes.seat(1);
    runtime.linksChanged(partyIndex(2));
    await nodes.pump();
    expect(runtime.levels()[0]?.ready).toBe(8);
  });
});
