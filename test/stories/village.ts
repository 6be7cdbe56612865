import {
  type Resident,
  type StoryChange,
  changePlan,
  hold,
  plan,
  reopen,
  settle,
  stateOf,
  story,
  until,
} from './house.ts';

/** What is on a node's disk on one day. */
export type Image = Omit<Resident, 'node'> & { readonly files: ReadonlyMap<string, Uint8Array> };

/** Nodes with fresh identities and no key, on ports of their own, running. */
export async function settleAll(count: number, port: number): Promise<Resident[]> {
  const residents = Array.from({ length: count }, (_, i) => settle(port + i));
  for (const { node } of residents) await node.start();
  return residents;
}

/** The residents make a key. */
export async function makeKey(residents: readonly Resident[], required: number): Promise<void> {
  const id = await hold(residents, plan(residents, required));
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

/** Every link that a plan needs is there: who has no link deals nothing, and is not waited for. */
export const linked = async (residents: readonly Resident[]): Promise<void> =>
  all('linked', residents, ({ node }) =>
    node.status().members.every(({ state }) => state === 'self' || state === 'connected'),
  );

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
export const imagesOf = (residents: readonly Resident[]): readonly Image[] =>
  residents.map(({ node: _, ...one }) => ({
    ...one,
    files: new Map([...one.disk.files].map(([path, bytes]) => [path, bytes.slice()])),
  }));

/** The same nodes on the day of the images, not started; whatever has happened since is forgotten. */
export const awakenAll = (images: readonly Image[]): Resident[] => images.map((image) => awaken(image));

/** One of them. */
export function awaken({ files, disk, ...one }: Image): Resident {
  disk.fault = undefined;
  disk.files.clear();
  for (const [path, bytes] of files) disk.files.set(path, bytes.slice());
  return reopen({ ...one, disk });
}
