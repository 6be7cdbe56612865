import { ascii, toHex } from '../../crypto/bytes.ts';
import { checkIdentityPublicKey } from '../../crypto/ed25519.ts';
import { InputError } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { firstWords, secondWords } from './words.ts';

/** A key and where its node can be reached: all that another node needs to know beforehand. */
export interface Invitation {
  /** Ed25519 public key, 32 bytes. */
  readonly identityPk: Uint8Array;
  /** A name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const IDENTITY_PREFIX = 'ed25519:';
const INVITATION = /^conclave:(ed25519:[A-Za-z0-9_-]{43})@([^@#/\s]{1,253}):([1-9][0-9]{0,4})#([0-9a-f]{4})$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]{2,45}\])$/;

/** The first 8 bytes of the tagged hash of an identity key. */
export const fingerprintOf = (identityPk: Uint8Array): Uint8Array =>
  taggedHash(tags.fingerprint, identityPk).slice(0, 8);

/**
 * Two words for people, from the fingerprint: enough to tell apart the nodes of a committee, not to prove
 * one.
 */
export function nameOf(identityPk: Uint8Array): string {
  const [first = 0, second = 0] = fingerprintOf(identityPk);
  return `${firstWords[first] ?? ''}-${secondWords[second] ?? ''}`;
}

/** The names of a committee; those that collide carry four hex digits of their fingerprint. */
export function namesOf(identities: readonly Uint8Array[]): readonly string[] {
  const names = identities.map(nameOf);
  return names.map((name, i) => {
    const identity = identities[i];
    if (identity === undefined || names.indexOf(name) === names.lastIndexOf(name)) return name;
    return `${name}-${toHex(fingerprintOf(identity).subarray(2, 4))}`;
  });
}

/** Whether a text may be a nickname. */
export const isNickname = (text: string): boolean => /^[a-z0-9-]{1,32}$/.test(text);

/** `ed25519:` and 43 characters of base64url, how files and people write an identity key. */
export function identityText(identityPk: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = IDENTITY_PREFIX;
  for (const byte of identityPk) {
    held = ((held << 8) | byte) & 0x3fff;
    for (bits += 8; bits >= 6; bits -= 6) text += ALPHABET.charAt((held >> (bits - 6)) & 63);
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (6 - bits)) & 63);
}

/** The key of `identityText`. @throws InputError bad-identity | bad-identity-key */
export function parseIdentity(text: string, path = 'identity'): Uint8Array {
  const out = new Uint8Array(32);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of text.slice(IDENTITY_PREFIX.length, IDENTITY_PREFIX.length + 43)) {
    held = ((held << 6) | ALPHABET.indexOf(character)) & 0x3fff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 255;
    }
  }
  // One spelling a key: written again, it must be the same, which also refuses every foreign character.
  if (identityText(out) !== text)
    throw new InputError('bad-identity', path, `${path} is no ed25519:<43 base64url>`);
  checkIdentityPublicKey(out, path);
  return out;
}

const checksum = (line: string): string => toHex(taggedHash(tags.invitation, ascii(line)).subarray(0, 2));

/** The line that an operator sends to the others: key, advertised address, and a checksum against slips. */
export function invitationLine({ identityPk, host, port }: Invitation): string {
  const line = `conclave:${identityText(identityPk)}@${host}:${port}`;
  return `${line}#${checksum(line)}`;
}

/** The invitation of a line. @throws InputError bad-invitation | bad-identity | bad-identity-key */
export function parseInvitation(line: string, path = 'invitation'): Invitation {
  const refuse = (what: string): InputError => new InputError('bad-invitation', path, `${path} ${what}`);
  const match = INVITATION.exec(line);
  const [, identity, host, port, sum] = match ?? [];
  if (identity === undefined || host === undefined || port === undefined)
    throw refuse('is not conclave:ed25519:<key>@<host>:<port>#<checksum>');
  if (checksum(line.slice(0, -5)) !== sum)
    throw refuse('has a wrong checksum: a character was lost or changed');
  if (!HOST.test(host) || Number(port) > 65_535) throw refuse(`names no address: ${host}:${port}`);
  return { identityPk: parseIdentity(identity, path), host, port: Number(port) };
}
