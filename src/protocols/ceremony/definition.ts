import type { PartyIndex } from '../../crypto/brand.ts';
import { ascii, concat, equalBytes, u32 } from '../../crypto/bytes.ts';
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
import { InputError, assert } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
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

/** What a ceremony makes: a new key, or a new epoch of one that there is. [product, 5.1] */
export const ceremonies = ['keygen', 'refresh', 'reshare', 'repair'] as const;
/** One of the list above. */
export type CeremonyKind = (typeof ceremonies)[number];

/** The key that an epoch change is about, and the epoch from which it starts: the last one. */
export interface KeyRef {
  /** 32 bytes, the same in all epochs. */
  readonly keyId: Uint8Array;
  /** The account of the key, `0x` and 40 hex digits. */
  readonly address: string;
  /** u32: the epoch whose members deal. */
  readonly epochNo: number;
  /** Name of the lock of that epoch, 32 bytes. */
  readonly lockHash: Uint8Array;
  /** Hash of the definition with which the key was made, 32 bytes. Links are bound to it. */
  readonly cluster: Uint8Array;
  /** The highest index that was ever used for this key: a new member's is above it. */
  readonly highestIndex: number;
}

/** Who stays, comes and goes, by index, each list ascending. */
export interface Change {
  readonly remaining: readonly PartyIndex[];
  readonly joining: readonly PartyIndex[];
  readonly leaving: readonly PartyIndex[];
  /** Members of the old committee that hold no share any more, and so deal none. */
  readonly lost: readonly PartyIndex[];
}

/** As what an identity signs a definition. */
export type Role = 'member' | 'joining' | 'leaving';

/** The plan of a ceremony: all terms, with absolute times. Everybody signs its hash. [product, 5.1] */
export interface Definition {
  /** For people, at most 64 characters. */
  readonly name: string;
  readonly ceremony: CeremonyKind;
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
  /** Of an epoch change, as the next two, and of no key generation. */
  readonly key?: KeyRef | undefined;
  readonly change?: Change | undefined;
  /** Who leaves, ascending by index: they may deal, so there are links to them. */
  readonly leavers?: readonly Seat[] | undefined;
}

/** The plan of an epoch change. */
export interface ChangeDefinition extends Definition {
  readonly ceremony: Exclude<CeremonyKind, 'keygen'>;
  readonly key: KeyRef;
  readonly change: Change;
  readonly leavers: readonly Seat[];
}

/** Whether this is the plan of an epoch change; `checkDefinition` sees to it that it is whole. */
export const isChange = (definition: Definition): definition is ChangeDefinition =>
  definition.ceremony !== 'keygen' &&
  definition.key !== undefined &&
  definition.change !== undefined &&
  definition.leavers !== undefined;

/** Everybody whom a ceremony is about, ascending by index: the new committee, and who leaves. */
export const seatsOf = ({ committee, leavers = [] }: Definition): readonly Seat[] =>
  [...committee, ...leavers].sort((a, b) => a.index - b.index);

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

/** Most characters of the name of a ceremony or a member. */
export const MAX_NAME = 64;
/** Most characters of the name of a network. */
export const MAX_NETWORK_NAME = 32;
const MAX_SEATS = 64;

const seatsCodec: Codec<readonly Seat[]> = list(
  struct<Seat>({ index: indexCodec, name: text(MAX_NAME), identityPk: fixed(32), address: text(256) }),
  MAX_SEATS,
);

type CommonFields = Omit<Definition, 'key' | 'change' | 'leavers'>;
const commonCodec: Codec<CommonFields> = struct<CommonFields>({
  name: text(MAX_NAME),
  ceremony: kindCodec(),
  sequence: u64Codec,
  network: struct<Definition['network']>({
    name: text(MAX_NETWORK_NAME),
    l1ChainId: u64Codec,
    l2ChainId: u64Codec,
  }),
  purpose: text(16),
  required: u16Codec,
  committee: seatsCodec,
  proposer: indexCodec,
  timing: struct<Definition['timing']>({
    createdAtMs: u64Codec,
    acceptByMs: u64Codec,
    executeByMs: u64Codec,
    roundTimeoutMs: u32Codec,
  }),
  policyHash: fixed(32),
});

function kindCodec(): Codec<CeremonyKind> {
  const inner = text(16);
  return {
    ...inner,
    read: (from, path) => {
      const stated = inner.read(from, path);
      const kind = ceremonies.find((one) => one === stated);
      if (kind === undefined) throw new InputError('malformed', path, `${path} is no kind of ceremony`);
      return kind;
    },
  };
}

