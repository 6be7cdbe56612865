import type { PartyIndex } from '../../crypto/brand.ts';
import { ascii, bigintToBytes, concat, constantTimeEqual, equalBytes, u8, wipe } from '../../crypto/bytes.ts';
import { type Codec, decode, encode, fixed, struct, u32Codec, u64Codec } from '../../crypto/codec.ts';
import { type IdentityKey, signFor, verifyFor } from '../../crypto/ed25519.ts';
import { InputError } from '../../crypto/errors.ts';
import { deriveKey, taggedHash } from '../../crypto/hash.ts';
import { primitives } from '../../crypto/primitives.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import { type Rng, type Scalar, act, actBase, pointCodec, randomScalar } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import type { LinkReason } from './reasons.ts';

/** Version of the link protocol; in every hash of a handshake. */
const LINK_VERSION = 1;

/** A member of the cluster, as the roster has it. */
export interface RosterEntry {
  readonly index: PartyIndex;
  /** Ed25519, 32 bytes. */
  readonly identityPublicKey: Uint8Array;
  /** `host:port` where its links are accepted. */
  readonly address: string;
  readonly name: string;
}

/** What a node states about itself, signed, whenever it opens a link. [security, 3.5 rule 1] */
export interface Hello {
  /** How often the node has started, from its manifest. */
  readonly bootCounter: bigint;
  /** 16 fresh bytes per start: tells two processes of one identity apart. */
  readonly bootId: Uint8Array;
  readonly epoch: number;
  readonly guardSeq: bigint;
  /** 32 bytes. */
  readonly guardHead: Uint8Array;
}

/** What one side brings to a handshake. */
export interface HandshakeSelf {
  readonly seed: IdentityKey;
  readonly identityPublicKey: Uint8Array;
  /** Asked at the moment in which the other side has shown itself: members come and go. */
  readonly roster: () => readonly RosterEntry[];
  /** 32 bytes that name the definition of the cluster. */
  readonly rosterHash: Uint8Array;
  readonly hello: Hello;
}

/** Keys of an established link, 32 bytes each, one per direction. */
export interface LinkKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/**
 * How a handshake ends; `last` is a frame that is still to be sent. A refusal names a peer only if it is
 * proven.
 */
export type HandshakeEnd =
  | {
      readonly kind: 'done';
      readonly peer: RosterEntry;
      readonly hello: Hello;
      readonly keys: LinkKeys;
      readonly last?: Uint8Array;
    }
  | {
      readonly kind: 'refused';
      readonly reason: LinkReason;
      readonly peer?: RosterEntry;
      readonly last?: Uint8Array;
    };

/** Yields the frame to send, if any; is resumed with the next frame received. */
export type Handshake = Generator<Uint8Array | undefined, HandshakeEnd, Uint8Array>;

/** First message of each side: who comes is not said yet. */
interface Opening {
  readonly magic: Uint8Array;
  readonly ephemeral: Point;
  readonly nonce: Uint8Array;
  /** Shows that the sender knows whom it calls; random in the answer. */
  readonly knock: Uint8Array;
}
const openingCodec: Codec<Opening> = struct<Opening>({
  magic: fixed(10),
  ephemeral: pointCodec,
  nonce: fixed(32),
  knock: fixed(16),
});

/** Second message of each side, sealed. */
interface Proof {
  readonly identity: Uint8Array;
  readonly rosterHash: Uint8Array;
  readonly hello: Hello;
  readonly signature: Uint8Array;
}
const helloCodec: Codec<Hello> = struct<Hello>({
  bootCounter: u64Codec,
  bootId: fixed(16),
  epoch: u32Codec,
  guardSeq: u64Codec,
  guardHead: fixed(32),
});
const proofCodec: Codec<Proof> = struct<Proof>({
  identity: fixed(32),
  rosterHash: fixed(32),
  hello: helloCodec,
  signature: fixed(64),
});

