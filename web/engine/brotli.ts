import {
  Bits,
  Blocks,
  type PrefixCode,
  readCode,
  readContextMap,
  readLength,
  refused,
} from './brotli-codes.ts';
import {
  commandCells,
  copyLengths,
  insertLengths,
  shortDistances,
  signedClass,
  textBefore,
  textBeforeThat,
} from './brotli-tables.ts';
import { type Words, wordOf } from './brotli-words.ts';

/** What was unpacked so far, at most so many bytes. */
class Output {
  readonly #maxBytes: number;
  #bytes = new Uint8Array(1 << 16);
  size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Makes room. A body that grows without end ends here. */
  grow(count: number): void {
    const wanted = this.size + count;
    if (wanted > this.#maxBytes) throw refused('it grows beyond its limit');
    if (wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(wanted, 2 * this.#bytes.length)));
    larger.set(this.#bytes.subarray(0, this.size));
    this.#bytes = larger;
  }

  push(byte: number): void {
    this.#bytes[this.size++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  back(distance: number): number {
    return this.#bytes[this.size - distance] ?? 0;
  }

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.size);
  }
}

/** Codes and states of one meta-block. [RFC 7932, 9.2] */
interface Block {
  readonly literals: Blocks;
  readonly commands: Blocks;
  readonly distances: Blocks;
  readonly postfix: number;
  readonly direct: number;
  readonly modes: readonly number[];
  readonly literalMap: Uint8Array;
  readonly distanceMap: Uint8Array;
  readonly literalCodes: readonly PrefixCode[];
  readonly commandCodes: readonly PrefixCode[];
  readonly distanceCodes: readonly PrefixCode[];
}

function readBlock(bits: Bits): Block {
  const [literals, commands, distances] = [new Blocks(bits), new Blocks(bits), new Blocks(bits)];
  const postfix = bits.read(2);
  const direct = bits.read(4) << postfix;
  const modes = Array.from({ length: literals.count }, () => bits.read(2));
  const literal = readContextMap(bits, 64 * literals.count);
  const distance = readContextMap(bits, 4 * distances.count);
  const codes = (count: number, alphabet: number): readonly PrefixCode[] =>
    Array.from({ length: count }, () => readCode(bits, alphabet));
  return {
    ...{ literals, commands, distances, postfix, direct, modes },
    ...{ literalMap: literal.map, distanceMap: distance.map },
    literalCodes: codes(literal.trees, 256),
    commandCodes: codes(commands.count, 64 * commandCells.length),
    distanceCodes: codes(distance.trees, 16 + direct + (48 << postfix)),
  };
}

function contextOf(mode: number, before: number, beforeThat: number): number {
  if (mode === 0) return before & 63;
  if (mode === 1) return before >> 2;
  if (mode === 2) return (textBefore[before] ?? 0) | (textBeforeThat[beforeThat] ?? 0);
  return ((signedClass[before] ?? 0) << 3) | (signedClass[beforeThat] ?? 0);
}

function distanceFrom(bits: Bits, code: number, { postfix, direct }: Block): number {
  const far = code - direct - 16;
  if (far < 0) return code - 15;
  const width = 1 + (far >> (postfix + 1));
  const base = (2 + ((far >> postfix) & 1)) * 2 ** width - 4;
  return (base + bits.read(width)) * 2 ** postfix + (far & ((1 << postfix) - 1)) + direct + 1;
}

/** Unpacks a stream, as strictly as the nodes do. */
class Unpacking {
  readonly #bits: Bits;
  readonly #output: Output;
  readonly #words: Words;
  readonly #window: number;
  /** The last four distances, the newest first. */
  #last: readonly [number, number, number, number] = [4, 11, 15, 16];

  constructor(bits: Bits, output: Output, words: Words) {
    [this.#bits, this.#output, this.#words] = [bits, output, words];
    this.#window = 2 ** windowBits(bits) - 16;
  }

  /** One meta-block; whether it was the last. */
  next(): boolean {
    const bits = this.#bits;
    const isLast = bits.read(1) === 1;
    if (isLast && bits.read(1) === 1) return true;
    const nibbles = bits.read(2) + 4;
    if (nibbles === 7) {
      skipMetadata(bits);
      return isLast;
    }
    const length = readNibbles(bits, nibbles) + 1;
    this.#output.grow(length);
    if (!isLast && bits.read(1) === 1) {
      bits.align();
      this.#output.append(bits.take(length));
    } else this.#unpack(readBlock(bits), this.#output.size + length);
    return isLast;
  }

  #unpack(block: Block, end: number): void {
    const [bits, output] = [this.#bits, this.#output];
    while (output.size < end) {
      block.commands.step(bits);
      const command = block.commandCodes[block.commands.type]?.next(bits) ?? 0;
      const [insertCell, copyCell] = commandCells[command >> 6] ?? [0, 0];
      const insert = readLength(bits, insertLengths, insertCell + ((command >> 3) & 7));
      const copy = readLength(bits, copyLengths, copyCell + (command & 7));
      if (output.size + insert > end) throw refused('a block is longer than it says');
      for (let i = 0; i < insert; i++) this.#literal(block);
      if (output.size === end) return;
      this.#copy(command < 128 ? 0 : this.#distanceCode(block, copy), { block, copy, end });
    }
  }

  #literal({ literals, modes, literalMap, literalCodes }: Block): void {
    literals.step(this.#bits);
    const { type } = literals;
    const context = contextOf(modes[type] ?? 0, this.#output.back(1), this.#output.back(2));
    const tree = literalMap[64 * type + context] ?? 0;
    this.#output.push(literalCodes[tree]?.next(this.#bits) ?? 0);
  }

  #distanceCode({ distances, distanceMap, distanceCodes }: Block, copy: number): number {
    distances.step(this.#bits);
    const tree = distanceMap[4 * distances.type + Math.min(copy - 2, 3)] ?? 0;
    return distanceCodes[tree]?.next(this.#bits) ?? 0;
  }

  #copy(
    code: number,
    { block, copy, end }: { readonly block: Block; readonly copy: number; readonly end: number },
  ): void {
    const output = this.#output;
    const [which, delta] = shortDistances[code] ?? [0, 0];
    const distance = code < 16 ? (this.#last[which] ?? 0) + delta : distanceFrom(this.#bits, code, block);
    if (distance <= 0) throw refused('a distance is not positive');
    const farthest = Math.min(this.#window, output.size);
    if (distance > farthest) {
      const word = wordOf(this.#words, copy, distance - farthest - 1);
      if (word === undefined) throw refused('a word is not in the dictionary');
      if (output.size + word.length > end) throw refused('a block is longer than it says');
      output.append(word);
      return;
    }
    if (code !== 0) this.#last = [distance, this.#last[0], this.#last[1], this.#last[2]];
    if (output.size + copy > end) throw refused('a block is longer than it says');
    for (let i = 0; i < copy; i++) output.push(output.back(distance));
  }
}

/** [RFC 7932, 9.1] */
function windowBits(bits: Bits): number {
  if (bits.read(1) === 0) return 16;
  const large = bits.read(3);
  if (large !== 0) return 17 + large;
  const small = bits.read(3);
  if (small === 1) throw refused('its window is larger than the standard has it');
  return small === 0 ? 17 : 8 + small;
}

function readNibbles(bits: Bits, nibbles: number): number {
  let value = 0;
  for (let i = 0; i < nibbles; i++) {
    const nibble = bits.read(4);
    if (i === nibbles - 1 && nibbles > 4 && nibble === 0) throw refused('a length is written too long');
    value += nibble * 16 ** i;
  }
  return value;
}

function skipMetadata(bits: Bits): void {
  if (bits.read(1) !== 0) throw refused('a reserved bit is set');
  const width = bits.read(2);
  let length = 0;
  for (let i = 0; i < width; i++) {
    const byte = bits.read(8);
    if (i === width - 1 && width > 1 && byte === 0) throw refused('a length is written too long');
    length += byte * 256 ** i;
  }
  bits.align();
  if (width > 0) bits.take(length + 1);
}

/**
 * Unpacks a whole Brotli stream of at most `maxBytes`. @throws InputError batch-compression for a cut stream,
 * bytes behind its end, or more. [RFC 7932]
 */
export function unbrotli(packed: Uint8Array, maxBytes: number, words: Words): Uint8Array {
  const [bits, output] = [new Bits(packed), new Output(maxBytes)];
  const unpacking = new Unpacking(bits, output, words);
  for (let isLast = false; !isLast;) isLast = unpacking.next();
  bits.align();
  if (!bits.isAtEnd) throw refused('there are bytes behind its end');
  return output.bytes;
}
