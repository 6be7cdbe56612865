import { type PartyId, type PartyIndex, type SessionId, sessionId } from '../../crypto/brand.ts';
import { bigintToBytes, bytesToBigint, concat, u16, u32, wipe } from '../../crypto/bytes.ts';
import { type Codec, None, fixed, struct } from '../../crypto/codec.ts';
import { listOf, taggedHash } from '../../crypto/hash.ts';
import * as dlog from '../../crypto/proofs/dlog.ts';
import {
  type Point,
  type Rng,
  type Scalar,
  act,
  actBase,
  pointCodec,
  randomScalar,
  scalar,
  scalarToBytes,
} from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import {
  type Party,
  type PartyMap,
  type Protocol,
  type Round,
  at,
  blameUnless,
  exchange,
  forParties,
  noDirects,
} from './protocol.ts';
import { type Spec, partiesOf, pidsOf, specHash } from './spec.ts';

/** Round 0, 130 bytes: what every party adds to the session id. */
export interface Hello {
  readonly nonce: Uint8Array;
  /** Ephemeral secp256k1 key of this session only. */
  readonly epk: Point;
  /** Proof of knowledge of its secret. */
  readonly pok: dlog.Proof;
}

/** Nonce 32 ‖ epk 33 ‖ proof 65. */
export const helloCodec: Codec<Hello> = struct<Hello>({
  nonce: fixed(32),
  epk: pointCodec,
  pok: dlog.proofCodec,
});

/** Round 0 of every protocol but online signing. [protocol, 4.3] */
export const Setup: Round<Hello, None> = { name: 'setup', broadcast: helloCodec, direct: None };

/** What a proof of an ephemeral key binds: specification, prover and nonce. */
const helloContext = (spec: Uint8Array, j: PartyIndex, pid: PartyId, nonce: Uint8Array): dlog.Context => ({
  tag: tags.r0Pok,
  parts: [spec, u32(j), pid, nonce],
});

/**
 * Stops a party that copies or negates an honest ephemeral key: a complaint would then show the traffic of an
 * honest pair. [protocol, 4.3, P2]
 */
export const knowsEphemeralKey = (spec: Uint8Array, j: PartyIndex, pid: PartyId, hello: Hello): boolean =>
  dlog.verify(helloContext(spec, j, pid, hello.nonce), { X: hello.epk }, hello.pok);

/** Stops two parties that share one ephemeral key up to sign, so that each pair has keys of its own. [P2] */
export const ownsEphemeralKey = (j: PartyIndex, hellos: PartyMap<Hello>): boolean =>
  [...hellos].every(([k, hello]) => k === j || hello.epk.x !== at(hellos, j).epk.x);

/** sid = H("sid"; specHash, list(index ‖ nonce ‖ epk)): nobody chooses it alone. [protocol, 4.3] */
export const sidOf = (spec: Uint8Array, hellos: PartyMap<Hello>): SessionId =>
  sessionId(
    taggedHash(
      tags.sid,
      spec,
      listOf([...hellos].map(([j, { nonce, epk }]) => concat(u16(j), nonce, epk.toBytes()))),
    ),
  );

/**
 * The round before the first: fixes the session id and a fresh Diffie-Hellman key for each pair.
 * @throws ProtocolAbort bad-proof
 */
export function* setup(spec: Spec, self: PartyIndex, rng: Rng): Protocol<Party> {
  const name = specHash(spec);
  const parties = partiesOf(spec);
  const others = parties.filter((j) => j !== self);
  const pids = pidsOf(spec);

  // Round 0. A nonce against repeated session ids, and an ephemeral key whose secret the sender knows.
  const nonce = rng(32);
  const esk = randomScalar(rng);
  const epk = actBase(esk);
  const pok = dlog.prove(helloContext(name, self, at(pids, self), nonce), { X: epk }, { x: esk }, rng);
  const { broadcast: hellos, reply } = yield* exchange(Setup, { nonce, epk, pok }, noDirects);
  const shown = (culprits: readonly PartyIndex[]) => ({
    kind: 'public-check' as const,
    accused: culprits[0] ?? self,
    check: 'P2',
    envelopes: parties.map((j) => reply.signed(j)),
  });
  blameUnless(
    { code: 'bad-proof', check: 'P2', grade: 'A' },
    others,
    (j) => knowsEphemeralKey(name, j, at(pids, j), at(hellos, j)),
    shown,
  );
  blameUnless(
    { code: 'bad-proof', check: 'P2', grade: 'A' },
    others,
    (j) => ownsEphemeralKey(j, hellos),
    shown,
  );

  const epks = forParties(parties, (j) => at(hellos, j).epk);
  const keys = sessionKeys(esk, epks, others);
  const sid = sidOf(name, hellos);
  const party: Party = { sid, self, parties, others, threshold: spec.threshold, pids, rng, keys };
  yield { kind: 'bind', party };
  return party;
}

function sessionKeys(secret: Scalar, epks: PartyMap<Point>, others: readonly PartyIndex[]): Party['keys'] {
  const esk = scalarToBytes(secret);
  const sharedX = forParties(others, (j) => bigintToBytes(act(secret, at(epks, j)).x, 32));
  return {
    esk,
    epks,
    sharedX,
    wipe: () => {
      wipe(esk, ...sharedX.values());
    },
  };
}

/** D_ij = esk_i · epk_j, which a complaint of form b shows. [protocol, 5.4] */
export const sharedPoint = ({ keys }: Party, j: PartyIndex): Point =>
  act(scalar(bytesToBigint(keys.esk)), at(keys.epks, j));
