import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { encodeRequest } from '../../src/chain/duty.ts';
import { newestLock as lockIn } from '../../src/apps/newest-lock.ts';
import { restoreBackup } from '../../src/node/backup/restore.ts';
import { type TakenBackup, takeBackups } from '../../src/node/backup/take.ts';
import { guardPlaceOf } from '../../src/node/guard-care.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { rebuildManifest } from '../../src/node/manifest-rebuild.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { nodeKdf } from '../../src/system/kdf.ts';
import { systemRng } from '../../src/system/rng.ts';
import { type MemoryDisk, memoryDisk, memoryLog } from '../unit/node/helpers.ts';
import { batchFor, keyOf, signBatch } from './batches.ts';
import { type Resident, changePlan, hold, reopen, stateOf } from './house.ts';
import {
  type Image,
  all,
  awakenAll,
  change,
  expectEpoch,
  imagesOf,
  linked,
  makeKey,
  ready,
  settleAll,
  stopAll,
} from './village.ts';

// What docs/operate/lost.md says of each file: it is lost here, the node says what it says, the remedy is
// carried out, and the address signs again. Three of four sign; batch 1 is signed before each story.

let images: readonly Image[] = [];
let residents: Resident[] = [];
const at = (seat: number): Resident => {
  const one = residents[seat - 1];
  if (one === undefined) throw new RangeError(`no resident ${seat}`);
  return one;
};

beforeAll(async () => {
  const made = await settleAll(4, 27_840);
  await makeKey(made, 3);
  await signBatch(made[0] ?? at(1), 1n, [1, 2, 3]);
  await stopAll(made);
  images = imagesOf(made);
}, 60_000);
beforeEach(async () => {
  residents = awakenAll(images);
  for (const { node } of residents) await node.start();
  await linked(residents);
});
afterEach(async () => {
  await stopAll(residents);
});
afterAll(() => {
  images = [];
});

const filesOf = ({ disk }: Resident, form: RegExp): readonly string[] =>
  [...disk.files.keys()].filter((path) => form.test(path));
/** Removes what has such a name; there must be something. */
function lose(one: Resident, form: RegExp): ReadonlyMap<string, Uint8Array> {
  const paths = filesOf(one, form);
  expect(paths.length).toBeGreaterThan(0);
  const kept = new Map(paths.map((path) => [path, one.disk.files.get(path) ?? new Uint8Array(0)]));
  for (const path of paths) one.disk.files.delete(path);
  return kept;
}
const putBack = ({ disk }: Resident, files: ReadonlyMap<string, Uint8Array>): void => {
  for (const [path, bytes] of files) disk.files.set(path, bytes);
};
/** The process of this seat ends. */
async function down(seat: number): Promise<Resident> {
  await at(seat).node.stop();
  return at(seat);
}
/** A new process on what is on the disk of this seat. */
async function up(seat: number, disk: MemoryDisk = at(seat).disk): Promise<Resident> {
  const again = reopen({ ...at(seat), disk });
  residents[seat - 1] = again;
  await again.node.start();
  return again;
}
const backUp = (seat: number): Promise<unknown> => up(seat).then(() => linked(residents));
const rebuilt = ({ disk, log }: Resident, record: 'with its key' | 'empty'): void => {
  const common = { disk, log, keys: 'keys', limits: defaultGuardLimits, nowMs: Date.now() };
  rebuildManifest({
    ...common,
    record: record === 'empty' ? undefined : lockIn(disk, 'ceremonies').record,
  });
};
/** The others give the third one a share; its epoch is then in service everywhere. */
async function repaired(epoch: number): Promise<void> {
  await hold(residents, changePlan(at(1), { kind: 'repair', lost: ['3'] }));
  await all('a new share', residents, ({ node }) => node.status().key?.epoch === String(epoch));
  await linked(residents);
}
const release = { withoutL1: true, isConfirmed: true };

