import { type PartyIndex, type SessionId, sessionId } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { type Codec, attempt, decode } from '../crypto/codec.ts';
import type { Complaint } from './complaint.ts';
import type { EpochRecord } from './epoch.ts';
import {
  type DirectEntry,
  type Envelope,
  directsCodec,
  envelopeKinds,
  isSignedBy,
  protos,
} from './kernel/envelope.ts';
import type { Evidence, ExtensionOpening, ProductOpening } from './kernel/evidence.ts';
import { type PartyMap, at } from './kernel/protocol.ts';
import { type Hello, helloCodec, knowsEphemeralKey, ownsEphemeralKey, sidOf } from './kernel/setup.ts';
import { type Spec, identitiesOf, partiesOf, pidsOf, specHash } from './kernel/spec.ts';

/** One check, done again from public bytes. */
export interface Finding {
  /** The specification's name of the check. */
  readonly check: string;
  /** Who is to blame where it does not hold; `undefined` where nobody is. */
  readonly accused: PartyIndex | undefined;
  readonly ok: boolean;
  /** What the check means, for people. */
  readonly meaning: string;
}

/** The broadcasts of one session, as far as they are shown: signed, of this session, one a slot. */
export interface Shown {
  readonly spec: Spec;
  /** H("spec"; …), 32 bytes. */
  readonly name: Uint8Array;
  /** By round; every round has a map, which may be empty. */
  readonly rounds: readonly PartyMap<Envelope>[];
  /** Round 0 of all, where it is shown: the session id follows from it. None in online signing. */
  readonly setup: { readonly sid: SessionId; readonly hellos: PartyMap<Hello> } | undefined;
  /** The epoch to which the session belongs, from the registry, where it is needed. */
  readonly record?: EpochRecord | undefined;
}

/** One broadcast, as far as its meaning goes. */
export type Spoken = Pick<Envelope, 'header' | 'body'>;

/** Evidence that opens a role seed. */
export type SeedOpening = ExtensionOpening | ProductOpening;

/** What the judge must know of one protocol. */
export interface Rules {
  /** Rounds whose broadcast begins with the list of direct messages. */
  readonly directRounds: readonly number[];
  /** Whether the body of a broadcast has the form of its round. */
  readonly isLegible: (spec: Spec, round: number, body: Uint8Array, from: PartyIndex) => boolean;
  /** To whom a party sends direct messages in these rounds, ascending; without it, to all the others. */
  readonly recipients?: (spec: Spec, from: PartyIndex) => readonly PartyIndex[];
  /** Every public check whose inputs are shown. */
  readonly findings: (shown: Shown) => readonly Finding[];
  /** Whether a direct message to `to` breaks a rule. */
  readonly isBadDirect: (shown: Shown, direct: Complaint, to: PartyIndex) => boolean;
  /** E5 and E6: what a re-execution proves against the accused, or nothing. */
  readonly provenByOpening?: (shown: Shown, evidence: SeedOpening) => string | undefined;
  /** Whether a broadcast of a party rules out that it aborts, or that its abort shows this evidence. [5.7] */
  readonly rulesOut?: (spec: Spec, said: Spoken, abort: Evidence | undefined) => boolean;
}

/** To whom a party sends direct messages in a round that has any, ascending. */
const recipientsOf = (
  rules: Pick<Rules, 'recipients'> | undefined,
  spec: Spec,
  from: PartyIndex,
): readonly PartyIndex[] => rules?.recipients?.(spec, from) ?? partiesOf(spec).filter((j) => j !== from);

/** What a broadcast and its sender's header say; the body where it was shown. */
type Said = Pick<Envelope, 'header'> & { readonly body: Uint8Array | undefined };

/** The list that heads the broadcast of a round with direct messages, where it can be read. */
export function directsIn(
  rules: Pick<Rules, 'recipients'> | undefined,
  spec: Spec,
  { header, body }: Said,
): readonly DirectEntry[] | undefined {
  const { length } = recipientsOf(rules, spec, header.from);
  return body && attempt(() => decode(directsCodec, body.subarray(0, 4 + 34 * length)));
}

/** V9, as far as broadcasts show it: one entry for each party that is sent a direct message, ascending. */
export function namesAllDirects(
  rules: Pick<Rules, 'recipients'> | undefined,
  spec: Spec,
  said: Said,
): boolean {
  const recipients = recipientsOf(rules, spec, said.header.from);
  const listed = directsIn(rules, spec, said);
  return listed?.length === recipients.length && listed.every(({ to }, i) => to === recipients[i]);
}

/** Rounds that a replay looks at; the protocols have fewer. */
const MAX_ROUNDS = 16;

/** Whether a decoder accepts these bytes. */
export const reads = <T>(codec: Codec<T>, bytes: Uint8Array): boolean =>
  attempt(() => ({ value: decode(codec, bytes) })) !== undefined;

