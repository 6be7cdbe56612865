import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import {
  type Envelope,
  type EnvelopeKind,
  type HeaderFields,
  envelopeKinds,
  protos,
  sealEnvelope,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { exhibitCodec } from '../../../../src/protocols/kernel/notices.ts';
import type { PartyMap } from '../../../../src/protocols/kernel/protocol.ts';
import { members } from '../../../sim/cluster.ts';

/** The session id of these tests. */
export const sid: Uint8Array = new Uint8Array(32).fill(7);

const seeds: PartyMap<Uint8Array> = new Map(members(4).map(({ index, seed }) => [index, seed]));

/** A party of four. */
export const party = (index: number): PartyIndex => partyIndex(index);

/** The identity seed of a party. @throws RangeError outside 1 to 4 */
export function seedOf(from: number): Uint8Array {
  const seed = seeds.get(party(from));
  if (seed === undefined) throw new RangeError(`no party ${from}`);
  return seed;
}

/** The public identity of a party. */
export const identityOf = (from: number): Uint8Array => identityPublicKey(seedOf(from));

/** Header fields of a kind of message in one round. */
export const fieldsOf = (
  from: number,
  round: number,
  kind: EnvelopeKind = 'broadcast',
  to = 0,
): HeaderFields => ({
  kind: envelopeKinds[kind],
  proto: protos.coinFlip,
  suite: 1,
  sid,
  epochId: zero32,
  round,
  from: party(from),
  to,
  prev: zero32,
  view: zero32,
  ph: zero32,
});

/** A signed broadcast of one byte, with other header fields where the test says so. */
export const broadcastOf = (
  from: number,
  round: number,
  body = 0,
  change: Partial<HeaderFields> = {},
): Envelope => sealEnvelope({ ...fieldsOf(from, round), ...change }, Uint8Array.of(body), seedOf(from));

/** A signed exhibit of what a party holds of a round. */
export const exhibitOf = (from: number, round: number, signed: readonly Uint8Array[]): Envelope =>
  sealEnvelope(fieldsOf(from, 0, 'exhibit'), encode(exhibitCodec, { round, signed }), seedOf(from));

/** The same bytes with the lowest bit of one byte changed. */
export const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
