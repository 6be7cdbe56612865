import { Bug, assert } from '../../crypto/errors.ts';
import { encodeModule } from './assembler.ts';
import { columnHashes } from './column-hash.ts';
import { fieldFunctions } from './field.ts';
import { scalarFunctions } from './scalars.ts';

/** What is used of the WebAssembly interface of the platform, which Node's types leave out. */
export interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** That of this platform, if it has one. */
export const webAssembly = (): WebAssemblyInterface | undefined =>
  (globalThis as { readonly WebAssembly?: WebAssemblyInterface }).WebAssembly;

/** A function of the module: addresses and counts in, nothing out. */
export type Call = (...parameters: readonly number[]) => void;

/** Memory in pages of 64 KiB: a multiplication needs 190 KB, a chunk of 256 mapped points 200 KB. */
const PAGES = 8;
/** Bytes of the memory. */
export const MEMORY_BYTES: number = 65_536 * PAGES;

/** The compiled module, and its memory with a stack of buffers from below and constants from above. */
export class Machine {
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #bytes: Uint8Array;
  #top = 0;
  #constants = MEMORY_BYTES;

  constructor(platform: WebAssemblyInterface) {
    const code = encodeModule([columnHashes(), ...scalarFunctions(), ...fieldFunctions()], PAGES);
    this.#exports = new platform.Instance(new platform.Module(code)).exports;
    const { memory } = this.#exports as { readonly memory: { readonly buffer: ArrayBuffer } };
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** An exported function. @throws Bug if there is none of this name */
  call(name: string): Call {
    const found = this.#exports[name];
    if (typeof found !== 'function') throw new Bug(`no function ${name}`);
    return found as Call;
  }

  /** Room for `length` bytes. @throws Bug when the memory is full */
  room(length: number): number {
    const at = this.#top;
    this.#top += (length + 15) & ~15;
    assert(this.#top <= this.#constants, `${length} bytes more than the memory holds`);
    return at;
  }

  /** Room that is never given back, for a constant. */
  keep(length: number): number {
    this.#constants -= (length + 15) & ~15;
    assert(this.#top <= this.#constants, 'no room for a constant');
    return this.#constants;
  }

  /** Copies bytes to where there is room for them. */
  write(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }

  /** Copies bytes in, and says where they are. */
  put(bytes: Uint8Array): number {
    const at = this.room(bytes.length);
    this.write(at, bytes);
    return at;
  }

  /** Copies bytes out. */
  read(at: number, length: number): Uint8Array {
    return this.#bytes.slice(at, at + length);
  }

  /** Of 32 bytes: whether all are zero, as a bit, and the lowest bit of the last; without a branch. */
  flags(at: number): { readonly isZero: number; readonly parity: number } {
    let all = 0;
    for (let k = 0; k < 32; k++) all |= this.#bytes[at + k] ?? 0;
    return { isZero: (all - 1) >>> 31, parity: (this.#bytes[at + 31] ?? 0) & 1 };
  }

  /** Runs with room of its own, which is wiped and given back: much of what passes through is secret. */
  within<T>(run: () => T): T {
    const mark = this.#top;
    try {
      return run();
    } finally {
      this.#bytes.fill(0, mark, this.#top);
      this.#top = mark;
    }
  }
}