/** Whether a participant of this specification signed the envelope, for this protocol, key and epoch. */
export function isFrom(spec: Spec, envelope: Pick<Envelope, 'header' | 'eid' | 'signature'>): boolean {
  const { from, proto, epochId } = envelope.header;
  const identityPk = identitiesOf(spec).get(from);
  return (
    identityPk !== undefined &&
    proto === spec.proto &&
    equalBytes(epochId, spec.epochId) &&
    isSignedBy(envelope, identityPk)
  );
}

/** Sorts envelopes by round and sender. Those that were not signed in this session are left out. */
export function showing(spec: Spec, envelopes: readonly Envelope[], record?: EpochRecord): Shown {
  const name = specHash(spec);
  const broadcasts = envelopes.filter(
    (envelope) => envelope.header.kind === envelopeKinds.broadcast && isFrom(spec, envelope),
  );
  const first = sorted(
    spec,
    broadcasts.filter(({ header }) => isOf(header, 0, name)),
  );
  const setup = spec.proto === protos.sign ? followed(broadcasts) : setupOf(spec, name, first);
  const rounds = Array.from({ length: MAX_ROUNDS }, (_, round) =>
    round === 0
      ? first
      : sorted(
          spec,
          setup === undefined ? [] : broadcasts.filter(({ header }) => isOf(header, round, setup.sid)),
        ),
  );
  return { spec, name, rounds, setup, record };
}

const isOf = (header: Envelope['header'], round: number, sid: Uint8Array): boolean =>
  header.round === round && equalBytes(header.sid, sid);

/** One envelope a participant, in index order; the first one shown counts. */
function sorted(spec: Spec, envelopes: readonly Envelope[]): PartyMap<Envelope> {
  const found = new Map<PartyIndex, Envelope>();
  for (const j of partiesOf(spec)) {
    const envelope = envelopes.find(({ header }) => header.from === j);
    if (envelope !== undefined) found.set(j, envelope);
  }
  return found;
}

function setupOf(spec: Spec, name: Uint8Array, round: PartyMap<Envelope>): Shown['setup'] {
  const hellos = decodedBy(helloCodec, round);
  if (hellos.size !== spec.participants.length) return undefined;
  return { sid: sidOf(name, hellos), hellos };
}

/** Online signing has no round 0: its session id is the one under which everything shown was signed. */
function followed(broadcasts: readonly Envelope[]): Shown['setup'] {
  const [first] = broadcasts;
  const isOne = broadcasts.every(({ header }) => equalBytes(header.sid, first?.header.sid ?? header.sid));
  return first !== undefined && isOne ? { sid: sessionId(first.header.sid), hellos: new Map() } : undefined;
}

/** The bodies of a round that decode. */
export function decodedBy<T>(codec: Codec<T>, round: PartyMap<Envelope>): PartyMap<T> {
  const values = new Map<PartyIndex, T>();
  for (const [j, { body }] of round) {
    const value = attempt(() => decode(codec, body));
    if (value !== undefined) values.set(j, value);
  }
  return values;
}

/** The codec of a broadcast of a round with direct messages: the list that names these comes first. */
export function behindDirects<T>(
  codec: Codec<T>,
  recipients: number,
): Codec<{
  readonly directs: readonly DirectEntry[];
  readonly rest: T;
}> {
  const headBytes = 4 + 34 * recipients;
  return {
    schema: {
      kind: 'struct',
      fields: [
        ['directs', directsCodec.schema],
        ['rest', codec.schema],
      ],
    },
    maxBytes: headBytes + codec.maxBytes,
    write: ({ directs, rest }) => Uint8Array.from([...directsCodec.write(directs), ...codec.write(rest)]),
    read: (from, path) => ({
      directs: decode(directsCodec, from.take(headBytes, `${path}.directs`), `${path}.directs`),
      rest: codec.read(from, path),
    }),
  };
}

/** P2 on what is shown of round 0: every ephemeral key is its owner's, and nobody else's. */
export function recheckSetup({ spec, name, rounds }: Shown): readonly Finding[] {
  const pids = pidsOf(spec);
  const [round = new Map<PartyIndex, Envelope>()] = rounds;
  const hellos = decodedBy(helloCodec, round);
  // A copy without a proof takes nothing from the owner. [protocol, 4.3 rule 2]
  const proven = new Map([...hellos].filter(([j, hello]) => knowsEphemeralKey(name, j, at(pids, j), hello)));
  return [...round.keys()].map((j) => {
    return {
      check: hellos.has(j) ? 'P2' : 'V11',
      accused: j,
      ok: proven.has(j) && ownsEphemeralKey(j, proven),
      meaning: 'the party knows the secret of its ephemeral key, and nobody else uses this key',
    };
  });
}
