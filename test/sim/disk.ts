import { openDisk } from '../../src/system/disk.ts';
import type { FileCalls, Found, OpenMode } from '../../src/system/file-calls.ts';
import type { Disk } from '../../src/system/ports.ts';
import { Choices } from './random.ts';

/** The end of a simulated process: no call returns any more. Not an error of the operating system. */
export class PowerLoss extends Error {
  override readonly name = 'PowerLoss';
}

/** One call that reached the disk: what a crash-point matrix counts. */
export interface TraceEntry {
  readonly call:
    'open' | 'write' | 'sync' | 'truncate' | 'rename' | 'link' | 'unlink' | 'makeFolder' | 'read';
  readonly path: string;
}

/** A fault to come. Calls are counted from 1, over all calls of the trace, from when the fault is set. */
export type DiskFault =
  /** The call, or it and all later ones, fail as the operating system says. */
  | { readonly kind: 'error'; readonly code: string; readonly atCall: number; readonly isLasting: boolean }
  /** A write takes this many bytes only. */
  | { readonly kind: 'short-write'; readonly bytes: number; readonly atCall: number }
  /** The power goes before the call; if it is a write, after this many bytes of it. */
  | { readonly kind: 'power-loss'; readonly atCall: number; readonly bytes?: number };

interface File {
  readonly kind: 'file';
  now: Uint8Array;
  durable: Uint8Array;
}
interface Folder {
  readonly kind: 'folder';
  now: Map<string, Node>;
  durable: Map<string, Node>;
  /** Changes of names since the last fsync, in order. */
  changes: ((names: Map<string, Node>) => void)[];
}
type Node = File | Folder;

const newFolder = (): Folder => ({ kind: 'folder', now: new Map(), durable: new Map(), changes: [] });
/** What a disk writes at once, in bytes. */
const SECTOR = 512;
const FOLDER = '/data';

/**
 * A data folder in memory under the real `Disk`: the calls of the operating system are simulated, with a
 * cache that a power loss empties. What was not fsynced may be lost, kept or torn, in any mixture that POSIX
 * allows.
 */
export class SimDisk {
  readonly trace: TraceEntry[] = [];
  readonly #root: Folder = newFolder();
  readonly #choices: Choices;
  #handles = new Map<
    number,
    { readonly node: Node; readonly path: string; readonly how: OpenMode; at: number }
  >();
  #nextHandle = 3;
  #isDead = false;
  #fault: DiskFault | undefined;
  #calls = 0;
  /** Bits to flip on read, by path in the data folder. */
  readonly rot: Map<string, { readonly at: number; readonly mask: number }> = new Map();
  freeBytes: number = 1024 * 1024 * 1024;

  constructor(seed = 1) {
    this.#choices = new Choices(seed);
    this.#root.now.set('data', newFolder());
    this.#root.durable = new Map(this.#root.now);
  }

  /** The port, as a process that starts now opens it. */
  open(): Disk {
    this.#isDead = false;
    return openDisk({ folder: FOLDER }, this.calls);
  }

  /** Sets a fault; its calls are counted from now. */
  fault(fault: DiskFault | undefined): void {
    this.#fault = fault;
    this.#calls = 0;
  }

  /** Ends the process only: the cache of the operating system survives. */
  kill(): void {
    this.#isDead = true;
    this.#handles = new Map();
    this.#fault = undefined;
  }

  /** Ends process and cache: what was not fsynced is lost, kept or torn, as the seed says. */
  powerLoss(): void {
    this.kill();
    this.#settle(this.#root);
  }

