/**
 * A WebAssembly module as bytes, out of the few instructions that the bulk arithmetic needs. Code is a list
 * of bytes; an instruction takes the code of its operands. [WebAssembly core specification 2.0, section 5]
 */

/** Bytes of instructions. */
export type Code = readonly number[];

/**
 * A function: what it is called outside, its parameters (all i32), its locals by type, and its instructions.
 */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Locals behind the parameters, numbered on: first all i32, then all i64, then all v128. */
  readonly i32: number;
  readonly i64: number;
  readonly v128: number;
  readonly body: Code;
}

const [I32, I64, V128] = [0x7f, 0x7e, 0x7b];

/** An unsigned integer in LEB128. */
function unsigned(value: number): Code {
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return out;
}

/** A signed integer in LEB128. */
function signed(value: bigint): Code {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(BigInt.asUintN(7, rest));
    rest >>= 7n;
    const isLast = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
    out.push(isLast ? low : low + 128);
    if (isLast) return out;
  }
}

const counted = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (content: Code): Code => [...unsigned(content.length), ...content];
const section = (id: number, content: Code): Code => [id, ...sized(content)];
const name = (text: string): Code => sized(Array.from(text, (character) => character.charCodeAt(0)));

function encodeFunction({ i32, i64, v128, body }: WasmFunction): Code {
  const groups = [
    [...unsigned(i32), I32],
    [...unsigned(i64), I64],
    [...unsigned(v128), V128],
  ];
  return sized([...counted(groups), ...body, 0x0b]);
}

/** A module that exports these functions and its memory, `memory`, of `pages` of 64 KiB. */
export function encodeModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [0x60, ...counted(Array<Code>(parameters).fill([I32])), 0]);
  const exported = functions.map((f, index) => [...name(f.name), 0, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, counted(types)),
    ...section(3, counted(functions.map((_, index) => unsigned(index)))),
    ...section(5, counted([[0, ...unsigned(pages)]])),
    ...section(7, counted([[...name('memory'), 2, 0], ...exported])),
    ...section(10, counted(functions.map(encodeFunction))),
  ]);
}

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode];
const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const vectorBinary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...vector(opcode)];
const memory = (opcode: Code, alignment: number, offset: number): Code => [
  ...opcode,
  alignment,
  ...unsigned(offset),
];

/** The value of a local. */
export const get = (local: number): Code => [0x20, ...unsigned(local)];
/** Sets a local. */
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];

type Binary = (a: Code, b: Code) => Code;
type Unary = (a: Code) => Code;
/** Of memory at an address and a fixed offset, 0 unless given. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

/** The instructions that integers of both sizes have. */
interface Integers<C> {
  readonly constant: (value: C) => Code;
  readonly add: Binary;
  readonly subtract: Binary;
  readonly multiply: Binary;
  readonly and: Binary;
  readonly or: Binary;
  readonly xor: Binary;
  readonly shiftLeft: Binary;
  /** Without the sign. */
  readonly shiftRight: Binary;
  readonly load: Load;
  readonly store: Store;
}

/** Instructions on 32-bit integers: addresses and counts. */
export const i32: Integers<number> & { readonly loadByte: Load } = {
  constant: (value: number): Code => [0x41, ...signed(BigInt(value))],
  add: binary(0x6a),
  subtract: binary(0x6b),
  multiply: binary(0x6c),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shiftLeft: binary(0x74),
  shiftRight: binary(0x76),
  load: (address: Code, offset = 0): Code => [...address, ...memory([0x28], 0, offset)],
  loadByte: (address: Code, offset = 0): Code => [...address, ...memory([0x2d], 0, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...memory([0x36], 0, offset),
  ],
};

/** Instructions on 64-bit integers: limbs and columns of products, lanes of a hash. */
export const i64: Integers<bigint> & {
  readonly shiftRightSigned: Binary;
  readonly rotateLeft: Binary;
  readonly fromU32: Unary;
} = {
  constant: (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))],
  add: binary(0x7c),
  subtract: binary(0x7d),
  multiply: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shiftLeft: binary(0x86),
  shiftRightSigned: binary(0x87),
  shiftRight: binary(0x88),
  rotateLeft: binary(0x89),
  fromU32: (a: Code): Code => [...a, 0xad],
  load: (address: Code, offset = 0): Code => [...address, ...memory([0x29], 0, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...memory([0x37], 0, offset),
  ],
};

/** Instructions on four lanes of 32 bits. */
export const lanes: {
  readonly load: Load;
  readonly store: Store;
  readonly splat: Unary;
  readonly and: Binary;
  readonly or: Binary;
  readonly xor: Binary;
  readonly add: Binary;
  /** Bits of `on` where the mask is 1, of `off` where it is 0. */
  readonly choose: (mask: Code, on: Code, off: Code) => Code;
  readonly shiftLeft: (a: Code, bits: number) => Code;
  readonly shiftRight: (a: Code, bits: number) => Code;
  /** 16 bytes picked from the 32 of a and b. */
  readonly shuffle: (a: Code, b: Code, picks: readonly number[]) => Code;
  /** Lane 0 or 1 of two lanes of 64 bits. */
  readonly half: (a: Code, lane: 0 | 1) => Code;
} = {
  load: (address: Code, offset = 0): Code => [...address, ...memory(vector(0), 0, offset)],
  store: (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...memory(vector(0x0b), 0, offset),
  ],
  splat: (a: Code): Code => [...a, ...vector(0x11)],
  and: vectorBinary(0x4e),
  or: vectorBinary(0x50),
  xor: vectorBinary(0x51),
  add: vectorBinary(0xae),
  choose: (mask: Code, on: Code, off: Code): Code => [...on, ...off, ...mask, ...vector(0x52)],
  shiftLeft: (a: Code, bits: number): Code => [...a, ...i32.constant(bits), ...vector(0xab)],
  shiftRight: (a: Code, bits: number): Code => [...a, ...i32.constant(bits), ...vector(0xad)],
  shuffle: (a: Code, b: Code, picks: readonly number[]): Code => [...a, ...b, ...vector(0x0d), ...picks],
  half: (a: Code, lane: 0 | 1): Code => [...a, ...vector(0x1d), lane],
};

/** Runs `body` for a local i32 from 0 to the value of the local `count`, which must not be 0. */
export const repeat = (index: number, count: number, body: Code): Code => [
  ...set(index, i32.constant(0)),
  ...[0x03, 0x40],
  ...body,
  ...set(index, i32.add(get(index), i32.constant(1))),
  ...[...get(index), ...get(count), 0x49, 0x0d, 0],
  0x0b,
];
