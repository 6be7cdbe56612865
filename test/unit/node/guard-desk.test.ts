import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { identityPublicKey, signFor } from '../../../src/crypto/ed25519.ts';
import { inboxSelectors } from '../../../src/ethereum/abi.ts';
import { GuardDesk } from '../../../src/node/guard-desk.ts';
import { readGuardFile } from '../../../src/node/guard-file.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import type { L1View, Policy } from '../../../src/node/policy/verdict.ts';
import { Runtimes, request } from '../../sim/runtimes.ts';
import { named } from './helpers.ts';

const view: L1View = { chainId: 31_337n, nextNonce: 9n, lastBatchIndex: 8n, maxAhead: 16n };
const demand = { signers: [1, 2, 3].map((j) => partyIndex(j)), deadlineMs: 60_000 };

/** Three nodes have signed batch 1; the desk is that of node 4, or of another. */
async function made({ origin = 'relearned', at = 4, l1 = undefined as L1View | undefined } = {}) {
  let isSeen = false;
  const nodes = new Runtimes({ origins: { 4: origin }, l1View: () => (isSeen ? l1 : undefined) });
  nodes.away.add(4);
  const first = nodes.seat(1).runtime.sign(request(nodes.key), demand);
  await nodes.ending(first);
  nodes.away.delete(4);
  isSeen = true;
  const [rule] = [request(nodes.key)].map(({ inbox, l1ChainId, l2ChainId }): Policy['rules'][number] => ({
    ...{ id: 'batch', kind: 'submit-batch', purpose: 'batch', da: 'calldata', l1ChainId, l2ChainId, inbox },
    ...{ selector: inboxSelectors['submit-batch'], valueMax: 0n, gasMax: 1n, feeCap: 1n, blobFeeCap: 0n },
    ...{ blobsMax: 0, dataMaxBytes: 1 },
  }));
  const seed = named('desk');
  const seat = nodes.seat(at);
  const desk = new GuardDesk(seat.runtime, {
    identity: {
      publicKey: identityPublicKey(seed),
      sign: (purpose, hash32) => signFor(purpose, seed, hash32),
    },
    l1ChainId: 31_337n,
    policy: { rules: rule === undefined ? [] : [rule] },
    limits: defaultGuardLimits,
    l1View: () => l1,
    nowMs: () => 0,
  });
  return { nodes, seat, desk };
}

describe('a view of the guard', () => {
  it('shows each lane with its bounds, what was recorded, what L1 shows, and the last answer', async () => {
    const { desk, seat } = await made({ at: 1, l1: { ...view, nextNonce: 1n, lastBatchIndex: 0n } });
    const { rows, quarantine, entries } = desk.view();
    expect([quarantine, entries]).toEqual([undefined, '2']);
    expect(rows.map(({ lane, low, highestRecorded, gap }) => [lane, low, highestRecorded, gap])).toEqual([
      ['nonce', undefined, '1', '16'],
      ['batch', undefined, '1', '4'],
      ['batch', undefined, '1', '4'],
    ]);
    expect(rows[0]).toMatchObject({ onL1: '0', lastAnswer: 'new' });
    expect(rows[0]?.scope).toContain(seat.key.address);
  });
});

describe('a bound', () => {
  it('is raised by name, and a planned stop is taken away again', async () => {
    const { desk, seat } = await made({ at: 1 });
    expect(desk.raise({ lane: 'nonce', low: '5', high: '9' }).rows[0]).toMatchObject({ low: '5', high: '9' });
    expect(desk.raise({ lane: 'nonce', high: null }).rows[0]).toMatchObject({ low: '5', high: undefined });
    expect(seat.key.guard.seq).toBe(4);
    expect(() => desk.raise({ lane: 'nonce', low: '4' })).toThrow(/does not fall/);
  });

  it('must be of one lane that is known', async () => {
    const { desk, seat } = await made({ at: 1 });
    expect(() => desk.raise({ lane: 'batch', low: '5' })).toThrow(/2 lanes of: .*any key/);
    expect(() => desk.raise({ lane: 'output', low: '5' })).toThrow(/no lane of: nonce chain 31337/);
    const [, own] = desk.view().rows;
    expect(desk.raise({ lane: 'batch', scope: own?.scopeBytes, low: '5' }).rows[1]?.low).toBe('5');
    expect(seat.key.guard.marks.length).toBe(1);
  });
});

describe('an export', () => {
  it('is whole, and signed by the node', async () => {
    const { desk, seat } = await made({ at: 1 });
    const file = readGuardFile(desk.export(), 'file');
    const { guard, keyId } = seat.key;
    expect([file.seq, toHex(file.head), toHex(file.keyId)]).toEqual([2, toHex(guard.head), toHex(keyId)]);
    expect(file.records.map(({ digest }) => digest)).toEqual(guard.records.map(({ digest }) => digest));
    expect(file.marks.map(({ highest }) => highest)).toEqual([1n, 1n, 1n]);
  });
});

describe('a release', () => {
  const release = { withoutL1: true, isConfirmed: true };

  it('asks all members anew, and ends the quarantine when they have answered', async () => {
    const { nodes, desk, seat } = await made();
    const shown = await nodes.ending(desk.release({ ...release, isConfirmed: false }));
    expect(shown.quarantine).toMatchObject({ why: 'relearned', from: ['node-1', 'node-2', 'node-3'] });
    expect(shown.quarantine?.marks[0]).toMatchObject({ lane: 'nonce', low: '1', source: 'node-1' });
    expect(seat.key.guard.isQuarantined).toBe(true);
    const after = await nodes.ending(desk.release(release));
    expect([after.quarantine, after.rows[0]?.low]).toEqual([undefined, '1']);
    const again = desk.release(release);
    await expect(nodes.ending(again)).rejects.toMatchObject({ code: 'not-in-quarantine' });
  });

  it('is refused while fewer than all but one of a quorum answer, and says who is awaited', async () => {
    const { nodes, desk, seat } = await made();
    for (const j of [2, 3]) nodes.away.add(j);
    await expect(nodes.ending(desk.release(release))).rejects.toMatchObject({
      code: 'release-refused',
      message: expect.stringMatching(/1 of the 2 members.*\(node-1\); .*without an answer: node-2, node-3/),
    });
    expect(seat.key.guard.isQuarantined).toBe(true);
  });

  it('is refused without a look at L1, unless the operator has looked', async () => {
    const { nodes, desk } = await made();
    const refused = nodes.ending(desk.release({ ...release, withoutL1: false }));
    await expect(refused).rejects.toMatchObject({ message: expect.stringMatching(/--without-l1/) });
    const other = await made({ l1: view });
    const after = await other.nodes.ending(other.desk.release({ ...release, withoutL1: false }));
    expect(after.rows.map(({ low }) => low)).toEqual(['8', '8', '8']);
  });
});
