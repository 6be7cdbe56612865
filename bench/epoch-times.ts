import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { askAdmin } from '../src/apps/admin-client.ts';
import { ceremonyViews } from '../src/apps/admin-protocol.ts';
import { changeOf } from '../src/apps/change-proposal.ts';
import { loadConfig } from '../src/apps/config.ts';
import { newestLock } from '../src/apps/newest-lock.ts';
import type { MadeNode } from '../src/apps/new-node.ts';
import { readPublicIdentity } from '../src/apps/public-identity.ts';
import { writeDefinition } from '../src/chain/definition-file.ts';
import { Bug } from '../src/crypto/errors.ts';
import { policyHash } from '../src/node/policy/policy.ts';
import { parseInvitation } from '../src/protocols/ceremony/names.ts';
import { systemClock } from '../src/system/clock.ts';
import { openDisk } from '../src/system/disk.ts';
import type { ChangeKind } from './cases.ts';

/** One epoch change, in milliseconds. */
export interface ChangeTimes {
  /** From the first round of the session until the next epoch is in service on every member. */
  readonly inServiceMs: number;
  /** Until every member has the whole lock. */
  readonly completeMs: number;
  /** From the first commitment until the next epoch is in service somewhere. */
  readonly frozenMs: number;
}

/** The definition of a change, as the proposer would write it; with a newcomer, the oldest member leaves. */
export function planOf(change: ChangeKind, proposer: string, joiner: MadeNode | undefined): Uint8Array {
  const { settings, policy } = loadConfig({ dataDir: proposer, environment: {} });
  const previous = newestLock(openDisk({ folder: proposer, sweep: false }), settings.paths.ceremonies);
  const oldest = String(previous.record.members[0]?.index ?? 0);
  const definition = changeOf({
    ...{ kind: change, name: change, previous, policyHash: policyHash(policy), nowMs: systemClock.nowMs() },
    self: readPublicIdentity(proposer, settings.paths.keys).identityPk,
    ...{ add: [], remove: [], lost: [] },
    replace: joiner === undefined ? [] : [{ former: oldest, by: parseInvitation(joiner.invitation) }],
    ...{ acceptWithinMs: 600_000, executeWithinMs: 600_000, roundTimeoutMs: 60_000 },
  });
  return writeDefinition({ definition, signatures: [], previous });
}

/** The folder of the last ceremony of a node, relative to its own. */
export async function lastCeremony(folder: string): Promise<string> {
  const view = ceremonyViews.parse(await askAdmin(folder, 'ceremonies')).at(-1);
  if (view === undefined) throw new Bug(`${folder} has no ceremony`);
  return view.folder;
}

/** What the events of all members say; their clocks are one. */
export function timesOf(members: readonly string[], ceremony: string, proposer: string): ChangeTimes {
  const all = members.map((folder) => eventsIn(join(folder, ceremony, 'events.jsonl')));
  const start = firstOf(eventsIn(join(proposer, ceremony, 'events.jsonl')), 'round');
  const certificates = all.map((events) => firstOf(events, 'certificate'));
  const commits = all.flatMap((events) =>
    events.filter(({ type }) => type === 'committed').map(({ t }) => t),
  );
  return {
    inServiceMs: Math.max(...certificates) - start,
    completeMs: Math.max(...all.map((events) => firstOf(events, 'complete'))) - start,
    frozenMs: Math.max(0, Math.min(...certificates) - Math.min(...commits, ...certificates)),
  };
}

interface Timed {
  readonly type: string;
  /** Milliseconds since the epoch of the clock. */
  readonly t: number;
}

const eventsIn = (path: string): readonly Timed[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const event: unknown = JSON.parse(line);
      const fields = new Map(Object.entries(event ?? {}));
      return { type: String(fields.get('type')), t: Number(fields.get('t')) };
    });

function firstOf(events: readonly Timed[], type: string): number {
  const found = events.find((event) => event.type === type);
  if (found === undefined) throw new Bug(`no event ${type}`);
  return found.t;
}
