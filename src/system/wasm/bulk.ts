import { bigintToBytes } from '../../crypto/bytes.ts';
import type { Bulk } from '../../crypto/bulk.ts';
import { assert } from '../../crypto/errors.ts';
import {
  type FieldArithmetic,
  type ProjectivePoint,
  addPoints,
  affineCoordinates,
  mapToPoint,
} from '../../crypto/sswu.ts';
import { ELEMENT_BYTES } from './field.ts';
import { type Call, Machine, type WebAssemblyInterface, webAssembly } from './machine.ts';

/** Rows that one call of the loops below takes. */
const MAX_ROWS = 416;
/** Points that share an inversion, and the memory. */
const MAX_POINTS = 256;

/**
 * The bulk arithmetic in WebAssembly that this folder assembles: about ten times as fast as the
 * pure version, and no step depends on a value. `undefined` where the platform has no
 * WebAssembly, or none with vectors: the pure one then stays.
 */
export function wasmBulk(platform: WebAssemblyInterface | undefined = webAssembly()): Bulk | undefined {
  if (platform === undefined) return undefined;
  try {
    const machine = new Machine(platform);
    return { name: 'wasm', ...loops(machine), mapToCurve: mapToCurve(machine) };
  } catch (cause) {
    // An engine that does not know the vector instructions refuses the module.
    if (cause instanceof Error && cause.name === 'CompileError') return undefined;
    throw cause;
  }
}

/** Calls with at most 416 rows at a time, and puts the results one behind another. */
function chunked(
  rows: number,
  bytesARow: number,
  run: (first: number, count: number) => Uint8Array,
): Uint8Array {
  const out = new Uint8Array(rows * bytesARow);
  for (let first = 0; first < rows; first += MAX_ROWS) {
    const part = run(first, Math.min(MAX_ROWS, rows - first));
    out.set(part, first * bytesARow);
    part.fill(0);
  }
  return out;
}

function loops(machine: Machine): Omit<Bulk, 'name' | 'mapToCurve'> {
  const call = machine.call.bind(machine);
  const columnHashes = call('columnHashes');
  const [differences, selected] = [call('maskedDifferences'), call('selectedSums')];
  const [checks, weighted] = [call('checkSums'), call('weightedSums')];
  /** Runs a function that writes `length` bytes to the address it is given. */
  const result = (length: number, run: (out: number) => void): Uint8Array =>
    machine.within(() => {
      const out = machine.room(length);
      run(out);
      return machine.read(out, length);
    });
  const rowsOf = (x: Uint8Array, first: number, count: number): number =>
    machine.put(x.subarray(128 * first, 128 * (first + count)));
  return {
    columnHashes: (columns, { prefix, firstColumn, shift }) =>
      chunked(columns.length / 16, 128, (first, count) =>
        result(128 * count, (out) => {
          const at = machine.put(columns.subarray(16 * first, 16 * (first + count)));
          columnHashes(machine.put(prefix), at, firstColumn + first, machine.put(shift), count, out);
        }),
      ),
    maskedDifferences: (x, y, z) =>
      chunked(x.length / 128, 128, (first, count) =>
        result(128 * count, (out) => {
          differences(rowsOf(x, first, count), rowsOf(y, first, count), machine.put(z), 4 * count, out);
        }),
      ),
    selectedSums: (x, bits, y) =>
      chunked(x.length / 128, 128, (first, count) =>
        result(128 * count, (out) => {
          const flags = machine.put(bits.subarray(first, first + count));
          selected(rowsOf(x, first, count), flags, rowsOf(y, first, count), 4 * count, out);
        }),
      ),
    checkSums: (x, { theta, bits, eta }) =>
      chunked(x.length / 128, 64, (first, count) =>
        result(64 * count, (out) => {
          const challenge = machine.put(theta);
          machine.put(eta); // right behind θ, whose length is a multiple of 16
          const flags = machine.put(bits.subarray(first, first + count));
          checks(rowsOf(x, first, count), challenge, flags, count, out);
        }),
      ),
    weightedSums: (x, weights) => {
      const rows = x.length / 128;
      assert(rows >= 1 && rows <= MAX_ROWS, `a sum of ${rows} products; 1 to ${MAX_ROWS} fit`);
      return result(64, (out) => {
        weighted(machine.put(x), machine.put(weights), 0, rows, out);
      });
    },
  };
}

