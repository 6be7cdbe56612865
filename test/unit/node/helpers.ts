import { ascii, u32 } from '../../../src/crypto/bytes.ts';
import { OperationError } from '../../../src/crypto/errors.ts';
import { expand, taggedHash } from '../../../src/crypto/hash.ts';
import type { Rng } from '../../../src/crypto/secp256k1.ts';
import type { Clock, Disk, Kdf, Log, LogFields } from '../../../src/system/ports.ts';

/** A disk in memory, with the files in sight and switches for its faults. */
export interface MemoryDisk extends Disk {
  readonly files: Map<string, Uint8Array>;
  /** While set, every write fails with it. */
  fault: { code: string; level: 'retry' | 'reset' | 'fatal' } | undefined;
}

export function memoryDisk(): MemoryDisk {
  const files = new Map<string, Uint8Array>();
  const write = (action: () => void): void => {
    if (disk.fault !== undefined)
      throw new OperationError(disk.fault.code, disk.fault.level, 'the disk refuses');
    action();
  };
  const disk: MemoryDisk = {
    files,
    fault: undefined,
    read: (path) => files.get(path)?.slice(),
    replace: (path, bytes) => write(() => files.set(path, bytes.slice())),
    create: (path, bytes) =>
      write(() => {
        if (files.has(path)) throw new OperationError('would-overwrite', 'fatal', `${path} exists`);
        files.set(path, bytes.slice());
      }),
    append: (path, bytes) =>
      write(() => files.set(path, Uint8Array.from([...(files.get(path) ?? []), ...bytes]))),
    truncate: (path, length) =>
      write(() => files.set(path, (files.get(path) ?? new Uint8Array()).slice(0, length))),
    move: (from, to) =>
      write(() => {
        for (const [path, bytes] of [...files]) {
          if (path !== from && !path.startsWith(`${from}/`)) continue;
          files.delete(path);
          files.set(`${to}${path.slice(from.length)}`, bytes);
        }
      }),
    remove: (path) => write(() => files.delete(path)),
    shred: (path) => write(() => files.delete(path)),
    list: (folder) =>
      [
        ...new Set(
          [...files.keys()]
            .filter((path) => path.startsWith(`${folder}/`))
            .map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''),
        ),
      ].sort(),
    freeBytes: () => 1e9,
  };
  return disk;
}

/** A log that remembers what was said at each level. */
export function memoryLog(): Log & { readonly lines: { level: string; event: string; fields: LogFields }[] } {
  const lines: { level: string; event: string; fields: LogFields }[] = [];
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push({ level, event, fields });
    };
  const log = {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: () => log,
    lines,
  };
  return log;
}

/** A clock that stands still until it is moved. */
export function handClock(startMs = 1_000_000): Clock & { move: (ms: number) => void } {
  let now = startMs;
  return {
    nowMs: () => 1_750_000_000_000 + now,
    monotonicMs: () => now,
    after: () => () => undefined,
    move: (ms) => {
      now += ms;
    },
  };
}

/** Bytes that depend on a seed and on how often they were asked for. */
export function seededRng(seed: string): Rng {
  let count = 0;
  return (length) => expand('test', length, ascii(seed), u32(count++));
}

/** 32 bytes that depend on a text. */
export const named = (text: string): Uint8Array => taggedHash('test', ascii(text));

/** A password derivation that costs nothing and binds all its arguments. */
export const quickKdf: Kdf = {
  scrypt: (password, salt, { n, r, p }, length) =>
    expand('test', length, password, salt, u32(n), u32(r), u32(p)),
};
