import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CeremonyState } from '../../src/node/api.ts';
import { type Resident, plan, reopen, settle, until } from './house.ts';

let residents: Resident[] = [];
let port = 27_650;

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
const idOf = (): string => resident(0).node.ceremonies()[0]?.id ?? '';
const stateOf = ({ node }: Resident): CeremonyState | undefined => node.ceremonies()[0]?.state;
const shares = ({ disk }: Resident): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.startsWith('keys/') && path.includes('share-'));

async function accepted(): Promise<void> {
  const definition = plan(residents, 2);
  for (const { node, events } of residents) {
    await node.start();
    const { id } = node.join(definition);
    node.watch(id, (event) => events.push(event));
    await node.accept(id);
  }
}
const over = (): boolean =>
  residents.every((one) => ['aborted', 'failed', 'timed-out'].includes(stateOf(one) ?? ''));

/** Calls `action` at the first event of a type on the second node. */
function at(type: string, action: () => void): void {
  let isDone = false;
  resident(1).node.watch(idOf(), (event) => {
    if (event.type !== type || isDone) return;
    isDone = true;
    action();
  });
}

describe('a ceremony that is ended', () => {
  it.each(['gathering', 'round', 'prepared'])(
    'in the phase of %s leaves no key on any node',
    async (phase) => {
      await accepted();
      const id = idOf();
      at(phase, () => {
        queueMicrotask(() => {
          if (stateOf(resident(1)) !== 'checking') resident(1).node.abort(id);
        });
      });
      resident(0).node.execute(id, { whenReady: true });
      await until('over', over);
      for (const one of residents) {
        expect(stateOf(one)).toBe('aborted');
        expect(shares(one)).toEqual([]);
        expect(one.node.ceremonies()[0]?.failure).toMatch(
          /^✖ aborted in .*Nothing of the new key was kept\. Next: propose again\. \[/,
        );
      }
      await expect(resident(0).node.accept(id)).rejects.toMatchObject({ code: 'wrong-state' });
    },
  );

  it('by a stop of one node ends on all, and the stopped node answers no more', async () => {
    await accepted();
    const id = idOf();
    const isLinked = ({ node }: Resident): boolean =>
      node.status().members.every(({ state }) => state === 'self' || state === 'connected');
    await until('linked', () => residents.every(isLinked));
    await resident(1).node.stop();
    await until('told', () => stateOf(resident(0)) === 'aborted' && stateOf(resident(2)) === 'aborted');
    expect(resident(0).node.ceremonies()[0]?.failure).toContain('[node-stopped]');
    expect(() => resident(1).node.abort(id)).toThrow(expect.objectContaining({ code: 'node-stopped' }));
  });
});

describe('a disk that is full', () => {
  it.each(['round', 'prepared'])(
    'in the phase of %s ends the ceremony there as failed, kills nobody, and leaves no share that signs',
    async (phase) => {
      await accepted();
      const { disk, node, events } = resident(1);
      at(phase, () => {
        disk.fault = { code: 'disk-full', level: 'retry' };
      });
      resident(0).node.execute(idOf(), { whenReady: true });
      await until('over', over);
      expect(stateOf(resident(1))).toBe('failed');
      expect(node.ceremonies()[0]?.failure).toMatch(/^✖ failed in (executing|prepared): .*\[disk-full\]$/);
      expect(events.at(-1)).toMatchObject({ type: 'result', ok: false, reason: 'disk-full' });
      for (const other of [0, 2]) expect(shares(resident(other))).toEqual([]);
      disk.fault = undefined;
      await node.stop();
      const again = reopen(resident(1));
      residents[1] = again;
      await again.node.start();
      // The disk did not take the end either: it goes on, and hears from the others that it is over.
      await until('over here', over);
      expect(again.node.status().state).toBe('no-key');
      expect(shares(again)).toEqual([]);
    },
  );

  it('while the lock is written leaves a failure that says where to get it', async () => {
    await accepted();
    const { disk, node } = resident(1);
    at('countersigned', () => {
      disk.fault = { code: 'disk-full', level: 'retry' };
    });
    resident(0).node.execute(idOf(), { whenReady: true });
    await until('an end', () => stateOf(resident(1)) === 'failed');
    expect(node.ceremonies()[0]?.failure).toMatch(
      /The new epoch is active\. Next: copy lock\.json from a member/,
    );
    disk.fault = undefined;
    await node.stop();
    const again = reopen(resident(1));
    residents[1] = again;
    await again.node.start();
    await until('the lock', () => stateOf(again) === 'complete');
    expect(again.node.status().key?.lockHash).toBe(resident(0).node.status().key?.lockHash);
    expect(shares(again)).toHaveLength(1);
  });
});

describe('a restart in the middle of a ceremony, without the log from which it could go on', () => {
  it('shows it as aborted, says what to do, and drops the pending share', async () => {
    await accepted();
    const [second, definition] = [resident(1), plan(residents, 2)];
    let copy: ReadonlyMap<string, Uint8Array> | undefined;
    at('prepared', () => {
      copy = new Map(second.disk.files);
    });
    resident(0).node.execute(idOf(), { whenReady: true });
    await until('prepared', () => copy !== undefined);
    await until('an end', () =>
      residents.every((one) => ['complete', 'failed'].includes(stateOf(one) ?? '')),
    );
    const first = second.disk.files.get(
      [...second.disk.files.keys()].find((p) => p.endsWith('definition.json')) ?? '',
    );
    await second.node.stop();
    second.disk.files.clear();
    for (const [path, bytes] of copy ?? []) if (!path.startsWith('wal/')) second.disk.files.set(path, bytes);
    expect(shares(second)).toHaveLength(1);
    const again = reopen(second);
    residents[1] = again;
    await again.node.start();
    const [view] = again.node.ceremonies();
    expect(view).toMatchObject({ state: 'aborted' });
    expect(view?.failure).toMatch(
      /started anew\. Nothing of the new key was kept\. Next: propose again\. \[node-restarted\]/,
    );
    expect(shares(again)).toEqual([]);
    expect([...again.disk.files.keys()].some((path) => path.startsWith('attic/'))).toBe(true);
    const told: string[] = [];
    again.node.watch(view?.id ?? '', ({ type, seq }) => told.push(`${type} ${Number(seq) > 5}`));
    expect(told).toEqual(['aborted true', 'result true']);
    expect(() => again.node.join(first ?? definition)).toThrow(
      expect.objectContaining({ code: 'would-overwrite' }),
    );
    const next = again.node.join(plan(residents, 2));
    expect(again.node.ceremonies().at(-1)?.id).toBe(next.id);
    const once = again.disk.files.get(`${view?.folder}/events.jsonl`)?.length;
    await again.node.stop();
    const third = reopen(again);
    residents[1] = third;
    await third.node.start();
    expect(third.node.ceremonies()[0]?.state).toBe('aborted');
    expect(third.disk.files.get(`${view?.folder}/events.jsonl`)?.length).toBe(once);
  });
});
