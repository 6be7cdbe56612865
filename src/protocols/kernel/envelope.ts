import type { PartyIndex } from '../../crypto/brand.ts';
import { ascii, concat, equalBytes } from '../../crypto/bytes.ts';
import {
  type Codec,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  malformed,
  struct,
  u16Codec,
  u32Codec,
  u8Codec,
} from '../../crypto/codec.ts';
import { signFor, verifyFor } from '../../crypto/ed25519.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';

/** What an envelope is for. Numbers as on the wire. [protocol, 5.1] */
export const envelopeKinds = {
  broadcast: 0,
  direct: 1,
  abort: 2,
  close: 3,
  exhibit: 4,
  evidence: 5,
} as const;
/** Name of a kind. */
export type EnvelopeKind = keyof typeof envelopeKinds;
/** Protocols, by the number on the wire. [protocol, 4.3] */
export const protos = { keygen: 1, presign: 2, sign: 3, reshare: 4, coinFlip: 255 } as const;

/** The signed header, 207 bytes; the signature follows it on the wire, and the body follows the signature. */
export interface Header {
  readonly magic: Uint8Array;
  readonly version: number;
  readonly kind: number;
  readonly proto: number;
  readonly suite: number;
  /**
   * Session id; the hash of the specification in round 0 and in kinds that must be read across a sid
   * mismatch.
   */
  readonly sid: Uint8Array;
  readonly epochId: Uint8Array;
  readonly round: number;
  readonly from: PartyIndex;
  /** Addressee of a direct message, 0 otherwise. */
  readonly to: number;
  /** eid of the sender's broadcast of the round before; zero in round 0. */
  readonly prev: Uint8Array;
  /** The sender's digest of all broadcasts of the round before; zero in round 0. */
  readonly view: Uint8Array;
  /** Commitment to the plaintext of a direct message; zero otherwise. */
  readonly ph: Uint8Array;
  readonly bodyLength: number;
  readonly bodyHash: Uint8Array;
}

/** 207 bytes. */
export const headerCodec: Codec<Header> = struct<Header>({
  magic: fixed(2),
  version: u8Codec,
  kind: u8Codec,
  proto: u8Codec,
  suite: u8Codec,
  sid: fixed(32),
  epochId: fixed(32),
  round: u8Codec,
  from: indexCodec,
  to: u16Codec,
  prev: fixed(32),
  view: fixed(32),
  ph: fixed(32),
  bodyLength: u32Codec,
  bodyHash: fixed(32),
});

/** Bytes of the header. */
export const HEADER_BYTES: number = 207;
/** Bytes of header and signature together: what is shown of an envelope whose body does not matter. */
export const SIGNED_BYTES: number = HEADER_BYTES + 64;
/** By how much the body of a direct message is longer than its plaintext: salt, and tag of the AEAD. */
export const SEALING_BYTES: number = 32 + 16;
const AAD_BYTES = HEADER_BYTES - 36;
const MAGIC = ascii('CV');

/** 32 zero bytes. */
export const zero32: Uint8Array = new Uint8Array(32);

/** One signed message, taken apart. */
export interface Envelope {
  readonly header: Header;
  /** H("env"; header): names the envelope. Signature bytes are in no hash. */
  readonly eid: Uint8Array;
  readonly signature: Uint8Array;
  readonly body: Uint8Array;
  /** Everything as it travels: header ‖ signature ‖ body. */
  readonly bytes: Uint8Array;
}

/** Header fields that a sender chooses; the rest follows from the body. */
export type HeaderFields = Omit<Header, 'magic' | 'version' | 'bodyLength' | 'bodyHash'>;

const complete = (fields: HeaderFields, body: Uint8Array): Header => ({
  ...fields,
  magic: MAGIC,
  version: 1,
  bodyLength: body.length,
  bodyHash: taggedHash(tags.body, body),
});

/** Signs and packs an envelope with the 32-byte identity seed. */
export function sealEnvelope(fields: HeaderFields, body: Uint8Array, identitySeed: Uint8Array): Envelope {
  const header = complete(fields, body);
  const headerBytes = encode(headerCodec, header);
  const eid = taggedHash(tags.env, headerBytes);
  const signature = signFor('env', identitySeed, eid);
  return { header, eid, signature, body, bytes: concat(headerBytes, signature, body) };
}

/** Associated data of a direct message's ciphertext: its header from the magic to `ph`. [protocol, 5.3] */
export function associatedData(fields: HeaderFields): Uint8Array {
  return encode(headerCodec, complete(fields, new Uint8Array(0))).subarray(0, AAD_BYTES);
}

/** Takes an envelope apart. @throws InputError malformed. The signature is not verified here */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const { header, eid, signature } = parseSigned(bytes.subarray(0, SIGNED_BYTES));
  const body = bytes.subarray(SIGNED_BYTES);
  if (body.length !== header.bodyLength) throw malformed('envelope', 'has a body of another length');
  if (!equalBytes(taggedHash(tags.body, body), header.bodyHash))
    throw malformed('envelope', 'has another body');
  return { header, eid, signature, body, bytes };
}

/** Header and signature without the body, as evidence carries them. @throws InputError malformed */
export function parseSigned(bytes: Uint8Array): Omit<Envelope, 'body' | 'bytes'> {
  if (bytes.length !== SIGNED_BYTES) throw malformed('envelope', `has ${bytes.length} bytes before its body`);
  const headerBytes = bytes.subarray(0, HEADER_BYTES);
  const header = decode(headerCodec, headerBytes, 'envelope');
  if (!equalBytes(header.magic, MAGIC) || header.version !== 1)
    throw malformed('envelope', 'is of another format');
  return { header, eid: taggedHash(tags.env, headerBytes), signature: bytes.subarray(HEADER_BYTES) };
}

/** Whether the identity signed this envelope. */
export const isSignedBy = (envelope: Pick<Envelope, 'eid' | 'signature'>, identityPk: Uint8Array): boolean =>
  verifyFor('env', identityPk, envelope.eid, envelope.signature);

/** One entry of `directs`: to whom, and the eid of that direct envelope. */
export interface DirectEntry {
  readonly to: PartyIndex;
  readonly eid: Uint8Array;
}

/**
 * The head of the broadcast of a round with direct messages: it fixes publicly which exist. [protocol, 5.1]
 */
export const directsCodec: Codec<readonly DirectEntry[]> = list(
  struct<DirectEntry>({ to: indexCodec, eid: fixed(32) }),
  64,
);

/** ph = H("pt"; sid, round, from, to, salt, plaintext), what a sender signs about a direct message. [5.3] */
export const plaintextHash = (
  slot: Pick<Header, 'sid' | 'round' | 'from' | 'to'>,
  salt: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array =>
  taggedHash(
    tags.pt,
    slot.sid,
    encode(u32Codec, slot.round),
    encode(u32Codec, slot.from),
    encode(u32Codec, slot.to),
    salt,
    plaintext,
  );
