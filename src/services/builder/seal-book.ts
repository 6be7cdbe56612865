import { bytesToBigint, concat, equalBytes, u32, u64 } from '../../crypto/bytes.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import type { Disk } from '../../system/ports.ts';

/** A place for which a block was signed. */
export interface Sealed {
  readonly epoch: bigint;
  /** u32 */
  readonly view: bigint;
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
}

const RECORD_BYTES = 8 + 4 + 8 + 32 + 32;

/**
 * The last block that this node signed, on disk before the signature leaves it. Two blocks of one epoch, view
 * and number are what Slasher punishes: who must build a number again, after L1 took back what the block
 * stood on, does so in a later view.
 */
export class SealBook {
  readonly #disk: Disk;
  readonly #path: string;
  #last: Sealed | undefined;

  private constructor(disk: Disk, path: string, last: Sealed | undefined) {
    this.#disk = disk;
    this.#path = path;
    this.#last = last;
  }

  /**
   * `hasBuilt`: there are blocks here that L1 does not have, so this key has signed, or nobody can know.
   * @throws InputError safety-state-damaged when the file is not what was written; safety-state-missing
   */
  static open(disk: Disk, path: string, hasBuilt: boolean): SealBook {
    const bytes = disk.read(path);
    if (bytes === undefined && hasBuilt) throw missing(path);
    return new SealBook(disk, path, bytes === undefined ? undefined : read(bytes, path));
  }

  /** A book for a key that has signed nothing. @throws OperationError would-overwrite */
  static begin(disk: Disk, path: string): void {
    disk.create(path, encode({ epoch: 0n, view: 0n, number: 0n, hash: new Uint8Array(32) }));
  }

  /** What was signed last. */
  get last(): Sealed | undefined {
    return this.#last;
  }

  /** The first view from `atLeast` on in which nothing of this number, or above it, was signed. */
  readonly viewFor = (epoch: bigint, number: bigint, atLeast: bigint): bigint => {
    const last = this.#last;
    if (last === undefined || last.epoch < epoch || last.view < atLeast) return atLeast;
    return number > last.number ? last.view : last.view + 1n;
  };

  /** Durable when it returns. @throws Bug for a place at or before the last one; what `Disk` throws */
  readonly write = (sealed: Sealed): void => {
    const { epoch, view, number } = sealed;
    const free = this.viewFor(epoch, number, view);
    assert(free <= view && (this.#last?.epoch ?? 0n) <= epoch, `block ${number} was signed in view ${view}`);
    this.#disk.replace(this.#path, encode(sealed));
    this.#last = sealed;
  };
}

const missing = (path: string): InputError =>
  new InputError(
    'safety-state-missing',
    path,
    `${path} is missing, and blocks here are not on L1: this key may sign twice. Put its newest copy back, ` +
      'or name another key in key_file and run "conclave sequencer repair --another-key"',
  );

function encode({ epoch, view, number, hash }: Sealed): Uint8Array {
  const body = concat(u64(epoch), u32(Number(view)), u64(number), hash);
  return concat(body, taggedHash(tags.sealBook, body));
}

function read(bytes: Uint8Array, path: string): Sealed {
  const body = bytes.subarray(0, RECORD_BYTES - 32);
  if (bytes.length !== RECORD_BYTES || !equalBytes(taggedHash(tags.sealBook, body), bytes.subarray(-32)))
    throw new InputError(
      'safety-state-damaged',
      path,
      `${path} is damaged: restore it, or start with another sequencer key, since this one may sign twice`,
    );
  const number = (from: number, to: number): bigint => bytesToBigint(body.subarray(from, to));
  return { epoch: number(0, 8), view: number(8, 12), number: number(12, 20), hash: body.slice(20, 52) };
}
