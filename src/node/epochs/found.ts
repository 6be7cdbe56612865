import { type Plan, readDefinition } from '../../chain/definition-file.ts';
import type { Lock } from '../../chain/lock.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { epochIdOf } from '../../protocols/epoch.ts';
import type { FoundSession } from '../ceremony/deps.ts';
import { type ResumeDeps, resumableCeremonies } from '../ceremony/resume.ts';
import { isOrdinary } from '../supervise.ts';
import { type KeptStanding, STANDING_FILE, readStanding } from './standing-file.ts';

/** A ceremony that goes on after a restart: its session has a log, or its result may still take effect. */
export interface Unfinished {
  readonly plan: Plan;
  readonly folder: string;
  readonly attempt: number;
  /** What an epoch change has prepared. */
  readonly standing: KeptStanding | undefined;
  readonly session: FoundSession | undefined;
  /** Whether a pending share is of its session. */
  readonly isOf: (sid: Uint8Array) => boolean;
}

/**
 * Every ceremony that may go on, ascending by sequence. @throws InputError file-truncated | file-damaged for
 * an
 * epoch change that was prepared and cannot be read: somebody may rely on our acknowledgement
 */
export function unfinishedIn(deps: ResumeDeps): readonly Unfinished[] {
  const sessions = resumableCeremonies(deps).map((one) => ({
    ...one,
    standing: standingIn(deps, one.folder),
  }));
  const prepared = preparedIn(deps).filter((one) => !sessions.some(({ folder }) => folder === one.folder));
  return [...sessions, ...prepared].sort((a, b) =>
    Number(a.plan.definition.sequence - b.plan.definition.sequence),
  );
}

/**
 * Whether it concerns this node still: it makes the epoch in service, or follows it; without a key, whether
 * it
 * gives us one.
 */
export function concerns(
  { plan, standing }: Pick<Unfinished, 'plan' | 'standing'>,
  lock: Lock | undefined,
  identityPk: Uint8Array,
): boolean {
  const { committee } = plan.definition;
  if (lock === undefined) return committee.some((seat) => equalBytes(seat.identityPk, identityPk));
  if (plan.previous === undefined) return false;
  const active = epochIdOf(lock.record);
  const made = standing && epochIdOf(standing.standing.prepared.record);
  return (
    equalBytes(epochIdOf(plan.previous.record), active) || (made !== undefined && equalBytes(made, active))
  );
}

function standingIn({ disk }: Pick<ResumeDeps, 'disk'>, folder: string): KeptStanding | undefined {
  const path = `${folder}/${STANDING_FILE}`;
  const bytes = disk.read(path);
  return bytes === undefined ? undefined : readStanding(bytes, path);
}

/** Epoch changes that were prepared and have no session any more. */
function preparedIn(deps: ResumeDeps): readonly Unfinished[] {
  const { disk, log, folders } = deps;
  return disk.list(folders.ceremonies).flatMap((name) => {
    const folder = `${folders.ceremonies}/${name}`;
    const standing = standingIn(deps, folder);
    const bytes = standing && disk.read(`${folder}/definition.json`);
    if (standing === undefined || bytes === undefined) return [];
    try {
      const plan = readDefinition(bytes, `${folder}/definition.json`);
      const isOf = (sid: Uint8Array): boolean => equalBytes(sid, standing.standing.prepared.record.originSid);
      return [{ plan, folder, attempt: standing.attempt, standing, session: undefined, isOf }];
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      log.error('ceremony not readable', { path: folder, reason: error.code, detail: error.message });
      return [];
    }
  });
}
