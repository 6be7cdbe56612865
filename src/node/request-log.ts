import type { PartyIndex } from '../crypto/brand.ts';
import { concat, toHex } from '../crypto/bytes.ts';
import {
  type Codec,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
  text,
  u32Codec,
  u64Codec,
  u8Codec,
} from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import { MAX_MEMBERS } from '../protocols/epoch.ts';
import type { Clock, Disk } from '../system/ports.ts';
import { AppendLog } from './append-log.ts';

/** A request came in. */
export interface RequestReceived {
  readonly requestId: Uint8Array;
  readonly requestKind: string;
  /** The client's name in the configuration, or the peer that asked. */
  readonly from: string;
}
/** This node will not sign it. */
export interface RequestRefused {
  readonly requestId: Uint8Array;
  readonly reason: string;
  readonly detail: string;
}
/** Policy and guard agreed. */
export interface RequestApproved {
  readonly requestId: Uint8Array;
  /** 32 bytes each */
  readonly digest: Uint8Array;
  readonly contentHash: Uint8Array;
  readonly guardSeq: number;
}
/** An attempt ended with a signature that was verified. */
export interface RequestSigned {
  readonly requestId: Uint8Array;
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  /** 32 bytes each */
  readonly presigId: Uint8Array;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly yParity: number;
  /** Session root of the transcript, 32 bytes. */
  readonly root: Uint8Array;
}
/** An attempt ended without a signature. */
export interface RequestFailed {
  readonly requestId: Uint8Array;
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  readonly reason: string;
  readonly culprits: readonly PartyIndex[];
}

/** What happened to a request. */
export type RequestEvent =
  | ({ readonly kind: 'received' } & RequestReceived)
  | ({ readonly kind: 'refused' } & RequestRefused)
  | ({ readonly kind: 'approved' } & RequestApproved)
  | ({ readonly kind: 'signed' } & RequestSigned)
  | ({ readonly kind: 'failed' } & RequestFailed);

/** One line of the log. */
export interface RequestEntry {
  /** Wall clock, milliseconds since the Unix epoch; for people. */
  readonly atMs: bigint;
  readonly event: RequestEvent;
}

const VERSION = 1;
const MAX_BODY_BYTES = 2048;
/** How many requests are remembered in memory; the log on disk holds all. */
const MAX_REMEMBERED = 65_536;

const id = fixed(32);
const quorum = list(indexCodec, MAX_MEMBERS);
const received = struct<RequestReceived>({ requestId: id, requestKind: text(64), from: text(128) });
const refused = struct<RequestRefused>({ requestId: id, reason: text(64), detail: text(512) });
const approved = struct<RequestApproved>({ requestId: id, digest: id, contentHash: id, guardSeq: u32Codec });
const signed: Codec<RequestSigned> = struct<RequestSigned>({
  requestId: id,
  attempt: u32Codec,
  quorum,
  presigId: id,
  r: id,
  s: id,
  yParity: u8Codec,
  root: id,
});
const failed: Codec<RequestFailed> = struct<RequestFailed>({
  requestId: id,
  attempt: u32Codec,
  quorum,
  reason: text(64),
  culprits: quorum,
});

/** What a refusal says, in a form that the log holds: printable ASCII, at most 512 characters. */
export const printable = (detail: string): string => detail.replace(/[^ -~]/g, '?').slice(0, 512);

/** version ‖ kind ‖ u64 time ‖ fields. */
export function encodeRequestEntry({ atMs, event }: RequestEntry): Uint8Array {
  const start = (kind: number): Uint8Array => concat(Uint8Array.of(VERSION, kind), encode(u64Codec, atMs));
  switch (event.kind) {
    case 'received':
      return concat(start(1), encode(received, event));
    case 'refused':
      return concat(start(2), encode(refused, event));
    case 'approved':
      return concat(start(3), encode(approved, event));
    case 'signed':
      return concat(start(4), encode(signed, event));
    case 'failed':
      return concat(start(5), encode(failed, event));
  }
}

/** The entry of a log record. @throws InputError malformed | safety-state-damaged */
export function decodeRequestEntry(bytes: Uint8Array, path: string): RequestEntry {
  const atMs = decode(u64Codec, bytes.subarray(2, 10), path);
  return { atMs, event: decodeEvent(bytes[0] === VERSION ? bytes[1] : undefined, bytes.subarray(10), path) };
}

function decodeEvent(kind: number | undefined, rest: Uint8Array, path: string): RequestEvent {
  if (kind === 1) return { kind: 'received', ...decode(received, rest, path) };
  if (kind === 2) return { kind: 'refused', ...decode(refused, rest, path) };
  if (kind === 3) return { kind: 'approved', ...decode(approved, rest, path) };
  if (kind === 4) return { kind: 'signed', ...decode(signed, rest, path) };
  if (kind === 5) return { kind: 'failed', ...decode(failed, rest, path) };
  throw new InputError('safety-state-damaged', path, `${path} is an entry of no known kind`);
}

/** Every request, verdict and outcome of this node, each entry bound to all before it. [product, 6.1] */
export class RequestLog {
  readonly #log: AppendLog;
  readonly #clock: Clock;
  readonly #entries = new Map<string, RequestEntry[]>();

  private constructor(log: AppendLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Opens or starts the log. @throws InputError safety-state-damaged */
  static open(disk: Disk, path: string, clock: Clock): RequestLog {
    const { log, bodies } = AppendLog.open(disk, { path, kind: 'requests', maxBodyBytes: MAX_BODY_BYTES });
    const requests = new RequestLog(log, clock);
    bodies.forEach((body, i) => {
      requests.#remember(decodeRequestEntry(body, `${path}[${i}]`));
    });
    return requests;
  }

  /** Chain hash over all entries, 32 bytes; peers cosign it. */
  get head(): Uint8Array {
    return this.#log.head;
  }

  /** How many entries there are. */
  get count(): number {
    return this.#log.count;
  }

  /** Writes an entry; durable when this returns. */
  append(event: RequestEvent): void {
    const entry: RequestEntry = { atMs: BigInt(this.#clock.nowMs()), event };
    this.#log.append(encodeRequestEntry(entry));
    this.#remember(entry);
  }

  /** What happened to a request, oldest first. */
  historyOf(requestId: Uint8Array): readonly RequestEntry[] {
    return this.#entries.get(toHex(requestId)) ?? [];
  }

  /**
   * The signature of a finished request, with which a repeat is answered before policy and guard are asked.
   */
  signatureOf(requestId: Uint8Array): RequestSigned | undefined {
    for (const { event } of this.historyOf(requestId)) if (event.kind === 'signed') return event;
    return undefined;
  }

  #remember(entry: RequestEntry): void {
    const name = toHex(entry.event.requestId);
    const known = this.#entries.get(name);
    if (known === undefined) this.#entries.set(name, [entry]);
    else known.push(entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_REMEMBERED && oldest !== undefined) this.#entries.delete(oldest);
  }
}
