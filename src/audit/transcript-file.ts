import { type PartyIndex, type SessionId, partyIndex, sessionId } from '../crypto/brand.ts';
import { ascii, equalBytes, latin1, to0x, u32 } from '../crypto/bytes.ts';
import { decode, encode } from '../crypto/codec.ts';
import { type Signature, signatureCodec } from '../crypto/ecdsa.ts';
import { InputError } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import {
  type JsonObject,
  hexIn,
  integerIn,
  integersIn,
  literalIn,
  parseJson,
  textIn,
  withKeys,
} from '../crypto/json-file.ts';
import { tags } from '../crypto/tags.ts';
import { MAX_REQUEST_BYTES } from '../chain/duty.ts';
import { type Envelope, envelopeKinds, parseEnvelope, protos } from '../protocols/kernel/envelope.ts';
import type { outcomes } from '../protocols/kernel/notices.ts';
import { type Spec, decodeSpec } from '../protocols/kernel/spec.ts';

/** Everything public of one session, as plain bytes: what a node's session host hands out when it is over. */
export interface TranscriptBytes {
  /** Canonical bytes of the Spec. */
  readonly spec: Uint8Array;
  readonly sid: Uint8Array | undefined;
  /** Whole envelopes by round, each round in index order. */
  readonly broadcasts: readonly (readonly Uint8Array[])[];
  /** Aborts, exhibits and closes, in any order. */
  readonly notices: readonly Uint8Array[];
}

/** How a session ended: the names of `outcomes`. */
export type Outcome = keyof typeof outcomes;

/** What an online session was about. */
export interface SigningMeta {
  /** Canonical bytes of the typed request. */
  readonly request: Uint8Array;
  /** 32 bytes: the presignature that was used up. */
  readonly presigId: Uint8Array;
  /** Session id of the presign session that made it, 32 bytes. */
  readonly presignSid: Uint8Array;
  readonly quorum: readonly number[];
  /** Which attempt at the request this was, from 0. */
  readonly attempt: number;
  /** What was made; `undefined` where the session ended without one. */
  readonly signature: Signature | undefined;
}

/** What stands in the first line beside the transcript itself. */
export interface TranscriptMeta {
  readonly outcome: Outcome;
  /** Session root, 32 bytes; `undefined` where the session ended in an abort. */
  readonly root: Uint8Array | undefined;
  /** Of a sign session, and of no other. */
  readonly signing?: SigningMeta | undefined;
}

/** A transcript file, read: well formed and unbroken. Its signatures are verified by the audit. */
export interface TranscriptFile extends TranscriptMeta {
  readonly path: string;
  readonly proto: Proto;
  readonly spec: Spec;
  readonly sid: SessionId | undefined;
  /** Broadcasts by round and sender, then notices by kind and sender, each with its line, from 1. */
  readonly entries: readonly { readonly line: number; readonly envelope: Envelope }[];
  /** Last link of the chain, 32 bytes: equal for two copies of one transcript. */
  readonly head: Uint8Array;
}

/** A protocol that has transcripts. */
export type Proto = Exclude<keyof typeof protos, 'coinFlip'>;

const KIND = 'conclave-transcript';
const HEAD = ['kind', 'version', 'proto', 'spec', 'sid', 'outcome', 'root'];
const SIGN_HEAD = [...HEAD, 'request', 'presigId', 'presignSid', 'quorum', 'attempt', 'signature'];
const ENTRY = ['seq', 'round', 'from', 'kind', 'eid', 'envelope', 'chain'];
const TRAILER = ['seq', 'end', 'count', 'chain'];

/** Longest transcript file, bytes: the largest request twice over, as hex, and all envelopes. */
const MAX_FILE_BYTES = 8 * MAX_REQUEST_BYTES + 64 * 1024 * 1024;
/** Most lines: 64 parties, 6 rounds, and three notices each, with room. */
const MAX_LINES = 1024;

/** The first link: binds everything that the first line states. */
const firstLink = (line: string): Uint8Array => taggedHash(tags.transcriptChain, ascii(line));
/** A link: the place in the file, and the envelope up to its signature, of which there can be several. */
const nextLink = (before: Uint8Array, seq: number, { eid, header }: Envelope): Uint8Array =>
  taggedHash(tags.transcriptChain, before, u32(seq), eid, header.bodyHash);
/** The last link: binds how many lines there are, so that a shorter file is no file. */
const lastLink = (before: Uint8Array, count: number): Uint8Array =>
  taggedHash(tags.transcriptChain, before, u32(count));

