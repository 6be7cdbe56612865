import { equalBytes, toHex } from '../crypto/bytes.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { parseLock } from '../chain/lock-file.ts';
import { lockProblems } from '../chain/lock-rules.ts';
import type { Lock } from '../chain/lock.ts';
import { epochIdOf } from '../protocols/epoch.ts';
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
}

/**
 * What many signatures share: one lock, and one presign session for a whole batch of them. Equal bytes
 * are looked at
 * once; files that differ in one byte are two.
 */
export class SharedWork {
  readonly #registry: Registry;
  readonly #locks = new Map<string, Read<LockWork>>();
  readonly #presigns = new Map<string, Read<PresignWork>>();

  constructor(registry: Registry = new Registry([])) {
    this.#registry = registry;
  }

  /** The lock of a folder, its rules applied, against the lock before it where that is in the tree. */
  lock(folder: Folder): Read<LockWork> {
    return once(this.#locks, keyOf(folder, 'lock.json'), () =>
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
    return { value: this.#applied(other, `lock of epoch ${other.record.epochNo}`), problem: undefined };
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
  presign(folder: Folder, { record }: Lock): Read<PresignWork> {
    const key = `${keyOf(folder, 'presign.jsonl')} ${toHex(epochIdOf(record))}`;
    return once(this.#presigns, key, () =>
      readFrom(folder, 'presign.jsonl', (bytes, path) => {
        const file = readTranscript(bytes, path);
        const envelopes = recheckEnvelopes(file);
        return { file, envelopes, replay: replayPresign(file.spec, record, roundsOf(file)) };
      }),
    );
  }
}

const keyOf = ({ files }: Folder, name: string): string => {
  const bytes = files.get(name);
  return bytes === undefined ? '' : toHex(taggedHash(tags.fileHash, bytes));
};

function once<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
