import { bigintToBytes, concat, u8 } from '../../src/crypto/bytes.ts';
import { type Address, addressBytes } from '../../src/ethereum/address.ts';
import type { Choices } from '../sim/random.ts';

/** Instructions by their names, as far as programs of the corpus use them. */
const ops = {
  stop: 0x00,
  add: 0x01,
  mul: 0x02,
  sub: 0x03,
  div: 0x04,
  sdiv: 0x05,
  mod: 0x06,
  smod: 0x07,
  addmod: 0x08,
  mulmod: 0x09,
  exp: 0x0a,
  signextend: 0x0b,
  lt: 0x10,
  slt: 0x12,
  eq: 0x14,
  iszero: 0x15,
  and: 0x16,
  or: 0x17,
  xor: 0x18,
  not: 0x19,
  byte: 0x1a,
  shl: 0x1b,
  shr: 0x1c,
  sar: 0x1d,
  keccak256: 0x20,
  address: 0x30,
  balance: 0x31,
  origin: 0x32,
  caller: 0x33,
  callvalue: 0x34,
  calldataload: 0x35,
  calldatasize: 0x36,
  codesize: 0x38,
  codecopy: 0x39,
  gasprice: 0x3a,
  extcodesize: 0x3b,
  returndatasize: 0x3d,
  extcodehash: 0x3f,
  coinbase: 0x41,
  timestamp: 0x42,
  number: 0x43,
  prevrandao: 0x44,
  gaslimit: 0x45,
  chainid: 0x46,
  selfbalance: 0x47,
  basefee: 0x48,
  blobbasefee: 0x4a,
  pop: 0x50,
  mload: 0x51,
  mstore: 0x52,
  sload: 0x54,
  sstore: 0x55,
  jump: 0x56,
  msize: 0x59,
  jumpdest: 0x5b,
  tload: 0x5c,
  tstore: 0x5d,
  mcopy: 0x5e,
  push0: 0x5f,
  dup1: 0x80,
  log0: 0xa0,
  create: 0xf0,
  call: 0xf1,
  return: 0xf3,
  delegatecall: 0xf4,
  create2: 0xf5,
  staticcall: 0xfa,
  revert: 0xfd,
  invalid: 0xfe,
  selfdestruct: 0xff,
} as const;
type Op = keyof typeof ops;

/** A piece of code: instructions by name, numbers to push, bytes to push. */
type Piece = Op | bigint | number | Uint8Array;

/** The code of pieces, one after another. */
export const assemble = (...pieces: readonly Piece[]): Uint8Array =>
  concat(
    ...pieces.map((piece) => {
      if (typeof piece === 'string') return u8(ops[piece]);
      const bytes = piece instanceof Uint8Array ? piece : minimal(BigInt(piece));
      return concat(u8(0x5f + bytes.length), bytes);
    }),
  );

function minimal(value: bigint): Uint8Array {
  let length = 0;
  while (value >> BigInt(8 * length) > 0n) length++;
  return bigintToBytes(value, length);
}

/** Code that leaves `runtime` where it is executed to create a contract. */
export const creationOf = (runtime: Uint8Array): Uint8Array => {
  const prefix = (offset: number): Uint8Array =>
    assemble(u16(runtime.length), u16(offset), 'push0', 'codecopy', u16(runtime.length), 'push0', 'return');
  return concat(prefix(prefix(0).length), runtime);
};
const u16 = (value: number): Uint8Array => bigintToBytes(BigInt(value), 2);

const binary: readonly Op[] = [
  ...(['add', 'mul', 'sub', 'div', 'sdiv', 'mod', 'smod', 'exp', 'signextend', 'lt', 'slt', 'eq'] as const),
  ...(['and', 'or', 'xor', 'byte', 'shl', 'shr', 'sar'] as const),
];
/** What a block or a transaction says of itself; not its hash, and not what the coinbase has. */
const environment: readonly Op[] = [
  ...(['address', 'origin', 'caller', 'callvalue', 'calldatasize', 'codesize', 'gasprice'] as const),
  ...(['returndatasize', 'coinbase', 'timestamp', 'number', 'prevrandao', 'gaslimit', 'chainid'] as const),
  ...(['selfbalance', 'basefee', 'blobbasefee', 'msize'] as const),
];

/** What a program may touch. */
export interface Surroundings {
  readonly choices: Choices;
  /** Accounts, contracts and precompiles. */
  readonly targets: readonly Address[];
}

/** A program of random instructions, each step of which leaves the stack as it was. */
export function randomProgram({ choices, targets }: Surroundings, steps: number, depth = 0): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let step = 0; step < steps; step++) parts.push(randomStep({ choices, targets }, depth));
  return concat(...parts, randomEnd({ choices, targets }));
}

const pick = <T>(choices: Choices, from: readonly T[]): T => {
  const found = from[choices.below(from.length)];
  if (found === undefined) throw new Error('there is something to pick');
  return found;
};