/** The bytes of `transcript.jsonl`, `presign.jsonl` and `sign.jsonl`: a line for each envelope, chained. */
export function writeTranscript(transcript: TranscriptBytes, meta: TranscriptMeta): Uint8Array {
  const first = JSON.stringify(headJson(transcript, meta));
  const lines = [first];
  let link = firstLink(first);
  for (const envelope of inOrder(transcript)) {
    const seq = lines.length;
    link = nextLink(link, seq, envelope);
    lines.push(JSON.stringify(entryJson(seq, envelope, link)));
  }
  const count = lines.length - 1;
  lines.push(JSON.stringify({ seq: lines.length, end: true, count, chain: to0x(lastLink(link, count)) }));
  return ascii(`${lines.join('\n')}\n`);
}

function headJson(transcript: TranscriptBytes, { outcome, root, signing }: TranscriptMeta): object {
  const head = {
    kind: KIND,
    version: 1,
    proto: protoOf(decodeSpec(transcript.spec)),
    spec: to0x(transcript.spec),
    sid: orNull(transcript.sid),
    outcome,
    root: orNull(root),
  };
  if (signing === undefined) return head;
  const { request, presigId, presignSid, quorum, attempt, signature } = signing;
  return {
    ...head,
    request: to0x(request),
    presigId: to0x(presigId),
    presignSid: to0x(presignSid),
    quorum,
    attempt,
    signature: orNull(signature && encode(signatureCodec, signature)),
  };
}

const orNull = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : to0x(bytes));

const entryJson = (seq: number, { header, eid, bytes }: Envelope, link: Uint8Array): object => ({
  seq,
  round: header.round,
  from: header.from,
  kind: kindOf(header.kind),
  eid: to0x(eid),
  envelope: to0x(bytes),
  chain: to0x(link),
});

const protoNames: readonly Proto[] = ['keygen', 'presign', 'sign', 'reshare'];
const kindNames = Object.keys(envelopeKinds);
const kindOf = (kind: number): string => kindNames[kind] ?? String(kind);

function protoOf({ proto }: Spec): Proto {
  const name = protoNames.find((one) => protos[one] === proto);
  if (name === undefined)
    throw new InputError('file-damaged', 'spec.proto', `no transcript of protocol ${proto}`);
  return name;
}

/** Canonical order: broadcasts by round and sender, then notices by kind and sender. */
function inOrder({ broadcasts, notices }: TranscriptBytes): readonly Envelope[] {
  const all = [...broadcasts.flat(), ...notices].map(parseEnvelope);
  return all.sort((a, b) => placeOf(a) - placeOf(b));
}

/** A number that grows along the canonical order; no two envelopes of one transcript have the same. */
const placeOf = ({ header: { kind, round, from } }: Envelope): number =>
  (kind === envelopeKinds.broadcast ? round : 256 * kind) * 65_536 + from;

/**
 * Reads a transcript file. Only the form that `writeTranscript` writes is accepted, every link of the
 * chain is
 * computed again, and the error names the line. @throws InputError file-truncated | file-damaged
 */
export function readTranscript(bytes: Uint8Array, path: string): TranscriptFile {
  const lines = linesOf(bytes, path);
  const [first = '', ...rest] = lines;
  const at = (line: number): string => `${path} line ${line}`;
  const head = headIn(objectOf(first, at(1)), at(1));
  const last = rest.pop() ?? '';
  let link = firstLink(first);
  let place = -1;
  const entries = rest.map((text, i) => {
    const where = at(i + 2);
    const { envelope, chain } = entryIn(text, i + 1, where);
    link = nextLink(link, i + 1, envelope);
    if (!equalBytes(chain, link)) throw damaged(where, 'does not follow from the lines before it');
    if (placeOf(envelope) <= place) throw damaged(where, 'is out of order, or fills a place that is taken');
    place = placeOf(envelope);
    return { line: i + 2, envelope };
  });
  const trailer = trailerIn(last, entries.length, at(lines.length));
  if (!equalBytes(trailer, lastLink(link, entries.length)))
    throw damaged(at(lines.length), 'does not follow from the lines before it');
  return { path, ...head, entries, head: trailer };
}

/** The broadcasts of a transcript by round, whole, as the replays of the protocols take them. */
export function roundsOf({ entries }: Pick<TranscriptFile, 'entries'>): readonly (readonly Uint8Array[])[] {
  const rounds: Uint8Array[][] = [];
  for (const { envelope } of entries) {
    const { kind, round } = envelope.header;
    if (kind !== envelopeKinds.broadcast) continue;
    while (rounds.length <= round) rounds.push([]);
    rounds[round]?.push(envelope.bytes);
  }
  return rounds;
}

