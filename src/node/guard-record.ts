import { compareBytes, concat, toHex } from '../crypto/bytes.ts';
import {
  type Codec,
  blob,
  decode,
  encode,
  fixed,
  list,
  malformed,
  struct,
  text,
  u256Codec,
  u32Codec,
  u64Codec,
  u8Codec,
} from '../crypto/codec.ts';
import { assert } from '../crypto/errors.ts';

/** Rows of numbers, each of which is used once. New ones are appended: the place is the byte on disk. */
export const lanes: readonly ['nonce', 'batch', 'output', 'reward', 'epoch', 'key-update', 'test'] = [
  ...(['nonce', 'batch', 'output', 'reward', 'epoch', 'key-update', 'test'] as const),
];
/** One of them. [product, 8.1] */
export type Lane = (typeof lanes)[number];

/**
 * A place that holds one content for ever: a number in a lane of a scope (key, chain, sender or contract,
 * kind).
 */
export interface Slot {
  readonly lane: Lane;
  /** Canonical bytes of all that the lane is bound to, opaque here. */
  readonly scope: Uint8Array;
  /** u64 */
  readonly number: bigint;
}

/** Fees in wei per gas. A blob transaction has the third. */
export interface GuardFees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas?: bigint | undefined;
}

/** One online share that may leave, as the disk remembers it. [security, 3.3 rule 2; protocol, S5] */
export interface GuardRecord {
  readonly slots: readonly Slot[];
  readonly kind: string;
  /** 32 bytes; covers neither nonce nor fees. */
  readonly contentHash: Uint8Array;
  /** What is signed, 32 bytes. */
  readonly digest: Uint8Array;
  /** `undefined` for a typed message, which pays nothing. */
  readonly fees: GuardFees | undefined;
  /** 0 for the first, +1 for each replacement. */
  readonly feeStep: number;
  /** 32 bytes */
  readonly requestHash: Uint8Array;
  /** 32 bytes */
  readonly presigId: Uint8Array;
  /** 32 bytes */
  readonly tau0: Uint8Array;
  /** Where a PoS chain ordered the request; empty without one. */
  readonly posRef: Uint8Array;
  readonly boot: bigint;
  readonly epoch: number;
}

/**
 * A bound of one lane. Marks never fall, but for the high one, which an operator may clear. [product, 8.4]
 */
export interface GuardMark {
  readonly lane: Lane;
  readonly scope: Uint8Array;
  /** At or below it nothing is signed. */
  readonly low: bigint | undefined;
  /** Above it nothing is signed. */
  readonly high: bigint | undefined;
}

/** What one record of the log says. */
export type GuardEntry =
  /** Always the first, and only the first: it tells a register that is new from one that is lost. */
  | { readonly kind: 'opened'; readonly keyId: Uint8Array; readonly origin: string }
  | { readonly kind: 'share'; readonly record: GuardRecord }
  | { readonly kind: 'mark'; readonly mark: GuardMark }
  /** This node may have forgotten what it signed: it signs nothing until it is released. */
  | { readonly kind: 'quarantined'; readonly why: string }
  /** It has learned what it may have forgotten; `note` says from whom. */
  | { readonly kind: 'released'; readonly note: string };

/** Most slots of one request. */
const MAX_SLOTS = 8;
/** Longest scope, in bytes. */
const MAX_SCOPE_BYTES = 256;
const VERSION = 1;

const laneCodec: Codec<Lane> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (lane) => u8Codec.write(lanes.indexOf(lane)),
  read: (from, path) => {
    const lane = lanes[u8Codec.read(from, path)];
    if (lane === undefined) throw malformed(path, 'is no lane');
    return lane;
  },
};

/** A value that may be missing: a list of none or one. */
function optional<T>(item: Codec<T>): Codec<T | undefined> {
  const inner = list(item, 1);
  return {
    schema: inner.schema,
    maxBytes: inner.maxBytes,
    write: (value) => inner.write(value === undefined ? [] : [value]),
    read: (from, path) => inner.read(from, path)[0],
  };
}

const slotCodec: Codec<Slot> = struct<Slot>({
  lane: laneCodec,
  scope: blob(MAX_SCOPE_BYTES),
  number: u64Codec,
});

const feesCodec: Codec<GuardFees> = struct<GuardFees>({
  maxFeePerGas: u256Codec,
  maxPriorityFeePerGas: u256Codec,
  maxFeePerBlobGas: optional(u256Codec),
});

