import { type Plan, readDefinition } from '../../chain/definition-file.ts';
import { parseLock } from '../../chain/lock-file.ts';
import { type Lock, fitsDefinition } from '../../chain/lock.ts';
import { equalBytes, latin1 } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { isChange } from '../../protocols/ceremony/definition.ts';
import { epochIdOf } from '../../protocols/epoch.ts';
import { follows, hasDealersOf } from '../../protocols/reshare/activation.ts';
import type { CeremonyState } from '../api.ts';
import type { FoundSession } from '../ceremony/deps.ts';
import { acceptedCeremonies } from '../ceremony/accepted.ts';
import { endIn } from '../ceremony/past.ts';
import { type ResumeDeps, resumableCeremonies } from '../ceremony/resume.ts';
import { isOrdinary } from '../supervise.ts';
import { walFolders } from '../wal.ts';
import { type KeptStanding, STANDING_FILE, readStanding } from './standing-file.ts';

/**
 * A ceremony that goes on after a restart: its session has a log, its result may still take effect, or the
 * others count on the consent of this node.
 */
export interface Unfinished {
  readonly plan: Plan;
  readonly folder: string;
  readonly attempt: number;
  /** Where it goes on; one that has ended here may still take effect, and keeps nobody from the next. */
  readonly state: CeremonyState;
  /** What an epoch change has prepared. */
  readonly standing: KeptStanding | undefined;
  readonly session: FoundSession | undefined;
  /** Whether a pending share is of its session. */
  readonly isOf: (sid: Uint8Array) => boolean;
}

/** Where ceremonies of before the last start are looked for, and what is known of their keys. */
export interface FoundDeps extends ResumeDeps {
  /** The newest epoch of a key whose certificate this node has held. */
  readonly newestOf: (keyId: Uint8Array) => number | undefined;
  readonly nowMs: () => number;
}

/**
 * Every ceremony that may go on, ascending by sequence. What is not readable of an epoch that has long been
 * decided is logged. @throws InputError file-truncated | file-damaged | safety-state-missing, with the
 * remedy, for an epoch change that was prepared and is not decided: somebody may rely on our acknowledgement
 */
export function unfinishedIn(deps: FoundDeps): readonly Unfinished[] {
  // What refuses the start comes first: until it is mended, no log of a session may be removed.
  const prepared = deps.disk
    .list(deps.folders.ceremonies)
    .flatMap((name) => preparedIn(deps, `${deps.folders.ceremonies}/${name}`) ?? []);
  const logs = walFolders(deps.disk, deps.folders.wal).length;
  const sessions = resumableCeremonies(deps).map((one): Unfinished => {
    const standing = prepared.find(({ folder }) => folder === one.folder)?.standing;
    return { ...one, standing, state: standing === undefined ? one.state : 'prepared' };
  });
  // A log that was not taken up may be the one of a session that had spoken: then nothing begins anew.
  const accepted = logs === sessions.length ? acceptedIn(deps) : [];
  const others = [...prepared, ...accepted].filter(
    (one) => !sessions.some(({ folder }) => folder === one.folder),
  );
  return [...sessions, ...others].sort((a, b) =>
    Number(a.plan.definition.sequence - b.plan.definition.sequence),
  );
}

/**
 * Whether it concerns this node still: it makes the epoch in service, or follows it; without a key, whether
 * it gives us one.
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

/** An epoch change that was prepared in this folder, if one was. */
function preparedIn(deps: FoundDeps, folder: string): Unfinished | undefined {
  const { disk, log } = deps;
  const bytes = disk.read(`${folder}/${STANDING_FILE}`);
  if (bytes === undefined) return undefined;
  const plan = planIn(deps, folder);
  const standing = fitting(plan, standingIn(bytes, folder), `${folder}/${STANDING_FILE}`);
  if (!(plan instanceof InputError) && !(standing instanceof InputError))
    return unfinished(deps, { plan, folder, standing });
  const lock = lockIn(deps, folder);
  if (lock === undefined && !isDecided(deps, plan, standing)) throw refusal(folder, [plan, standing]);
  for (const one of [plan, standing])
    if (one instanceof InputError)
      log.error('ceremony not readable', { path: one.path, reason: one.code, detail: one.message });
  if (plan instanceof InputError || lock?.certificate.kind !== 'activation') return undefined;
  // The lock holds the same certificate.
  const kept: KeptStanding = { attempt: lock.attempt, standing: lock.certificate, isSuperseded: false };
  return unfinished(deps, { plan, folder, standing: kept });
}

