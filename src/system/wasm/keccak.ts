import { type Code, type WasmFunction, encodeModule, get, i32, i64, repeat, set } from './assembler.ts';
import { type WebAssemblyInterface, webAssembly } from './machine.ts';

/** Keccak-256 as Ethereum has it. [Keccak reference 3.0; FIPS 202, 3.2 and 5.1, but for the padding] */

/** Bytes that one permutation takes in. */
const RATE = 136;
const ROUNDS = 24;
// Where what stands in the memory of the module.
const [CONSTANTS, STATE, INPUT] = [0, 192, 400] as const;
const PAGES = 2;
/** Bytes of input that one call takes, a whole number of blocks. */
const CAPACITY = RATE * Math.floor((65_536 * PAGES - INPUT) / RATE);

/**
 * The hash in WebAssembly, about ten times as fast as the pure one; `undefined` where the platform has none.
 */
export function wasmKeccak(
  platform: WebAssemblyInterface | undefined = webAssembly(),
): ((bytes: Uint8Array) => Uint8Array) | undefined {
  if (platform === undefined) return undefined;
  try {
    const { exports } = new platform.Instance(new platform.Module(encodeModule([absorb()], PAGES)));
    return hashWith(exports as Readonly<Record<string, unknown>> & Exports);
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'CompileError') return undefined;
    throw cause;
  }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly absorb: (blocks: number) => void;
}

function hashWith({ memory, absorb: run }: Exports): (bytes: Uint8Array) => Uint8Array {
  const room = new Uint8Array(memory.buffer);
  const constants = new DataView(memory.buffer, CONSTANTS);
  roundConstants().forEach((value, round) => constants.setBigUint64(8 * round, value, true));
  return (bytes) => {
    room.fill(0, STATE, STATE + 200);
    let at = 0;
    for (; bytes.length - at >= CAPACITY; at += CAPACITY) {
      room.set(bytes.subarray(at, at + CAPACITY), INPUT);
      run(CAPACITY / RATE);
    }
    const end = INPUT + bytes.length - at;
    const blocks = 1 + Math.floor((bytes.length - at) / RATE);
    const lastByte = INPUT + blocks * RATE - 1;
    room.set(bytes.subarray(at), INPUT);
    room.fill(0, end, lastByte + 1);
    room[end] = 1;
    room[lastByte] = (room[lastByte] ?? 0) | 0x80;
    run(blocks);
    // A key may have passed through.
    room.fill(0, INPUT, bytes.length >= CAPACITY ? INPUT + CAPACITY : lastByte + 1);
    return room.slice(STATE, STATE + 32);
  };
}

// The parameter, and locals behind it: 25 lanes, the same permuted, parities of columns, and what they do.
const [BLOCKS, BLOCK, ROUND, LAST_ROUND, FROM] = [0, 1, 2, 3, 4] as const;
const [A, B, PARITY, EFFECT] = [5, 30, 55, 60] as const;
const LOCALS = { i32: 4, i64: 60, v128: 0 } as const;

const five = [0, 1, 2, 3, 4] as const;
const lane = (x: number, y: number): number => (x % 5) + 5 * (y % 5);
const each = (body: (k: number, x: number, y: number) => Code): Code =>
  five.flatMap((y) => five.flatMap((x) => body(lane(x, y), x, y)));

/** Takes in blocks of the input, one permutation each. The state stays in locals from block to block. */
function absorb(): WasmFunction {
  const [state, from] = [i32.constant(STATE), get(FROM)];
  const mixed = (k: number): Code => set(A + k, i64.xor(get(A + k), i64.load(from, 8 * k)));
  const block = [
    ...Array.from({ length: RATE / 8 }, (_, k) => mixed(k)).flat(),
    ...repeat(ROUND, LAST_ROUND, round()),
    ...set(FROM, i32.add(from, i32.constant(RATE))),
  ];
  const body = [
    ...each((k) => set(A + k, i64.load(state, 8 * k))),
    ...set(FROM, i32.constant(INPUT)),
    ...set(LAST_ROUND, i32.constant(ROUNDS)),
    ...repeat(BLOCK, BLOCKS, block),
    ...each((k) => i64.store(state, get(A + k), 8 * k)),
  ];
  return { name: 'absorb', parameters: 1, ...LOCALS, body };
}

/** θ, ρ with π, χ and ι. [FIPS 202, 3.2.1 to 3.2.5] */
function round(): Code {
  const offsets = rotations();
  const constant = i64.load(i32.shiftLeft(get(ROUND), i32.constant(3)), CONSTANTS);
  const column = (x: number): Code => five.map((y) => get(A + lane(x, y))).reduce(i64.xor);
  const effect = (x: number): Code =>
    i64.xor(get(PARITY + ((x + 4) % 5)), i64.rotateLeft(get(PARITY + ((x + 1) % 5)), i64.constant(1n)));
  const moved = (k: number, x: number): Code =>
    i64.rotateLeft(i64.xor(get(A + k), get(EFFECT + x)), i64.constant(BigInt(offsets[k] ?? 0)));
  const chosen = (x: number, y: number): Code =>
    i64.and(i64.xor(get(B + lane(x + 1, y)), i64.constant(-1n)), get(B + lane(x + 2, y)));
  return [
    ...five.flatMap((x) => set(PARITY + x, column(x))),
    ...five.flatMap((x) => set(EFFECT + x, effect(x))),
    ...each((k, x, y) => set(B + lane(y, 2 * x + 3 * y), moved(k, x))),
    ...each((k, x, y) => set(A + k, i64.xor(get(B + k), chosen(x, y)))),
    ...set(A, i64.xor(get(A), constant)),
  ];
}

/** By how many bits each lane turns. [FIPS 202, 3.2.2] */
function rotations(): readonly number[] {
  const offsets = Array<number>(25).fill(0);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t++) {
    offsets[lane(x, y)] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return offsets;
}

/** Bits 2^j − 1 of constants come from a shift register. [FIPS 202, 3.2.5] */
function roundConstants(): readonly bigint[] {
  let register = 1;
  const nextBit = (): bigint => {
    const bit = BigInt(register & 1);
    register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    return bit;
  };
  return Array.from({ length: ROUNDS }, () =>
    [0, 1, 3, 7, 15, 31, 63].reduce((sum, at) => sum | (nextBit() << BigInt(at)), 0n),
  );
}
