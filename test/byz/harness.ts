import type { PartyIndex } from '../../src/crypto/brand.ts';
import { concat } from '../../src/crypto/bytes.ts';
import { signFor } from '../../src/crypto/ed25519.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { tags } from '../../src/crypto/tags.ts';
import { judge } from '../../src/protocols/judge.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';
import {
  type Envelope,
  HEADER_BYTES,
  envelopeKinds,
  parseEnvelope,
  sealEnvelope,
} from '../../src/protocols/kernel/envelope.ts';
import { decodeEvidence, encodeEvidence } from '../../src/protocols/kernel/evidence.ts';
import {
  type Delivery,
  type PartyMap,
  type Protocol,
  type ProtocolAbort,
  type Reply,
  type Sending,
  at,
} from '../../src/protocols/kernel/protocol.ts';
import type { SessionState } from '../../src/protocols/kernel/session-state.ts';
import type { Session } from '../../src/protocols/kernel/session.ts';
import { lying } from '../sim/cheating.ts';
import { Cluster, type Tamper } from '../sim/cluster.ts';
import type { Scene } from './scenes.ts';

/** An honest run, as its parties spoke and heard it: what a puppet recites, and what a liar has at hand. */
export interface Recording<T> {
  readonly scripts: PartyMap<readonly Sending[]>;
  /** What each party received in private, by round of the script. */
  readonly received: PartyMap<readonly PartyMap<Delivery>[]>;
  /** Every envelope, by `kind round from to`; 0 is all. */
  readonly envelopes: ReadonlyMap<string, Envelope>;
  readonly sessions: ReadonlyMap<PartyIndex, Session<T>>;
  readonly outputs: PartyMap<T>;
}

const slotOf = ({ header: { kind, round, from, to } }: Envelope): string => `${kind} ${round} ${from} ${to}`;

/** Copies of what an honest party says and hears; the originals are wiped. */
function* recorded<T>(body: Protocol<T>, script: Sending[], heard: PartyMap<Delivery>[]): Protocol<T> {
  let next = body.next(emptyReply);
  while (next.done !== true) {
    const effect = next.value;
    if (effect.kind === 'round') {
      const { broadcast, directs } = effect.send;
      const copies = directs && new Map([...directs].map(([j, bytes]) => [j, bytes.slice()]));
      script.push({ ...effect.send, broadcast: broadcast.slice(), directs: copies });
    }
    let reply: Reply;
    try {
      reply = yield effect;
    } catch (error) {
      next = body.throw(error);
      continue;
    }
    if (effect.kind === 'round') heard.push(new Map([...reply.directs].map(([j, one]) => [j, copyOf(one)])));
    next = body.next(reply);
  }
  return next.value;
}

const copyOf = (delivery: Delivery): Delivery =>
  delivery.kind === 'opened'
    ? { ...delivery, plaintext: delivery.plaintext.slice(), salt: delivery.salt.slice() }
    : delivery;

/** Runs the scene with honest parties only. @throws Error unless all of them finish */
export function record<T>(scene: Scene<T>): Recording<T> {
  const scripts = new Map(scene.seats.map(({ index }) => [index, new Array<Sending>()]));
  const received = new Map(scene.seats.map(({ index }) => [index, new Array<PartyMap<Delivery>>()]));
  const sessions = new Map(
    scene.seats.map(({ index }) => {
      const body = recorded(scene.honest(index), at(scripts, index), at(received, index));
      return [index, scene.session(index, body)];
    }),
  );
  const envelopes = new Map<string, Envelope>();
  const keep: Tamper = (_from, _to, bytes) => {
    const envelope = parseEnvelope(bytes);
    envelopes.set(slotOf(envelope), envelope);
    return [bytes];
  };
  const states = new Cluster(sessions, 1, keep).run();
  const outputs = new Map(
    [...states].map(([j, state]) => {
      if (state.kind !== 'done') throw new Error(`party ${j} of an honest run is ${state.kind}`);
      return [j, state.output];
    }),
  );
  return { scripts, received, envelopes, sessions, outputs };
}

/** What a liar does in one case. */
export interface Lie {
  /** What it says instead of the recorded script; sealed and signed as if it were honest. */
  readonly script?: readonly Sending[];
  /** Instead of a script: its own program runs, and stands by what it has changed. */
  readonly change?: (send: Sending) => Sending;
  /** What it does to its signed envelopes before they leave; several are all delivered. */
  readonly bend?: (envelope: Envelope, to: PartyIndex) => readonly Uint8Array[];
  /** What the network does to everybody's envelopes, those of the liar as they are bent. */
  readonly network?: Tamper;
}

/** How one case ended. */
export interface Ending<T> {
  readonly honest: PartyMap<SessionState<T>>;
  readonly sessions: ReadonlyMap<PartyIndex, Session<T>>;
}

/**
 * What a liar does not say: that it stops, for then the others would stop too, before they have found out.
 */
