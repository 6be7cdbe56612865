import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { auditOnL1, chainsOf, reconcileOnL1 } from '../../src/apps/audit-l1.ts';
import { auditFolder } from '../../src/audit/audit.ts';
import { signedTransaction, writeMined } from '../../src/audit/l1-file.ts';
import { readTranscript } from '../../src/audit/transcript-file.ts';
import { type DataAvailability, encodeBatchSmallest } from '../../src/chain/batch.ts';
import type { SubmitBatchRequest } from '../../src/chain/duty.ts';
import { feesAt, gasLimitOf } from '../../src/chain/fees.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { scalarToBytes } from '../../src/crypto/secp256k1.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { Address } from '../../src/ethereum/address.ts';
import { networkForm } from '../../src/ethereum/blob-tx.ts';
import { signDigest } from '../../src/ethereum/deployment-tx.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { sidecarOf, versionedHashesOf } from '../../src/system/blob-sidecar.ts';
import { systemClock } from '../../src/system/clock.ts';
import { brotli } from '../../src/system/compression.ts';
import { deployContracts, fund, nameKeys } from '../../src/system/dev-l1.ts';
import { type Kzg, kzg } from '../../src/system/kzg.ts';
import { connectL1 } from '../../src/system/l1-client.ts';
import { connectL1History } from '../../src/system/l1-client-history.ts';
import type { L1 } from '../../src/system/ports.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import {
  batchRequest,
  makeCeremony,
  makePresign,
  makeSignature,
  under,
} from '../unit/audit/support/folders.ts';
import { fileOf, withFile } from '../unit/audit/support/tamper.ts';

const l2ChainId = 71_001n;
const ceremony = makeCeremony(4, 3);
const run = makePresign(ceremony, 2);
const { sender } = batchRequest(ceremony);

let anvil: Anvil;
let l1: L1;
let setup: Kzg;
let inbox: Address;

beforeAll(async () => {
  setup = await kzg();
  anvil = await startAnvil();
  l1 = await connectL1({ url: anvil.url, chainId: 31_337n, pollMs: 10 }, { clock: systemClock });
  const contracts = await deployContracts(anvil, l2ChainId);
  ({ inbox } = contracts);
  const sign = (digest: Uint8Array): Promise<Uint8Array> =>
    signDigest(digest, new Secret('group key', scalarToBytes(ceremony.key.secret)));
  await nameKeys(anvil, contracts, { account: sender, sign });
  await fund(anvil, sender, 10n ** 20n);
}, 120_000);

afterAll(() => anvil?.stop());

/** Signs a batch by real sessions, has it mined, and gives the folder of the signature. */
async function sendBatch(da: DataAvailability, batchIndex: bigint): Promise<ReadonlyMap<string, Uint8Array>> {
  const transactions = makeTransactions({ seed: 'audit-l1', l2ChainId, accounts: 4, transactions: 10 });
  const { payload } = encodeBatchSmallest({ index: batchIndex, da, l2ChainId, transactions }, brotli);
  const request: SubmitBatchRequest = {
    ...batchRequest(ceremony),
    ...{ da, batchIndex, payload, inbox, gasLimit: gasLimitOf(da, payload.length) },
    blobVersionedHashes: da === 'blobs' ? await versionedHashesOf(setup, payload) : [],
    nonce: await l1.nonce(sender, 'pending'),
    ...feesAt(da, await l1.fees(), 0),
  };
  const files = makeSignature(ceremony, run, request, { instance: Number(batchIndex) - 1 });
  const signature = readTranscript(fileOf(files, 'sign.jsonl'), 'sign.jsonl').signing?.signature;
  if (signature === undefined) throw new RangeError('no signature');
  const { raw, hash } = signedTransaction(request, signature);
  await l1.send({ raw: da === 'blobs' ? networkForm(raw, await sidecarOf(setup, payload)) : raw, hash });
  const { block } = await l1.mined(hash, 30_000);
  return withFile(files, 'l1.json', writeMined({ txHash: hash, blockNumber: block }));
}

describe('signatures that were mined', () => {
  it('hold from their files, and on L1: sender, bytes, and place in the inbox', async () => {
    const files = new Map([
      ...under('signatures/1', await sendBatch('calldata', 1n)),
      ...under('signatures/2', await sendBatch('blobs', 2n)),
    ]);
    const tools = {
      compressor: brotli,
      versionedHashes: (payload: Uint8Array) => versionedHashesOf(setup, payload),
    };
    const audit = await auditFolder(files, { address: sender }, tools);
    expect(audit.reports.flatMap(({ checks }) => checks.filter(({ verdict }) => verdict === 'fail'))).toEqual(
      [],
    );
    expect(chainsOf(audit)).toEqual([31_337n]);
    const reports = await auditOnL1(audit, 31_337n, l1);
    expect(reports.flatMap(({ checks }) => checks.map(({ id, verdict }) => `${id} ${verdict}`))).toEqual([
      'L1 pass',
      'L2 pass',
      'L3 pass',
      'L1 pass',
      'L2 pass',
      'L3 pass',
    ]);
    const history = await connectL1History(anvil.url, 31_337n);
    const [whole] = await reconcileOnL1(audit, 31_337n, history);
    expect(whole).toMatchObject({ ok: true, facts: { transactions: '2', mined: '2', waiting: '0' } });
    await mineOthers(anvil.url);
    const [, second] = audit.batches;
    const accounts = audit.accounts.map((one) => ({ ...one, missing: 0 }));
    const [found] = await reconcileOnL1({ accounts, batches: second ? [second] : [] }, 31_337n, history);
    const named = to0x(audit.batches[0]?.txHash ?? new Uint8Array(0));
    expect(found?.checks[0]).toMatchObject({ id: 'N1', verdict: 'fail' });
    expect(found?.checks[0]?.detail).toContain(named);
  }, 120_000);
});

/** Blocks in which the key does nothing. */
const mineOthers = async (url: string): Promise<void> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_mine', params: ['0x40'] });
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};
