import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { decode } from '../../../src/crypto/codec.ts';
import { MAX_TOLD_MARKS, type SigningMessage, signingMessageCodec } from '../../../src/node/control.ts';
import { marksOfL1, ownMarks } from '../../../src/node/mark-learning.ts';
import { type Letter, Runtimes, request } from '../../sim/runtimes.ts';
import { calldataRequest } from '../chain/samples.ts';
import { named } from './helpers.ts';
import { batchRule, keyRule } from './policy/policy-fixture.ts';

const others = [1, 2, 3].map((j) => partyIndex(j));
const demand = { signers: others, deadlineMs: 60_000 };
const kindOf = ({ channel, bytes }: Letter): string =>
  channel === 'signing' ? decode(signingMessageCodec, bytes).kind : 'envelope';

/** Node 4 does not know what was signed: it was away when the others signed two batches. */
async function made(origin: string, more: ConstructorParameters<typeof Runtimes>[0] = {}) {
  const nodes = new Runtimes({ origins: { 4: origin }, ...more });
  nodes.away.add(4);
  for (const batchIndex of [1n, 2n])
    await nodes.ending(nodes.seat(1).runtime.sign(request(nodes.key, { batchIndex }), demand));
  nodes.away.delete(4);
  return { nodes, seat: nodes.seat(4), learning: nodes.seat(4).runtime.learning };
}
const rowsOf = ({ marks }: { readonly marks: readonly { lane: string; low: bigint | undefined }[] }) =>
  marks.map(({ lane, low }) => `${lane} ${String(low)}`).sort();

