import { join } from 'node:path';

import { toHex } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { literalIn, readJsonFile, textIn, withKeys } from '../crypto/json-file.ts';
import { IDENTITY_FILE } from '../node/identity.ts';
import {
  type Invitation,
  fingerprintOf,
  invitationLine,
  nameOf,
  parseIdentity,
} from '../protocols/ceremony/names.ts';
import { openDisk } from '../system/disk.ts';
import { parseAddress } from '../system/network.ts';

/** What everybody may know of a node. */
export interface PublicIdentity extends Invitation {
  /** The nickname, or two words of the key. */
  readonly name: string;
  /** Two words of the key. */
  readonly words: string;
  /** 16 hex digits. */
  readonly fingerprint: string;
  readonly advertise: string;
  readonly line: string;
}

/**
 * Reads `identity.json`; no password is needed. @throws InputError safety-state-missing when there is none,
 * and file-damaged
 */
export function readPublicIdentity(dataDir: string, keysFolder: string): PublicIdentity {
  const path = `${keysFolder}/${IDENTITY_FILE}`;
  const bytes = openDisk({ folder: dataDir, sweep: false }).read(path);
  if (bytes === undefined)
    throw new InputError(
      'safety-state-missing',
      path,
      `${join(dataDir, path)} is missing: make a node with "conclave init"`,
    );
  const file = withKeys(readJsonFile(bytes, path), ['kind', 'version', 'name', 'node', 'advertise'], path);
  literalIn(file, 'kind', 'conclave-node', path);
  literalIn(file, 'version', 1, path);
  const identityPk = parseIdentity(textIn(file, 'node', path), path);
  const advertise = textIn(file, 'advertise', path);
  const { host, port } = parseAddress(advertise);
  const invitation = { identityPk, host: host.includes(':') ? `[${host}]` : host, port };
  return {
    ...invitation,
    name: textIn(file, 'name', path),
    words: nameOf(identityPk),
    fingerprint: toHex(fingerprintOf(identityPk)),
    advertise,
    line: invitationLine(invitation),
  };
}