  /** A deep copy with its own choices, to try several outcomes of one moment. */
  fork(seed: number): SimDisk {
    const copy = new SimDisk(seed);
    const seen = new Map<Node, Node>();
    copyInto(this.#root, copy.#root, seen);
    copy.freeBytes = this.freeBytes;
    return copy;
  }

  /** The calls of the operating system, for `openDisk`. */
  get calls(): FileCalls {
    return {
      open: (path, how) => this.#open(path, how),
      stat: (file) => foundOf(this.#handle(file).node),
      read: (file, into, at) => this.#read(file, into, at),
      write: (file, bytes) => this.#write(file, bytes),
      sync: (file) => this.#sync(file),
      truncate: (file, length) => {
        const { node, path } = this.#handle(file);
        this.#count('truncate', path);
        if (node.kind === 'file') node.now = node.now.slice(0, length);
      },
      close: (file) => void this.#handles.delete(file),
      rename: (from, to) => this.#rename(from, to),
      link: (from, to) => this.#link(from, to),
      unlink: (path) => {
        this.#count('unlink', path);
        const { folder, name } = this.#parent(path);
        if (!folder.now.has(name)) throw errno('ENOENT');
        change(folder, (names) => void names.delete(name));
      },
      makeFolder: (path) => {
        this.#count('makeFolder', path);
        const { folder, name } = this.#parent(path);
        if (folder.now.has(name)) throw errno('EEXIST');
        const made = newFolder();
        change(folder, (names) => void names.set(name, made));
      },
      look: (path) => {
        this.#alive();
        const node = this.#find(path);
        return node === undefined ? undefined : foundOf(node);
      },
      names: (path) => {
        this.#alive();
        const node = this.#find(path);
        if (node?.kind !== 'folder') throw errno('ENOENT');
        return [...node.now.keys()];
      },
      freeBytes: () => this.freeBytes,
      user: 1000,
      process: 1,
    };
  }

  #alive(): void {
    if (this.#isDead) throw new PowerLoss('the process has ended');
  }

  /** Notes a call, and lets the fault of this moment happen. */
  #count(call: TraceEntry['call'], path: string): void {
    this.#alive();
    this.trace.push({ call, path: path.slice(FOLDER.length + 1) });
    this.#calls += 1;
    const fault = this.#fault;
    if (
      fault?.kind === 'error' &&
      (fault.isLasting ? this.#calls >= fault.atCall : this.#calls === fault.atCall)
    )
      throw errno(fault.code);
    if (
      fault?.kind === 'power-loss' &&
      this.#calls === fault.atCall &&
      (fault.bytes === undefined || call !== 'write')
    ) {
      this.powerLoss();
      throw new PowerLoss('before the call');
    }
  }

  #open(path: string, how: OpenMode): number {
    if (how === 'create' || how === 'append') this.#count('open', path);
    else this.#alive();
    let node = this.#find(path);
    if (how === 'create' && node !== undefined) throw errno('EEXIST');
    if (node === undefined) {
      if (how !== 'create' && how !== 'append') throw errno('ENOENT');
      const made: File = { kind: 'file', now: new Uint8Array(0), durable: new Uint8Array(0) };
      const { folder, name } = this.#parent(path);
      change(folder, (names) => void names.set(name, made));
      node = made;
    }
    if ((how === 'folder') !== (node.kind === 'folder')) throw errno(how === 'folder' ? 'ENOTDIR' : 'EISDIR');
    const handle = this.#nextHandle++;
    this.#handles.set(handle, { node, path, how, at: 0 });
    return handle;
  }

  #read(file: number, into: Uint8Array, at: number): number {
    const { node, path } = this.#handle(file);
    this.#count('read', path);
    if (node.kind !== 'file') throw errno('EISDIR');
    const bytes = node.now.subarray(at, at + into.length);
    into.set(bytes);
    const rot = this.rot.get(path.slice(FOLDER.length + 1));
    if (rot !== undefined && rot.at >= at && rot.at < at + bytes.length)
      into[rot.at - at] = (into[rot.at - at] ?? 0) ^ rot.mask;
    return bytes.length;
  }