/** The arithmetic of the field on addresses. Results take new room, which `within` gives back. */
function fieldOf(machine: Machine): FieldArithmetic<number> {
  const call = machine.call.bind(machine);
  const [multiply, square, add] = [call('multiply'), call('square'), call('add')];
  const [subtract, select] = [call('subtract'), call('select')];
  const [fromBytes, toBytes] = [call('fromBytes'), call('toBytes')];
  const constants = new Map<bigint, number>();
  const scratch = machine.keep(32);
  const withResult =
    (run: Call) =>
    (a: number, b: number): number => {
      const out = machine.room(ELEMENT_BYTES);
      run(out, a, b, 0);
      return out;
    };
  const flags = (a: number): ReturnType<Machine['flags']> => {
    toBytes(scratch, a, 0, 0);
    return machine.flags(scratch);
  };
  return {
    constant: (value) => {
      const known = constants.get(value);
      if (known !== undefined) return known;
      const at = machine.keep(ELEMENT_BYTES);
      machine.write(scratch, bigintToBytes(value, 32));
      fromBytes(at, scratch, 0, 0);
      constants.set(value, at);
      return at;
    },
    multiply: withResult(multiply),
    square: (a, times) => {
      const out = machine.room(ELEMENT_BYTES);
      square(out, a, 0, times);
      return out;
    },
    add: withResult(add),
    subtract: withResult(subtract),
    select: (bit, off, on) => {
      const out = machine.room(ELEMENT_BYTES);
      select(out, off, on, bit);
      return out;
    },
    isZero: (a) => flags(a).isZero,
    parity: (a) => flags(a).parity,
  };
}

function mapToCurve(machine: Machine): Bulk['mapToCurve'] {
  const field = fieldOf(machine);
  const [fromBytes, toBytes, select] = [
    machine.call('fromBytes'),
    machine.call('toBytes'),
    machine.call('select'),
  ];
  const kept = (element: number, at: number): number => {
    select(at, element, element, 0);
    return at;
  };
  const mapped = (bytes: number): ProjectivePoint<number> => {
    const u = machine.room(ELEMENT_BYTES);
    fromBytes(u, bytes, 0, 0);
    return mapToPoint(field, u);
  };
  const pair = (bytes: number): ProjectivePoint<number> => {
    const [x, y, z] = [ELEMENT_BYTES, ELEMENT_BYTES, ELEMENT_BYTES].map((length) => machine.room(length));
    machine.within(() => {
      const sum = addPoints(field, mapped(bytes), mapped(bytes + 32));
      kept(sum.x, x ?? 0);
      kept(sum.y, y ?? 0);
      kept(sum.z, z ?? 0);
    });
    return { x: x ?? 0, y: y ?? 0, z: z ?? 0 };
  };
  const chunk = (elements: Uint8Array): Uint8Array =>
    machine.within(() => {
      const count = elements.length / 64;
      const input = machine.put(elements);
      const sums = Array.from({ length: count }, (_, n) => pair(input + 64 * n));
      const bytes = machine.room(64);
      const out = new Uint8Array(65 * count);
      affineCoordinates(field, sums).forEach(({ x, y }, n) => {
        toBytes(bytes, x, 0, 0);
        toBytes(bytes + 32, y, 0, 0);
        out[65 * n] = 4;
        out.set(machine.read(bytes, 64), 65 * n + 1);
      });
      return out;
    });
  return (elements) => {
    const out = new Uint8Array((65 * elements.length) / 64);
    for (let first = 0; 64 * first < elements.length; first += MAX_POINTS)
      out.set(chunk(elements.subarray(64 * first, 64 * (first + MAX_POINTS))), 65 * first);
    return out;
  };
}
