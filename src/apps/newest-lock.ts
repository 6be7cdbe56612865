import { readLock } from '../chain/lock-file.ts';
import type { Lock } from '../chain/lock.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Disk } from '../system/ports.ts';

/**
 * The lock of the newest epoch in a ceremonies folder: a change starts from there. Read without a node.
 * @throws InputError key-unknown where there is none, lock-mismatch for locks of two keys, and those of
 * `readLock`
 */
export function newestLock(disk: Pick<Disk, 'list' | 'read'>, ceremonies: string): Lock {
  const locks = disk.list(ceremonies).flatMap((name) => {
    const path = `${ceremonies}/${name}/lock.json`;
    const bytes = disk.read(path);
    return bytes === undefined ? [] : [readLock(bytes, path)];
  });
  const [first, ...others] = locks;
  if (first === undefined)
    throw new InputError('key-unknown', ceremonies, `there is no lock in ${ceremonies}, so no key to change`);
  if (others.some(({ record }) => !equalBytes(record.keyId, first.record.keyId)))
    throw new InputError('lock-mismatch', ceremonies, `${ceremonies} holds locks of more than one key`);
  const later = (one: Lock, two: Lock): Lock => (two.record.epochNo > one.record.epochNo ? two : one);
  return others.reduce(later, first);
}