function word(choices: Choices): bigint {
  const kind = choices.below(6);
  if (kind === 0) return 0n;
  if (kind === 1) return BigInt(choices.below(300));
  if (kind === 2) return (1n << 256n) - 1n - BigInt(choices.below(3));
  let value = 0n;
  for (let i = 0; i < 8; i++) value = (value << 32n) | BigInt(choices.below(2 ** 32));
  return kind === 3 ? value : value >> BigInt(8 * choices.below(32));
}

/** Few slots, so that they are written again, and cleared. */
const slot = (choices: Choices): bigint => BigInt(choices.below(12));
/** A place in memory, and a length. */
const place = (choices: Choices): number => 32 * choices.below(8);

function randomStep(around: Surroundings, depth: number): Uint8Array {
  const { choices, targets } = around;
  const steps: readonly (() => Uint8Array)[] = [
    () => assemble(word(choices), slot(choices), 'sstore'),
    () => assemble(0, slot(choices), 'sstore'),
    () => assemble(word(choices), word(choices), pick(choices, binary), slot(choices), 'sstore'),
    () => assemble(word(choices), word(choices), word(choices), pick(choices, ['addmod', 'mulmod']), 'pop'),
    () => assemble(pick(choices, environment), slot(choices), 'sstore'),
    () => assemble(slot(choices), 'sload', 'not', place(choices), 'mstore'),
    () =>
      assemble(
        word(choices),
        place(choices),
        'mstore',
        place(choices),
        place(choices),
        place(choices),
        'mcopy',
      ),
    () => assemble(place(choices), place(choices), 'keccak256', slot(choices), 'sstore'),
    () => assemble(slot(choices), 'calldataload', place(choices), 'mstore'),
    () => assemble(word(choices), slot(choices), 'tstore', slot(choices), 'tload', slot(choices), 'sstore'),
    () =>
      assemble(
        addressBytes(pick(choices, targets)),
        pick(choices, ['extcodesize', 'extcodehash', 'balance']),
        'pop',
      ),
    () => randomLog(choices),
    () => randomCall(around),
    () => (depth < 2 ? randomCreation(around, depth) : randomLog(choices)),
  ];
  return pick(choices, steps)();
}

function randomLog(choices: Choices): Uint8Array {
  const topics = choices.below(5);
  const words = Array.from({ length: topics }, () => word(choices));
  return concat(assemble(...words, place(choices), place(choices)), u8(ops.log0 + topics));
}

function randomCall({ choices, targets }: Surroundings): Uint8Array {
  const kind = pick(choices, ['call', 'call', 'staticcall', 'delegatecall'] as const);
  const value = kind === 'call' ? [choices.below(3) === 0 ? choices.below(9) : 0] : [];
  const to = addressBytes(pick(choices, targets));
  const gas = pick(choices, [0, 700, 30_000, 200_000]);
  const [out, outSize, from, size] = [place(choices), place(choices), place(choices), place(choices)];
  return assemble(outSize, out, size, from, ...value, to, gas, kind, slot(choices), 'sstore');
}

/** Creates from memory: a contract that stays, that destroys itself at once, or that fails. */
function randomCreation(around: Surroundings, depth: number): Uint8Array {
  const { choices } = around;
  const inner =
    choices.below(3) === 0
      ? creationOf(assemble(pick(choices, around.targets.map(addressBytes)), 'selfdestruct'))
      : randomProgram(around, choices.below(3), depth + 1);
  const words: Uint8Array[] = [];
  for (let at = 0; at < inner.length; at += 32) {
    const part = new Uint8Array(32);
    part.set(inner.subarray(at, at + 32));
    words.push(assemble(part, at, 'mstore'));
  }
  const value = choices.below(4) === 0 ? 1 : 0;
  const create = choices.happens(0.5)
    ? assemble(inner.length, 0, value, 'create')
    : assemble(choices.below(4), inner.length, 0, value, 'create2');
  return concat(...words, create, assemble(slot(choices), 'sstore'));
}

function randomEnd({ choices, targets }: Surroundings): Uint8Array {
  const ends: readonly (() => Uint8Array)[] = [
    () => assemble('stop'),
    () => assemble(place(choices), place(choices), 'return'),
    () => assemble('stop'),
    () => assemble(place(choices), place(choices), 'revert'),
    () => assemble('invalid'),
    () => assemble(addressBytes(pick(choices, targets)), 'selfdestruct'),
    () => assemble('address', 'selfdestruct'),
  ];
  return pick(choices, choices.below(3) > 0 ? ends.slice(0, 3) : ends)();
}

/** Runs until nothing is left of the gas. */
export const endless: Uint8Array = assemble('jumpdest', 'push0', 'jump');

/** Emits `count` logs with two topics and 64 bytes. */
export const chatty = (count: number): Uint8Array =>
  concat(
    ...Array.from({ length: count }, (_, i) => concat(assemble(i, i + 1, 64, 0), u8(ops.log0 + 2))),
    assemble('stop'),
  );
