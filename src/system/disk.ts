import { Bug, InputError, OperationError } from '../crypto/errors.ts';
import { type FileCalls, type Found, machineFiles } from './file-calls.ts';
import type { Disk } from './ports.ts';

/** Where the files are. */
export interface DiskOptions {
  /** Absolute path of the data folder; made, 0700, if absent. */
  readonly folder: string;
  /** Whether unfinished temporary files are removed at open. No, where several processes share a folder. */
  readonly sweep?: boolean;
}

/** A component of a path: nothing hidden, nothing that climbs, at most 128 characters. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** The deepest path, in components. */
const MAX_DEPTH = 12;
/** Bits that would let anyone but the owner in. */
const OTHERS = 0o077;
const TEMPORARY = /^\..+\.\d+-\d+\.tmp$/;
/** Zeros are written in pieces of this many bytes. */
const SHRED_BYTES = 65_536;

/**
 * Opens the data folder. The one place of the project that makes bytes durable. [security, 3.2]
 * @throws InputError bad-path | bad-permissions, OperationError disk-full | disk-failed | fsync-failed
 */
export function openDisk(options: DiskOptions, calls: FileCalls = machineFiles): Disk {
  const disk = new FileDisk(options.folder, calls);
  disk.open(options.sweep ?? true);
  return disk;
}

class FileDisk implements Disk {
  readonly #root: string;
  readonly #calls: FileCalls;
  /** Folders and appended files whose names this process has made durable: a killed one may not have. */
  readonly #named = new Set<string>();
  #temporaries = 0;
  #failure: OperationError | undefined;

  constructor(root: string, calls: FileCalls) {
    this.#root = root;
    this.#calls = calls;
  }

  open(sweep: boolean): void {
    const parts = this.#root.split('/').slice(1);
    if (!this.#root.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
      throw badPath(this.#root, 'is not an absolute path in its shortest form');
    this.#do(this.#root, () => {
      let at = '';
      for (const part of parts) {
        const parent = at === '' ? '/' : at;
        at = `${at === '/' ? '' : at}/${part}`;
        const found = this.#calls.look(at);
        if (found === undefined) this.#name(at, parent, () => this.#calls.makeFolder(at));
        else if (found.kind !== 'folder') throw badPath(at, `is a ${found.kind} instead of a folder`);
      }
      this.#checkOwn(this.#root, this.#calls.look(this.#root), 'folder');
      if (sweep) this.#sweep(this.#root, 0);
    });
  }

