import type { PartyIndex } from '../crypto/brand.ts';
import { compareBytes, equalBytes, to0x } from '../crypto/bytes.ts';
import { attempt, decode } from '../crypto/codec.ts';
import { rulesOf } from '../protocols/judge.ts';
import { type Envelope, envelopeKinds, protos, zero32 } from '../protocols/kernel/envelope.ts';
import { closeCodec, outcomes, sessionRoot, viewOf } from '../protocols/kernel/notices.ts';
import { type PartyMap, forParties } from '../protocols/kernel/protocol.ts';
import { followsItself, hasPlainHeader, sawWhatWeSaw } from '../protocols/kernel/round-checks.ts';
import { helloCodec, sidOf } from '../protocols/kernel/setup.ts';
import { type Spec, partiesOf, specHash } from '../protocols/kernel/spec.ts';
import { decodedBy, isFrom, namesAllDirects } from '../protocols/replay.ts';
import type { TranscriptFile } from './transcript-file.ts';

/** Where a session without a round 0 goes on from: the last round of the presign session before it. */
export interface SessionStart {
  /** 32 bytes. */
  readonly view: Uint8Array;
  /** Names of everybody's last broadcast, 32 bytes each. */
  readonly eids: PartyMap<Uint8Array>;
}

/** What the envelopes of a session say of themselves. */
export interface SessionEnvelopes {
  /** What breaks a rule, each with file and line. */
  readonly problems: readonly string[];
  /** Digest of all complete rounds, 32 bytes. */
  readonly view: Uint8Array;
  /** Names of everybody's last broadcast. */
  readonly eids: PartyMap<Uint8Array>;
  /** How many of the members have signed the same ending. */
  readonly closes: number;
}

interface Entry {
  readonly line: number;
  readonly envelope: Envelope;
}

/** First and last round of a session that ends well. */
const spans: Readonly<Record<number, readonly [first: number, last: number]>> = {
  [protos.keygen]: [0, 4],
  [protos.presign]: [0, 4],
  [protos.sign]: [1, 2],
  [protos.reshare]: [0, 3],
};

/**
 * Every envelope of a transcript by itself and in its place: signature, session, slot, chain and views,
 * and the
 * lists of direct messages. [protocol, 5.1, 5.2, 5.5, 14.3 A3]
 */
export function recheckEnvelopes(file: TranscriptFile, start?: SessionStart): SessionEnvelopes {
  const { spec, path, entries } = file;
  const name = start === undefined ? specHash(spec) : file.sid;
  const [first, last] = spans[spec.proto] ?? [0, -1];
  const problems: string[] = [];
  const report = ({ line }: Pick<Entry, 'line'>, what: string): void =>
    void problems.push(`${path} line ${line}: ${what}`);
  for (const entry of entries) {
    const what = recheckOne(file, entry.envelope, name);
    if (what !== undefined) report(entry, what);
  }
  const rounds = byRound(entries);
  for (const round of rounds.keys())
    if (round < first || round > last) problems.push(`${path}: there is no round ${round} in this protocol`);
  const state = start ?? { view: zero32, eids: forParties(partiesOf(spec), () => zero32) };
  const walked = walk(file, rounds, { ...state, first, last }, report);
  if (start === undefined) problems.push(...recheckSid(file, rounds));
  return { ...walked, problems: [...problems, ...walked.problems], closes: closesOf(file) };
}

/** One envelope, without its neighbours. */
function recheckOne(
  { spec, sid }: TranscriptFile,
  envelope: Envelope,
  name: Uint8Array | undefined,
): string | undefined {
  const { kind, round, to, from } = envelope.header;
  const isBroadcast = kind === envelopeKinds.broadcast;
  const isNotice = [envelopeKinds.abort, envelopeKinds.close, envelopeKinds.exhibit].some((k) => k === kind);
  if (!isBroadcast && !isNotice) return 'this kind of message has no place in a public transcript';
  if (!isFrom(spec, envelope)) return `party ${from} has not signed this message for this session`;
  const expected = isBroadcast
    ? round === 0
      ? name
      : sid
    : kind === envelopeKinds.close
      ? (sid ?? name)
      : name;
  if (expected === undefined || !equalBytes(envelope.header.sid, expected))
    return 'the message is one of another session';
  if (to !== 0 || !hasPlainHeader(envelope)) return 'the message uses fields that its kind does not have';
  return undefined;
}

