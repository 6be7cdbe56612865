import { expect } from 'vitest';

import type { Lock } from '../../src/chain/lock.ts';
import type { Policy } from '../../src/node/policy/verdict.ts';
import { keyOf, signBatch } from './batches.ts';
import {
  type Resident,
  type StoryChange,
  changePlan,
  hold,
  newestLock,
  plan,
  reopen,
  settle,
  stateOf,
  story,
  until,
} from './house.ts';
import { memoryDisk } from '../unit/node/helpers.ts';

/** What is on a node's disk on one day. */
export type Image = Omit<Resident, 'node' | 'disk'> & { readonly files: ReadonlyMap<string, Uint8Array> };

/** Nodes with fresh identities and no key, on ports of their own, running. */
export async function settleAll(count: number, port: number): Promise<Resident[]> {
  const residents = Array.from({ length: count }, (_, i) => settle(port + i));
  for (const { node } of residents) await node.start();
  return residents;
}

/** The residents make a key, under the policy of the stories unless told otherwise. */
export async function makeKey(
  residents: readonly Resident[],
  required: number,
  policy?: Policy,
): Promise<void> {
  const id = await hold(residents, plan(residents, required, policy));
  await all('a key', residents, (one) => stateOf(one, id) === 'complete');
}

/** Waits until something holds at every one of them; what all logs say is the reason of the failure. */
export async function all(
  what: string,
  residents: readonly Resident[],
  holds: (one: Resident, i: number) => boolean,
  limitMs = 30_000,
): Promise<void> {
  try {
    await until(what, () => residents.every(holds), limitMs);
  } catch (error) {
    const open = residents.flatMap((one, i) => (holds(one, i) ? [] : [i + 1]));
    throw new RangeError(`${what}: not at ${open.join(', ')}\n${story(residents)}`, { cause: error });
  }
}

/** Every member is linked to a quorum, and has the key in service. */
export const ready = async (residents: readonly Resident[]): Promise<void> =>
  all('ready', residents, ({ node }) => node.status().state === 'ready');

/** All links among these are there: who has no link deals nothing, and is not waited for. */
export const linked = async (residents: readonly Resident[]): Promise<void> =>
  all(
    'linked',
    residents,
    ({ node }) =>
      node.status().members.filter(({ state }) => state === 'connected').length >= residents.length - 1,
  );

/** The key is in service at all of them in this epoch, with all links among them, and signs a batch. */
export async function expectEpoch(epoch: number, residents: readonly Resident[]): Promise<void> {
  const [first] = residents;
  if (first === undefined) throw new RangeError('nobody');
  await all(`epoch ${epoch}`, residents, ({ node }) => {
    const { state, key } = node.status();
    return state === 'ready' && key?.epoch === String(epoch);
  });
  await linked(residents);
  // Test signatures of the new epoch are under way until then.
  if (newestLock(first).record.members.length === residents.length)
    await all('the whole lock', residents, (one) => isWhole(newestLock(one)), 40_000);
  const { address } = await signBatch(first, BigInt(epoch) + 1n);
  expect(address).toBe(keyOf(first).address);
}

const isWhole = ({ record, proofs, signatures }: Lock): boolean =>
  signatures.length === record.members.length &&
  new Set(proofs.flatMap(({ signers }) => signers)).size === record.members.length;

/** The first event of a type of a ceremony at a resident, and the end of the turn in which it was told. */
export const firstEvent = async ({ node }: Resident, id: string, type: string): Promise<void> =>
  new Promise((resolve) => {
    const stop = node.watch(id, (event) => {
      if (event.type !== type) return;
      queueMicrotask(() => {
        stop();
        resolve();
      });
    });
  });

/** The same node after the end of its process. */
export async function restarted(one: Resident): Promise<Resident> {
  await one.node.stop();
  const again = reborn(one);
  await again.node.start();
  return again;
}

/** The residents change the epoch as they wish. Returns the ceremony, when it is over at all of them. */
export async function change(
  residents: readonly Resident[],
  wish: StoryChange,
  leavers: readonly Resident[] = [],
): Promise<string> {
  const [proposer] = residents;
  if (proposer === undefined) throw new RangeError('nobody proposes');
  const id = await hold(residents, changePlan(proposer, wish));
  await all(
    'a new epoch',
    residents,
    (one) => stateOf(one, id) === (leavers.includes(one) ? 'left' : 'complete'),
  );
  return id;
}

/** Ends the processes. */
export async function stopAll(residents: readonly Resident[]): Promise<void> {
  await Promise.all(residents.map(({ node }) => node.stop()));
}

/** What is on their disks now. Their processes should have ended. */
export const imagesOf = (residents: readonly Resident[]): readonly Image[] => residents.map(imageOf);

const imageOf = ({ node: _, disk, ...one }: Resident): Image => ({
  ...one,
  files: new Map([...disk.files].map(([path, bytes]) => [path, bytes.slice()])),
});

/** The same nodes on the day of the images, not started; whatever has happened since is forgotten. */
export const awakenAll = (images: readonly Image[]): Resident[] => images.map(awaken);

/** One of them, with a disk of its own: what is left of a process that has ended writes to no other. */
export function awaken({ files, ...one }: Image): Resident {
  const disk = memoryDisk();
  for (const [path, bytes] of files) disk.files.set(path, bytes.slice());
  return reopen({ ...one, disk });
}

/** The same node, whose process has ended; not started. */
export const reborn = (one: Resident): Resident => awaken(imageOf(one));
