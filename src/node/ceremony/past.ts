import { latin1, to0x } from '../../crypto/bytes.ts';
import { readDefinition } from '../../chain/definition-file.ts';
import { type SignedDefinition, definitionHash } from '../../protocols/ceremony/definition.ts';
import type { Disk, Log } from '../../system/ports.ts';
import type { CeremonyState, CeremonyView } from '../api.ts';
import { isOrdinary } from '../supervise.ts';
import { EventLog } from './events.ts';
import { type Failure, failureLine, tellFailure } from './papers.ts';
import { viewOf } from './view.ts';

/** Where ceremonies of before the last start are looked for. */
export interface PastDeps {
  readonly disk: Disk;
  readonly log: Log;
  readonly nowMs: () => number;
  /** The folder of all ceremonies. */
  readonly folder: string;
  /** This node's name. */
  readonly node: string;
}

/** A ceremony that was not completed before the last start, and does not go on. */
export interface PastCeremony {
  readonly view: CeremonyView;
  readonly events: EventLog;
  /** Its certificate was held: the share is active, and only the lock is missing. */
  readonly hasKey: boolean;
}

/** What the events of a ceremony say once its lock is there. */
const ENDED_WELL = '"type":"result","ok":true';
/** Ends of a ceremony that its events may tell of. */
const ENDS: readonly CeremonyState[] = ['rejected', 'aborted', 'timed-out', 'failed'];

/** How a ceremony has ended badly here, by the text of its events. */
export const endIn = (story: string): CeremonyState | undefined =>
  ENDS.find((state) => story.includes(`"ok":false,"state":"${state}"`));

/** The failure line of one that has ended badly, and whose pending share stays: it may still take effect. */
export const endedLine = (state: CeremonyState): string =>
  failureLine({
    ...{ state, before: 'prepared', reason: 'node-restarted', accused: [], isKept: true },
    what: 'it ended before this node was started anew',
  });

/**
 * Ceremonies with a definition and without a lock. One that was still under way ends here as `aborted`, which
 * is written behind its other events; its pending share is the caller's to drop. Folders in `goingOn` are
 * passed over.
 */
export function pastCeremonies(deps: PastDeps, goingOn: readonly string[] = []): readonly PastCeremony[] {
  const { disk, log, folder } = deps;
  const found = disk.list(folder).flatMap((name) => {
    const own = `${folder}/${name}`;
    const bytes = disk.read(`${own}/definition.json`);
    const story = latin1(disk.read(`${own}/events.jsonl`) ?? new Uint8Array(0));
    // What ended well and has no lock has lost it since: whoever looks for the lock says so.
    const isOver = disk.read(`${own}/lock.json`) !== undefined || story.includes(ENDED_WELL);
    if (bytes === undefined || isOver || goingOn.includes(own)) return [];
    try {
      return [[readDefinition(bytes, `${own}/definition.json`), own] as const];
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      log.error('ceremony not readable', { path: own, reason: error.code, detail: error.message });
      return [];
    }
  });
  // Folders are named by hashes: which is the latest, the sequence says.
  return found
    .sort(([a], [b]) => Number(a.definition.sequence - b.definition.sequence))
    .map(([signed, own]) => pastCeremony(signed, own, deps));
}

function pastCeremony(
  signed: SignedDefinition,
  folder: string,
  { disk, log, nowMs, node }: PastDeps,
): PastCeremony {
  const path = `${folder}/events.jsonl`;
  const story = latin1(disk.read(path) ?? new Uint8Array(0));
  const hasKey = story.includes('"type":"certificate"');
  const end = endIn(story);
  const ceremony = to0x(definitionHash(signed.definition));
  const events = new EventLog({ ceremony, node, path }, { disk, log, nowMs });
  const failure: Failure = {
    state: end ?? 'aborted',
    before: hasKey ? 'checking' : 'executing',
    reason: 'node-restarted',
    what: end === undefined ? 'this node was started anew' : 'it ended before this node was started anew',
    accused: [],
    isKept: false,
  };
  const text = end === undefined ? tellFailure(events, 0, failure) : failureLine(failure);
  const standing = { attempt: 0, folder, made: undefined, lock: undefined };
  return { view: viewOf(signed, { ...standing, state: failure.state, failure: text }), events, hasKey };
}
