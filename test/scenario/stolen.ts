import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { secp256k1 } from '@noble/curves/secp256k1.js';

import { newestLock } from '../../src/apps/newest-lock.ts';
import { readPublicIdentity } from '../../src/apps/public-identity.ts';
import type { PartyIndex } from '../../src/crypto/brand.ts';
import { bytesToBigint } from '../../src/crypto/bytes.ts';
import { type Scalar, scalar, scalarToBytes } from '../../src/crypto/secp256k1.ts';
import { interpolateAtZero } from '../../src/crypto/shamir.ts';
import { addressOf } from '../../src/ethereum/address.ts';
import {
  type SignedL1Tx,
  type UnsignedL1Tx,
  assembleSigned,
  signingDigest,
} from '../../src/ethereum/l1-tx.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { unlockMaster } from '../../src/node/master-key.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import { openDisk } from '../../src/system/disk.ts';
import { nodeKdf } from '../../src/system/kdf.ts';
import { systemRng } from '../../src/system/rng.ts';
import type { Member } from '../../scripts/lib/story.ts';

/** What thieves do who have the disks and the passwords of as many members as sign: the key, whole. */
export function stolenKey(members: readonly Member[]): Scalar {
  const shares = new Map<PartyIndex, Scalar>();
  for (const { dataDir, password } of members) {
    const disk = openDisk({ folder: dataDir, sweep: false });
    const { record } = newestLock(disk, 'ceremonies');
    const options = { kdf: nodeKdf, l1ChainId: 31_337n };
    const words = readFileSync(password, 'utf8').trimEnd();
    const master = unlockMaster(readFileSync(join(dataDir, 'keys', 'master.json')), words, options, 'master');
    const { identityPk } = readPublicIdentity(dataDir, 'keys');
    const keystore = new Keystore(
      { folder: 'keys', network: 'devnet', identityPk },
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
export function forgedTransaction(key: Scalar, members: readonly Member[], tx: UnsignedL1Tx): SignedL1Tx {
  const [first] = members;
  if (first === undefined) throw new RangeError('nobody was robbed');
  const { record } = newestLock(openDisk({ folder: first.dataDir, sweep: false }), 'ceremonies');
  const bytes = secp256k1.sign(signingDigest(tx), scalarToBytes(key), {
    prehash: false,
    format: 'recovered',
  });
  const [r, s] = [bytesToBigint(bytes.slice(1, 33)), bytesToBigint(bytes.slice(33))];
  const signature = { r: scalar(r), s: scalar(s), yParity: (bytes[0] ?? 0) === 1 ? 1 : 0 } as const;
  return assembleSigned(tx, signature, addressOf(publicKeyOf(record)));
}