type ChangeFields = Pick<ChangeDefinition, 'key' | 'change' | 'leavers'>;
const indices = list(indexCodec, MAX_SEATS);
const changeCodec: Codec<ChangeFields> = struct<ChangeFields>({
  key: struct<KeyRef>({
    keyId: fixed(32),
    address: text(42),
    epochNo: u32Codec,
    lockHash: fixed(32),
    cluster: fixed(32),
    highestIndex: u16Codec,
  }),
  change: struct<Change>({ remaining: indices, joining: indices, leaving: indices, lost: indices }),
  leavers: seatsCodec,
});

/** The canonical bytes. What only an epoch change has stands behind what every ceremony has. */
function definitionBytes(definition: Definition): Uint8Array {
  const { key: _key, change: _change, leavers: _leavers, ...common } = definition;
  if (!isChange(definition)) {
    assert(definition.ceremony === 'keygen', 'the plan of an epoch change states key, change and leavers');
    return encode(commonCodec, common);
  }
  const { key, change, leavers } = definition;
  return concat(encode(commonCodec, common), encode(changeCodec, { key, change, leavers }));
}

/** H("definition"; canonical bytes): the id of the ceremony, 32 bytes. People see its first eight digits. */
export const definitionHash = (definition: Definition): Uint8Array =>
  taggedHash(tags.definition, definitionBytes(definition), paramsHash());

/** As what an identity signs; `undefined` for one that the definition does not name. */
export function roleOf(definition: Definition, identityPk: Uint8Array): Role | undefined {
  const seat = seatsOf(definition).find((one) => equalBytes(one.identityPk, identityPk));
  if (seat === undefined) return undefined;
  if (definition.leavers?.includes(seat) === true) return 'leaving';
  return definition.change?.joining.includes(seat.index) === true ? 'joining' : 'member';
}

/** What a member signs: the definition, as itself, and where a committee changes, as what. */
export const acceptanceHash = (hash: Uint8Array, identityPk: Uint8Array, role?: Role): Uint8Array =>
  taggedHash(tags.definitionSignature, hash, identityPk, ...(role === undefined ? [] : [ascii(role)]));

/** What this identity signs to accept this definition, 32 bytes. */
export const acceptanceOf = (definition: Definition, identityPk: Uint8Array): Uint8Array =>
  acceptanceHash(
    definitionHash(definition),
    identityPk,
    isChange(definition) ? roleOf(definition, identityPk) : undefined,
  );

/** Whether this signature is one for this definition, by somebody whom it names. */
export const isAcceptance = (
  definition: Definition,
  { identityPk, signature }: DefinitionSignature,
): boolean =>
  roleOf(definition, identityPk) !== undefined &&
  verifyFor('definition', identityPk, acceptanceOf(definition, identityPk), signature);

/** Who has signed, ascending by index: members, joiners and leavers. */
export const signersOf = ({ definition, signatures }: SignedDefinition): readonly PartyIndex[] =>
  seatsOf(definition)
    .filter(({ identityPk }) =>
      signatures.some((one) => equalBytes(one.identityPk, identityPk) && isAcceptance(definition, one)),
    )
    .map(({ index }) => index);

/** Whether every member of the committee that is to be has signed. */
export function isFullySigned(signed: SignedDefinition): boolean {
  const signers = signersOf(signed);
  return signed.definition.committee.every(({ index }) => signers.includes(index));
}

/**
 * The same definition with one more signature, in the order of the seats; a second one of a member is
 * ignored. Whatever else the value carries stays.
 */
export function withSignature<T extends SignedDefinition>(signed: T, signature: DefinitionSignature): T {
  const { definition, signatures } = signed;
  if (signatures.some(({ identityPk }) => equalBytes(identityPk, signature.identityPk))) return signed;
  const seats = seatsOf(definition);
  const placeOf = (one: DefinitionSignature): number =>
    seats.findIndex((seat) => equalBytes(seat.identityPk, one.identityPk));
  return {
    ...signed,
    signatures: [...signatures, signature].sort((a, b) => placeOf(a) - placeOf(b)),
  };
}

/** What an attempt of a ceremony binds into its session: the definition and the number of the attempt. */
export const attemptContext = (hash: Uint8Array, attempt: number): Uint8Array =>
  taggedHash(tags.attempt, hash, u32(attempt));
