import type { PartyIndex } from '../../src/crypto/brand.ts';
import { concat } from '../../src/crypto/bytes.ts';
import type { Schema } from '../../src/crypto/codec.ts';
import { type Envelope, envelopeKinds } from '../../src/protocols/kernel/envelope.ts';
import { type Sending, at } from '../../src/protocols/kernel/protocol.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import { rngOf } from '../sim/cluster.ts';
import { type Lie, type Recording, partsOf, withBody, withHeader } from './harness.ts';
import { type Mutation, mutationsOf, starred } from './operators.ts';
import { type Message, frame, registry } from './registry.ts';
import type { Scene } from './scenes.ts';

/** One thing that a liar does: to one receiver, or to all. */
export interface Case {
  /** Row of the table of outcomes. */
  readonly row: string;
  /** The leaf with its position, the operator, and who gets it. */
  readonly name: string;
  readonly lie: Lie;
}

/** What a case is made of. */
export interface Stage<T> {
  readonly scene: Scene<T>;
  readonly recording: Recording<T>;
  /** Of the same parties, at another time. */
  readonly otherSession: Recording<T>;
  /**
   * Other shapes of a broadcast than the recorded one, by name of the round: a lie each, and changed as well.
   */
  readonly shapes?: ReadonlyMap<string, readonly Uint8Array[]>;
}

/**
 * What nothing is said about in the session, so that a puppet, which does not know what comes of its change,
 * would
 * give itself away by what it says later.
 */
const stoodBy: ReadonlySet<string> = new Set(['presign/multiply direct [*].psi']);

type Receivers = readonly [name: string, indices: readonly PartyIndex[]];

/** All the others, and the first of them alone; where there is one other only, it is all. */
function receiversOf<T>({ seats, liar }: Scene<T>): readonly Receivers[] {
  const others = seats.map(({ index }) => index).filter((j) => j !== liar);
  const everybody: Receivers = ['all', others];
  return others.length === 1 ? [everybody] : [everybody, ['one', others.slice(0, 1)]];
}

const seedOf = <T>({ seats, liar }: Scene<T>): Uint8Array =>
  at(new Map(seats.map(({ index, seed }) => [index, seed])), liar);

/** Another party than the liar, whose messages it can copy. */
const modelOf = <T>({ seats, liar }: Scene<T>): PartyIndex =>
  seats.map(({ index }) => index).filter((j) => j !== liar)[0] ?? liar;

const rngFor = (row: string, liar: PartyIndex): Rng => rngOf(`byz ${row}`, liar);

const replacedIn = (script: readonly Sending[], place: number, send: Sending): readonly Sending[] =>
  script.map((one, n) => (n === place ? send : one));

/** Bends the envelopes of one slot towards some receivers, and leaves all others as they are. */
const bending =
  (
    slot: { readonly kind: number; readonly round: number },
    receivers: readonly PartyIndex[],
    change: (envelope: Envelope, to: PartyIndex) => readonly Uint8Array[],
  ): NonNullable<Lie['bend']> =>
  (envelope, to) =>
    envelope.header.kind === slot.kind && envelope.header.round === slot.round && receivers.includes(to)
      ? change(envelope, to)
      : [envelope.bytes];

/** Changes of the public payload of a message. */
function broadcastCases<T>(stage: Stage<T>, message: Message, place: number): readonly Case[] {
  const { scene, recording, otherSession, shapes } = stage;
  const script = at(recording.scripts, scene.liar);
  const send = script[place];
  if (send === undefined) return [];
  const row = `${message.name} broadcast`;
  const atHand = {
    parties: scene.seats.length,
    otherParty: at(recording.scripts, modelOf(scene))[place]?.broadcast,
    otherSession: at(otherSession.scripts, scene.liar)[place]?.broadcast,
  };
  const rng = rngFor(row, scene.liar);
  const mutations = [
    ...mutationsOf(message.broadcast, send.broadcast, atHand, rng),
    ...(shapes?.get(message.name) ?? []).flatMap((bytes, n) => [
      { at: `(shape ${n})`, operator: 'as it is', bytes },
      ...mutationsOf(message.broadcast, bytes, atHand, rng),
    ]),
  ];
  return mutations.flatMap((mutation) =>
    receiversOf(scene).map(([name, receivers]) => ({
      row: `${row} ${starred(mutation.at)}`,
      name: `${message.name} broadcast ${mutation.at}, ${mutation.operator}, to ${name}`,
      lie:
        name === 'all'
          ? { script: replacedIn(script, place, { ...send, broadcast: mutation.bytes }) }
          : { bend: equivocating(stage, message, receivers, send, mutation) },
    })),
  );
}

