import { parseLock } from '../../src/chain/lock-file.ts';
import type { Lock } from '../../src/chain/lock.ts';
import { toHex } from '../../src/crypto/bytes.ts';

const known = new Map<string, Lock>();

/**
 * A lock from its file. All disks are looked at whenever a process has ended, and hold the same few locks:
 * each is parsed once.
 */
export function readLockOnce(bytes: Uint8Array, path: string): Lock {
  const name = toHex(bytes);
  const lock = known.get(name) ?? parseLock(bytes, path);
  known.set(name, lock);
  return lock;
}
