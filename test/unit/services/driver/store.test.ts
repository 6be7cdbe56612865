import { describe, expect, it } from 'vitest';

import { type DerivationState, startOf, withOrigin } from '../../../../src/chain/derivation-state.ts';
import { BatchBook } from '../../../../src/services/driver/book.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import type { BatchRecord, L1Record } from '../../../../src/services/driver/records.ts';
import { DriverStore } from '../../../../src/services/driver/store.ts';
import { factsBehind } from '../../chain/derive-world.ts';
import { l1Hash, rollup } from '../../chain/fake-executor.ts';

const start = startOf(rollup);
const next = (state: DerivationState): DerivationState => withOrigin(state, factsBehind(state));
const [one, two, three] = [next(start), next(next(start)), next(next(next(start)))];
const batch = (index: bigint, change: Partial<BatchRecord> = {}): BatchRecord => ({
  ...{
    index,
    firstBlock: 10n * index,
    lastBlock: 10n * index + 9n,
    lastHash: l1Hash(1n),
    parentHash: l1Hash(5n),
    lastOrigin: 9n,
    compression: 12,
    payloadHash: l1Hash(6n),
    blobHashes: [l1Hash(7n)],
    l1BlockHash: l1Hash(8n),
    blocksRoot: l1Hash(2n),
  },
  ...{ da: 3, payloadSize: 9, l1Hash: l1Hash(3n), sender: rollup.inbox, l1Block: 100n + index, l1Time: 77n },
  ...{ outcome: 'taken', leftOutForced: false },
  ...change,
});
const output = { index: 1n, outputRoot: l1Hash(4n), l2Block: 25n, proposer: rollup.outputs };
const record = (l1Block: bigint, batches: readonly BatchRecord[] = []): L1Record => ({
  l1Block,
  batches,
  outputs: [],
});

describe('what the driver writes', () => {
  it('is read as it was written', () => {
    const files = memoryFiles();
    const store = new DriverStore(files);
    const said = {
      l1Block: 101n,
      batches: [batch(1n, { outcome: 'bad-blob', leftOutForced: true })],
      outputs: [output],
    };
    store.save(start, record(100n));
    store.save(one, said);
    const again = new DriverStore(files);
    expect(again.snapshots()).toEqual([start, one]);
    expect(again.records(101n)).toEqual([said]);
  });

  it('goes as far as there is no gap: what is before one was on its way out', () => {
    const store = new DriverStore(memoryFiles());
    for (const state of [start, one, two, three]) store.save(state, record(state.l1.number));
    store.forget(101n);
    expect(store.snapshots()).toEqual([two, three]);
    store.undo(103n);
    expect(store.snapshots()).toEqual([two]);
    expect(new DriverStore(memoryFiles()).snapshots()).toEqual([]);
  });

  it('forgets records beyond the newest snapshot, and those that are undone', () => {
    const files = memoryFiles();
    const store = new DriverStore(files);
    for (const state of [one, two, three])
      store.save(state, record(state.l1.number, [batch(state.l1.number - 100n)]));
    store.undo(103n);
    expect(store.records(101n)).toHaveLength(1);
    expect(files.list('driver/records')).toHaveLength(1);
  });

  it('that cannot be read is said to be damaged', () => {
    const files = memoryFiles();
    files.replace(`driver/snapshots/${'0'.repeat(20)}`, Uint8Array.of(1, 2));
    expect(() => new DriverStore(files).snapshots()).toThrow(
      expect.objectContaining({ code: 'driver-damaged' }),
    );
  });
});

it.each(['snapshots', 'records'])('one bit in %s makes no other state of it', (kind) => {
  const files = memoryFiles();
  new DriverStore(files).save(one, record(101n, [batch(1n)]));
  const [name] = files.list(`driver/${kind}`);
  const path = `driver/${kind}/${name}`;
  const bytes = files.read(path) ?? new Uint8Array(0);
  for (let at = 0; at < bytes.length; at++) {
    const again = memoryFiles();
    again.replace(
      path,
      bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    );
    const store = new DriverStore(again);
    expect(() => [store.snapshots(), store.records(101n)], `byte ${at}`).toThrow(
      expect.objectContaining({ code: 'driver-damaged' }),
    );
  }
});

describe('the book of batches', () => {
  it('finds a batch by its number and by its blocks', () => {
    const book = new BatchBook();
    book.add(record(101n, [batch(1n)]));
    book.add(
      record(102n, [
        batch(2n, { outcome: 'wrong-parent', firstBlock: 20n, lastBlock: 29n }),
        batch(3n, { firstBlock: 20n, lastBlock: 20n, l1Block: 102n }),
      ]),
    );
    expect(book.holding(9n)).toBeUndefined();
    expect([10n, 19n, 20n].map((block) => book.holding(block)?.index)).toEqual([1n, 1n, 3n]);
    expect(book.holding(21n)).toBeUndefined();
    expect(book.at(2n)?.outcome).toBe('wrong-parent');
    expect(book.last()?.index).toBe(3n);
  });

  it('takes back what a block of L1 did', () => {
    const book = new BatchBook();
    book.add({ ...record(101n, [batch(1n)]), outputs: [output] });
    book.add({
      ...record(102n, [batch(2n), batch(3n, { l1Block: 102n })]),
      outputs: [{ ...output, index: 2n }],
    });
    expect(book.undo(102n).map(({ index }) => index)).toEqual([3n, 2n]);
    expect(book.last()?.index).toBe(1n);
    expect(book.holding(25n)).toBeUndefined();
    expect(book.dueOutput(25n)).toMatchObject({ index: 1n });
    book.clear();
    expect(book.last()).toBeUndefined();
    expect(book.holding(10n)).toBeUndefined();
  });

  it('gives a claim until it is judged, as soon as its block is known', () => {
    const book = new BatchBook();
    book.add({ ...record(101n), outputs: [output, { ...output, index: 2n }] });
    expect(book.dueOutput(24n)).toBeUndefined();
    expect(book.dueOutput(25n)).toBe(output);
    expect(book.dueOutput(25n)).toBe(output);
    book.judged(output, 103n);
    expect(book.dueOutput(25n)).toMatchObject({ index: 2n });
  });

  it('gives a claim again where L1 takes back what it was judged by', () => {
    const book = new BatchBook();
    book.add({ ...record(101n), outputs: [output] });
    book.judged(output, 103n);
    book.undo(104n);
    expect(book.dueOutput(25n)).toBeUndefined();
    book.undo(103n);
    const again = book.dueOutput(25n);
    expect(again).toEqual(output);
    if (again !== undefined) book.judged(again, 103n);
    book.undo(101n);
    expect(book.dueOutput(25n)).toBeUndefined();
  });
});