const damaged = (path: string, what: string, cause?: unknown): InputError =>
  new InputError('file-damaged', path, `${path}: ${what}`, { cause });
const truncated = (path: string, what: string): InputError =>
  new InputError('file-truncated', path, `${path}: ${what}`);

function linesOf(bytes: Uint8Array, path: string): readonly string[] {
  if (bytes.length > MAX_FILE_BYTES) throw damaged(path, `has ${bytes.length} bytes`);
  const lines = latin1(bytes).split('\n');
  if (lines.pop() !== '')
    throw truncated(`${path} line ${lines.length + 1}`, 'the file ends within the line');
  if (lines.length < 2) throw truncated(path, 'the file ends before its first envelope');
  if (lines.length > MAX_LINES) throw damaged(path, `has ${lines.length} lines`);
  return lines;
}

/** The object of one line, in its one spelling. */
function objectOf(text: string, path: string): JsonObject {
  const value = parseJson(text, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(path, 'is no object');
  if (JSON.stringify(value) !== text) throw damaged(path, 'is not in its canonical form');
  return new Map(Object.entries(value));
}

/** Bytes in hex, or null. */
const hexOrNull = (object: JsonObject, key: string, path: string, length: number): Uint8Array | undefined =>
  object.get(key) === null ? undefined : hexIn(object, key, path, length);

type Head = Pick<TranscriptFile, 'proto' | 'spec' | 'sid' | 'outcome' | 'root' | 'signing'>;

function headIn(object: JsonObject, path: string): Head {
  literalIn(object, 'kind', KIND, path);
  literalIn(object, 'version', 1, path);
  const spec = within(path, () => decodeSpec(hexIn(object, 'spec', path)));
  const proto = within(path, () => protoOf(spec));
  literalIn(object, 'proto', proto, path);
  withKeys(object, proto === 'sign' ? SIGN_HEAD : HEAD, path);
  const sid = hexOrNull(object, 'sid', path, 32);
  return {
    proto,
    spec,
    sid: sid && sessionId(sid),
    outcome: outcomeIn(object, path),
    root: hexOrNull(object, 'root', path, 32),
    signing: proto === 'sign' ? signingIn(object, path) : undefined,
  };
}

function outcomeIn(object: JsonObject, path: string): Outcome {
  const outcome = textIn(object, 'outcome', path);
  if (outcome !== 'done' && outcome !== 'aborted' && outcome !== 'discarded')
    throw damaged(path, 'outcome is none of done, aborted and discarded');
  return outcome;
}

function signingIn(object: JsonObject, path: string): SigningMeta {
  const signature = hexOrNull(object, 'signature', path, 65);
  const quorum: readonly PartyIndex[] = integersIn(object, 'quorum', 64, path).map((i) =>
    partyIndex(i, path),
  );
  return {
    request: hexIn(object, 'request', path),
    presigId: hexIn(object, 'presigId', path, 32),
    presignSid: hexIn(object, 'presignSid', path, 32),
    quorum,
    attempt: integerIn(object, 'attempt', path),
    signature: signature && within(path, () => decode(signatureCodec, signature, 'signature')),
  };
}

function entryIn(text: string, seq: number, path: string): { envelope: Envelope; chain: Uint8Array } {
  const object = withKeys(objectOf(text, path), ENTRY, path);
  literalIn(object, 'seq', seq, path);
  const envelope = within(path, () => parseEnvelope(hexIn(object, 'envelope', path)));
  literalIn(object, 'round', envelope.header.round, path);
  literalIn(object, 'from', envelope.header.from, path);
  literalIn(object, 'kind', kindOf(envelope.header.kind), path);
  literalIn(object, 'eid', to0x(envelope.eid), path);
  return { envelope, chain: hexIn(object, 'chain', path, 32) };
}

function trailerIn(text: string, count: number, path: string): Uint8Array {
  const object = objectOf(text, path);
  if (object.get('end') !== true) throw truncated(path, 'is the last line of the file, but not its end');
  withKeys(object, TRAILER, path);
  literalIn(object, 'seq', count + 1, path);
  literalIn(object, 'count', count, path);
  return hexIn(object, 'chain', path, 32);
}

/** Says where in the file a decoder refused. */
function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw damaged(path, error.message, error);
  }
}
