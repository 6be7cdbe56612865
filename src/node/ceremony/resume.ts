import { type Plan, readDefinition } from '../../chain/definition-file.ts';
import { equalBytes, latin1, toHex } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { attemptContext, definitionHash } from '../../protocols/ceremony/definition.ts';
import { HEADER_BYTES, headerCodec } from '../../protocols/kernel/envelope.ts';
import { decodeSpec } from '../../protocols/kernel/spec.ts';
import type { Log } from '../../system/ports.ts';
import type { CeremonyState } from '../api.ts';
import { isOrdinary } from '../supervise.ts';
import { Wal, type WalDeps, type WalEntry, shredWal, walFolders } from '../wal.ts';
import { isSpecOf } from './attempt.ts';
import type { FoundSession } from './deps.ts';

/** Where sessions of before the last start are looked for. */
export interface ResumeDeps extends WalDeps {
  readonly log: Log;
  /** The folder of all ceremonies, and the one of all write-ahead logs. */
  readonly folders: { readonly ceremonies: string; readonly wal: string };
}

/** A ceremony whose session was under way when the last process of this node ended: it goes on. */
export interface ResumableCeremony {
  readonly plan: Plan;
  /** Its folder in the data folder. */
  readonly folder: string;
  readonly attempt: number;
  /** Whatever it had reached: the session takes the same steps again, from here. */
  readonly state: Extract<CeremonyState, 'executing'>;
  readonly session: FoundSession;
  /** Whether a pending share is of this session: it is not to be given up. */
  readonly isOf: (sid: Uint8Array) => boolean;
}

/** The highest number of an attempt that is looked for. */
const MAX_ATTEMPT = 16;
/** What the events of a ceremony say when it is over on this node. */
const OVER = /"type":"result","ok":(true|false)/;

/**
 * Ceremonies with a write-ahead log that are not over, the latest last. Logs of all others are removed: of
 * ceremonies that are over, and those that cannot be read, because an attempt that cannot be repeated exactly
 * is not repeated at all. [protocol, 11.3, 11.4; ATK-S16]
 */
export function resumableCeremonies(deps: ResumeDeps): readonly ResumableCeremony[] {
  const plans = plansIn(deps);
  const found = walFolders(deps.disk, deps.folders.wal).flatMap((wal) => {
    const one = opened(deps, wal, plans);
    if (one === undefined) shredWal(deps.disk, wal);
    return one ?? [];
  });
  return found.sort((a, b) => Number(a.plan.definition.sequence - b.plan.definition.sequence));
}

interface FoundPlan {
  readonly plan: Plan;
  readonly folder: string;
}

/** Plans of ceremonies that are not over on this node. What is not readable is told elsewhere. */
function plansIn({ disk, folders }: ResumeDeps): readonly FoundPlan[] {
  return disk.list(folders.ceremonies).flatMap((name) => {
    const folder = `${folders.ceremonies}/${name}`;
    const bytes = disk.read(`${folder}/definition.json`);
    const story = latin1(disk.read(`${folder}/events.jsonl`) ?? new Uint8Array(0));
    if (bytes === undefined || OVER.test(story) || disk.list(folder).includes('lock.json')) return [];
    try {
      return [{ plan: readDefinition(bytes, `${folder}/definition.json`), folder }];
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      return [];
    }
  });
}

function opened(
  deps: ResumeDeps,
  folder: string,
  plans: readonly FoundPlan[],
): ResumableCeremony | undefined {
  try {
    const log = Wal.open(deps, folder);
    // What this node has ended itself is not begun again.
    if (log === undefined || log.entries.some(({ kind }) => kind === 'aborted')) return undefined;
    const { wal, header, entries } = log;
    for (const { plan, folder: own } of plans) {
      const attempt = attemptOf(plan, header.spec);
      if (attempt === undefined) continue;
      const session = { spec: header.spec, seed: header.seed, wal, entries };
      return { plan, folder: own, attempt, state: 'executing', session, isOf: isOneOf(sidsIn(entries)) };
    }
    header.seed.wipe();
    return undefined;
  } catch (error) {
    if (!isOrdinary(error)) throw error;
    deps.log.error('ceremony not resumed', { path: folder, reason: error.code, detail: error.message });
    return undefined;
  }
}

/** Which attempt at a plan a specification is, if any. */
function attemptOf(plan: Plan, spec: Uint8Array): number | undefined {
  const { context } = decodeSpec(spec);
  const id = definitionHash(plan.definition);
  for (let attempt = 1; attempt <= MAX_ATTEMPT; attempt++)
    if (equalBytes(context, attemptContext(id, attempt)))
      return isSpecOf(plan, attempt, spec) ? attempt : undefined;
  return undefined;
}

/** The session ids that envelopes of the log name behind round 0, where they stand for the specification. */
const sidsIn = (entries: readonly WalEntry[]): ReadonlySet<string> =>
  new Set(
    entries.flatMap((entry) => {
      if (entry.kind !== 'received') return [];
      const { round, sid } = decode(headerCodec, entry.bytes.subarray(0, HEADER_BYTES));
      return round > 0 ? [toHex(sid)] : [];
    }),
  );

const isOneOf =
  (sids: ReadonlySet<string>) =>
  (sid: Uint8Array): boolean =>
    sids.has(toHex(sid));

/** Removes the log of a session that is over. What the disk refuses the next start tries again. */
export function removeLog(wal: Pick<Wal, 'shred'>, log: Log): void {
  try {
    wal.shred();
  } catch (error) {
    if (!isOrdinary(error)) throw error;
    log.error('log of a ceremony not removed', { reason: error.code, detail: error.message });
  }
}