const MAGIC = concat(ascii('conclave'), u8(0), u8(LINK_VERSION));
/** Length of the first message of each side, in bytes. */
export const OPENING_BYTES: number = openingCodec.maxBytes;
/** Length of the second message of each side, in bytes. */
export const PROOF_BYTES: number = proofCodec.maxBytes + 16;

type Role = 'initiator' | 'responder';

/**
 * The side that dials. SIGMA with hidden identities: ephemeral keys first, then each side's identity, signed
 * over all that was said, under keys that only these two have. The initiator shows itself first, so that a
 * stranger who calls learns nothing. [Krawczyk, SIGMA, 5.2]
 */
export function* initiate(self: HandshakeSelf, called: RosterEntry, rng: Rng): Handshake {
  const secret = randomScalar(rng);
  const mine = openingOf(secret, rng, called.identityPublicKey);
  const m1 = encode(openingCodec, mine);
  const m2 = yield m1;
  const theirs = readOpening(m2);
  if (typeof theirs === 'string') return { kind: 'refused', reason: theirs };
  // A mirror sends back what it gets.
  if (theirs.ephemeral.equals(mine.ephemeral) || equalBytes(theirs.nonce, mine.nonce))
    return { kind: 'refused', reason: 'bad-handshake' };
  const keys = handshakeKeys(secret, theirs.ephemeral, concat(m1, m2));
  const said: Said = {
    openings: concat(m1, m2),
    initiator: self.identityPublicKey,
    responder: called.identityPublicKey,
  };
  const m3 = sealProof(keys.initiator, self, said, 'initiator');
  const m4 = yield m3;
  const proof = openProof(keys.responder, m4, 'responder');
  if (proof === undefined) return { kind: 'refused', reason: 'bad-handshake' };
  if (!equalBytes(proof.identity, called.identityPublicKey))
    return { kind: 'refused', reason: 'wrong-identity' };
  if (!isProven(proof, said, 'responder')) return { kind: 'refused', reason: 'bad-signature' };
  if (!equalBytes(proof.rosterHash, self.rosterHash))
    return { kind: 'refused', reason: 'definition-mismatch', peer: called };
  const traffic = trafficKeys(keys.shared, [m1, m2, m3, m4]);
  wipe(keys.shared, keys.initiator, keys.responder);
  const link: LinkKeys = { send: traffic.initiator, receive: traffic.responder };
  return { kind: 'done', peer: called, hello: proof.hello, keys: link };
}

/**
 * The side that is called. It says nothing to who does not know its key, and its name to proven members only.
 */
export function* respond(self: HandshakeSelf, rng: Rng): Handshake {
  const m1 = yield undefined;
  const theirs = readOpening(m1);
  if (typeof theirs === 'string') return { kind: 'refused', reason: theirs };
  if (!constantTimeEqual(theirs.knock, knockOf(self.identityPublicKey, theirs)))
    return { kind: 'refused', reason: 'bad-handshake' };
  const secret = randomScalar(rng);
  const m2 = encode(openingCodec, openingOf(secret, rng, undefined));
  const keys = handshakeKeys(secret, theirs.ephemeral, concat(m1, m2));
  const m3 = yield m2;
  const proof = openProof(keys.initiator, m3, 'initiator');
  if (proof === undefined) return { kind: 'refused', reason: 'bad-handshake' };
  if (equalBytes(proof.identity, self.identityPublicKey)) return { kind: 'refused', reason: 'own-identity' };
  const peer = self.roster().find((entry) => equalBytes(entry.identityPublicKey, proof.identity));
  if (peer === undefined) return { kind: 'refused', reason: 'unknown-identity' };
  const said: Said = {
    openings: concat(m1, m2),
    initiator: proof.identity,
    responder: self.identityPublicKey,
  };
  if (!isProven(proof, said, 'initiator')) return { kind: 'refused', reason: 'bad-signature' };
  const m4 = sealProof(keys.responder, self, said, 'responder');
  if (!equalBytes(proof.rosterHash, self.rosterHash))
    // The caller is a proven member: it is told our definition, so that its operator can read the same line.
    return { kind: 'refused', reason: 'definition-mismatch', peer, last: m4 };
  const traffic = trafficKeys(keys.shared, [m1, m2, m3, m4]);
  wipe(keys.shared, keys.initiator, keys.responder);
  const link: LinkKeys = { send: traffic.responder, receive: traffic.initiator };
  return { kind: 'done', peer, hello: proof.hello, keys: link, last: m4 };
}

