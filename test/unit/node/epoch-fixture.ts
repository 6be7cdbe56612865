import { partyIndex, sessionId } from '../../../src/crypto/brand.ts';
import { bytesToBigint } from '../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { type Scalar, add, scalar } from '../../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit } from '../../../src/crypto/shamir.ts';
import { Keystore } from '../../../src/node/keystore.ts';
import { ManifestStore } from '../../../src/node/manifest.ts';
import { type MasterKey, newUuid } from '../../../src/node/sealed-file.ts';
import { type ShareSecret, chainCodeHash } from '../../../src/node/share-file.ts';
import { type EpochRecord, epochIdOf } from '../../../src/protocols/epoch.ts';
import { type MemoryDisk, memoryDisk, named, seededRng } from './helpers.ts';

/** A key of four nodes, three of which sign, with all its secrets. */
export interface Fixture {
  readonly record: EpochRecord;
  readonly shares: readonly ShareSecret[];
  readonly identities: readonly Uint8Array[];
}

/** One epoch of a key; `name` makes its secrets, `previous` makes it a later epoch of the same key. */
export function epochFixture(name: string, previous?: EpochRecord): Fixture {
  const coefficients = [5n, 7n, 9n].map(scalar).map((base, i) => {
    const free = add(base, scalar(bytesToBigint(named(`${name}/${i}`))));
    return i === 0 && previous !== undefined ? constants.get(previous)! : free;
  });
  const identities = [1, 2, 3, 4].map((i) => identityPublicKey(named(`identity ${i}`)));
  const chainCode = named('chain code');
  const record: EpochRecord = {
    keyId: previous?.keyId ?? named(`key ${name}`),
    epochNo: previous === undefined ? 0 : previous.epochNo + 1,
    threshold: 3,
    members: identities.map((identityPk, i) => ({ index: partyIndex(i + 1), identityPk })),
    commitments: feldmanCommit(coefficients),
    ccHash: chainCodeHash(chainCode),
    prevEpochId: previous === undefined ? new Uint8Array(32) : epochIdOf(previous),
    originSid: sessionId(named(`sid ${name}`)),
  };
  constants.set(record, coefficients[0]!);
  const shares = identities.map((_, i) => ({ share: evaluate(coefficients, partyIndex(i + 1)), chainCode }));
  return { record, shares, identities };
}
const constants = new WeakMap<EpochRecord, Scalar>();

export const context: {
  readonly purpose: string;
  readonly definition: Uint8Array;
  readonly createdAt: string;
} = {
  purpose: 'batch',
  definition: named('definition'),
  createdAt: '2026-01-01T00:00:00Z',
};

/** One node: its disk, master key and keystore. `seat` counts from 1. */
export function nodeFixture(
  seat: number,
  disk: MemoryDisk = memoryDisk(),
): { disk: MemoryDisk; manifest: ManifestStore; master: MasterKey; keystore: Keystore } {
  const manifest = disk.files.has('manifest') ? ManifestStore.open(disk) : ManifestStore.create(disk);
  const master = { uuid: newUuid(seededRng(`m${seat}`)), secret: new Secret('master', named(`m${seat}`)) };
  const identityPk = identityPublicKey(named(`identity ${seat}`));
  const rng = seededRng(`node ${seat}`);
  const keystore = new Keystore(
    { folder: 'keys', network: 'devnet', identityPk },
    { disk, manifest, master, rng },
  );
  return { disk, manifest, master, keystore };
}