describe('an identity', () => {
  it('that is lost stops the node, by name; from its copy it is there again', async () => {
    const one = await down(3);
    const kept = lose(one, /^keys\/identity\.key\.json$/);
    expect(() => reopen(one)).toThrow(
      expect.objectContaining({
        code: 'safety-state-missing',
        message: expect.stringMatching(/identity\.key\.json is missing: restore it from its backup/),
      }),
    );
    expect((await signBatch(at(1), 2n)).signers).toEqual([1, 2, 4]);
    putBack(one, kept);
    await backUp(3);
    expect((await signBatch(at(3), 3n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
  }, 60_000);

  it('without a copy is replaced by another, and the address stays', async () => {
    const { address } = keyOf(at(1));
    await down(3);
    const [newcomer] = await settleAll(1, 27_846);
    if (newcomer === undefined) throw new RangeError('nobody came');
    const present = [at(1), at(2), at(4), newcomer];
    const plan = changePlan(at(1), { remove: ['3'], add: [newcomer] });
    const id = await hold(present, plan);
    await all('a new epoch', present, (one) => stateOf(one, id) === 'complete');
    residents.splice(2, 1, newcomer);
    expect(await signBatch(at(1), 2n, [1, 2, 5])).toEqual({ address, signers: [1, 2, 5] });
  }, 60_000);
});

const share = /^keys\/0x[0-9a-f]{40}\/epoch-\d+\/share-/;

describe('a share', () => {
  it('that is lost together with the manifest is made again, and signs after the release', async () => {
    const { address } = keyOf(at(1));
    const one = await down(3);
    lose(one, share);
    await expect(reopen(one).node.start()).rejects.toMatchObject({
      code: 'safety-state-missing',
      message: expect.stringMatching(/the others sign without it, and can give it a new share/),
    });
    expect((await signBatch(at(1), 2n)).signers).toEqual([1, 2, 4]);
    lose(one, /^manifest$/);
    rebuilt(one, 'with its key');
    expect((await up(3)).node.status().key).toBeUndefined();
    await repaired(1);
    expect(at(3).node.status().state).toBe('quarantine');
    await at(3).node.guard().release(release);
    await ready(residents);
    for (const number of [1n, 2n]) {
      const other = encodeRequest(batchFor(at(3), number, 'other'));
      await expect(at(3).node.sign(other, { deadlineMs: 5_000 })).rejects.toMatchObject({
        code: expect.stringMatching(/guard-conflict|below-watermark/),
      });
    }
    expect(await signBatch(at(3), 3n, [1, 2, 3])).toEqual({ address, signers: [1, 2, 3] });
  }, 60_000);

  it('that is lost with the whole disk, and has no backup, is made again for an empty folder', async () => {
    const { address } = keyOf(at(1));
    const one = await down(3);
    const disk = memoryDisk();
    for (const [path, bytes] of lose(one, /^keys\/identity/)) disk.files.set(path, bytes);
    expect(() => reopen({ ...one, disk })).toThrow(expect.objectContaining({ code: 'safety-state-missing' }));
    rebuilt({ ...one, disk }, 'empty');
    expect((await up(3, disk)).node.status().state).toBe('no-key');
    await change(residents, { kind: 'repair', lost: ['3'] });
    await expectEpoch(1, residents);
    expect(await signBatch(at(3), 3n, [1, 2, 3])).toEqual({ address, signers: [1, 2, 3] });
  }, 60_000);

  it('of a former epoch is refused, and a damaged one too; without them the node starts', async () => {
    const old = new Map(filesOf(at(3), share).map((path) => [path, at(3).disk.files.get(path)?.slice()]));
    await change(residents, { kind: 'refresh' });
    await expectEpoch(1, residents);
    const one = await down(3);
    for (const [path, bytes] of old) if (bytes !== undefined) one.disk.files.set(path, bytes);
    await expect(reopen(one).node.start()).rejects.toMatchObject({ code: 'stale-epoch' });
    for (const path of old.keys()) one.disk.files.delete(path);
    const [[path, whole] = ['', new Uint8Array(0)]] = lose(one, share);
    const damaged = whole.map((byte, i) => (i === whole.length - 30 ? byte ^ 1 : byte));
    one.disk.files.set(path, damaged);
    await expect(reopen(one).node.start()).rejects.toMatchObject({ code: 'rollback-detected' });
    one.disk.files.set(path, whole);
    await backUp(3);
    expect((await signBatch(at(3), 3n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
  }, 60_000);

  it('of more than may be down: no signature, no repair; backups bring the key back', async () => {
    const { address } = keyOf(at(1));
    const taken = [3, 4].map((seat) => backupOf(at(seat)));
    for (const seat of [3, 4]) lose(await down(seat), share);
    await expect(signBatch(at(1), 2n)).rejects.toMatchObject({ code: 'quorum-unavailable' });
    expect(() => changePlan(at(1), { kind: 'repair', lost: ['3', '4'] })).toThrow(/3/);
    const disk = restored(at(3), taken[0]);
    await up(3, disk);
    await linked([at(1), at(2), at(3)]);
    expect(at(3).node.status().state).toBe('quarantine');
    await at(3).node.guard().release(release);
    expect(await signBatch(at(1), 2n, [1, 2, 3])).toEqual({ address, signers: [1, 2, 3] });
  }, 60_000);
});

const target = { kind: 'password', password: 'a password for backups' } as const;
const keystoreOf = (
  { publicKey, master }: Pick<Resident, 'publicKey' | 'master'>,
  disk: MemoryDisk,
  manifest: ManifestStore,
): Keystore =>
  new Keystore(
    { folder: 'keys', network: 'story', identityPk: publicKey },
    { disk, manifest, master, rng: systemRng },
  );

function backupOf(one: Resident): TakenBackup {
  const { disk, publicKey } = one;
  const manifest = ManifestStore.open(disk);
  const options = { target, network: 'story', ceremonies: 'ceremonies', identityPk: publicKey, node: 'one' };
  const [taken] = takeBackups(
    { ...options, kdf: nodeKdf, rng: systemRng, createdAt: '2026-01-01T00:00:00.000Z' },
    { disk, log: memoryLog(), manifest, keystore: keystoreOf(one, disk, manifest) },
  );
  if (taken === undefined) throw new RangeError('no backup');
  return taken;
}

/** A new disk with identity and backup. */
function restored(one: Resident, taken: TakenBackup | undefined): MemoryDisk {
  if (taken === undefined) throw new RangeError('no backup');
  const disk = memoryDisk();
  for (const [path, bytes] of one.disk.files) if (/^keys\/identity/.test(path)) disk.files.set(path, bytes);
  const names = { name: taken.name, path: taken.name, network: 'story' };
  restoreBackup(
    taken.bytes,
    {
      ...{ key: target, kdf: nodeKdf, newest: [], ...names, identityPk: one.publicKey, nowMs: Date.now() },
      folders: { keys: 'keys', ceremonies: 'ceremonies', data: 'data' },
    },
    { disk, log: memoryLog(), rng: systemRng, keystoreOver: (fresh) => keystoreOf(one, disk, fresh) },
  );
  return disk;
}

describe('the state log of the epoch in service', () => {
  it('that is lost or older than the last start stops the node; its copy brings it back', async () => {
    const form = /^keys\/.*\/epoch-000000\/state\.log$/;
    const [path] = filesOf(at(3), form);
    const old =
      at(3)
        .disk.read(path ?? '')
        ?.slice(0, 100) ?? new Uint8Array(0);
    await signBatch(at(1), 2n, [1, 2, 3]);
    await down(3);
    await backUp(3);
    const one = await down(3);
    const kept = lose(one, form);
    await expect(reopen(one).node.start()).rejects.toMatchObject({
      code: 'safety-state-missing',
      message: expect.stringMatching(/conclave key give-up-lost/),
    });
    one.disk.files.set(path ?? '', old);
    await expect(reopen(one).node.start()).rejects.toMatchObject({ code: 'rollback-detected' });
    putBack(one, kept);
    await backUp(3);
    expect((await signBatch(at(3), 3n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
  }, 60_000);
});

describe('papers of a ceremony', () => {
  it('a lock that is lost stops the node; with the copy of any member it starts', async () => {
    const one = await down(3);
    const lost = lose(one, /^ceremonies\/.*\/lock\.json$/);
    await expect(reopen(one).node.start()).rejects.toMatchObject({
      code: 'safety-state-missing',
      message: expect.stringMatching(/copy the ceremony's folder back from any member/),
    });
    for (const path of lost.keys()) one.disk.files.set(path, at(1).disk.read(path) ?? new Uint8Array(0));
    await backUp(3);
    expect((await signBatch(at(3), 2n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
  }, 60_000);

  it('a definition is missed when the lock before is lost too, and that of any member will do', async () => {
    await change(residents, { kind: 'refresh' });
    await expectEpoch(1, residents);
    const one = await down(3);
    const plan = `ceremonies/${ceremonyOf(one, 1)}/definition.json`;
    const kept = lose(one, new RegExp(`^${plan}$`));
    await backUp(3);
    await down(3);
    lose(one, new RegExp(`^ceremonies/${ceremonyOf(one, 0)}/`));
    await expect(reopen(one).node.start()).rejects.toMatchObject({
      code: 'safety-state-missing',
      message: expect.stringMatching(/copy .*definition\.json back from any member/),
    });
    expect(at(1).disk.read(plan)).toBeDefined();
    putBack(one, kept);
    await backUp(3);
    expect((await signBatch(at(3), 3n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
  }, 60_000);
});

/** The folder of the ceremony that made an epoch. */
function ceremonyOf({ disk }: Resident, epoch: number): string {
  const found = disk
    .list('ceremonies')
    .find((name) => lockIn(only(disk, name), 'ceremonies').record.epochNo === epoch);
  if (found === undefined) throw new RangeError(`no ceremony of epoch ${epoch}`);
  return found;
}
const only = (disk: MemoryDisk, name: string): Pick<MemoryDisk, 'list' | 'read'> => ({
  list: () => [name],
  read: disk.read,
});

describe('what is no more than history', () => {
  it('transcripts and records are missed by nobody who signs', async () => {
    const one = await down(3);
    lose(one, /^data\//);
    await backUp(3);
    expect((await signBatch(at(3), 2n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
    expect(filesOf(one, /^data\//).length).toBeGreaterThan(0);
  }, 60_000);
});

describe('an older copy of files', () => {
  it('of the register alone is found by the manifest', async () => {
    const { path } = guardPlaceOf('keys', lockIn(at(3).disk, 'ceremonies').record);
    const old = at(3).disk.read(path)?.slice() ?? new Uint8Array(0);
    await signBatch(at(1), 2n, [1, 2, 3]);
    await down(3);
    await backUp(3); // the start notes how far the register has come
    const one = await down(3);
    one.disk.files.set(path, old);
    await expect(reopen(one).node.start()).rejects.toMatchObject({
      code: 'rollback-detected',
      message: expect.stringMatching(/conclave guard repair/),
    });
  }, 60_000);

  it('of everything is taken into use by a new manifest; what it forgot it does not sign', async () => {
    await signBatch(at(1), 2n, [1, 2, 3]);
    await down(3);
    const disk = memoryDisk();
    for (const [path, bytes] of images[2]?.files ?? []) disk.files.set(path, bytes.slice());
    const copy = { ...at(3), disk };
    lose(copy, /^manifest$/);
    rebuilt(copy, 'with its key');
    expect((await up(3, disk)).node.status().state).toBe('quarantine');
    await linked(residents);
    await at(3).node.guard().release(release);
    const other = encodeRequest(batchFor(at(3), 2n, 'other'));
    await expect(at(3).node.sign(other, { deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'below-watermark',
    });
    expect((await signBatch(at(3), 3n, [1, 2, 3])).signers).toEqual([1, 2, 3]);
  }, 60_000);

  it('of everything, from an epoch that is over, is fenced; let in, it asks for a repair', async () => {
    const { address } = keyOf(at(1));
    await change(residents, { kind: 'refresh' });
    await expectEpoch(1, residents);
    await down(3);
    const disk = memoryDisk();
    for (const [path, bytes] of images[2]?.files ?? []) disk.files.set(path, bytes.slice());
    await up(3, disk);
    const others = [at(1), at(2), at(4)];
    await all('fenced', others, ({ node }) =>
      node.status().members.some(({ index, reason }) => index === 3 && reason === 'duplicate-identity'),
    );
    await down(3);
    for (const seat of [1, 2, 4]) await down(seat).then(() => up(seat));
    const copy = await up(3);
    await all('overtaken', [copy], ({ node }) => node.status().state === 'left');
    expect(copy.log.lines).toContainEqual(
      expect.objectContaining({
        event: 'epoch changed',
        fields: expect.objectContaining({ detail: expect.stringMatching(/propose a repair/) }),
      }),
    );
    await down(3);
    await up(3);
    await repaired(2);
    await ready(residents);
    expect(await signBatch(at(3), 4n, [1, 2, 3])).toEqual({ address, signers: [1, 2, 3] });
  }, 60_000);
});
