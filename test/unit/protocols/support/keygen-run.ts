import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import type { Rng } from '../../../../src/crypto/secp256k1.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import {
  type Protocol,
  ProtocolAbort,
  type Sending,
  forParties,
} from '../../../../src/protocols/kernel/protocol.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import { type Spec, identitiesOf } from '../../../../src/protocols/kernel/spec.ts';
import { type KeygenOutput, keygen } from '../../../../src/protocols/keygen/keygen.ts';
import {
  type Confirmation,
  type Reveal,
  confirmationCodec,
  revealCodec,
} from '../../../../src/protocols/keygen/messages.ts';
import { members, rngOf, specFor } from '../../../sim/cluster.ts';
import { type Bend, type Cheat, type Moment, type Run, runLockstep } from './lockstep.ts';

/** Setup and key generation, as one party runs them. */
export function* keygenBody(
  spec: Spec,
  self: PartyIndex,
  seed: Uint8Array,
  rng: Rng,
): Protocol<KeygenOutput> {
  const party = yield* setup(spec, self, rng);
  return yield* keygen(party, {
    identityPks: identitiesOf(spec),
    signCertificate: (hash) => signFor('dkg', seed, hash),
  });
}

/** A party that says nothing of its own: whatever it sends is the cheat's business. */
export function* puppetBody(spec: Spec, self: PartyIndex, rng: Rng): Protocol<KeygenOutput> {
  const party = yield* setup(spec, self, rng);
  const silence = new Uint8Array(0);
  for (const name of ['commit', 'reveal', 'confirm', 'certify']) {
    const directs = name === 'reveal' ? forParties(party.others, () => silence) : undefined;
    yield { kind: 'round', send: { name: `keygen/${name}`, broadcast: silence, directs, isPromise: false } };
  }
  throw new ProtocolAbort('puppet', [], { grade: 'D', check: '' });
}

/** A whole key generation of n parties in lockstep. */
export function runKeygen(
  [n, threshold]: readonly [number, number],
  cheat?: Cheat,
  { bend, puppets = [] }: { readonly bend?: Bend; readonly puppets?: readonly PartyIndex[] } = {},
): Run<KeygenOutput> & { readonly spec: Spec } {
  const of = members(n);
  const spec = specFor(of, { proto: protos.keygen, threshold });
  const players = of.map(({ index, seed }) => {
    const rng = rngOf(`keygen-${n}-${threshold}`, index);
    return {
      index,
      seed,
      rng,
      body: puppets.includes(index) ? puppetBody(spec, index, rng) : keygenBody(spec, index, seed, rng),
    };
  });
  return { spec, ...runLockstep(spec, players, cheat, bend) };
}

/** Indices, for tests. */
export const one: PartyIndex = partyIndex(1);
export const two: PartyIndex = partyIndex(2);
export const three: PartyIndex = partyIndex(3);
export const four: PartyIndex = partyIndex(4);

/** The result of a party. @throws RangeError unless it has one */
export function outputOf(run: Run<KeygenOutput>, j: PartyIndex): KeygenOutput {
  const ending = run.endings.get(j);
  if (ending?.kind !== 'done') throw new RangeError(`party ${j} has no result: ${describe(ending)}`);
  return ending.output;
}

/** How a party stopped. @throws RangeError unless it did */
export function abortOf(run: Run<KeygenOutput>, j: PartyIndex): ProtocolAbort {
  const ending = run.endings.get(j);
  if (ending?.kind !== 'aborted') throw new RangeError(`party ${j} has not stopped: ${describe(ending)}`);
  return ending.abort;
}

const describe = (ending: ReturnType<Run<KeygenOutput>['endings']['get']>): string =>
  ending?.kind === 'aborted'
    ? ending.abort.message
    : ending?.kind === 'crashed'
      ? String(ending.error)
      : (ending?.kind ?? 'unknown');

/** A cheat of one party in one round. */
export const cheating =
  (from: PartyIndex, name: string, change: (sending: Sending, moment: Moment) => Sending): Cheat =>
  (sending, moment) =>
    moment.from === from && moment.name === name ? change(sending, moment) : sending;

/** A dealer that reveals something else. */
export const revealing = (from: PartyIndex, threshold: number, change: (reveal: Reveal) => Reveal): Cheat =>
  cheating(from, 'keygen/reveal', (sending) => {
    const codec = revealCodec(threshold);
    return { ...sending, broadcast: encode(codec, change(decode(codec, sending.broadcast))) };
  });

/** A party that confirms something else. */
export const confirming = (
  from: PartyIndex,
  change: (confirmation: Confirmation, moment: Moment) => Confirmation,
): Cheat =>
  cheating(from, 'keygen/confirm', (sending, moment) => {
    const changed = change(decode(confirmationCodec, sending.broadcast), moment);
    return { ...sending, broadcast: encode(confirmationCodec, changed) };
  });

/** A dealer whose direct message to one party is other bytes. */
export const dealing = (from: PartyIndex, to: PartyIndex, change: (bytes: Uint8Array) => Uint8Array): Cheat =>
  cheating(from, 'keygen/reveal', (sending) => ({
    ...sending,
    directs: new Map([...(sending.directs ?? [])].map(([j, bytes]) => [j, j === to ? change(bytes) : bytes])),
  }));
