import { afterAll, beforeAll, expect, it } from 'vitest';

import { encodeBatch } from '../../src/chain/batch.ts';
import { type SubmitBatchRequest, digestOf, encodeRequest } from '../../src/chain/duty.ts';
import { feesAt, gasLimitOf } from '../../src/chain/fees.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { decode } from '../../src/crypto/codec.ts';
import { recoverPublicKey, signatureCodec } from '../../src/crypto/ecdsa.ts';
import { addressOf, parseAddress } from '../../src/ethereum/address.ts';
import { restoreBackup } from '../../src/node/backup/restore.ts';
import { takeBackups } from '../../src/node/backup/take.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { brotli } from '../../src/system/compression.ts';
import { nodeKdf } from '../../src/system/kdf.ts';
import { systemRng } from '../../src/system/rng.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { type MemoryDisk, memoryDisk, memoryLog } from '../unit/node/helpers.ts';
import {
  type Resident,
  changePlan,
  hold,
  plan,
  policy,
  reopen,
  settle,
  stateOf,
  story,
  until,
} from './house.ts';

const residents: Resident[] = [];
const resident = (i: number): Resident => {
  const found = residents[i - 1];
  if (found === undefined) throw new RangeError(`no resident ${i}`);
  return found;
};
const target = { kind: 'password', password: 'a password for backups' } as const;
const keystoreOf = ({ publicKey, master }: Resident, disk: MemoryDisk, manifest: ManifestStore): Keystore =>
  new Keystore(
    { folder: 'keys', network: 'story', identityPk: publicKey },
    { disk, manifest, master, rng: systemRng },
  );

beforeAll(async () => {
  for (let i = 0; i < 4; i++) residents.push(settle(27_860 + i));
  for (const { node } of residents) await node.start();
  const id = await hold(residents, plan(residents, 3));
  await until('complete', () => residents.every((one) => stateOf(one, id) === 'complete'));
}, 60_000);
afterAll(async () => {
  for (const { node } of residents) await node.stop();
});

function request(index: bigint, seed: string): SubmitBatchRequest {
  const { key } = resident(1).node.status();
  if (key === undefined) throw new RangeError('no key');
  const transactions = makeTransactions({ seed, l2ChainId: 71001n, accounts: 2, transactions: 3 });
  const payload = encodeBatch(
    { index, da: 'calldata', l2ChainId: 71001n, compression: 'none', transactions },
    brotli,
  );
  return {
    ...{ kind: 'submit-batch', keyEpoch: 0, l1ChainId: 31337n, l2ChainId: 71001n, da: 'calldata', payload },
    keyId: fromHex(key.keyId) ?? new Uint8Array(0),
    sender: parseAddress(key.address),
    inbox: policy.rules[0]?.inbox ?? parseAddress(key.address),
    ...{ batchIndex: index, nonce: index - 1n, gasLimit: gasLimitOf('calldata', payload.length) },
    ...feesAt('calldata', { baseFee: 10n ** 9n, tip: 10n ** 9n, blobBaseFee: 1n }, 0),
    blobVersionedHashes: [],
  };
}

/** Who has signed, by the signature; the code where nobody has. */
async function signed(asked: SubmitBatchRequest): Promise<string> {
  try {
    const options = { signers: [1, 2, 3], deadlineMs: 20_000 };
    const { signature } = await resident(1).node.sign(encodeRequest(asked), options);
    const made = decode(signatureCodec, fromHex(signature) ?? new Uint8Array(0));
    const key = recoverPublicKey(digestOf(asked), made);
    return key === undefined ? 'nobody' : addressOf(key);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

it('a node that lost its disk is restored, signs nothing until it is released, and then signs', async () => {
  const lost = resident(2);
  const address = resident(1).node.status().key?.address;
  expect(await signed(request(1n, 'before'))).toBe(address);
  const manifest = ManifestStore.open(lost.disk);
  const [taken] = takeBackups(
    {
      ...{ target, network: 'story', ceremonies: 'ceremonies', identityPk: lost.publicKey, node: 'two' },
      ...{ kdf: nodeKdf, rng: systemRng, createdAt: '2026-01-01T00:00:00.000Z' },
    },
    { disk: lost.disk, log: memoryLog(), manifest, keystore: keystoreOf(lost, lost.disk, manifest) },
  );
  if (taken === undefined) throw new RangeError('no backup');
  // What is signed after the backup is what the restored node does not know.
  expect(await signed(request(2n, 'after'))).toBe(address);
  await lost.node.stop();

  const disk = memoryDisk();
  for (const [path, bytes] of lost.disk.files) if (/^keys\/identity/.test(path)) disk.files.set(path, bytes);
  const { header } = restoreBackup(
    taken.bytes,
    {
      ...{ key: target, kdf: nodeKdf, newest: [], name: taken.name, path: taken.name, network: 'story' },
      folders: { keys: 'keys', ceremonies: 'ceremonies', data: 'data' },
      ...{ identityPk: lost.publicKey, nowMs: Date.now() },
    },
    { disk, log: memoryLog(), rng: systemRng, keystoreOver: (fresh) => keystoreOf(lost, disk, fresh) },
  );
  expect(header).toMatchObject({ epoch: 0, index: 2 });
  const again = reopen({ ...lost, disk });
  residents[1] = again;
  await again.node.start();
  const linked = ({ node }: Resident): number =>
    node.status().members.filter(({ state }) => state === 'connected').length;
  await until('linked', () => residents.every((one) => linked(one) === 3));

  expect(again.node.status().state).toBe('quarantine');
  // Its log is another than before, and no head of it contradicts those that the others hold.
  await until('its head', () => again.node.status().log?.head?.countersignedBy.length === 3);
  const alarms = residents.flatMap(({ node }) => node.status().log?.alarms.map(({ code }) => code) ?? []);
  expect(new Set(alarms)).toEqual(new Set(['log-begun-anew']));
  expect(await signed(request(2n, 'other content'))).not.toBe(address);
  expect(await signed(request(3n, 'too early'))).not.toBe(address);
  // To what it has committed in this epoch it may have forgotten too.
  const refresh = again.node.join(changePlan(again, { kind: 'refresh' }));
  await expect(again.node.accept(refresh.id)).rejects.toThrow(/not in quarantine/);
  again.node.reject(refresh.id, 'not now');
  await again.node.guard().release({ withoutL1: true, isConfirmed: true });
  expect(again.node.status().state, story(residents)).not.toBe('quarantine');
  expect(await signed(request(2n, 'other content'))).not.toBe(address);
  // Those who were asked too early hold batch 3 by now, under this content.
  expect(await signed(request(3n, 'too early'))).toBe(address);
}, 60_000);
