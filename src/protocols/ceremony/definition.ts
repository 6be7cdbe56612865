import type { PartyIndex } from '../../crypto/brand.ts';
import { compareBytes, equalBytes, u32 } from '../../crypto/bytes.ts';
import {
  type Codec,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
  text,
  u16Codec,
  u32Codec,
  u64Codec,
} from '../../crypto/codec.ts';
import { verifyFor } from '../../crypto/ed25519.ts';
import { InputError } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { isLegalThreshold } from '../epoch.ts';
import { paramsHash } from '../params.ts';

/** One seat of the committee that a ceremony is to make. */
export interface Seat {
  readonly index: PartyIndex;
  /** For people. */
  readonly name: string;
  /** Ed25519, 32 bytes: who it is. */
  readonly identityPk: Uint8Array;
  /** `host:port` where its links are accepted. */
  readonly address: string;
}

/** The plan of a ceremony: all terms, with absolute times. Everybody signs its hash. [product, 5.1] */
export interface Definition {
  /** For people, at most 64 characters. */
  readonly name: string;
  readonly ceremony: 'keygen';
  /** Greater than in any definition that a member has signed before. */
  readonly sequence: bigint;
  readonly network: { readonly name: string; readonly l1ChainId: bigint; readonly l2ChainId: bigint };
  /** What the key is for. */
  readonly purpose: string;
  /** Number of shares that sign. */
  readonly required: number;
  /** Ascending by index. */
  readonly committee: readonly Seat[];
  /** The seat that proposes, and starts each attempt. */
  readonly proposer: PartyIndex;
  /** Milliseconds since the Unix epoch; the last in milliseconds. */
  readonly timing: {
    readonly createdAtMs: bigint;
    readonly acceptByMs: bigint;
    readonly executeByMs: bigint;
    readonly roundTimeoutMs: number;
  };
  /** Hash of the policy that every member runs, 32 bytes. */
  readonly policyHash: Uint8Array;
}

/** A member's signature of a definition. */
export interface DefinitionSignature {
  readonly identityPk: Uint8Array;
  readonly signature: Uint8Array;
  /** For people; not signed. */
  readonly signedAtMs: bigint;
}

/** A definition as it lies on disk: with the signatures collected so far. */
export interface SignedDefinition {
  readonly definition: Definition;
  readonly signatures: readonly DefinitionSignature[];
}

/** The purposes of keys. [product, 2] */
export const purposes = ['batch', 'blob', 'state', 'reward', 'epoch', 'test'] as const;

/** Most characters of the name of a ceremony or a member, and of the name of a network. */
const MAX_NAME = 64;
const MAX_NETWORK_NAME = 32;

const definitionCodec: Codec<Definition> = struct<Definition>({
  name: text(MAX_NAME),
  ceremony: literal('keygen'),
  sequence: u64Codec,
  network: struct<Definition['network']>({
    name: text(MAX_NETWORK_NAME),
    l1ChainId: u64Codec,
    l2ChainId: u64Codec,
  }),
  purpose: text(16),
  required: u16Codec,
  committee: list(
    struct<Seat>({ index: indexCodec, name: text(MAX_NAME), identityPk: fixed(32), address: text(256) }),
    64,
  ),
  proposer: indexCodec,
  timing: struct<Definition['timing']>({
    createdAtMs: u64Codec,
    acceptByMs: u64Codec,
    executeByMs: u64Codec,
    roundTimeoutMs: u32Codec,
  }),
  policyHash: fixed(32),
});

function literal<const T extends string>(value: T): Codec<T> {
  const inner = text(16);
  return {
    ...inner,
    read: (from, path) => {
      if (inner.read(from, path) !== value)
        throw new InputError('malformed', path, `${path} is not ${value}`);
      return value;
    },
  };
}

/** H("definition"; canonical bytes): the id of the ceremony, 32 bytes. People see its first eight digits. */
export const definitionHash = (definition: Definition): Uint8Array =>
  taggedHash(tags.definition, encode(definitionCodec, definition), paramsHash());

/** What a member signs: the definition, as itself. */
export const acceptanceHash = (hash: Uint8Array, identityPk: Uint8Array): Uint8Array =>
  taggedHash(tags.definitionSignature, hash, identityPk);