/** Another payload to some, signed as well. */
const equivocating = <T>(
  { scene }: Stage<T>,
  { round }: Message,
  receivers: readonly PartyIndex[],
  send: Sending,
  mutation: Mutation,
): NonNullable<Lie['bend']> =>
  bending({ kind: envelopeKinds.broadcast, round }, receivers, (envelope) => {
    const head = envelope.body.subarray(0, envelope.body.length - send.broadcast.length);
    return [withBody(envelope, concat(head, mutation.bytes), seedOf(scene))];
  });

/** Changes of what is sealed for one party, before it is sealed. */
function directCases<T>(stage: Stage<T>, message: Message, place: number, schema: Schema): readonly Case[] {
  const { scene, recording, otherSession } = stage;
  const script = at(recording.scripts, scene.liar);
  const send = script[place];
  const row = `${message.name} direct`;
  const listOf = (j: PartyIndex): ReadonlyMap<string, Mutation> => {
    const own = at(send?.directs ?? new Map<PartyIndex, Uint8Array>(), j);
    const model = scene.seats.map(({ index }) => index).filter((k) => k !== j && k !== scene.liar)[0];
    const mutations = mutationsOf(
      schema,
      own,
      {
        parties: scene.seats.length,
        otherParty: model && at(recording.scripts, model)[place]?.directs?.get(j),
        otherSession: at(otherSession.scripts, scene.liar)[place]?.directs?.get(j),
      },
      rngFor(row, scene.liar),
    );
    return new Map(mutations.map((mutation) => [`${mutation.at}, ${mutation.operator}`, mutation]));
  };
  if (send?.directs === undefined) return [];
  const lists = new Map([...send.directs.keys()].map((j) => [j, listOf(j)]));
  const [first = new Map<string, Mutation>()] = [...lists.values()];
  return [...first].flatMap(([what, { at: where }]) =>
    receiversOf(scene).map(([name, receivers]) => {
      const directs = new Map(
        [...(send.directs ?? [])].map(([j, bytes]) => [
          j,
          receivers.includes(j) ? (lists.get(j)?.get(what)?.bytes ?? bytes) : bytes,
        ]),
      );
      return {
        row: `${row} ${starred(where)}`,
        name: `${message.name} direct ${what}, to ${name}`,
        lie: stoodBy.has(`${row} ${starred(where)}`)
          ? { change: (one) => (one.name === send.name ? { ...one, directs } : one) }
          : { script: replacedIn(script, place, { ...send, directs }) },
      };
    }),
  );
}

/** The slots in which the liar speaks in a round. */
const slotsOf = ({
  round,
  direct,
}: Message): readonly (readonly [name: string, kind: number, round: number])[] => [
  ['broadcast', envelopeKinds.broadcast, round],
  ...(direct === undefined ? [] : ([['direct', envelopeKinds.direct, round]] as const)),
];

/** An envelope of the recording, as it went to one receiver. */
const envelopeIn = <T>(
  { envelopes }: Recording<T>,
  [kind, round]: readonly [kind: number, round: number],
  from: PartyIndex,
  to: PartyIndex,
): Envelope | undefined =>
  envelopes.get(`${kind} ${round} ${from} ${kind === envelopeKinds.direct ? to : 0}`);

/** Changes of the header, signed again; and of the signature. */
function headerCases<T>({ scene, recording, otherSession }: Stage<T>, message: Message): readonly Case[] {
  const seed = seedOf(scene);
  return slotsOf(message).flatMap(([kindName, kind, round]) => {
    const row = `${scene.protocol} ${kindName} header`;
    const [first] = receiversOf(scene)[0]?.[1] ?? [];
    const model = modelOf(scene);
    const sample = first && envelopeIn(recording, [kind, round], scene.liar, first);
    if (sample === undefined) return [];
    const other = envelopeIn(otherSession, [kind, round], scene.liar, first ?? model);
    const model2 = envelopeIn(recording, [kind, round], model, scene.liar);
    const mutations = mutationsOf(
      frame.header,
      partsOf(sample).header,
      {
        parties: scene.seats.length,
        otherParty: model2 && partsOf(model2).header,
        otherSession: other && partsOf(other).header,
      },
      rngFor(`${row} ${message.name}`, scene.liar),
    );
    const cases = mutations.flatMap(({ at: where, operator, bytes }) =>
      receiversOf(scene).map(([name, receivers]) => ({
        row: `${row} ${where}`,
        name: `${message.name} ${kindName} header ${where}, ${operator}, to ${name}`,
        lie: {
          bend: bending({ kind, round }, receivers, (envelope) => [
            withHeader(envelope, headerLike(envelope, [partsOf(sample).header, bytes]), seed),
          ]),
        },
      })),
    );
    return [...cases, ...signatureCases(scene, message, [kindName, kind, round])];
  });
}

