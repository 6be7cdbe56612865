import { bytesToBigint, concat, u32, u64, u8 } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';

/** The longest message, in bytes. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
/** Messages are cut into parts of exactly this many bytes; the last one is shorter. */
export const PART_BYTES: number = 256 * 1024;

/** A message on its way: numbered from 1 for as long as both ends run. */
export interface Message {
  readonly seq: number;
  /** What the message belongs to, one byte. */
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/**
 * What a sealed frame holds. `resume` comes first and tells how many messages have arrived from this process,
 * so that it goes on behind them, or that the process is new here and has to number its messages anew; `ack`
 * tells it later.
 */
export type Frame =
  | { readonly kind: 'resume'; readonly isNew: boolean; readonly received: number }
  | { readonly kind: 'ack'; readonly received: number }
  | { readonly kind: 'ping' | 'pong'; readonly id: number }
  | {
      readonly kind: 'start';
      readonly seq: number;
      readonly channel: number;
      /** Length of the whole message. */
      readonly total: number;
      readonly part: Uint8Array;
    }
  | { readonly kind: 'part'; readonly part: Uint8Array };

const kinds = ['resume', 'ack', 'ping', 'pong', 'start', 'part'] as const;
/** seq 8, channel 1, total 4. */
const START_BYTES = 13;

/** The bytes of a frame, before it is sealed. */
export function encodeFrame(frame: Frame): Uint8Array {
  const kind = u8(kinds.indexOf(frame.kind));
  switch (frame.kind) {
    case 'resume':
      return concat(kind, u8(frame.isNew ? 1 : 0), u64(frame.received));
    case 'ack':
      return concat(kind, u64(frame.received));
    case 'ping':
    case 'pong':
      return concat(kind, u32(frame.id));
    case 'start':
      return concat(kind, u64(frame.seq), u8(frame.channel), u32(frame.total), frame.part);
    case 'part':
      return concat(kind, frame.part);
  }
}

/** The frame of bytes that a proven peer sealed; `undefined` if they are none. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const kind = kinds[bytes[0] ?? kinds.length];
  const body = bytes.subarray(1);
  switch (kind) {
    case 'resume': {
      const received = integer(body.subarray(1), 8);
      const flag = body[0] ?? 2;
      return received === undefined || flag > 1 ? undefined : { kind, isNew: flag === 1, received };
    }
    case 'ack': {
      const received = integer(body, 8);
      return received === undefined ? undefined : { kind, received };
    }
    case 'ping':
    case 'pong': {
      const id = integer(body, 4);
      return id === undefined ? undefined : { kind, id };
    }
    case 'start': {
      const seq = integer(body.subarray(0, 8), 8);
      const total = integer(body.subarray(9, START_BYTES), 4);
      if (seq === undefined || total === undefined) return undefined;
      return { kind, seq, channel: body[8] ?? 0, total, part: body.subarray(START_BYTES) };
    }
    case 'part':
      return { kind, part: body };
    default:
      return undefined;
  }
}

function integer(bytes: Uint8Array, length: number): number | undefined {
  if (bytes.length !== length) return undefined;
  const value = bytesToBigint(bytes);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** How many frames a message takes. */
export const partsOf = (message: Message): number =>
  Math.max(1, Math.ceil(message.bytes.length / PART_BYTES));

/** Frame number `at`, from 0, of a message. */
export function partOf(message: Message, at: number): Frame {
  assert(at < partsOf(message), `a message has no part ${at}`);
  const part = message.bytes.subarray(at * PART_BYTES, (at + 1) * PART_BYTES);
  const { seq, channel, bytes } = message;
  return at === 0 ? { kind: 'start', seq, channel, total: bytes.length, part } : { kind: 'part', part };
}

/**
 * Puts the parts of one message at a time together. Nothing is allocated for an announced length: only parts
 * that have come are held, each as long as it must be.
 */
export class Assembler {
  #begun:
    { readonly start: Frame & { kind: 'start' }; readonly parts: Uint8Array[]; bytes: number } | undefined;

  /** The message that this frame completes, 'more' if it does not, 'bad' if the frame cannot come here. */
  accept(frame: Frame & { kind: 'start' | 'part' }): Message | 'more' | 'bad' {
    if (frame.kind === 'start') {
      if (this.#begun !== undefined || frame.total > MAX_MESSAGE_BYTES) return 'bad';
      this.#begun = { start: frame, parts: [], bytes: 0 };
    }
    const begun = this.#begun;
    if (begun === undefined) return 'bad';
    const { seq, channel, total } = begun.start;
    if (frame.part.length !== Math.min(PART_BYTES, total - begun.bytes)) return 'bad';
    if (frame.kind === 'part' && frame.part.length === 0) return 'bad';
    begun.parts.push(frame.part);
    begun.bytes += frame.part.length;
    if (begun.bytes < total) return 'more';
    this.#begun = undefined;
    return { seq, channel, bytes: concat(...begun.parts) };
  }
}