const ends: readonly number[] = [envelopeKinds.abort, envelopeKinds.close];

/** One party lies, the others run their own program. */
export function runLie<T>(
  scene: Scene<T>,
  { scripts }: Pick<Recording<T>, 'scripts'>,
  lie: Lie,
  seed: number,
): Ending<T> {
  const { liar } = scene;
  const lies = (): Protocol<T> =>
    lie.change === undefined
      ? scene.puppet(liar, lie.script ?? at(scripts, liar))
      : lying(scene.honest(liar), lie.change);
  const sessions = new Map(
    scene.seats.map(({ index }) => [
      index,
      scene.session(index, index === liar ? lies() : scene.honest(index)),
    ]),
  );
  const bent: Tamper = (from, to, bytes) => {
    if (from !== liar) return [bytes];
    const envelope = parseEnvelope(bytes);
    if (ends.includes(envelope.header.kind)) return [];
    return lie.bend === undefined ? [bytes] : lie.bend(envelope, to);
  };
  const network: Tamper = lie.network ?? ((_from, _to, bytes) => [bytes]);
  const tamper: Tamper = (from, to, bytes) => bent(from, to, bytes).flatMap((one) => network(from, to, one));
  const states = new Cluster(sessions, seed, tamper).run();
  return { sessions, honest: new Map([...states].filter(([j]) => j !== liar)) };
}

/** The aborts of honest parties. */
export const abortsOf = <T>({ honest }: Pick<Ending<T>, 'honest'>): readonly ProtocolAbort[] =>
  [...honest.values()].flatMap((state) => (state.kind === 'aborted' ? [state.abort] : []));

/**
 * What is wrong with an ending, whatever the case was about: an honest party is named, evidence of class A
 * does not
 * convince the judge, somebody still waits, or two parties have different results.
 */
export function faultsOf<T>(
  { liar, spec, seats, record }: Scene<T>,
  ending: Ending<T>,
  nameOf: (output: T) => string,
): readonly string[] {
  const faults: string[] = [];
  const results = new Set<string>();
  for (const [j, state] of ending.honest) {
    if (state.kind === 'done') results.add(nameOf(state.output));
    else if (state.kind !== 'aborted') faults.push(`party ${j} is still ${state.kind}`);
    else {
      const innocent = state.abort.culprits.filter((k) => k !== liar);
      if (innocent.length > 0) faults.push(`party ${j} names ${innocent.join()}: ${state.abort.message}`);
      const transcript = at(ending.sessions, j).transcript();
      faults.push(
        ...unproven(state.abort, (evidence) => judge(evidence, spec, transcript.broadcasts[0], record)),
      );
    }
  }
  if (results.size > 1) faults.push(`${results.size} different results of ${seats.length} parties`);
  return faults;
}

function unproven(
  { evidence, grade, message }: ProtocolAbort,
  decide: (evidence: NonNullable<ProtocolAbort['evidence']>) => ReturnType<typeof judge>,
): readonly string[] {
  if (evidence === undefined) return grade === 'A' ? [`class A without evidence: ${message}`] : [];
  const verdict = decide(decodeEvidence(encodeEvidence(evidence)));
  return verdict.guilty === 'accused' ? [] : [`the judge is not convinced: ${message}; ${verdict.because}`];
}

/**
 * How a case shows itself: what those say who name the liar, or else why nobody finished. Empty: no effect.
 */
export function signsOf<T>({ liar }: Scene<T>, ending: Ending<T>): readonly string[] {
  const aborts = abortsOf(ending);
  const label = ({ grade, code, check }: ProtocolAbort): string => `${grade} ${code} ${check}`;
  const naming = aborts.filter(({ culprits }) => culprits.includes(liar));
  if (naming.length > 0) return [...new Set(naming.map(label))].sort();
  const own = aborts.filter(({ code }) => code !== 'peer-aborted');
  const shown = own.length > 0 ? own : aborts;
  return [...new Set(shown.map(({ grade, code }) => `unnamed ${grade} ${code}`))].sort();
}

/** An envelope of the liar with another body, signed again. */
export const withBody = ({ header }: Envelope, body: Uint8Array, seed: Uint8Array): Uint8Array =>
  sealEnvelope(header, body, seed).bytes;

/** An envelope of the liar with another header, signed again, whatever the header says. */
export function withHeader({ body }: Envelope, header: Uint8Array, seed: Uint8Array): Uint8Array {
  return concat(header, signFor('env', seed, taggedHash(tags.env, header)), body);
}

/** Header, signature and body of an envelope. */
export const partsOf = (
  envelope: Envelope,
): { readonly header: Uint8Array; readonly signature: Uint8Array; readonly body: Uint8Array } => ({
  header: envelope.bytes.subarray(0, HEADER_BYTES),
  signature: envelope.signature,
  body: envelope.body,
});