/**
 * The change that was made to one header, made to another: directs to several receivers differ in a few
 * fields.
 */
function headerLike(envelope: Envelope, [before, after]: readonly [Uint8Array, Uint8Array]): Uint8Array {
  if (before.length !== after.length) return after;
  return partsOf(envelope).header.map((byte, k) => (before[k] === after[k] ? byte : (after[k] ?? byte)));
}

const signatureSchema: Schema = { kind: 'bytes', length: 64 };

function signatureCases<T>(
  scene: Scene<T>,
  { name: round }: Message,
  [kindName, kind, number]: readonly [name: string, kind: number, round: number],
): readonly Case[] {
  const operators = mutationsOf(
    signatureSchema,
    new Uint8Array(64).fill(0x5a),
    { parties: 0 },
    rngFor('signature', scene.liar),
  ).filter(({ at: where }) => where === '');
  return operators.flatMap(({ operator, bytes }) =>
    receiversOf(scene).map(([name, receivers]) => ({
      row: `${scene.protocol} ${kindName} signature`,
      name: `${round} ${kindName} signature, ${operator}, to ${name}`,
      lie: {
        bend: bending({ kind, round: number }, receivers, (envelope) => {
          const { header, signature, body } = partsOf(envelope);
          const bent = signature.map((byte, k) => byte ^ 0x5a ^ (bytes[k] ?? 0));
          return [concat(header, bent, body)];
        }),
      },
    })),
  );
}

/** Changes of the list of direct messages that heads a broadcast. */
function directsCases<T>(stage: Stage<T>, message: Message, place: number): readonly Case[] {
  const { scene, recording } = stage;
  if (message.direct === undefined) return [];
  const kind = envelopeKinds.broadcast;
  const payload = at(recording.scripts, scene.liar)[place]?.broadcast.length ?? 0;
  const envelope = envelopeIn(recording, [kind, message.round], scene.liar, modelOf(scene));
  const other = envelopeIn(recording, [kind, message.round], modelOf(scene), scene.liar);
  if (envelope === undefined) return [];
  const head = ({ body }: Envelope): Uint8Array => body.subarray(0, body.length - payload);
  const mutations = mutationsOf(
    frame.directs,
    head(envelope),
    { parties: scene.seats.length, otherParty: other && head(other) },
    rngFor('directs', scene.liar),
  );
  return mutations.flatMap(({ at: where, operator, bytes }) =>
    receiversOf(scene).map(([name, receivers]) => ({
      row: `${scene.protocol} directs ${starred(where)}`,
      name: `${message.name} directs ${where}, ${operator}, to ${name}`,
      lie: {
        bend: bending({ kind, round: message.round }, receivers, (one) => [
          withBody(one, concat(bytes, one.body.subarray(one.body.length - payload)), seedOf(scene)),
        ]),
      },
    })),
  );
}

/** When, and how often: never, twice the same, and two that differ. */
function scheduleCases<T>({ scene, recording }: Stage<T>, message: Message): readonly Case[] {
  const seed = seedOf(scene);
  const [[, others]] = [receiversOf(scene)[0] ?? ['', []]];
  const isSent = ([, kind, round]: readonly [string, number, number]): boolean =>
    others.some((to) => envelopeIn(recording, [kind, round], scene.liar, to) !== undefined);
  const other = (one: Envelope): Uint8Array => withBody(one, concat(one.body, Uint8Array.of(0)), seed);
  const changes: readonly (readonly [string, (one: Envelope) => readonly Uint8Array[]])[] = [
    ['never', () => []],
    ['twice the same', (one) => [one.bytes, one.bytes]],
    ['and another one', (one) => [one.bytes, other(one)]],
  ];
  return slotsOf(message)
    .filter(isSent)
    .flatMap(([kindName, kind, round]) =>
      changes.flatMap(([change, bend]) =>
        receiversOf(scene).map(([name, receivers]) => ({
          row: `${scene.protocol} ${kindName} sent ${change}`,
          name: `${message.name} ${kindName} sent ${change}, to ${name}`,
          lie: { bend: bending({ kind, round }, receivers, bend) },
        })),
      ),
    );
}

/** Every case of every message of a scene. */
export function casesOf<T>(stage: Stage<T>): readonly Case[] {
  const messages = registry[stage.scene.protocol](stage.scene.size);
  return messages.flatMap((message, place) => [
    ...broadcastCases(stage, message, place),
    ...(message.direct === undefined ? [] : directCases(stage, message, place, message.direct)),
    ...directsCases(stage, message, place),
    ...headerCases(stage, message),
    ...scheduleCases(stage, message),
  ]);
}