function unfinished(
  { disk }: FoundDeps,
  { plan, folder, standing }: { readonly plan: Plan; readonly folder: string; standing: KeptStanding },
): Unfinished {
  const { attempt } = standing;
  const story = latin1(disk.read(`${folder}/events.jsonl`) ?? new Uint8Array(0));
  const isOf = (sid: Uint8Array): boolean => equalBytes(sid, standing.standing.prepared.record.originSid);
  return { plan, folder, attempt, state: endIn(story) ?? 'prepared', standing, session: undefined, isOf };
}

const acceptedIn = ({ disk, nowMs, folders, identityPk }: FoundDeps): readonly Unfinished[] =>
  acceptedCeremonies({ disk, nowMs, folder: folders.ceremonies, identityPk }).map((one) => ({
    ...one,
    ...{ attempt: 0, state: 'accepted', standing: undefined, session: undefined, isOf: () => false },
  }));

/** A file's content, or why it is not to be had. */
function contentOf<T>(path: string, read: () => T): T | InputError {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return new InputError(error.code, path, error.message, { cause: error });
  }
}

function planIn({ disk }: FoundDeps, folder: string): Plan | InputError {
  const path = `${folder}/definition.json`;
  return contentOf(path, () => {
    const bytes = disk.read(path);
    if (bytes === undefined) throw new InputError('safety-state-missing', path, `${path} is missing`);
    return readDefinition(bytes, path);
  });
}

function standingIn(bytes: Uint8Array, folder: string): KeptStanding | InputError {
  const path = `${folder}/${STANDING_FILE}`;
  return contentOf(path, () => readStanding(bytes, path));
}

/**
 * Stops a file of another ceremony, or one that somebody made up: this node would commit to it, for ever, and
 * to nothing that anybody else has.
 */
function fitting(
  plan: Plan | InputError,
  standing: KeptStanding | InputError,
  path: string,
): KeptStanding | InputError {
  if (plan instanceof InputError || standing instanceof InputError) return standing;
  const { previous } = plan;
  const { prepared } = standing.standing;
  const isFitting =
    previous !== undefined &&
    fitsDefinition({ definition: plan, record: prepared.record }) &&
    follows(previous.record, prepared) &&
    hasDealersOf(previous.record, prepared);
  return isFitting
    ? standing
    : new InputError('file-damaged', path, `${path} is of another epoch change than the plan beside it`);
}

function lockIn({ disk }: FoundDeps, folder: string): Lock | undefined {
  const bytes = disk.read(`${folder}/lock.json`);
  if (bytes === undefined) return undefined;
  try {
    return parseLock(bytes, `${folder}/lock.json`);
  } catch (error) {
    if (!isOrdinary(error)) throw error;
    return undefined; // whoever looks for locks says so
  }
}

/** Whether this node has held the certificate of that epoch, or of a later one: by what can be read of it. */
function isDecided(
  { newestOf }: FoundDeps,
  plan: Plan | InputError,
  standing: KeptStanding | InputError,
): boolean {
  const isHeld = (keyId: Uint8Array, epochNo: number): boolean => (newestOf(keyId) ?? -1) >= epochNo;
  if (!(standing instanceof InputError)) {
    const { keyId, epochNo } = standing.standing.prepared.record;
    return isHeld(keyId, epochNo);
  }
  if (plan instanceof InputError || !isChange(plan.definition)) return false;
  const { keyId, epochNo } = plan.definition.key;
  return isHeld(keyId, epochNo + 1);
}

function refusal(folder: string, parts: readonly unknown[]): InputError {
  const broken = parts.filter((one) => one instanceof InputError);
  const [first] = broken;
  const paths = broken.map(({ path }) => path).join(' and ');
  return new InputError(
    first?.code ?? 'safety-state-missing',
    first?.path ?? folder,
    `${broken.map(({ message }) => message).join('; ')}: this node has prepared an epoch change there that ` +
      `is not decided, and the others may rely on it. Copy ${paths} from any member that took part, then ` +
      'run "conclave node run" again; if nobody has them, move your own newest backup of the folder there',
  );
}