  #write(file: number, bytes: Uint8Array): number {
    const handle = this.#handle(file);
    this.#count('write', handle.path);
    const fault = this.#fault;
    const isNow = fault !== undefined && fault.kind !== 'error' && this.#calls === fault.atCall;
    const taken = isNow && fault.bytes !== undefined ? bytes.subarray(0, fault.bytes) : bytes;
    const { node } = handle;
    if (node.kind !== 'file') throw errno('EISDIR');
    const at = handle.how === 'append' ? node.now.length : handle.at;
    const next = new Uint8Array(Math.max(node.now.length, at + taken.length));
    next.set(node.now);
    next.set(taken, at);
    node.now = next;
    handle.at = at + taken.length;
    if (isNow && fault.kind === 'power-loss') {
      this.powerLoss();
      throw new PowerLoss('in the middle of a write');
    }
    return taken.length;
  }

  #sync(file: number): void {
    const { node, path } = this.#handle(file);
    this.#count('sync', path);
    if (node.kind === 'file') node.durable = node.now;
    else {
      node.durable = new Map(node.now);
      node.changes = [];
    }
  }

  #rename(from: string, to: string): void {
    this.#count('rename', to);
    const [source, target] = [this.#parent(from), this.#parent(to)];
    const node = source.folder.now.get(source.name);
    if (node === undefined) throw errno('ENOENT');
    if (source.folder === target.folder)
      return change(source.folder, (names) => {
        names.delete(source.name);
        names.set(target.name, node);
      });
    change(target.folder, (names) => void names.set(target.name, node));
    change(source.folder, (names) => void names.delete(source.name));
  }

  #link(from: string, to: string): void {
    this.#count('link', to);
    const [node, target] = [this.#find(from), this.#parent(to)];
    if (node === undefined) throw errno('ENOENT');
    if (target.folder.now.has(target.name)) throw errno('EEXIST');
    change(target.folder, (names) => void names.set(target.name, node));
  }

  #handle(file: number) {
    this.#alive();
    const handle = this.#handles.get(file);
    if (handle === undefined) throw errno('EBADF');
    return handle;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of path.split('/').filter((name) => name !== '')) {
      if (node?.kind !== 'folder') return undefined;
      node = node.now.get(part);
    }
    return node;
  }

  #parent(path: string): { readonly folder: Folder; readonly name: string } {
    const at = path.lastIndexOf('/');
    const folder = this.#find(path.slice(0, at));
    if (folder?.kind !== 'folder') throw errno('ENOENT');
    return { folder, name: path.slice(at + 1) };
  }

  /**
   * Decides what of the cache has reached the disk: any of the changed names, and of each file old, new or
   * torn.
   */
  #settle(folder: Folder): void {
    const names = new Map(folder.durable);
    for (const step of folder.changes) if (this.#choices.happens(0.5)) step(names);
    folder.now = names;
    folder.durable = new Map(names);
    folder.changes = [];
    for (const node of names.values()) {
      if (node.kind === 'folder') this.#settle(node);
      else {
        node.now = this.#torn(node);
        node.durable = node.now;
      }
    }
  }

  #torn({ now, durable }: File): Uint8Array {
    if (now === durable || this.#choices.happens(0.3)) return durable;
    if (this.#choices.happens(0.3)) return now;
    const isAppended = now.length >= durable.length && durable.every((byte, i) => now[i] === byte);
    if (isAppended)
      return now.slice(0, durable.length + this.#choices.below(now.length - durable.length + 1));
    const out = durable.slice();
    for (let at = 0; at < out.length; at += SECTOR)
      if (this.#choices.happens(0.5)) out.set(now.subarray(at, Math.min(at + SECTOR, out.length)), at);
    return out;
  }
}

const errno = (code: string): Error => Object.assign(new Error(`${code}: simulated`), { code });
const foundOf = (node: Node): Found => ({
  kind: node.kind,
  mode: node.kind === 'file' ? 0o600 : 0o700,
  sizeBytes: node.kind === 'file' ? node.now.length : 0,
  owner: 1000,
});

function change(folder: Folder, step: (names: Map<string, Node>) => void): void {
  step(folder.now);
  folder.changes.push(step);
}

/** Copies a quiet disk: names that were changed and not fsynced count as kept. */
function copyInto(from: Folder, to: Folder, seen: Map<Node, Node>): void {
  to.now = new Map(
    [...from.now].map(([name, node]): [string, Node] => {
      const known = seen.get(node);
      if (known !== undefined) return [name, known];
      const copy: Node = node.kind === 'file' ? { ...node } : newFolder();
      seen.set(node, copy);
      if (node.kind === 'folder' && copy.kind === 'folder') copyInto(node, copy, seen);
      return [name, copy];
    }),
  );
  to.durable = new Map(to.now);
}
