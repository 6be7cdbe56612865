import { describe, expect, it } from 'vitest';

import { adviceOf, standingRows } from '../../../../src/apps/cli/change-advice.ts';
import type { CeremonyState, CeremonyView, NodeStanding } from '../../../../src/node/api.ts';

/** A change from epoch 2 to 3: node 1 and 2 stay, 3 comes, 4 leaves. */
const view = (state: CeremonyState, standings: readonly Partial<NodeStanding>[]): CeremonyView => ({
  ...{ id: '0xab', name: 'x', state, attempt: 1, required: 2, folder: 'ceremonies/ab' },
  members: [1, 2, 3].map((index) => ({ index, name: `node-${index}`, hasSigned: index !== 3 })),
  change: { kind: 'reshare', before: '2', after: '3' },
  standings: [1, 2, 3, 4].map((index, i) => ({ index, name: `node-${index}`, ...standings[i] })),
});
const idle = { state: 'accepted', hasPending: false, hasCommitLock: false, epoch: '2' } as const;
const pending = { ...idle, state: 'prepared', hasPending: true } as const;
const locked = { ...pending, state: 'committed', hasCommitLock: true } as const;
const done = { ...idle, state: 'complete', epoch: '3' } as const;
const gone = { ...done, state: 'left', epoch: undefined } as const;
const failed = { ...idle, state: 'timed-out' } as const;
const silent = {};
const said = (of: CeremonyView): string => adviceOf(of)?.sentences.join(' ') ?? '';

describe('what an epoch change needs', () => {
  it('is nothing to be said of a new key, or where nothing is known of the nodes', () => {
    const { change: _, ...keygen } = view('executing', []);
    const { standings: __, ...unknown } = view('executing', []);
    for (const other of [keygen, unknown]) {
      expect(adviceOf(other)).toBeUndefined();
      expect(standingRows(other)).toEqual([]);
    }
  });

  it.each<[string, CeremonyState, readonly Partial<NodeStanding>[], string, RegExp]>([
    [
      'missing signatures',
      'accepted',
      [idle, idle, silent, idle],
      'open',
      /node-3 run "conclave ceremony join/,
    ],
    ['rounds', 'executing', [idle, idle, idle, idle], 'running', /conclave ceremony watch/],
    ['an end with nothing kept', 'timed-out', [failed, failed, failed, failed], 'over', /on any node\./],
    [
      'an end with a node away',
      'timed-out',
      [failed, failed, silent, failed],
      'over',
      /nothing was heard of node-3/,
    ],
    ['shares that wait', 'prepared', [pending, pending, silent, idle], 'prepared', /start node-3 with/],
    [
      'shares of an attempt given up',
      'timed-out',
      [failed, pending, idle, idle],
      'prepared',
      /leave all nodes/,
    ],
    ['one commit', 'prepared', [locked, pending, pending, idle], 'committed', /^node-1 has committed/],
    [
      'commits and a node away',
      'committed',
      [locked, locked, silent, idle],
      'committed',
      /start node-3 with/,
    ],
    [
      'a certificate on one node',
      'committed',
      [locked, locked, done, idle],
      'active',
      /start node-1, node-2 with/,
    ],
    ['a certificate everywhere', 'complete', [done, done, done, gone], 'active', /signs nothing\.$/],
  ])('follows from %s', (_, state, standings, phase, text) => {
    const of = view(state, standings);
    expect(adviceOf(of)?.phase).toBe(phase);
    expect(said(of)).toMatch(text);
  });

  it('is never to propose again once a node has committed, and always a command where one helps', () => {
    const states = [idle, pending, locked, done, gone, failed, silent];
    for (const first of states)
      for (const second of states)
        for (const own of ['accepted', 'executing', 'prepared', 'committed', 'complete', 'failed'] as const) {
          const of = view(own, [first, second, idle, idle]);
          const text = said(of);
          const { phase } = adviceOf(of) ?? {};
          if (phase === 'committed' || phase === 'active') expect(text).not.toContain('ceremony propose');
          if (phase !== 'active') expect(text).toContain('Next: ');
          expect(text).toMatch(/Epoch 2 signs|epoch 2|Epoch 3 is in service/);
        }
  });

  it('says all have signed when they have', () => {
    const of = view('gathering', [idle, idle, idle, idle]);
    const all = { ...of, members: of.members.map((member) => ({ ...member, hasSigned: true })) };
    expect(said(all)).toContain('the proposer runs "conclave ceremony execute"');
  });
});

describe('the table of an epoch change', () => {
  it('says of each node what it holds, and what is typed there', () => {
    const rows = standingRows(view('prepared', [pending, locked, silent, gone]));
    expect(rows).toEqual([
      ['NODE', 'STATE', 'PENDING SHARE', 'COMMITTED', 'EPOCH', 'THERE'],
      ['1 node-1', 'prepared', 'yes', 'no', '2', 'leave it running'],
      ['2 node-2', 'committed', 'yes', 'yes', '2', 'leave it running'],
      ['3 node-3', 'not heard', '?', '?', '?', 'conclave ceremony join FILE'],
      ['4 node-4', 'left', 'no', 'no', '?', 'conclave node stop'],
    ]);
    const others = standingRows(view('proposed', [{ ...idle, state: 'proposed' }, silent, done, idle]));
    expect(others.slice(1).map((row) => row.at(-1))).toEqual([
      'conclave ceremony accept',
      'conclave node run',
      '',
      '',
    ]);
  });
});
