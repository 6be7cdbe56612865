import { bytesToBigint } from '../src/crypto/bytes.ts';
import { Bug } from '../src/crypto/errors.ts';
import { Secret } from '../src/crypto/secret.ts';
import { scalar } from '../src/crypto/secp256k1.ts';
import { Keystore } from '../src/node/keystore.ts';
import { ManifestStore } from '../src/node/manifest.ts';
import { newUuid } from '../src/node/sealed-file.ts';
import { systemRng } from '../src/system/rng.ts';
import { memoryDisk } from '../test/unit/node/helpers.ts';
import { type GeneratedKey, PURPOSE, resultOf } from './committee.ts';

/** Size of the sealed share of the last member, whose index is the longest, as the keystore writes it. */
export function shareFileBytes({ members, shares, chainCode, record }: GeneratedKey): number {
  const member = members.at(-1);
  if (member === undefined) throw new Bug('a key without members');
  const disk = memoryDisk();
  const master = { uuid: newUuid(systemRng), secret: new Secret('master key', systemRng(32)) };
  const keystore = new Keystore(
    { folder: 'keys', network: 'devnet', identityPk: member.identityPk },
    { disk, manifest: ManifestStore.create(disk), master, rng: systemRng },
  );
  const share = resultOf(shares, member.index);
  const context = { purpose: PURPOSE, definition: systemRng(32), createdAt: '2026-01-01T00:00:00Z' };
  keystore.storePending(record, { share: scalar(bytesToBigint(share)), chainCode }, context);
  const [file] = [...disk.files].filter(([path]) => /\/share-[0-9]+\.json$/.test(path));
  if (file === undefined) throw new Bug('the keystore has written no share');
  return file[1].length;
}
