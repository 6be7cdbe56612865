import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LogReader } from '../../src/chain/log/log-file.ts';
import type { CeremonyEvent, CeremonyState } from '../../src/node/api.ts';
import { type Resident, newestLock, plan, reopen, settle, story, until } from './house.ts';

let residents: Resident[] = [];
let port = 21_850;

beforeEach(() => {
  residents = Array.from({ length: 3 }, () => settle(port++));
});
afterEach(async () => {
  for (const { node } of residents) await node.stop();
});

const resident = (i: number): Resident => {
  const found = residents[i];
  if (found === undefined) throw new RangeError(`no resident ${i}`);
  return found;
};
const stateOf = ({ node }: Resident): CeremonyState | undefined => node.ceremonies().at(-1)?.state;
const logs = ({ disk }: Resident): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.startsWith('wal/'));

/** How many entries of a log tell of a ceremony. */
function ceremoniesIn({ node }: Resident): number {
  const { logHeader } = node.log().view();
  const reader = new LogReader('log.jsonl');
  return [logHeader, ...node.log().entries(0, 100).lines].filter(
    (line) => reader.read(line)?.entry.event.kind === 'ceremony',
  ).length;
}

async function accepted(): Promise<string> {
  const definition = plan(residents, 2);
  let name = '';
  for (const { node, events } of residents) {
    await node.start();
    const { id } = node.join(definition);
    node.watch(id, (event) => events.push(event));
    await node.accept(id);
    name = id;
  }
  return name;
}

/** Ends the process of a node at the first event that fits, and starts another one on its disk. */
function restartAt(i: number, id: string, fits: (event: CeremonyEvent) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    resident(i).node.watch(id, (event) => {
      if (isDone || !fits(event)) return;
      isDone = true;
      queueMicrotask(() => {
        restart(i).then(resolve, reject);
      });
    });
  });
}
async function restart(i: number): Promise<void> {
  await resident(i).node.stop();
  const again = reopen(resident(i));
  residents[i] = again;
  await again.node.start();
}
const isRound =
  (round: number) =>
  ({ type, ...fields }: CeremonyEvent): boolean =>
    type === 'round' && fields['round'] === round;
const isType =
  (wanted: string) =>
  ({ type }: CeremonyEvent): boolean =>
    type === wanted;

const places: readonly (readonly [string, (event: CeremonyEvent) => boolean])[] = [
  ['the first round', isRound(1)],
  ['the second round', isRound(2)],
  ['the third round', isRound(3)],
  ['its share on disk', isType('prepared')],
  ['the last round', isRound(5)],
  ['its certificate', isType('certificate')],
  ['a test signature', isType('test-signature')],
  ['a countersignature', isType('countersigned')],
];

describe('a key generation in which a node is started anew', () => {
  it.each(places)('at %s ends with one key in service on all nodes', { timeout: 60_000 }, async (_, fits) => {
    const id = await accepted();
    const restarted = restartAt(1, id, fits);
    resident(0).node.execute(id, { whenReady: true });
    await restarted;
    await until(`complete: ${story(residents).slice(-3_000)}`, () =>
      residents.every((one) => one.node.status().state === 'ready'),
    );
    const addresses = residents.map(({ node }) => node.status().key?.lockHash);
    expect(new Set(addresses).size).toBe(1);
    expect(residents.map(newestLock)).toHaveLength(3);
    expect(residents.map(ceremoniesIn)).toEqual([1, 1, 1]);
    expect(residents.flatMap(logs)).toEqual([]);
  });
});

describe('a key generation in which all nodes are started anew', () => {
  it.each(places.slice(0, 5))('at %s of each goes on', { timeout: 60_000 }, async (_, fits) => {
    const id = await accepted();
    const restarted = [0, 1, 2].map((i) => restartAt(i, id, fits));
    resident(0).node.execute(id, { whenReady: true });
    await Promise.all(restarted);
    await until(`complete: ${story(residents).slice(-3_000)}`, () =>
      residents.every((one) => one.node.status().state === 'ready'),
    );
    expect(new Set(residents.map(({ node }) => node.status().key?.lockHash)).size).toBe(1);
    expect(residents.flatMap(logs)).toEqual([]);
  });
});

describe('a key generation whose log was changed meanwhile', () => {
  it(
    'ends for the node with the remedy, and leaves nothing of the new key',
    { timeout: 60_000 },
    async () => {
      const id = await accepted();
      let isDone = false;
      const stopped = new Promise<void>((resolve, reject) => {
        resident(1).node.watch(id, ({ type }) => {
          if (type !== 'prepared' || isDone) return;
          isDone = true;
          queueMicrotask(() => {
            resident(1).node.stop().then(resolve, reject);
          });
        });
      });
      resident(0).node.execute(id, { whenReady: true });
      await stopped;
      const { disk } = resident(1);
      const path = logs(resident(1)).find((one) => one.endsWith('records.log')) ?? '';
      disk.files.set(
        path,
        (disk.files.get(path) ?? new Uint8Array(0)).map((byte, at) => (at === 40 ? byte ^ 1 : byte)),
      );
      const again = reopen(resident(1));
      residents[1] = again;
      await again.node.start();
      expect(stateOf(again)).toBe('aborted');
      expect(again.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
        { event: 'ceremony not resumed', fields: { reason: 'wal-damaged' } },
      ]);
      expect(logs(again)).toEqual([]);
      expect(
        [...disk.files.keys()].filter((one) => one.includes('share-') && one.startsWith('keys/')),
      ).toEqual([]);
    },
  );
});