/** Whether this signature is a committee member's for this definition. */
export const isAcceptance = (
  definition: Definition,
  { identityPk, signature }: DefinitionSignature,
): boolean =>
  definition.committee.some((seat) => equalBytes(seat.identityPk, identityPk)) &&
  verifyFor('definition', identityPk, acceptanceHash(definitionHash(definition), identityPk), signature);

/** Whether every member has signed. */
export const isFullySigned = ({ definition, signatures }: SignedDefinition): boolean =>
  definition.committee.every((seat) =>
    signatures.some((one) => equalBytes(one.identityPk, seat.identityPk) && isAcceptance(definition, one)),
  );

/**
 * The same definition with one more signature, in the order of the committee; a second one of a member is
 * ignored.
 */
export function withSignature(signed: SignedDefinition, signature: DefinitionSignature): SignedDefinition {
  const { definition, signatures } = signed;
  if (signatures.some(({ identityPk }) => equalBytes(identityPk, signature.identityPk))) return signed;
  const seatOf = (one: DefinitionSignature): number =>
    definition.committee.findIndex((seat) => equalBytes(seat.identityPk, one.identityPk));
  return { definition, signatures: [...signatures, signature].sort((a, b) => seatOf(a) - seatOf(b)) };
}

/** What an attempt of a ceremony binds into its session: the definition and the number of the attempt. */
export const attemptContext = (hash: Uint8Array, attempt: number): Uint8Array =>
  taggedHash(tags.attempt, hash, u32(attempt));

/** Longest time from creation to the last moment to execute: 30 days. */
const MAX_AHEAD_MS = 30n * 86_400_000n;

const rules: readonly (readonly [code: string, what: string, holds: (d: Definition) => boolean])[] = [
  [
    'malformed',
    `has a name of more than ${MAX_NAME} characters, or a network's of more than ${MAX_NETWORK_NAME}`,
    ({ name, network, committee }) =>
      [name, ...committee.map((seat) => seat.name)].every(({ length }) => length <= MAX_NAME) &&
      network.name.length <= MAX_NETWORK_NAME,
  ],
  [
    'bad-threshold',
    'needs 2 <= required <= n and 2 * required > n',
    (d) => isLegalThreshold(d.required, d.committee.length),
  ],
  [
    'bad-index',
    'has indices that do not ascend from 1',
    (d) => ascends(d.committee.map(({ index }) => index)),
  ],
  [
    'bad-identity',
    'gives one identity two seats',
    (d) => distinct(d.committee.map(({ identityPk }) => identityPk)),
  ],
  [
    'malformed',
    'gives two seats one address or name',
    (d) =>
      new Set(d.committee.map(({ address }) => address)).size === d.committee.length &&
      new Set(d.committee.map(({ name }) => name)).size === d.committee.length,
  ],
  [
    'malformed',
    'names a proposer that has no seat',
    (d) => d.committee.some(({ index }) => index === d.proposer),
  ],
  ['malformed', 'names no purpose that there is', (d) => purposes.some((purpose) => purpose === d.purpose)],
  [
    'malformed',
    'has times out of order, or more than 30 days ahead',
    ({ timing: t }) =>
      t.createdAtMs < t.acceptByMs &&
      t.acceptByMs <= t.executeByMs &&
      t.executeByMs - t.createdAtMs <= MAX_AHEAD_MS,
  ],
  [
    'malformed',
    'has a round timeout outside 1 s to 10 min',
    ({ timing: t }) => t.roundTimeoutMs >= 1_000 && t.roundTimeoutMs <= 600_000,
  ],
];

const ascends = (values: readonly number[]): boolean => values.every((v, i) => v > (values[i - 1] ?? 0));
const distinct = (keys: readonly Uint8Array[]): boolean => {
  const sorted = [...keys].sort(compareBytes);
  return sorted.every((key, i) => i === 0 || !equalBytes(key, sorted[i - 1] ?? new Uint8Array(0)));
};

/**
 * A definition that keeps every rule: nodes apply them before they sign it, and the audit before it believes
 * it. @throws InputError bad-threshold | bad-index | bad-identity | malformed, naming the rule
 */
export function checkDefinition(definition: Definition, path = 'definition'): Definition {
  for (const [code, what, holds] of rules)
    if (!holds(definition))
      throw new InputError(
        code,
        path,
        `${path} ${what} (required ${definition.required}, n ${definition.committee.length})`,
      );
  return definition;
}
