import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { secp256k1 } from '@noble/curves/secp256k1.js';

import { newestLock } from '../../src/apps/newest-lock.ts';
import type { PartyIndex } from '../../src/crypto/brand.ts';
import { bytesToBigint } from '../../src/crypto/bytes.ts';
import { type Signature, normaliseLowS } from '../../src/crypto/ecdsa.ts';
import {
  type Scalar,
  actBase,
  add,
  invert,
  multiply,
  scalar,
  scalarToBytes,
} from '../../src/crypto/secp256k1.ts';
import { interpolateAtZero } from '../../src/crypto/shamir.ts';
import { addressOf } from '../../src/ethereum/address.ts';
import {
  type SignedL1Tx,
  type UnsignedL1Tx,
  assembleSigned,
  signingDigest,
} from '../../src/ethereum/l1-tx.ts';
import { type Identity, loadIdentity } from '../../src/node/identity.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { unlockMaster } from '../../src/node/master-key.ts';
import type { MasterKey } from '../../src/node/sealed-file.ts';
import { openDisk } from '../../src/system/disk.ts';
import { nodeKdf } from '../../src/system/kdf.ts';
import type { Disk } from '../../src/system/ports.ts';
import { systemRng } from '../../src/system/rng.ts';
import type { Member } from '../../scripts/lib/story.ts';

/** What a thief opens who has the disk and the password of a member. */
export function openedOf({ dataDir, password }: Member): {
  readonly disk: Disk;
  readonly master: MasterKey;
  readonly identity: Identity;
} {
  const disk = openDisk({ folder: dataDir, sweep: false });
  const options = { kdf: nodeKdf, l1ChainId: 31_337n };
  const words = readFileSync(password, 'utf8').trimEnd();
  const master = unlockMaster(readFileSync(join(dataDir, 'keys', 'master.json')), words, options, 'master');
  return { disk, master, identity: loadIdentity(disk, master, 'keys') };
}

/** What thieves do who have the disks and the passwords of as many members as sign: the key, whole. */
export function stolenKey(members: readonly Member[]): Scalar {
  const shares = new Map<PartyIndex, Scalar>();
  for (const member of members) {
    const { disk, master, identity } = openedOf(member);
    const { record } = newestLock(disk, 'ceremonies');
    const keystore = new Keystore(
      { folder: 'keys', network: 'devnet', identityPk: identity.publicKey },
      { disk, manifest: ManifestStore.open(disk), master, rng: systemRng },
    );
    const { index, secret } = keystore.load(record);
    shares.set(
      index,
      secret.use((plain) => scalar(bytesToBigint(plain.slice(0, 32)))),
    );
  }
  return interpolateAtZero(shares);
}

/** A transaction that no session has signed, and no log knows. */
export function forgedTransaction(key: Scalar, tx: UnsignedL1Tx): SignedL1Tx {
  const bytes = secp256k1.sign(signingDigest(tx), scalarToBytes(key), {
    prehash: false,
    format: 'recovered',
  });
  const [r, s] = [bytesToBigint(bytes.slice(1, 33)), bytesToBigint(bytes.slice(33))];
  const signature = { r: scalar(r), s: scalar(s), yParity: (bytes[0] ?? 0) === 1 ? 1 : 0 } as const;
  return assembleSigned(tx, signature, addressOf(actBase(key)));
}

/** A signature that was made, and over what. */
export interface Made {
  readonly digest: Uint8Array;
  readonly signature: Signature;
}

/**
 * What a quorum does that uses one presignature for a second digest: the same nonce again. Together they know
 * the key, so that the nonce follows from the first signature, (h + r·x)/s, or its negative.
 */
export function signedAgain(key: Scalar, { digest, signature: { r, s } }: Made, next: Uint8Array): Signature {
  const hashed = (bytes: Uint8Array): Scalar => scalar(bytesToBigint(bytes));
  const nonce = multiply(add(hashed(digest), multiply(r, key)), invert(s));
  const again = multiply(add(hashed(next), multiply(r, key)), invert(nonce));
  const yParity = actBase(nonce).toBytes()[0] === 3 ? 1 : 0;
  return normaliseLowS({ r, s: again, yParity });
}

/** A transaction with such a signature. */
export const repeatedTransaction = (key: Scalar, made: Made, tx: UnsignedL1Tx): SignedL1Tx =>
  assembleSigned(tx, signedAgain(key, made, signingDigest(tx)), addressOf(actBase(key)));
