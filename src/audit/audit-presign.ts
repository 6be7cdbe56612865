import { equalBytes, toHex } from '../crypto/bytes.ts';
import { listOf, taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { parseLock } from '../chain/lock-file.ts';
import { lockProblems } from '../chain/lock-rules.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { type EpochRecord, epochIdOf } from '../protocols/epoch.ts';
import { specHash } from '../protocols/kernel/spec.ts';
import { type PresignReplay, replayPresign } from '../protocols/presign/replay.ts';
import { type SessionEnvelopes, recheckEnvelopes } from './audit-envelopes.ts';
import { type Folder, type Read, readFrom } from './reading.ts';
import { Registry } from './registry.ts';
import { type TranscriptFile, readTranscript, roundsOf } from './transcript-file.ts';

/** A lock, and which of its rules do not hold. */
export interface LockWork {
  readonly lock: Lock;
  readonly problems: readonly string[];
}

/** A presign session, and everything that anyone can compute of it. */
export interface PresignWork {
  readonly file: TranscriptFile;
  readonly envelopes: SessionEnvelopes;
  readonly replay: PresignReplay;
  /** x of every single nonce and of every sum, as hex: one list for all signatures of the session. */
  readonly nonces: readonly string[];
}

/** Most locks, and most presign sessions, that are kept: an audit visits the signatures of one together. */
const MAX_LOCKS = 64;
const MAX_PRESIGNS = 16;

/**
 * What many signatures share: one lock, and one presign session for a whole batch of them. Equal bytes are
 * looked at once, as long as they are kept; files that differ in one byte are two.
 */
export class SharedWork {
  readonly #registry: Registry;
  readonly #locks = new Kept<Read<LockWork>>(MAX_LOCKS);
  readonly #presigns = new Kept<Read<PresignWork>>(MAX_PRESIGNS);
  readonly #replays = new Kept<Replayed>(MAX_PRESIGNS);

  constructor(registry: Registry = new Registry([])) {
    this.#registry = registry;
  }

  /** The lock of a folder, its rules applied, against the lock before it where that is in the tree. */
  lock(folder: Folder): Read<LockWork> {
    return this.#locks.once(keyOf(folder, 'lock.json'), () =>
      readFrom(folder, 'lock.json', (bytes, path) => this.#applied(parseLock(bytes, path), path)),
    );
  }

  /**
   * The lock of the epoch in which a session ran. The one beside it may be of another epoch of the same
   * key: who writes the folder may have gone on to the next epoch meanwhile.
   */
  lockOf(folder: Folder, epochId: Uint8Array | undefined): Read<LockWork> {
    const beside = this.lock(folder);
    if (beside.value === undefined || epochId === undefined) return beside;
    if (equalBytes(epochIdOf(beside.value.lock.record), epochId)) return beside;
    const other = this.#registry.lockOf(beside.value.lock, epochId);
    if (other === undefined) return beside;
    return this.#locks.once(`epoch ${toHex(lockHash(other))}`, () => ({
      value: this.#applied(other, `lock of epoch ${other.record.epochNo}`),
      problem: undefined,
    }));
  }

  /** All locks of the key of this one, ascending by epoch. */
  chainOf(lock: Lock): readonly Lock[] {
    return this.#registry.chainOf(lock);
  }

  #applied(lock: Lock, path: string): LockWork {
    const broken = lockProblems(lock, this.#registry.previousOf(lock));
    return { lock, problems: broken.map((what) => `${path}: it does not hold that ${what}`) };
  }

  /** The presign session of a folder, replayed under the key of this lock. */
  presign(folder: Folder, lock: Lock): Read<PresignWork> {
    return this.presignAs(folder, 'presign.jsonl', lock);
  }

  /** The same for a file of another name. */
  presignAs(folder: Folder, name: string, { record }: Lock): Read<PresignWork> {
    const epochId = epochIdOf(record);
    return this.#presigns.once(`${keyOf(folder, name)} ${toHex(epochId)}`, () =>
      readFrom(folder, name, (bytes, path) => {
        const file = readTranscript(bytes, path);
        const envelopes = recheckEnvelopes(file);
        return { file, envelopes, ...this.#replayed(file, record) };
      }),
    );
  }

  /** A presign session of which the key is not known yet. */
  presignFile(folder: Folder, name: string): Read<TranscriptFile> {
    return readFrom(folder, name, readTranscript);
  }

  /** Copies of one session differ in how it ended, not in what was said: all of them are replayed once. */
  #replayed(file: TranscriptFile, record: EpochRecord): Replayed {
    const rounds = roundsOf(file);
    const said = rounds.map((round) => listOf(round.map((bytes) => taggedHash(tags.fileHash, bytes))));
    const name = taggedHash(tags.fileHash, specHash(file.spec), epochIdOf(record), ...said);
    return this.#replays.once(toHex(name), () => {
      const replay = replayPresign(file.spec, record, rounds);
      return { replay, nonces: noncesOf(replay) };
    });
  }
}

type Replayed = Pick<PresignWork, 'replay' | 'nonces'>;

const keyOf = ({ files }: Folder, name: string): string => {
  const bytes = files.get(name);
  return bytes === undefined ? '' : toHex(taggedHash(tags.fileHash, bytes));
};

const noncesOf = ({ nonces, result }: PresignReplay): readonly string[] =>
  [...[...nonces.values()].flat(), ...(result?.presignatures ?? []).map(({ R }) => R)]
    .filter((point) => !point.isIdentity)
    .map((point) => point.x.toString(16));

/** The newest of what was made, by name. */
class Kept<T> {
  readonly #max: number;
  readonly #byName = new Map<string, T>();

  constructor(max: number) {
    this.#max = max;
  }

  /** What is kept under a name, or is made now; the one that was not asked for longest is let go. */
  once(name: string, make: () => T): T {
    const value = this.#byName.get(name) ?? make();
    this.#byName.delete(name);
    this.#byName.set(name, value);
    const [oldest] = this.#byName.keys();
    if (this.#byName.size > this.#max && oldest !== undefined) this.#byName.delete(oldest);
    return value;
  }
}
