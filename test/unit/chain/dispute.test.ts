import { describe, expect, it } from 'vitest';

import { type Disputant, moveIn, opinionOf, stubEvidence, turnOf } from '../../../src/chain/dispute.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import type { GameRecord, OutputRecord } from '../../../src/ethereum/bridge-views.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const [proposer, challenger, stranger] = [account('11'), account('22'), account('33')];
const root = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const game: GameRecord = {
  ...{ id: 1n, outputIndex: 4n, low: 10n, high: 21n, deadline: 100n, proposer, challenger },
  ...{ lowRoot: root(10), highRoot: root(99), midRoot: root(15), phase: 'publish' },
};
/** A player whose chain has the number of a block as its root, up to block 20. */
const player = (of: Partial<Disputant> = {}): Disputant => ({
  ...{ account: proposer, now: 100n },
  rootAfter: async (block) => (block > 20n ? undefined : root(Number(block))),
  ...of,
});
const inTime = player();
const late = (who = proposer): Disputant => player({ account: who, now: 101n });

describe('a game about an output', () => {
  it('awaits the one or the other, or a verdict', () => {
    const phases = ['none', 'publish', 'choose', 'reveal', 'judge', 'resolved'] as const;
    expect(phases.map((phase) => turnOf({ ...game, phase }))).toEqual([
      ...[undefined, proposer, challenger, proposer, undefined, undefined],
    ]);
  });

  it('gets the root in the middle of the proposer, once its chain is there', async () => {
    expect(await moveIn(game, inTime)).toEqual({ kind: 'publish', middle: 15n, root: root(15) });
    expect(await moveIn({ ...game, low: 20n, high: 24n }, inTime)).toBeUndefined();
  });

  it('goes down where the root in the middle is wrong already, and up where it is right', async () => {
    const choosing = { ...game, phase: 'choose' } as const;
    const asked = player({ account: challenger });
    expect(await moveIn(choosing, asked)).toEqual({ kind: 'choose', isLowerHalf: false });
    const wrong = { ...choosing, midRoot: root(16) };
    expect(await moveIn(wrong, asked)).toEqual({ kind: 'choose', isLowerHalf: true });
    expect(await moveIn({ ...choosing, low: 20n, high: 24n }, asked)).toBeUndefined();
  });

  it('is revealed by the proposer, and judged by whoever knows both roots', async () => {
    const step = { low: 12n, high: 13n };
    expect(await moveIn({ ...game, ...step, phase: 'reveal' }, inTime)).toEqual({
      kind: 'reveal',
      block: 13n,
    });
    const judged = { kind: 'judge', block: 13n, preRoot: root(12), postRoot: root(13) };
    expect(await moveIn({ ...game, ...step, phase: 'judge' }, inTime)).toEqual(judged);
    expect(await moveIn({ ...game, low: 20n, high: 21n, phase: 'judge' }, inTime)).toBeUndefined();
  });

  it('is left alone while it is the turn of somebody else, and when it is over', async () => {
    expect(await moveIn(game, player({ account: challenger }))).toBeUndefined();
    expect(await moveIn({ ...game, phase: 'choose' }, inTime)).toBeUndefined();
    expect(await moveIn({ ...game, phase: 'resolved' }, inTime)).toBeUndefined();
  });

  it('ends when the other is silent for too long, or nobody decides', async () => {
    for (const phase of ['publish', 'reveal'] as const)
      expect(await moveIn({ ...game, phase }, late(challenger))).toEqual({ kind: 'claim-timeout' });
    expect(await moveIn({ ...game, phase: 'choose' }, late())).toEqual({ kind: 'claim-timeout' });
    expect(await moveIn({ ...game, phase: 'judge' }, late(stranger))).toEqual({ kind: 'give-up' });
  });

  it('gets no move of one who is too late: L1 would refuse it', async () => {
    for (const phase of ['publish', 'reveal'] as const)
      expect(await moveIn({ ...game, phase }, late())).toBeUndefined();
    expect(await moveIn({ ...game, phase: 'choose' }, late(challenger))).toBeUndefined();
  });
});

describe('an output', () => {
  const output: OutputRecord = {
    ...{ outputRoot: root(15), l2Block: 15n, windowEnd: 100n, status: 'proposed', proposer, bond: 1n },
  };
  it('is right, wrong, or not known yet, by the own chain', async () => {
    expect(await opinionOf(output, inTime)).toEqual({ kind: 'right' });
    expect(await opinionOf({ ...output, l2Block: 16n }, inTime)).toEqual({
      ...{ kind: 'wrong', counterRoot: root(16) },
    });
    expect(await opinionOf({ ...output, l2Block: 21n }, inTime)).toEqual({ kind: 'unknown' });
  });

  it('is closed once its time is over, and while it is disputed or after it fell', async () => {
    const wrong = { ...output, l2Block: 16n };
    expect(await opinionOf(wrong, late())).toEqual({ kind: 'closed' });
    for (const status of ['disputed', 'rejected', 'none'] as const)
      expect(await opinionOf({ ...wrong, status }, inTime)).toEqual({ kind: 'closed' });
  });
});

it('evidence for the verifier of tests is the step in four words', () => {
  const evidence = stubEvidence({ kind: 'judge', block: 13n, preRoot: root(12), postRoot: root(13) });
  expect(evidence).toHaveLength(128);
  const words = [root(12), Uint8Array.of(...new Uint8Array(31), 13), root(13)].map(to0x);
  expect([32, 64, 96].map((at) => to0x(evidence.subarray(at, at + 32)))).toEqual(words);
});
