import { describe, expect, it } from 'vitest';

import type { WalEntry } from '../../src/node/wal.ts';
import { type Crash, LoggedCluster, outcomeOf, processAt, sharesOf } from './logged.ts';

const SIZE = { n: 4, threshold: 3 };

/** A run in which some nodes crash. */
async function run(
  seed: number,
  crashes: Readonly<Record<number, Crash>> = {},
  forge?: (entries: readonly WalEntry[]) => readonly WalEntry[],
): Promise<LoggedCluster> {
  const cluster = new LoggedCluster(SIZE.n, { seed, threshold: SIZE.threshold, ...(forge && { forge }) });
  for (const [n, crash] of Object.entries(crashes)) processAt(cluster, Number(n)).crash = crash;
  await cluster.run();
  return cluster;
}

/** One key, everybody's share on disk and in hand, and never two envelopes for one slot. */
function expectOneKey(cluster: LoggedCluster, what: string): void {
  const outcomes = cluster.processes.map(outcomeOf);
  expect(new Set(outcomes).size, `${what}: ${outcomes.join(' ').slice(0, 200)}`).toBe(1);
  expect(outcomes[0]?.length, what).toBeGreaterThan(200);
  for (const process of cluster.processes) {
    const [share, pending] = sharesOf(process);
    expect(share.length, what).toBe(64);
    expect(pending, what).toContain(share);
  }
  expect(cluster.contradictions, what).toEqual([]);
}

describe('a key generation whose nodes crash and resume', () => {
  it('ends with one key when nothing happens', async () => {
    const cluster = await run(1);
    expectOneKey(cluster, 'clean');
    expect(cluster.processes.map(({ boots }) => boots)).toEqual([1, 1, 1, 1]);
  });

  it(
    'is the key it would have been, at every call to the disk of one node',
    { timeout: 240_000 },
    async () => {
      const { length } = processAt(await run(1), 2).disk.trace;
      expect(length).toBeGreaterThan(60);
      for (let call = 1; call <= length; call++) {
        const cluster = await run(call, { 2: { at: 'disk', call, ...(call % 3 === 0 && { bytes: 17 }) } });
        expectOneKey(cluster, `call ${call}`);
        expect(processAt(cluster, 2).boots).toBe(2);
      }
    },
  );

  it('is the key it would have been, before and behind every message', { timeout: 240_000 }, async () => {
    const { sent } = processAt(await run(1), 2);
    expect(sent).toBeGreaterThan(15);
    for (let message = 1; message <= sent; message++)
      for (const at of ['before-send', 'after-send'] as const) {
        const cluster = await run(message, { 2: { at, message } });
        expectOneKey(cluster, `${at} ${message}`);
        expect(processAt(cluster, 2).boots).toBe(2);
      }
  });

  it('is one key when every node crashes, each somewhere', { timeout: 240_000 }, async () => {
    const clean = await run(1);
    for (let seed = 1; seed <= 40; seed++) {
      const crashes = Object.fromEntries(
        clean.processes.map(({ disk, sent }, i): [number, Crash] => {
          const place = (seed * 37 + i * 53) % disk.trace.length;
          const message = 1 + (place % sent);
          if (seed % 3 === 0) return [i + 1, { at: 'after-send', message }];
          return [i + 1, { at: 'disk', call: place + 1, ...(seed % 2 === 0 && { bytes: 5 }) }];
        }),
      );
      expectOneKey(await run(seed, crashes), `seed ${seed}`);
    }
  });
});

describe('a log that was changed though its seals hold', () => {
  const crash: Crash = { at: 'disk', call: 60 };
  /** Changes the n-th entry that a test picks. */
  const altered =
    (pick: (entry: WalEntry) => WalEntry | undefined) =>
    (entries: readonly WalEntry[]): readonly WalEntry[] => {
      const at = entries.findIndex((entry) => pick(entry) !== undefined);
      return entries.flatMap((entry, i) => (i === at ? (pick(entry) ?? entry) : entry));
    };

  it.each<[string, (entries: readonly WalEntry[]) => readonly WalEntry[]]>([
    ['lacks an envelope', (entries) => entries.filter((_, i) => i !== entries.findIndex(isReceived))],
    [
      'remembers another hash',
      altered((e) => (e.kind === 'sent' ? { ...e, hash: new Uint8Array(32) } : undefined)),
    ],
    ['remembers another addressee', altered((e) => (e.kind === 'sent' ? { ...e, to: 3 } : undefined))],
    [
      'remembers more than was said',
      (entries) => [...entries, { kind: 'sent', to: 0, hash: new Uint8Array(32) }],
    ],
    [
      'says that it ended',
      (entries) => [...entries.slice(0, 2), { kind: 'aborted', code: 'x' }, ...entries.slice(2)],
    ],
  ])('and %s says nothing, and ends as replay-differs', async (_, forge) => {
    const cluster = await run(3, { 2: crash }, forge);
    const liar = processAt(cluster, 2);
    expect(liar.boots).toBe(2);
    expect(outcomeOf(liar)).toBe('replay-differs');
    expect(liar.finished?.ending).toMatchObject({ kind: 'aborted', grade: 'D', culprits: [] });
    expect(cluster.contradictions).toEqual([]);
  });

  it('does not reach the comparison with another seed: the positive control', async () => {
    const cluster = await run(3, { 2: crash });
    expectOneKey(cluster, 'unchanged');
  });
});

const isReceived = ({ kind }: WalEntry): boolean => kind === 'received';
