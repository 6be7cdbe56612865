import { expect } from 'vitest';

import { type Kill, type Lab, until } from './lab.ts';

/** One kill of a real process: which node, and where. */
export interface KillCase extends Kill {
  readonly name: string;
  readonly victim: number;
}

const MEMBERS = [1, 2, 3, 4];
/** How long people look at a ceremony that does not end, in milliseconds. */
const PATIENCE_MS = 12_000;
/** Calls of a refresh on one node, about: where they are, the ceremony is somewhere else each time. */
const places: Readonly<Record<Kill['call'], readonly number[]>> = {
  create: [3, 12, 21, 30, 39, 48, 57, 66, 75, 84, 93, 102],
  write: [2, 10, 18, 26, 34, 42, 50, 58, 66, 74, 82, 90, 98, 104],
  fsync: [4, 14, 24, 34, 44, 54, 64, 74, 84, 94, 104, 114, 124, 134],
  rename: [1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14],
  link: [1, 2, 3, 4],
  unlink: [1, 2, 3, 4, 5, 6, 7, 8],
};

/** All cases; each node has its turn. */
export const allKills: readonly KillCase[] = Object.entries(places)
  .flatMap(([call, all]) => all.map((nth) => ({ call: call as Kill['call'], nth })))
  .map((kill, i) => {
    const victim = MEMBERS[i % MEMBERS.length] ?? 1;
    return { ...kill, victim, name: `call ${kill.nth} of ${kill.call}, node ${victim}` };
  });

/** The key, made while one node after the other is killed. */
export async function found(lab: Lab): Promise<void> {
  await lab.at(2).arm({ call: 'fsync', nth: 40 });
  await lab.at(3).arm({ call: 'rename', nth: 3 });
  await lab.at(4).arm({ call: 'write', nth: 55 });
  const members = MEMBERS.flatMap((index) => ['--member', lab.at(index).invitation]);
  const args = ['--name', 'crash', '--required', '3', ...members];
  for (let tries = 0; tries < 4; tries++) {
    if ((await outcome(lab, args)) === 'complete') return;
    await giveUp(lab);
  }
  throw new RangeError('no key');
}

/** One refresh in which a process is killed; if it comes to nothing, the next one does not. */
export async function refreshed(lab: Lab, { call, nth, victim }: KillCase): Promise<void> {
  const [before] = await lab.epochs(MEMBERS);
  const { kills } = lab;
  const wanted = String(Number(before) + 1);
  // An order that was not reached is withdrawn: it is not to fall into the next case.
  for (const index of MEMBERS) await lab.at(index).arm({ call, nth: index === victim ? nth : 0 });
  const args = ['--kind', 'refresh', '--name', 'crash'];
  for (let tries = 0; tries < 3; tries++) {
    await outcome(lab, args);
    // Where some have the certificate already, the others get it.
    const epoch = await until('one epoch on all', async () => {
      const [first, ...others] = await lab.epochs(MEMBERS);
      return others.every((other) => other === first) ? first : undefined;
    });
    if (epoch === wanted) break;
    expect(epoch).toBe(before);
    await giveUp(lab);
  }
  expect(lab.kills).toBe(kills + 1);
  expect(await lab.epochs(MEMBERS)).toEqual(MEMBERS.map(() => wanted));
  const locks = await Promise.all(
    MEMBERS.map(async (index) => (await lab.at(index).status())?.key?.lockHash),
  );
  expect(new Set(locks).size).toBe(1);
}

let last = '';

/** Holds a ceremony, and revives whoever is killed in it. */
async function outcome(lab: Lab, args: readonly string[]): Promise<'complete' | 'over'> {
  last = await lab.hold(MEMBERS, ...args);
  const patientUntil = Date.now() + PATIENCE_MS;
  return until('its end', async () => {
    if ((await lab.revive()) > 0) return undefined;
    // Who was killed before the session has forgotten its consent, and the others wait: people end that.
    return Date.now() > patientUntil ? 'over' : lab.isOverOn(MEMBERS, last);
  });
}

/** What people do with a ceremony that came to nothing. */
async function giveUp(lab: Lab): Promise<void> {
  for (const index of MEMBERS) await lab.at(index).ask('abort', { id: last });
}
