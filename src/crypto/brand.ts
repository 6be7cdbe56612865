import { InputError } from './errors.ts';

declare const brand: unique symbol;

/** A nominal type: `T` that only the one checking constructor of `Name` makes. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Shamir x-coordinate of a party, an integer in [1, 65535]; given by the roster, never by a message. */
export type PartyIndex = Brand<number, 'PartyIndex'>;
/** 32 bytes that name a session; every hash, key and envelope of the session binds them. */
export type SessionId = Brand<Uint8Array, 'SessionId'>;
/** A node's name in hashes: the tagged hash of its identity key, 32 bytes. */
export type PartyId = Brand<Uint8Array, 'PartyId'>;

/** Makes a PartyIndex. @throws InputError bad-index outside the integers of [1, 65535] */
export function partyIndex(value: number, path = 'index'): PartyIndex {
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InputError('bad-index', path, `${path} is ${value}, not an integer from 1 to 65535`);
  return value as PartyIndex;
}

/** Makes a SessionId. @throws InputError malformed unless 32 bytes */
export function sessionId(bytes: Uint8Array): SessionId {
  return thirtyTwo(bytes, 'sid') as SessionId;
}

/** Makes a PartyId. @throws InputError malformed unless 32 bytes */
export function partyId(bytes: Uint8Array): PartyId {
  return thirtyTwo(bytes, 'pid') as PartyId;
}

function thirtyTwo(bytes: Uint8Array, path: string): Uint8Array {
  if (bytes.length !== 32)
    throw new InputError('malformed', path, `${path} has ${bytes.length} bytes instead of 32`);
  return bytes;
}
