import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { type L2Machine, thisMachine } from '../../src/apps/l2/machine.ts';
import { machineFiles } from '../../src/system/file-calls.ts';
import { batchesAt, blockOf, lastOnL1, receiptAt } from './l2-look.ts';
import { type OwnNode, Town, headsAt, until } from './l2-town.ts';

// A volume on which nothing has room from one moment to the next: half of what is written is still taken.
let isFull = false;
const machine: L2Machine = {
  ...thisMachine,
  files: {
    ...machineFiles,
    write: (file, bytes) => {
      if (!isFull) return machineFiles.write(file, bytes);
      if (bytes.length > 1) machineFiles.write(file, bytes.subarray(0, bytes.length >> 1));
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  },
};

let town: Town;
let sequencer: OwnNode;
beforeAll(async () => {
  town = await Town.found({ machine });
  sequencer = await town.sequencer();
  await town.anvil.rpc('evm_setIntervalMining', [1]);
}, 60_000);
afterAll(async () => {
  isFull = false;
  await town.end();
});

/** Why things were not done, in the words of the node, each once. */
const complaints = (from: number): ReadonlySet<string> =>
  new Set(
    town.words
      .slice(from)
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ event, fields }) => `${event}: ${String(fields['reason'] ?? fields['code'])}`),
  );

test('a full disk takes back no word: nothing is sealed or acknowledged, all goes on with room', async () => {
  const first = await town.send(sequencer, 0, {});
  await receiptAt(sequencer, first);
  await until(
    () => batchesAt(sequencer),
    (all) => all.length > 0,
  );
  const from = town.words.length;
  isFull = true;
  // Whatever is on its way comes to its end.
  await until(
    async () => complaints(from).size,
    (count) => count >= 2,
  );
  const { unsafe, safe } = await headsAt(sequencer);
  await expect(town.send(sequencer, 1, {})).rejects.toThrow('the journal takes no more (disk-full)');
  const waited = town.words.length;
  await until(
    async () => town.words.length,
    (count) => count > waited + 8,
  );
  expect(await headsAt(sequencer)).toMatchObject({ unsafe, safe });
  for (const complaint of complaints(from)) expect(complaint).toMatch(/: disk-full$/);
  expect(complaints(from)).toContain('a block could not be built: disk-full');
  expect(complaints(from)).toContain('driver-waits: disk-full');

  isFull = false;
  const second = await town.send(sequencer, 1, {});
  const { blockNumber } = await receiptAt(sequencer, second);
  const next = BigInt(unsafe.number) + 1n;
  expect(BigInt(blockNumber)).toBeGreaterThanOrEqual(next);
  expect((await blockOf(sequencer, next)).parentHash).toBe(unsafe.hash);
}, 90_000);

test('a process that begins again finds nothing damaged, and L1 has one content an index', async () => {
  await sequencer.stop();
  sequencer = await town.sequencer();
  const last = await town.send(sequencer, 2, {});
  const verifier = await town.verifier('verifier');
  const receipt = await receiptAt(verifier, last);
  expect(await receiptAt(sequencer, last)).toEqual(receipt);
  const number = await lastOnL1(town, verifier);
  expect(await blockOf(verifier, number)).toEqual(await blockOf(sequencer, number));
  const batches = await batchesAt(verifier);
  expect(batches.map(({ isValid }) => isValid)).toEqual(batches.map(() => true));
}, 90_000);

test('an engine that could not write ends the node; begun again, it goes on from there', async () => {
  const first = await town.send(sequencer, 3, {});
  const { blockNumber } = await receiptAt(sequencer, first);
  const full = vi.spyOn(ClassicLevel.prototype, 'batch').mockImplementationOnce(() => {
    throw new Error('No space left on device');
  });
  await town.send(sequencer, 4, {}).catch(() => undefined);
  await expect(sequencer.ended).rejects.toMatchObject({ code: 'engine-write-failed' });
  full.mockRestore();
  sequencer = await town.sequencer();
  const last = await town.send(sequencer, 5, {});
  const after = await receiptAt(sequencer, last);
  expect(BigInt(after.blockNumber)).toBeGreaterThan(BigInt(blockNumber));
}, 60_000);