describe('a node in quarantine', () => {
  it('hears from all members how far they have signed, and changes nothing by itself', async () => {
    const { nodes, seat, learning } = await made('relearned');
    learning.restart();
    await nodes.pump();
    expect(learning.learned.from).toEqual(['node-1', 'node-2', 'node-3']);
    expect(rowsOf(learning.learned)).toEqual(['batch 2', 'batch 2', 'nonce 2']);
    expect([learning.isEnough, seat.key.guard.isQuarantined, seat.key.guard.marks]).toEqual([true, true, []]);
  });

  it('signs nothing and makes no presignatures, whoever asks', async () => {
    const { nodes, seat } = await made('relearned');
    const batchIndex = 3n;
    const own = seat.runtime.sign(request(nodes.key, { batchIndex }), { deadlineMs: 60_000 });
    await expect(nodes.ending(own)).rejects.toMatchObject({ code: 'quarantine' });
    const asked = nodes.seat(1).runtime.sign(request(nodes.key, { batchIndex }), {
      ...demand,
      signers: [1, 2, 4].map((j) => partyIndex(j)),
    });
    await expect(nodes.ending(asked)).rejects.toMatchObject({
      code: 'signing-failed',
      message: expect.stringMatching(/node-4 refused \(quarantine/),
    });
    const free = nodes.seat(1).runtime.sign(request(nodes.key, { batchIndex }), { deadlineMs: 60_000 });
    expect((await nodes.ending(free)).signers).toEqual([1, 2, 3]);
    expect(seat.signed).toEqual([]);
  });

  it('signs what is new after its release, and never again what the others signed', async () => {
    const { nodes, seat, learning } = await made('relearned');
    learning.restart();
    await nodes.pump();
    seat.runtime.release('operator');
    expect([seat.key.guard.isQuarantined, rowsOf(seat.key.guard)]).toEqual([
      false,
      ['batch 2', 'batch 2', 'nonce 2'],
    ]);
    const old = seat.runtime.sign(request(nodes.key, { batchIndex: 2n }, 'other'), { deadlineMs: 60_000 });
    await expect(nodes.ending(old)).rejects.toMatchObject({ code: 'below-watermark' });
    const next = seat.runtime.sign(request(nodes.key, { batchIndex: 3n }), { deadlineMs: 60_000 });
    expect((await nodes.ending(next)).signers).toContain(4);
  });

  it('forgets nothing of its quarantine when it was put into it by hand', async () => {
    const { seat } = await made('keygen');
    seat.runtime.quarantine('manifest lost');
    expect(seat.key.guard.quarantineReason).toBe('manifest lost');
    expect(seat.runtime.levels()).toEqual([]);
  });

  it('asks again whoever did not answer, and a newcomer at once', async () => {
    const linked = [1, 2, 3, 4];
    const { nodes, learning, seat } = await made('relearned', { connected: () => linked });
    linked.splice(0, 3);
    learning.restart();
    nodes.away.add(2);
    linked.unshift(1, 2);
    seat.runtime.linksChanged(partyIndex(2));
    await nodes.pump();
    expect([learning.learned.from, learning.learned.awaited]).toEqual([['node-1'], ['node-2']]);
    expect(learning.isEnough).toBe(false);
    nodes.away.delete(2);
    await nodes.clock.advance(5_000);
    await nodes.pump();
    expect([learning.learned.from, learning.isEnough]).toEqual([['node-1', 'node-2'], true]);
  });

  it('does not wait for a member that is gone since the last answer', async () => {
    const linked = [1, 2, 3, 4];
    const nodes = new Runtimes({ origins: { 4: 'reshare' }, connected: () => linked });
    const { runtime, key } = nodes.seat(4);
    nodes.away.add(3);
    await nodes.pump();
    expect([runtime.learning.isEnough, key.guard.isQuarantined]).toEqual([false, true]);
    linked.splice(2, 1);
    await nodes.clock.advance(5_000);
    expect(key.guard.isQuarantined).toBe(false);
  });

  it('does not count who may have forgotten the same', async () => {
    const nodes = new Runtimes({ origins: { 3: 'relearned', 4: 'relearned' } });
    const { learning } = nodes.seat(4).runtime;
    nodes.away.add(2);
    await nodes.pump();
    expect([learning.learned.from, learning.isEnough]).toEqual([['node-1'], false]);
  });

  it('takes the higher of what members and L1 say, and says from where it comes', async () => {
    const view = { chainId: 31_337n, nextNonce: 9n, lastBatchIndex: 1n, maxAhead: 16n };
    let isSeen = false;
    const { nodes, learning } = await made('relearned', { l1View: () => (isSeen ? view : undefined) });
    isSeen = true;
    learning.restart();
    await nodes.pump();
    const { marks, isL1Seen } = learning.learned;
    expect([isL1Seen, marks.find(({ lane }) => lane === 'nonce')]).toMatchObject([
      true,
      { low: 8n, source: 'l1' },
    ]);
    expect(marks.find(({ lane }) => lane === 'batch')).toMatchObject({ low: 2n, source: 'node-1' });
  });
});

it('L1 shows how far batches have come, whatever else the policy names first', () => {
  const { keyId, sender } = calldataRequest;
  const view = { nextNonce: 9n, lastBatchIndex: 5n };
  const rows = rowsOf({
    marks: marksOfL1({ keyId, sender, policy: { rules: [keyRule, batchRule] } }, view),
  });
  expect(rows).toEqual(['batch 5', 'batch 5', 'nonce 8']);
  expect(marksOfL1({ keyId, sender, policy: { rules: [keyRule] } }, view)).toEqual([]);
});

describe('a member that joined', () => {
  it('learns the first marks and signs, without an operator', async () => {
    const { nodes, seat, learning } = await made('reshare');
    learning.restart();
    await nodes.pump();
    expect([seat.key.guard.isQuarantined, rowsOf(seat.key.guard)]).toEqual([
      false,
      ['batch 2', 'batch 2', 'nonce 2'],
    ]);
    expect(seat.log.lines).toContainEqual(expect.objectContaining({ event: 'released' }));
  });

  it('signs nothing while one of a quorum has not answered', async () => {
    const { nodes, seat, learning } = await made('reshare');
    nodes.tamper = (letter) => (letter.from !== 1 && kindOf(letter) === 'marks' ? [] : [letter]);
    learning.restart();
    await nodes.pump();
    expect([seat.key.guard.isQuarantined, learning.learned.from]).toEqual([true, ['node-1']]);
  });
});

describe('what a member tells', () => {
  it('is only of the key that is asked for, and only to who asks', async () => {
    const { nodes } = await made('keygen');
    const heard: SigningMessage[] = [];
    nodes.tamper = (letter) => {
      if (letter.channel === 'signing') heard.push(decode(signingMessageCodec, letter.bytes));
      return [letter];
    };
    nodes.say(partyIndex(4), partyIndex(1), { kind: 'marks-wanted', keyId: named('another key') });
    await nodes.pump();
    expect(heard.map(({ kind }) => kind)).toEqual(['marks-wanted']);
    nodes.say(partyIndex(4), partyIndex(1), { kind: 'marks-wanted', keyId: nodes.key.record.keyId });
    await nodes.pump();
    expect(heard.at(-1)).toMatchObject({ kind: 'marks', isQuarantined: false });
  });

  it('is nothing to a node that has not asked', async () => {
    const { nodes, seat } = await made('keygen');
    const mark = { lane: 'nonce', scope: named('s'), low: 99n, high: undefined } as const;
    const { keyId } = nodes.key.record;
    nodes.say(partyIndex(1), partyIndex(4), { kind: 'marks', keyId, isQuarantined: false, marks: [mark] });
    await nodes.pump();
    expect([seat.runtime.learning.learned.from, seat.key.guard.marks]).toEqual([[], []]);
  });

  it('is silence, and an alarm, when there are more lanes than a message holds', async () => {
    const { seat } = await made('keygen');
    const { key, log } = seat;
    for (let i = 0; i <= MAX_TOLD_MARKS; i++)
      key.guard.raise({ lane: 'nonce', scope: named(`${i}`), low: 1n });
    expect(ownMarks(key, log)).toBeUndefined();
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', event: 'too many lanes to tell' });
  });
});
