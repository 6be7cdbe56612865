import type { PartyIndex } from '../../crypto/brand.ts';
import {
  type Codec,
  blob,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
  text,
  u16Codec,
  u8Codec,
} from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';

/**
 * What convinces a third party that `accused` broke the protocol: signed bytes, and where needed an opening.
 * - malformed: a broadcast whose body does not decode (E1)
 * - equivocation: two signed envelopes for one slot, headers suffice (E2)
 * - public-check: broadcasts from which anyone recomputes the failed check (E3)
 * - opening: one received direct message, shown (E1, E4 form a)
 * - undecryptable: a direct envelope that does not open to what its header commits to (E4 form b)
 * - false-accusation: an abort envelope whose own evidence the judge rejects
 * - extension-opening: a role seed of the accuser and the accused's answer, by which anyone repeats the check
 *   of the OT extension (E5)
 * - product-opening: a role seed of the accuser and two messages of the accused, by which anyone repeats the
 *   checks of one multiplication (E6)
 */
export type Evidence =
  | (Accusation & { readonly kind: 'malformed' | 'equivocation' | 'public-check' | 'false-accusation' })
  | ExtensionOpening
  | ProductOpening
  | (Accusation & { readonly kind: 'opening'; readonly salt: Uint8Array; readonly plaintext: Uint8Array })
  | (Accusation & {
      readonly kind: 'undecryptable';
      readonly shared: Uint8Array;
      readonly proof: Uint8Array;
    });

/** One received direct message, opened: with salt and plaintext anyone recomputes what its header signs. */
export interface Opened {
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** What the accuser opens of itself: the seed of its role in one pair, and the salt of its own message. */
interface SeedOpening {
  /** Role seed of this pair and session, 32 bytes. */
  readonly seed: Uint8Array;
  /** Salt of the direct message that the seed makes, 32 bytes. */
  readonly salt: Uint8Array;
}

/** E5, by Alice: `seed` is aliceSeed, `salt` that of her R list. [protocol, 13.3] */
export interface ExtensionOpening extends Accusation, SeedOpening {
  readonly kind: 'extension-opening';
  /** Bob's Y list and extension. */
  readonly answer: Opened;
}

/** E6, by Bob: `seed` is bobSeed, `salt` that of his Y list and extension. [protocol, 13.3] */
export interface ProductOpening extends Accusation, SeedOpening {
  readonly kind: 'product-opening';
  /** s, the instance that fails. */
  readonly instance: number;
  /** Alice's R list. */
  readonly offer: Opened;
  /** Alice's multiplications, of all instances. */
  readonly product: Opened;
}

/** Who is accused of what, and by which signed bytes. */
export interface Accusation {
  readonly accused: PartyIndex;
  /** The specification's name of the check. */
  readonly check: string;
  /** Signed envelopes: whole ones (header ‖ signature ‖ body), or the first 271 bytes where that suffices. */
  readonly envelopes: readonly Uint8Array[];
}

const kinds = [
  'malformed',
  'equivocation',
  'public-check',
  'opening',
  'undecryptable',
  'false-accusation',
  'extension-opening',
  'product-opening',
] as const;

/** Envelopes of one piece of evidence. */
export const MAX_ENVELOPES = 512;

interface Packed {
  readonly kind: number;
  readonly accused: PartyIndex;
  readonly check: string;
  readonly envelopes: readonly Uint8Array[];
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** The largest message that may be shown whole, in bytes: an abort with an opening of the largest batch. */
const MAX_SHOWN_BYTES: number = 1 << 24;

const packedCodec: Codec<Packed> = struct<Packed>({
  kind: u8Codec,
  accused: indexCodec,
  check: text(32),
  envelopes: list(blob(MAX_SHOWN_BYTES), MAX_ENVELOPES),
  first: blob(64),
  second: blob(MAX_SHOWN_BYTES),
});

const openedCodec: Codec<Opened> = struct<Opened>({ salt: fixed(32), plaintext: blob(MAX_SHOWN_BYTES) });

const seedCodec: Codec<SeedOpening> = struct<SeedOpening>({ seed: fixed(32), salt: fixed(32) });

type Products = Pick<ProductOpening, 'instance' | 'offer' | 'product'>;
const productsCodec: Codec<Products> = struct<Products>({
  instance: u16Codec,
  offer: openedCodec,
  product: openedCodec,
});

const nothing = new Uint8Array(0);

/** The two fields behind the envelopes, by kind. */
function openedIn(evidence: Evidence): readonly [first: Uint8Array, second: Uint8Array] {
  switch (evidence.kind) {
    case 'opening':
      return [evidence.salt, evidence.plaintext];
    case 'undecryptable':
      return [evidence.shared, evidence.proof];
    case 'extension-opening':
      return [encode(seedCodec, evidence), encode(openedCodec, evidence.answer)];
    case 'product-opening':
      return [encode(seedCodec, evidence), encode(productsCodec, evidence)];
    default:
      return [nothing, nothing];
  }
}

/** The canonical bytes of evidence, as nodes exchange and store it. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  const { accused, check, envelopes } = evidence;
  const [first, second] = openedIn(evidence);
  return encode(packedCodec, {
    kind: kinds.indexOf(evidence.kind),
    accused,
    check,
    envelopes,
    first,
    second,
  });
}

/** Reads evidence that a peer or a file shows; it is judged afterwards. @throws InputError malformed */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  const { kind, accused, check, envelopes, first, second } = decode(packedCodec, bytes, 'evidence');
  const base = { accused, check, envelopes };
  const name = kinds[kind];
  if (name === undefined)
    throw new InputError('malformed', 'evidence.kind', `there is no evidence of kind ${kind}`);
  switch (name) {
    case 'opening':
      return { ...base, kind: name, salt: first, plaintext: second };
    case 'undecryptable':
      return { ...base, kind: name, shared: first, proof: second };
    case 'extension-opening': {
      const answer = decode(openedCodec, second, 'evidence.answer');
      return { ...base, kind: name, ...decode(seedCodec, first, 'evidence.opening'), answer };
    }
    case 'product-opening': {
      const products = decode(productsCodec, second, 'evidence.products');
      return { ...base, kind: name, ...decode(seedCodec, first, 'evidence.opening'), ...products };
    }
    default:
      if (first.length + second.length > 0)
        throw new InputError('malformed', 'evidence', `${name} evidence carries no opening`);
      return { ...base, kind: name };
  }
}

/** Whether evidence opens a role seed: of one author there is at most one in a session. [13.1 rule 3] */
export const opensSeed = (evidence: Evidence): evidence is ExtensionOpening | ProductOpening =>
  evidence.kind === 'extension-opening' || evidence.kind === 'product-opening';

/**
 * Who is guilty, by signed bytes alone. There is no third answer on complete evidence.
 * [protocol, 13.1 rule 4]
 */
export type Verdict = { readonly guilty: 'accused' | 'accuser'; readonly because: string };