  readonly read = (path: string): Uint8Array | undefined =>
    this.#do(path, () => {
      const place = this.#find(path);
      if (place === undefined || this.#ownFile(place) === undefined) return undefined;
      return this.#with(this.#calls.open(place, 'read'), (file) => this.#readAll(file, path));
    });

  readonly replace = (path: string, bytes: Uint8Array): void =>
    this.#do(path, () => {
      const { place, folder } = this.#prepare(path);
      this.#ownFile(place);
      // The folder is opened first, so that nothing but its fsync can fail once the new name stands.
      this.#with(this.#calls.open(folder, 'folder'), (handle) => {
        const temporary = this.#writeTemporary(place, bytes);
        this.#orRemove(temporary, () => this.#calls.rename(temporary, place));
        this.#sync(handle, path);
      });
    });

  readonly create = (path: string, bytes: Uint8Array): void =>
    this.#do(path, () => {
      const { place, folder } = this.#prepare(path);
      if (this.#ownFile(place) !== undefined) throw wouldOverwrite(path);
      this.#with(this.#calls.open(folder, 'folder'), (handle) => {
        const temporary = this.#writeTemporary(place, bytes);
        // A second name, unlike a rename, fails if another process was faster.
        this.#orRemove(temporary, () => this.#calls.link(temporary, place));
        attempt(() => this.#calls.unlink(temporary));
        this.#sync(handle, path);
      });
    });

  readonly append = (path: string, bytes: Uint8Array): void =>
    this.#do(path, () => {
      const { place, folder } = this.#prepare(path);
      this.#ownFile(place);
      if (!this.#named.has(place))
        this.#name(place, folder, () => this.#calls.close(this.#calls.open(place, 'append')));
      this.#with(this.#calls.open(place, 'append'), (file) => {
        const before = this.#calls.stat(file).sizeBytes;
        try {
          this.#writeAll(file, bytes, path);
        } catch (cause) {
          this.#undo(path, () => this.#calls.truncate(file, before));
          throw cause;
        }
        this.#sync(file, path);
      });
    });

  readonly truncate = (path: string, length: number): void =>
    this.#do(path, () => {
      const { place } = this.#existing(path);
      this.#with(this.#calls.open(place, 'update'), (file) => {
        const { sizeBytes } = this.#calls.stat(file);
        if (length > sizeBytes) throw new Bug(`${path}: ${sizeBytes} bytes cannot be cut to ${length}`);
        this.#calls.truncate(file, length);
        this.#sync(file, path);
      });
    });

  readonly move = (from: string, to: string): void =>
    this.#do(from, () => {
      const source = this.#existing(from);
      const target = this.#prepare(to);
      if (this.#calls.look(target.place) !== undefined) throw wouldOverwrite(to);
      this.#named.clear();
      this.#with(this.#calls.open(source.folder, 'folder'), (left) =>
        this.#with(this.#calls.open(target.folder, 'folder'), (entered) => {
          this.#calls.rename(source.place, target.place);
          this.#sync(entered, to);
          this.#sync(left, from);
        }),
      );
    });

  readonly remove = (path: string): void => this.#erase(path, () => undefined);

  readonly shred = (path: string): void =>
    this.#erase(path, (place) => {
      this.#with(this.#calls.open(place, 'update'), (file) => {
        let rest = this.#calls.stat(file).sizeBytes;
        for (; rest > 0; rest -= SHRED_BYTES)
          this.#writeAll(file, new Uint8Array(Math.min(rest, SHRED_BYTES)), path);
        this.#sync(file, path);
      });
    });

  readonly list = (folder: string): readonly string[] =>
    this.#do(folder, () => {
      const place = folder === '' ? this.#root : this.#find(folder);
      const found = place === undefined ? undefined : this.#calls.look(place);
      if (place === undefined || found === undefined) return [];
      this.#checkOwn(place, found, 'folder');
      return this.#calls
        .names(place)
        .filter((name) => !TEMPORARY.test(name))
        .sort(byCodeUnit);
    });

  readonly freeBytes = (): number => this.#do(this.#root, () => this.#calls.freeBytes(this.#root));

  /** Takes a file away for good, after `before` where it is still there. */
  #erase(path: string, before: (place: string) => void): void {
    this.#do(path, () => {
      const place = this.#find(path);
      if (place === undefined) return;
      const isThere = this.#ownFile(place) !== undefined;
      if (isThere) before(place);
      this.#named.delete(place);
      // Also where nothing is there: who unlinked it may have been killed before its fsync.
      this.#with(this.#calls.open(folderOf(place), 'folder'), (handle) => {
        if (isThere) this.#calls.unlink(place);
        this.#sync(handle, path);
      });
    });
  }

  /** Runs one operation: nothing after a failed fsync, and every error in the words of this project. */
  #do<T>(path: string, operation: () => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return operation();
    } catch (cause) {
      throw translated(cause, path);
    }
  }

  #with<T>(file: number, use: (file: number) => T): T {
    try {
      return use(file);
    } finally {
      // After an fsync there is nothing left that closing could lose; before one, an error is already under
      // way.
      attempt(() => this.#calls.close(file));
    }
  }

  /** A failed fsync may have dropped the bytes from the cache: a second one would lie, so there is none. */
  #sync(file: number, path: string): void {
    try {
      this.#calls.sync(file);
    } catch (cause) {
      this.#fail(`${path}: fsync failed (${codeOf(cause) ?? 'unknown'})`, cause);
    }
  }

  /**
   * Makes a name and fsyncs the folder that holds it, which is opened first: then only the fsync can fail.
   */
  #name(place: string, folder: string, make: () => void): void {
    this.#with(this.#calls.open(folder, 'folder'), (handle) => {
      make();
      this.#sync(handle, place);
    });
    this.#named.add(place);
  }

  /** Takes a half-done write back. If even that fails the file is in an unknown state, and we stop. */
  #undo(path: string, step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#fail(
        `${path}: an incomplete write could not be taken back (${codeOf(cause) ?? 'unknown'})`,
        cause,
      );
    }
  }

  #fail(message: string, cause: unknown): never {
    if (codeOf(cause) === undefined) throw cause;
    this.#failure = new OperationError('fsync-failed', 'fatal', message, { cause });
    throw this.#failure;
  }

  #writeTemporary(place: string, bytes: Uint8Array): string {
    const name = `.${nameOf(place)}.${this.#calls.process}-${this.#temporaries++}.tmp`;
    const temporary = `${folderOf(place)}/${name}`;
    const file = this.#calls.open(temporary, 'create');
    this.#orRemove(temporary, () =>
      this.#with(file, () => {
        this.#writeAll(file, bytes, place);
        this.#sync(file, place);
      }),
    );
    return temporary;
  }

  #orRemove(temporary: string, step: () => void): void {
    try {
      step();
    } catch (cause) {
      attempt(() => this.#calls.unlink(temporary));
      throw cause;
    }
  }

  #writeAll(file: number, bytes: Uint8Array, path: string): void {
    for (let at = 0; at < bytes.length;) {
      const taken = this.#calls.write(file, bytes.subarray(at));
      if (taken === 0) throw diskFailed(path, 'takes no bytes', undefined);
      at += taken;
    }
  }

  #readAll(file: number, path: string): Uint8Array {
    const out = new Uint8Array(this.#calls.stat(file).sizeBytes);
    for (let at = 0; at < out.length;) {
      const got = this.#calls.read(file, out.subarray(at), at);
      if (got === 0) throw diskFailed(path, `ends at byte ${at} of ${out.length}`, undefined);
      at += got;
    }
    return out;
  }

  /** The absolute path, if all folders above it exist; each is checked, so that no link is passed. */
  #find(path: string): string | undefined {
    const parts = partsOf(path);
    let at = this.#root;
    this.#checkOwn(at, this.#calls.look(at), 'folder');
    for (const part of parts.slice(0, -1)) {
      at = `${at}/${part}`;
      const found = this.#calls.look(at);
      if (found === undefined) return undefined;
      this.#checkOwn(at, found, 'folder');
    }
    return `${at}/${nameOf(path)}`;
  }

  /** As `#find`, but makes the folders. */
  #prepare(path: string): { readonly place: string; readonly folder: string } {
    const parts = partsOf(path);
    let folder = this.#root;
    this.#checkOwn(folder, this.#calls.look(folder), 'folder');
    for (const part of parts.slice(0, -1)) {
      const next = `${folder}/${part}`;
      const found = this.#calls.look(next);
      if (found === undefined || !this.#named.has(next))
        this.#name(next, folder, () => found ?? this.#calls.makeFolder(next));
      this.#checkOwn(next, this.#calls.look(next), 'folder');
      folder = next;
    }
    return { place: `${folder}/${nameOf(path)}`, folder };
  }

  #existing(path: string): { readonly place: string; readonly folder: string } {
    const place = this.#find(path);
    const found = place === undefined ? undefined : this.#calls.look(place);
    if (place === undefined || found === undefined) throw badPath(path, 'does not exist');
    this.#checkOwn(place, found, found.kind === 'folder' ? 'folder' : 'file');
    return { place, folder: folderOf(place) };
  }

  #ownFile(place: string): Found | undefined {
    const found = this.#calls.look(place);
    if (found !== undefined) this.#checkOwn(place, found, 'file');
    return found;
  }

  #checkOwn(place: string, found: Found | undefined, kind: 'file' | 'folder'): void {
    if (found?.kind !== kind)
      throw badPath(place, `is a ${found?.kind ?? 'missing entry'} instead of a ${kind}`);
    if ((found.mode & OTHERS) !== 0)
      throw new InputError(
        'bad-permissions',
        place,
        `${place} has mode 0${found.mode.toString(8)}: others get in`,
      );
    if (this.#calls.user !== undefined && found.owner !== this.#calls.user)
      throw new InputError('bad-permissions', place, `${place} belongs to user ${found.owner}`);
  }

  /** Temporary files of a write that did not end hold nothing that was ever promised. */
  #sweep(folder: string, depth: number): void {
    if (depth > MAX_DEPTH) return;
    for (const name of this.#calls.names(folder)) {
      const place = `${folder}/${name}`;
      const found = this.#calls.look(place);
      if (found?.kind === 'folder') this.#sweep(place, depth + 1);
      else if (found?.kind === 'file' && TEMPORARY.test(name)) this.#calls.unlink(place);
    }
  }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (place: string): string => place.slice(0, place.lastIndexOf('/'));