function byRound(entries: readonly Entry[]): ReadonlyMap<number, PartyMap<Entry>> {
  const rounds = new Map<number, Map<PartyIndex, Entry>>();
  for (const entry of entries) {
    const { kind, round, from } = entry.envelope.header;
    if (kind !== envelopeKinds.broadcast) continue;
    const slots = rounds.get(round) ?? new Map<PartyIndex, Entry>();
    rounds.set(round, slots.set(from, entry));
  }
  return rounds;
}

/** Round after round: who is missing, whether everybody follows itself, and whether all saw the same. */
function walk(
  { spec, path, outcome, sid }: TranscriptFile,
  rounds: ReadonlyMap<number, PartyMap<Entry>>,
  from: SessionStart & { readonly first: number; readonly last: number },
  report: (entry: Entry, what: string) => void,
): Pick<SessionEnvelopes, 'problems' | 'view' | 'eids'> {
  let { view, eids } = from;
  const parties = partiesOf(spec);
  const missing: string[] = [];
  for (let round = from.first; round <= from.last; round++) {
    const slots = rounds.get(round) ?? new Map<PartyIndex, Entry>();
    const absent = parties.filter((j) => !slots.has(j));
    for (const entry of slots.values()) recheckPlace(spec, entry, { view, eids }, report);
    if (absent.length > 0) {
      // A session that failed ends in the middle of a round; nothing may follow it.
      const mayEnd = outcome !== 'done' && !rounds.has(round + 1);
      if (!mayEnd) missing.push(`${path}: round ${round} lacks party ${absent.join(', ')}`);
      break;
    }
    eids = forParties(parties, (j) => slots.get(j)?.envelope.eid ?? zero32);
    view = viewOf(sid ?? specHash(spec), round, view, eids);
  }
  return { problems: missing, view, eids };
}

function recheckPlace(
  spec: Spec,
  entry: Entry,
  { view, eids }: SessionStart,
  report: (entry: Entry, what: string) => void,
): void {
  const { envelope } = entry;
  const { from, round } = envelope.header;
  if (!eids.has(from)) return; // a stranger, reported by its signature
  if (!followsItself(envelope, from, eids))
    report(entry, `party ${from} does not follow its own last message`);
  if (!sawWhatWeSaw(envelope, view)) report(entry, `party ${from} confirms another round before this one`);
  const rules = rulesOf(spec.proto);
  const hasDirects = rules?.directRounds.includes(round) === true;
  if (hasDirects && !namesAllDirects(rules, spec, envelope))
    report(entry, `party ${from} does not name its direct messages, one for each other party`);
}

/** The session id follows from round 0: nobody chose it. */
function recheckSid(file: TranscriptFile, rounds: ReadonlyMap<number, PartyMap<Entry>>): readonly string[] {
  const first = new Map([...(rounds.get(0) ?? [])].map(([j, { envelope }]) => [j, envelope]));
  const hellos = decodedBy(helloCodec, first);
  if (hellos.size !== file.spec.participants.length)
    return file.sid === undefined ? [] : [`${file.path}: round 0 does not make a session id`];
  const found = sidOf(specHash(file.spec), hellos);
  const isSame = file.sid !== undefined && equalBytes(found, file.sid);
  return isSame || (file.sid === undefined && file.outcome === 'aborted')
    ? []
    : [`${file.path} line 1: round 0 makes the session id ${to0x(found)}, not the one that is stated`];
}

/** The session root of these envelopes, if they ended with this. [protocol, 14.2] */
export function rootOf(file: TranscriptFile, view: Uint8Array, outputHash: Uint8Array): Uint8Array {
  const aborts = file.entries
    .filter(({ envelope }) => envelope.header.kind === envelopeKinds.abort)
    .map(({ envelope }) => envelope.eid)
    .sort(compareBytes);
  const sid = file.sid ?? specHash(file.spec);
  return sessionRoot({ sid, view, outcome: outcomes[file.outcome], outputHash, aborts });
}

/** How many members have signed, at the end of the session, the root that the file states. */
function closesOf({ entries, root, outcome }: TranscriptFile): number {
  return entries.filter(({ envelope }) => {
    if (envelope.header.kind !== envelopeKinds.close || root === undefined) return false;
    const said = attempt(() => decode(closeCodec, envelope.body));
    return said !== undefined && equalBytes(said.root, root) && said.outcome === outcomes[outcome];
  }).length;
}
