import { afterAll, beforeAll, expect, it } from 'vitest';

import { Secret } from '../../src/crypto/secret.ts';
import { loadIdentity } from '../../src/node/identity.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { systemRng } from '../../src/system/rng.ts';
import { keyOf, signBatch } from './batches.ts';
import { type Resident, newestLock } from './house.ts';
import { change, expectEpoch, linked, makeKey, reborn, settleAll, stopAll } from './village.ts';

let residents: Resident[] = [];
const lost = (): Resident => residents[2]!;

beforeAll(async () => {
  residents = await settleAll(3, 27_750);
  await makeKey(residents, 2);
}, 60_000);
afterAll(async () => {
  await stopAll(residents);
});

/** What `conclave key give-up-lost` does. */
function giveUp({ disk, master }: Resident): void {
  const identity = loadIdentity(disk, { ...master, secret: copyOf(master.secret) }, 'keys');
  const options = { folder: 'keys', network: 'story', identityPk: identity.publicKey };
  const keystore = new Keystore(options, {
    disk,
    manifest: ManifestStore.open(disk),
    master,
    rng: systemRng,
  });
  keystore.giveUpLost(newestLock({ disk } as Resident).record);
}
const copyOf = (secret: Secret): Secret =>
  new Secret(
    'master',
    secret.use((bytes) => bytes.slice()),
  );

it('a member whose share is gone gets another one, and signs again', { timeout: 60_000 }, async () => {
  const { address } = keyOf(residents[0]!);
  expect(await signBatch(residents[0]!, 1n)).toMatchObject({ address });
  await lost().node.stop();
  const without = reborn(lost());
  const share = [...without.disk.files.keys()].find((path) => path.includes('share-')) ?? '';
  expect(() => giveUp(without)).toThrow(expect.objectContaining({ code: 'share-not-lost' }));
  without.disk.files.delete(share);
  // Without the operator's word the node does not start: perhaps there is a copy.
  await expect(without.node.start()).rejects.toMatchObject({ code: 'safety-state-missing' });
  giveUp(without);
  residents[2] = reborn(without);
  await lost().node.start();
  expect(lost().node.status()).toMatchObject({ state: 'no-key', key: undefined });

  await change(residents, { kind: 'repair', lost: ['3'] });
  await expectEpoch(1, residents);
  await linked(residents);
  expect(await signBatch(lost(), 3n, [2, 3])).toEqual({ address, signers: [2, 3] });
  // What had been signed before is below the marks that the others told it.
  await expect(signBatch(lost(), 1n, [2, 3])).rejects.toMatchObject({ code: 'below-watermark' });

  await lost().node.stop();
  residents[2] = reborn(lost());
  await lost().node.start();
  await expectEpoch(1, residents);
});