function partsOf(path: string): readonly string[] {
  const parts = path.split('/');
  if (parts.length > MAX_DEPTH || !parts.every((part) => NAME.test(part) && !part.endsWith('.tmp')))
    throw badPath(path, 'is no path inside the data folder');
  return parts;
}

function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // Tidying up: the outcome of the operation does not depend on it, and `sweep` has a second chance.
  }
}

/** The errno name of what a file call threw; `undefined` for anything that is not such an error. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  const known = cause instanceof InputError || cause instanceof OperationError || cause instanceof Bug;
  return known || typeof cause.code !== 'string' ? undefined : cause.code;
}

function translated(cause: unknown, path: string): unknown {
  const code = codeOf(cause);
  switch (code) {
    case undefined:
      return cause;
    case 'ENOSPC':
    case 'EDQUOT':
      return new OperationError('disk-full', 'retry', `${path}: no room on the volume (${code})`, { cause });
    case 'ELOOP':
    case 'ENOTDIR':
    case 'EISDIR':
      return badPath(path, `passes something that is no plain folder or file (${code})`, cause);
    case 'EEXIST':
      return wouldOverwrite(path, cause);
    default:
      return diskFailed(path, `could not be worked on (${code})`, cause);
  }
}

const badPath = (path: string, what: string, cause?: unknown): InputError =>
  new InputError('bad-path', path, `${path} ${what}`, { cause });
const diskFailed = (path: string, what: string, cause: unknown): OperationError =>
  new OperationError('disk-failed', 'retry', `${path} ${what}`, { cause });
const wouldOverwrite = (path: string, cause?: unknown): OperationError =>
  new OperationError('would-overwrite', 'reset', `${path} exists already`, { cause });