/** What both signatures are about. */
interface Said {
  /** Both first messages: version, ephemerals, nonces. */
  readonly openings: Uint8Array;
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
}

interface DirectionKeys {
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
}

function openingOf(secret: Scalar, rng: Rng, called: Uint8Array | undefined): Opening {
  const bare = { magic: MAGIC, ephemeral: actBase(secret), nonce: rng(32) };
  return { ...bare, knock: called === undefined ? rng(16) : knockOf(called, bare) };
}

/** Binds a call to the called identity, before any work is done for the caller. */
const knockOf = (called: Uint8Array, opening: Omit<Opening, 'knock'>): Uint8Array =>
  taggedHash(
    tags.linkHandshake,
    ascii('knock'),
    called,
    opening.magic,
    opening.ephemeral.toBytes(),
    opening.nonce,
  ).subarray(0, 16);

function readOpening(frame: Uint8Array): Opening | LinkReason {
  if (frame.length !== OPENING_BYTES || !equalBytes(frame.subarray(0, 8), MAGIC.subarray(0, 8)))
    return 'bad-handshake';
  if (!equalBytes(frame.subarray(0, MAGIC.length), MAGIC)) return 'version-mismatch';
  return decodedOr(openingCodec, frame) ?? 'bad-handshake';
}

function decodedOr<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function handshakeKeys(
  secret: Scalar,
  ephemeral: Point,
  openings: Uint8Array,
): DirectionKeys & { readonly shared: Uint8Array } {
  const shared = bigintToBytes(act(secret, ephemeral).x, 32);
  const salt = taggedHash(tags.linkHandshake, ascii('openings'), openings);
  return { shared, ...bothKeys(shared, salt, 'proof') };
}

const trafficKeys = (shared: Uint8Array, messages: readonly Uint8Array[]): DirectionKeys =>
  bothKeys(shared, taggedHash(tags.linkHandshake, ascii('traffic'), ...messages), 'traffic');

const bothKeys = (shared: Uint8Array, salt: Uint8Array, phase: 'proof' | 'traffic'): DirectionKeys => ({
  initiator: deriveKey(shared, salt, 'link', ascii(`/${phase}/initiator`)),
  responder: deriveKey(shared, salt, 'link', ascii(`/${phase}/responder`)),
});

/** Each proof key seals one message, so the nonce may be constant. */
const NONCE = new Uint8Array(12);

function sealProof(key: Uint8Array, self: HandshakeSelf, said: Said, role: Role): Uint8Array {
  const bare = { identity: self.identityPublicKey, rosterHash: self.rosterHash, hello: self.hello };
  const signature = signFor('link', self.seed, signedHash(bare, said, role));
  return primitives().aeadSeal(key, NONCE, ascii(role), encode(proofCodec, { ...bare, signature }));
}

function openProof(key: Uint8Array, frame: Uint8Array, role: Role): Proof | undefined {
  if (frame.length !== PROOF_BYTES) return undefined;
  const plain = primitives().aeadOpen(key, NONCE, ascii(role), frame);
  return plain === undefined ? undefined : decodedOr(proofCodec, plain);
}

const isProven = (proof: Proof, said: Said, role: Role): boolean =>
  verifyFor('link', proof.identity, signedHash(proof, said, role), proof.signature);

/**
 * Binds the signer's role and claims to both identities and both openings: no part fits another handshake.
 */
const signedHash = (proof: Omit<Proof, 'signature'>, said: Said, role: Role): Uint8Array =>
  taggedHash(
    tags.linkHandshake,
    ascii(`signed by ${role}`),
    said.openings,
    said.initiator,
    said.responder,
    proof.rosterHash,
    encode(helloCodec, proof.hello),
  );