const recordCodec: Codec<GuardRecord> = struct<GuardRecord>({
  slots: list(slotCodec, MAX_SLOTS),
  kind: text(32),
  contentHash: fixed(32),
  digest: fixed(32),
  fees: optional(feesCodec),
  feeStep: u8Codec,
  requestHash: fixed(32),
  presigId: fixed(32),
  tau0: fixed(32),
  posRef: blob(256),
  boot: u64Codec,
  epoch: u32Codec,
});

/** Canonical bytes of a bound. */
export const markCodec: Codec<GuardMark> = struct<GuardMark>({
  lane: laneCodec,
  scope: blob(MAX_SCOPE_BYTES),
  low: optional(u64Codec),
  high: optional(u64Codec),
});

interface Opened {
  readonly keyId: Uint8Array;
  readonly origin: string;
}
const openedCodec: Codec<Opened> = struct<Opened>({ keyId: fixed(32), origin: text(64) });

const NOTE_BYTES = 256;
const quarantinedCodec: Codec<{ readonly why: string }> = struct<{ readonly why: string }>({
  why: text(NOTE_BYTES),
});
const releasedCodec: Codec<{ readonly note: string }> = struct<{ readonly note: string }>({
  note: text(NOTE_BYTES),
});

/** Text that fits an entry: printable ASCII of at most 256 characters. */
export const noteText = (value: string): string => value.replaceAll(/[^ -~]/g, '?').slice(0, NOTE_BYTES);

/** The longest entry, in bytes. */
export const MAX_ENTRY_BYTES: number = 2 + recordCodec.maxBytes;

/** version ‖ kind ‖ fields. */
export function encodeEntry(entry: GuardEntry): Uint8Array {
  const start = (kind: number): Uint8Array => Uint8Array.of(VERSION, kind);
  switch (entry.kind) {
    case 'opened':
      return concat(start(0), encode(openedCodec, { keyId: entry.keyId, origin: entry.origin }));
    case 'share':
      return concat(start(1), encode(recordCodec, entry.record));
    case 'mark':
      return concat(start(2), encode(markCodec, entry.mark));
    case 'quarantined':
      return concat(start(3), encode(quarantinedCodec, { why: entry.why }));
    case 'released':
      return concat(start(4), encode(releasedCodec, { note: entry.note }));
  }
}

/** The entry of a log record. @throws InputError malformed */
export function decodeEntry(bytes: Uint8Array, path: string): GuardEntry {
  const [version, kind] = [bytes[0], bytes[1]];
  if (version !== VERSION) throw malformed(path, `has version ${String(version)}`);
  const rest = bytes.subarray(2);
  if (kind === 0) return { kind: 'opened', ...decode(openedCodec, rest, path) };
  if (kind === 1) return { kind: 'share', record: decode(recordCodec, rest, path) };
  if (kind === 2) return { kind: 'mark', mark: decode(markCodec, rest, path) };
  if (kind === 3) return { kind: 'quarantined', ...decode(quarantinedCodec, rest, path) };
  if (kind === 4) return { kind: 'released', ...decode(releasedCodec, rest, path) };
  throw malformed(path, `has kind ${String(kind)}`);
}

/** The name of a lane of a scope in memory. */
export const laneKey = ({ lane, scope }: { readonly lane: Lane; readonly scope: Uint8Array }): string =>
  `${lane}/${toHex(scope)}`;

/** The name of a slot in memory. */
export const slotKey = (slot: Slot): string => `${laneKey(slot)}/${slot.number}`;

/**
 * Slots in their one order, without which the same request could be recorded twice. @throws Bug if one is
 * twice
 */
export function sortedSlots(slots: readonly Slot[]): readonly Slot[] {
  const sorted = [...slots].sort(
    (a, b) =>
      lanes.indexOf(a.lane) - lanes.indexOf(b.lane) ||
      compareBytes(a.scope, b.scope) ||
      (a.number < b.number ? -1 : a.number > b.number ? 1 : 0),
  );
  assert(sorted.length > 0 && sorted.length <= MAX_SLOTS, `${slots.length} slots in one request`);
  assert(new Set(sorted.map(slotKey)).size === sorted.length, 'a request names a slot twice');
  return sorted;
}
