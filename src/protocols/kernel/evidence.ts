import type { PartyIndex } from '../../crypto/brand.ts';
import {
  type Codec,
  blob,
  decode,
  encode,
  indexCodec,
  list,
  struct,
  text,
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
 */
export type Evidence =
  | (Accusation & { readonly kind: 'malformed' | 'equivocation' | 'public-check' | 'false-accusation' })
  | (Accusation & { readonly kind: 'opening'; readonly salt: Uint8Array; readonly plaintext: Uint8Array })
  | (Accusation & {
      readonly kind: 'undecryptable';
      readonly shared: Uint8Array;
      readonly proof: Uint8Array;
    });

interface Accusation {
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
] as const;

interface Packed {
  readonly kind: number;
  readonly accused: PartyIndex;
  readonly check: string;
  readonly envelopes: readonly Uint8Array[];
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** The largest message that may be shown whole, in bytes. */
const MAX_SHOWN_BYTES = 14_000_000;

const packedCodec: Codec<Packed> = struct<Packed>({
  kind: u8Codec,
  accused: indexCodec,
  check: text(32),
  envelopes: list(blob(MAX_SHOWN_BYTES), 512),
  first: blob(64),
  second: blob(MAX_SHOWN_BYTES),
});

const nothing = new Uint8Array(0);

/** The canonical bytes of evidence, as nodes exchange and store it. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  const { accused, check, envelopes } = evidence;
  const [first, second] =
    evidence.kind === 'opening'
      ? [evidence.salt, evidence.plaintext]
      : evidence.kind === 'undecryptable'
        ? [evidence.shared, evidence.proof]
        : [nothing, nothing];
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
    default:
      if (first.length + second.length > 0)
        throw new InputError('malformed', 'evidence', `${name} evidence carries no opening`);
      return { ...base, kind: name };
  }
}

/**
 * Who is guilty, by signed bytes alone. There is no third answer on complete evidence.
 * [protocol, 13.1 rule 4]
 */
export type Verdict = { readonly guilty: 'accused' | 'accuser'; readonly because: string };
