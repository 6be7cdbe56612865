import type { FileCalls } from '../../src/system/file-calls.ts';
import type { Disk } from '../../src/system/ports.ts';
import { PowerLoss } from '../sim/disk.ts';

/** Where in a step that makes something durable a process ends. [security, 5.5] */
export const points = [
  'before-persist',
  'mid-write',
  'before-rename',
  'before-folder-fsync',
  'before-send',
  'after-send',
] as const;
/** One of them. */
export type Point = (typeof points)[number];

/** What `Disk` does that changes something. */
export type DurableCall = 'replace' | 'create' | 'append' | 'truncate' | 'move' | 'remove' | 'shred';

/** A durable call of a node, as a step of the matrix names it. */
export interface Durable {
  readonly call: DurableCall;
  /** In the data folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** When a process ends: the first time that something fits, or the n-th, from 1. */
export interface CrashPlan {
  readonly point: Point;
  readonly fits: (durable: Durable) => boolean;
  readonly nth?: number;
}

/**
 * The end of one process: at a call of its disk that the plan names, or at the next thing that it sends.
 * `die` ends it, and throws.
 */
export class CrashPoint {
  #plan: CrashPlan | undefined;
  readonly #die: (leavesFrames: boolean) => never;
  readonly #persisted: () => void;
  #seen = 0;
  /** The plan’s call is under way. */
  #isInCall = false;
  #isNamed = false;
  #isLog = false;
  /** It is done, and the process ends with its next message. */
  #isBehindCall = false;
  /** Durable calls of this process, with their files. */
  readonly trace: Durable[] = [];

  constructor(
    plan: CrashPlan | undefined,
    hooks: { readonly die: (leavesFrames: boolean) => never; readonly persisted: () => void },
  ) {
    this.#plan = plan;
    this.#die = hooks.die;
    this.#persisted = hooks.persisted;
  }

  /** Before and behind a message: returns what has to be done once it has left. */
  sending(): () => void {
    if (!this.#isBehindCall) return () => undefined;
    if (this.#plan?.point === 'before-send') this.#die(false);
    return () => this.#die(true);
  }

  /** It lives on. */
  disarm(): void {
    this.#plan = undefined;
    this.#isBehindCall = false;
  }

  /** Nothing was sent for a while: it ends all the same. */
  silence(): void {
    if (this.#isBehindCall) this.#die(true);
  }

  /** The calls of the operating system, one of which may be the last. */
  readonly calls = (calls: FileCalls): FileCalls => ({
    ...calls,
    write: (file, bytes) => {
      if (!this.#isAt('mid-write')) return calls.write(file, bytes);
      calls.write(file, bytes.subarray(0, bytes.length >> 1));
      return this.#die(false);
    },
    sync: (file) => {
      if (this.#isAt('before-folder-fsync') && this.#isNamed) this.#die(false);
      // A log has no second name: there, what comes before its fsync takes the place of the rename.
      if (this.#isAt('before-rename') && this.#isLog) this.#die(false);
      calls.sync(file);
    },
    rename: (from, to) => this.#naming(() => calls.rename(from, to)),
    link: (from, to) => this.#naming(() => calls.link(from, to)),
    unlink: (path) => this.#naming(() => calls.unlink(path)),
  });

  /** The port of the process. */
  readonly disk = (disk: Disk): Disk => ({
    ...{ read: disk.read, list: disk.list, freeBytes: disk.freeBytes },
    replace: (path, bytes) => this.#run('replace', path, bytes, () => disk.replace(path, bytes)),
    create: (path, bytes) => this.#run('create', path, bytes, () => disk.create(path, bytes)),
    append: (path, bytes) => this.#run('append', path, bytes, () => disk.append(path, bytes)),
    truncate: (path, length) => this.#run('truncate', path, NOTHING, () => disk.truncate(path, length)),
    move: (from, to) => this.#run('move', from, NOTHING, () => disk.move(from, to)),
    remove: (path) => this.#run('remove', path, NOTHING, () => disk.remove(path)),
    shred: (path) => this.#run('shred', path, NOTHING, () => disk.shred(path)),
  });

  #isAt(point: Point): boolean {
    return this.#isInCall && this.#plan?.point === point;
  }

  /** A new or last name of a file. */
  #naming(step: () => void): void {
    if (this.#isAt('before-rename')) this.#die(false);
    step();
    this.#isNamed = true;
  }

  #run(call: DurableCall, path: string, bytes: Uint8Array, action: () => void): void {
    const durable = { call, path, bytes };
    this.trace.push(durable);
    const plan = this.#plan;
    const isIt = plan?.fits(durable) === true && ++this.#seen === (plan.nth ?? 1);
    if (!isIt) return action();
    if (plan.point === 'before-persist') this.#die(false);
    this.#isInCall = true;
    this.#isNamed = false;
    this.#isLog = call === 'append' || call === 'truncate';
    action();
    this.#isInCall = false;
    // What has none of these points ends right behind itself.
    if (plan.point !== 'before-send' && plan.point !== 'after-send') this.#die(false);
    this.#isBehindCall = true;
    this.#persisted();
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** Whether something is the end of a process, and no fault of it. */
export const isPowerLoss = (error: unknown): boolean => error instanceof PowerLoss;
