import { toHex } from '../crypto/bytes.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { parseLock } from '../chain/lock-file.ts';
import { lockProblems } from '../chain/lock-rules.ts';
import type { Lock } from '../chain/lock.ts';
import { epochIdOf } from '../protocols/epoch.ts';
import { type PresignReplay, replayPresign } from '../protocols/presign/replay.ts';
import { type SessionEnvelopes, recheckEnvelopes } from './audit-envelopes.ts';
import { type Folder, type Read, readFrom } from './reading.ts';
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
  readonly #locks = new Map<string, Read<LockWork>>();
  readonly #presigns = new Map<string, Read<PresignWork>>();

  /** The lock of a folder, its rules applied. */
  lock(folder: Folder): Read<LockWork> {
    return once(this.#locks, keyOf(folder, 'lock.json'), () =>
      readFrom(folder, 'lock.json', (bytes, path) => {
        const lock = parseLock(bytes, path);
        const broken = lockProblems(lock, undefined);
        return { lock, problems: broken.map((what) => `${path}: it does not hold that ${what}`) };
      }),
    );
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
