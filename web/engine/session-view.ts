import { levelsOf } from '../../src/audit/receipt.ts';
import { type TranscriptFile, readTranscript } from '../../src/audit/transcript-file.ts';
import { latin1, to0x } from '../../src/crypto/bytes.ts';
import { attempt, decode } from '../../src/crypto/codec.ts';
import { rulesOf } from '../../src/protocols/judge.ts';
import { identityText, nameOf } from '../../src/protocols/ceremony/names.ts';
import { type Envelope, envelopeKinds, parseEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { abortCodec, closeCodec, outcomes } from '../../src/protocols/kernel/notices.ts';
import type { Spec } from '../../src/protocols/kernel/spec.ts';
import { directsIn } from '../../src/protocols/replay.ts';
import type { DirectView, LineView, MessageView, PartyView, SessionView } from '../shared/messages.ts';

/** Names of members by identity, where a definition in the same folder gives them. */
export type NamesOf = (identityPk: Uint8Array) => string | undefined;

/** A transcript, as it is drawn. @throws InputError file-truncated | file-damaged */
export function sessionView(bytes: Uint8Array, path: string, names: NamesOf): SessionView {
  const file = readTranscript(bytes, path);
  const chains = chainsIn(bytes);
  const broadcasts = file.entries.filter(({ envelope }) => isBroadcast(envelope));
  return {
    path,
    proto: file.proto,
    outcome: file.outcome,
    threshold: file.spec.threshold,
    sid: file.sid === undefined ? '' : to0x(file.sid),
    root: file.root === undefined ? '' : to0x(file.root),
    parties: file.spec.participants.map(({ index, identityPk }) => partyView(index, identityPk, names)),
    messages: file.entries.map(({ line, envelope }) => ({
      ...messageOf(file.spec, envelope),
      line,
      chain: chains[line - 1] ?? '',
    })),
    head: to0x(file.head),
    tree: levelsOf(broadcasts.map(({ envelope }) => envelope.eid)).map((level) => level.map(to0x)),
  };
}

/** A seat with a name for people. */
export const partyView = (index: number, identityPk: Uint8Array, names: NamesOf): PartyView => ({
  index,
  name: names(identityPk) ?? nameOf(identityPk),
  identity: identityText(identityPk),
});

const isBroadcast = ({ header }: Envelope): boolean => header.kind === envelopeKinds.broadcast;

/** The stated links by line, which the reader of the file has just recomputed. */
function chainsIn(bytes: Uint8Array): readonly string[] {
  return latin1(bytes)
    .split('\n')
    .map((line) => /"chain":"(0x[0-9a-f]{64})"\}$/.exec(line)?.[1] ?? '');
}

const shownKinds: ReadonlyMap<number, MessageView['kind']> = new Map([
  [envelopeKinds.broadcast, 'broadcast'],
  [envelopeKinds.abort, 'abort'],
  [envelopeKinds.close, 'close'],
  [envelopeKinds.exhibit, 'exhibit'],
]);

function messageOf(spec: Spec, envelope: Envelope): Omit<MessageView, 'line' | 'chain'> {
  const { header, eid, bytes } = envelope;
  return {
    kind: shownKinds.get(header.kind) ?? 'other',
    round: header.round,
    from: header.from,
    eid: to0x(eid),
    sizeBytes: bytes.length,
    directs: directsOf(spec, envelope),
    says: saidBy(envelope),
  };
}

function directsOf(spec: Spec, envelope: Envelope): readonly DirectView[] {
  const rules = rulesOf(spec.proto);
  if (!isBroadcast(envelope) || rules?.directRounds.includes(envelope.header.round) !== true) return [];
  return (directsIn(rules, spec, envelope) ?? []).map(({ to, eid }) => ({ to, eid: to0x(eid) }));
}

function saidBy({ header, body }: Envelope): string {
  if (header.kind === envelopeKinds.abort) {
    const notice = attempt(() => decode(abortCodec, body));
    if (notice === undefined) return 'ends the session with a notice that cannot be read';
    const rule = notice.check === '' ? '' : ` (${notice.check})`;
    const proof = notice.evidence.length === 0 ? 'without evidence' : 'with evidence';
    const whom = notice.accused.length === 0 ? '' : `, accuses party ${notice.accused.join(', ')} ${proof}`;
    return `ends the session: ${notice.code}${rule}${whom}`;
  }
  if (header.kind !== envelopeKinds.close) return '';
  const close = attempt(() => decode(closeCodec, body));
  if (close === undefined) return 'closes with a notice that cannot be read';
  return `closes as ${outcomeOf(close.outcome)}, root ${to0x(close.root)}`;
}

const outcomeOf = (number: number): string =>
  Object.entries(outcomes).find(([, value]) => value === number)?.[0] ?? `outcome ${number}`;

/** Most bytes of one line that are shown. */
const MAX_SHOWN_BYTES = 4096;

/** One line of a transcript, taken apart. @throws InputError file-truncated | file-damaged */
export function lineView(bytes: Uint8Array, path: string, line: number): LineView {
  const file = readTranscript(bytes, path);
  const entry = file.entries.find((one) => one.line === line);
  if (entry !== undefined) return envelopeView(`${path}, line ${line}`, entry.envelope);
  const text = new TextEncoder().encode(latin1(bytes).split('\n')[line - 1] ?? '');
  return { ...cut(text), title: `${path}, line ${line}`, fields: line === 1 ? headFields(file) : [] };
}

const headFields = (file: TranscriptFile): LineView['fields'] => [
  ['protocol', file.proto],
  ['outcome', file.outcome],
  ['session', file.sid === undefined ? 'none' : to0x(file.sid)],
  ['root', file.root === undefined ? 'none' : to0x(file.root)],
];

/** An envelope with the fields of its header. */
export function envelopeView(title: string, envelope: Envelope): LineView {
  const { header, eid, signature, bytes } = envelope;
  const kind = shownKinds.get(header.kind) ?? `kind ${header.kind}`;
  return {
    ...cut(bytes),
    title,
    fields: [
      ['kind', kind],
      ['round', String(header.round)],
      ['from', `party ${header.from}`],
      ['to', header.to === 0 ? 'all' : `party ${header.to}`],
      ['name (eid)', to0x(eid)],
      ['session', to0x(header.sid)],
      ['epoch', to0x(header.epochId)],
      ['own message before', to0x(header.prev)],
      ['round before, as seen', to0x(header.view)],
      ['hash of the body', to0x(header.bodyHash)],
      ['body', `${header.bodyLength} bytes`],
      ['signature', to0x(signature)],
    ],
  };
}

/** Bytes of an envelope that stands in evidence: whole, or its signed head alone. */
export function shownEnvelope(title: string, bytes: Uint8Array): LineView {
  const envelope = attempt(() => parseEnvelope(bytes));
  return envelope === undefined ? { ...cut(bytes), title, fields: [] } : envelopeView(title, envelope);
}

const cut = (bytes: Uint8Array): Pick<LineView, 'bytes' | 'isCut'> => ({
  bytes: to0x(bytes.subarray(0, MAX_SHOWN_BYTES)).slice(2),
  isCut: bytes.length > MAX_SHOWN_BYTES,
});
