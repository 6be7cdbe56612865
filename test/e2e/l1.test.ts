import { encodeFunctionData } from 'viem/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type DataAvailability, decodeBatch, encodeBatchSmallest } from '../../src/chain/batch.ts';
import { type SubmitBatchRequest, transactionOf } from '../../src/chain/duty.ts';
import { feesAt, gasLimitOf } from '../../src/chain/fees.ts';
import { requestProblems } from '../../src/chain/request-checks.ts';
import { batchDigest, batchHeader } from '../../src/chain/batch-header.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { batchesAppended, decodeInboxCall } from '../../src/ethereum/abi.ts';
import type { Address } from '../../src/ethereum/address.ts';
import { networkForm } from '../../src/ethereum/blob-tx.ts';
import { batchInboxAbi } from '../../src/ethereum/contracts/batch-inbox.ts';
import { signDigest as signAsContractsRead } from '../../src/ethereum/deployment-tx.ts';
import { type SignedL1Tx, assembleSigned, decodeSigned, signingDigest } from '../../src/ethereum/l1-tx.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { payloadOfBlobs, sidecarOf, versionedHashesOf } from '../../src/system/blob-sidecar.ts';
import { systemClock } from '../../src/system/clock.ts';
import { brotli } from '../../src/system/compression.ts';
import { type DevContracts, deployContracts, fund, nameKeys } from '../../src/system/dev-l1.ts';
import { type Kzg, kzg } from '../../src/system/kzg.ts';
import { connectL1 } from '../../src/system/l1-client.ts';
import type { InboxState, L1 } from '../../src/system/ports.ts';
import { insecureTestAccount, makeTransactions, signDigest } from '../../scripts/lib/test-transactions.ts';

// One real L1 for the file: its first blob costs seconds, all others are quick.
const l2ChainId = 71_001n;
const group = insecureTestAccount('e2e-l1', 0);
const transactions = makeTransactions({ seed: 'e2e-l1', l2ChainId, accounts: 8, transactions: 40 });
const limitMs = 30_000;

let anvil: Anvil;
let l1: L1;
let setup: Kzg;
let contracts: DevContracts;
let inbox: Address;
let unnamed: InboxState;

beforeAll(async () => {
  setup = await kzg();
  anvil = await startAnvil();
  l1 = await connectL1({ url: anvil.url, chainId: 31_337n, pollMs: 10 }, { clock: systemClock });
  contracts = await deployContracts(anvil, l2ChainId);
  ({ inbox } = contracts);
  unnamed = await l1.inbox(inbox);
  const sign = (digest: Uint8Array): Promise<Uint8Array> =>
    signAsContractsRead(digest, new Secret('group key', group.secret.slice()));
  await nameKeys(anvil, contracts, { account: group.address, sign });
  await fund(anvil, group.address, 10n ** 20n);
}, 120_000);

afterAll(() => anvil?.stop());

async function requestFor(da: DataAvailability, batchIndex: bigint): Promise<SubmitBatchRequest> {
  const { payload } = encodeBatchSmallest({ index: batchIndex, da, l2ChainId, transactions }, brotli);
  const blobVersionedHashes = da === 'blobs' ? await versionedHashesOf(setup, payload) : [];
  return {
    kind: 'submit-batch',
    keyId: new Uint8Array(32),
    keyEpoch: 0,
    sender: group.address,
    l1ChainId: await l1.chainId(),
    l2ChainId,
    inbox,
    batchIndex,
    da,
    payload,
    nonce: await l1.nonce(group.address, 'pending'),
    gasLimit: gasLimitOf(da, payload.length),
    ...feesAt(da, await l1.fees(), 0),
    blobVersionedHashes,
  };
}

/** Whether the contract finds a block in a batch. */
async function isInBatch(index: bigint, hash: Uint8Array): Promise<boolean> {
  const call = { abi: batchInboxAbi, functionName: 'blockInBatch' } as const;
  const data = encodeFunctionData({ ...call, args: [index, to0x(hash), 0n, []] });
  return BigInt(String(await anvil.rpc('eth_call', [{ to: inbox, data }, 'latest']))) === 1n;
}

function sign(request: SubmitBatchRequest): SignedL1Tx {
  const tx = transactionOf(request);
  return assembleSigned(tx, signDigest(signingDigest(tx), group.secret), group.address);
}

const tools = () => ({ compressor: brotli, versionedHashes: (p: Uint8Array) => versionedHashesOf(setup, p) });
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('a batch on a real L1', () => {
  it('goes out as calldata and is read back from the chain, byte for byte', async () => {
    const request = await requestFor('calldata', 1n);
    expect(await requestProblems(request, tools())).toEqual([]);
    const signed = sign(request);
    await l1.send(signed);
    const receipt = await l1.mined(signed.hash, limitMs);
    const [appended] = batchesAppended(receipt.logs, inbox);
    expect(appended).toMatchObject({
      index: 1n,
      da: 0,
      firstBlock: 1n,
      lastBlock: 1n,
      submitter: group.address,
    });

    const raw = (await l1.rawTransaction(signed.hash))!;
    const { tx, sender } = decodeSigned(raw);
    expect(sender).toBe(group.address);
    const call = decodeInboxCall(tx.data);
    expect(call.kind === 'submit-batch' && to0x(call.payload)).toBe(to0x(request.payload));
    const batch = decodeBatch(request.payload, brotli);
    expect(batch.transactions.map((entry) => to0x(entry.raw))).toEqual(transactions.map(to0x));
    const header = batchHeader(request);
    const { digest, blocksRoot, firstBlock, lastBlock, l1Block } = (await l1.batchAt(inbox, 1n))!;
    expect(to0x(digest)).toBe(to0x(batchDigest(request, header)));
    expect(to0x(appended!.digest)).toBe(to0x(digest));
    expect(to0x(blocksRoot)).toBe(to0x(header.blocksRoot));
    expect([firstBlock, lastBlock, l1Block]).toEqual([1n, 1n, receipt.block]);
    expect(await isInBatch(1n, header.lastHash)).toBe(true);
    expect(await isInBatch(1n, header.parentHash)).toBe(false);
  });

  it('goes out in a blob and is read back from the blob, checked against the hash on chain', async () => {
    const request = await requestFor('blobs', 2n);
    expect(await requestProblems(request, tools())).toEqual([]);
    const signed = sign(request);
    const raw = networkForm(signed.raw, await sidecarOf(setup, request.payload));
    await l1.send({ raw, hash: signed.hash });
    const receipt = await l1.mined(signed.hash, limitMs);
    expect(receipt.blobGasUsed).toBe(131_072n);
    expect(receipt.from).toBe(group.address);
    expect(batchesAppended(receipt.logs, inbox)).toMatchObject([{ index: 2n, da: 3 }]);

    const blobs = await l1.blobs(receipt.block, request.blobVersionedHashes);
    const payload = await payloadOfBlobs(setup, blobs, request.blobVersionedHashes);
    expect(to0x(payload)).toBe(to0x(request.payload));
    expect(await l1.inbox(inbox)).toMatchObject({ lastIndex: 2n, l2ChainId, authMode: 'sender' });
    const { registry, accounts } = await l1.inbox(inbox);
    expect(registry).toBe(contracts.registry);
    expect(accounts).toEqual({ calldata: group.address, blobs: group.address });
    expect(unnamed).toMatchObject({ lastIndex: 0n, accounts: { calldata: undefined, blobs: undefined } });
  });

  it('with a gap in its index reverts, in simulation and on chain, and changes nothing', async () => {
    const request = await requestFor('calldata', 4n);
    const { data } = transactionOf(request);
    await expect(l1.simulate({ from: group.address, to: inbox, data })).rejects.toThrow('BadIndex(3)');
    const signed = sign(request);
    await l1.send(signed);
    await expect(l1.mined(signed.hash, limitMs)).rejects.toThrow(coded('l1-reverted'));
    expect((await l1.inbox(inbox)).lastIndex).toBe(2n);
    expect(await l1.batchAt(inbox, 4n)).toBeUndefined();
  });

  it('of another account than the one that the registry names is refused', async () => {
    const { data } = transactionOf(await requestFor('calldata', 3n));
    const from = insecureTestAccount('e2e-l1', 1).address;
    await expect(l1.simulate({ from, to: inbox, data })).rejects.toThrow('NotBatchSender');
  });

  it('is not hurt by being sent twice, and survives a reorg by being sent again', async () => {
    const signed = sign(await requestFor('calldata', 3n));
    await l1.send(signed);
    await l1.mined(signed.hash, limitMs);
    await l1.send(signed);
    await anvil.rpc('anvil_reorg', [1, []]);
    expect(await l1.batchAt(inbox, 3n)).toBeUndefined();
    await l1.send(signed);
    await l1.mined(signed.hash, limitMs);
    expect((await l1.inbox(inbox)).lastIndex).toBe(3n);
  });
});

describe('the L1 client on a real L1', () => {
  it('names a used nonce, a missing balance and too low fees', async () => {
    const request = await requestFor('calldata', 9n);
    await expect(l1.send(sign({ ...request, nonce: 0n }))).rejects.toThrow(coded('nonce-too-low'));
    await expect(l1.send(sign({ ...request, maxFeePerGas: 10n ** 15n }))).rejects.toThrow(coded('no-funds'));
    const cheap = sign({ ...request, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n });
    await expect(l1.send(cheap)).rejects.toThrow(coded('fee-too-low'));
  });

  it('refuses another chain at once, before it sends, and where nobody answers', async () => {
    const clock = systemClock;
    await expect(connectL1({ url: anvil.url, chainId: 1n }, { clock })).rejects.toThrow(coded('wrong-chain'));
    const nowhere = connectL1({ url: 'http://127.0.0.1:1', chainId: 1n }, { clock });
    await expect(nowhere).rejects.toThrow(coded('l1-unreachable'));
  });

  it('says that a transaction is in no block when its time is over', async () => {
    await expect(l1.mined(new Uint8Array(32), 30)).rejects.toThrow(coded('receipt-timeout'));
    expect(await l1.receipt(new Uint8Array(32))).toBeUndefined();
    expect(await l1.rawTransaction(new Uint8Array(32))).toBeUndefined();
  });

  it('tells an account without an inbox, code, heads and balances', async () => {
    await expect(l1.inbox(group.address)).rejects.toThrow(coded('l1-no-inbox'));
    expect(await l1.code(group.address)).toHaveLength(0);
    expect((await l1.code(inbox)).length).toBeGreaterThan(1000);
    expect((await l1.head('finalized')).number).toBeLessThanOrEqual((await l1.head('latest')).number);
    expect(await l1.balance(group.address)).toBeGreaterThan(10n ** 19n);
  });

  it('finds no blobs where there are none', async () => {
    await expect(l1.blobs(1n, [new Uint8Array(32)])).rejects.toThrow(coded('no-blobs'));
    await expect(l1.blobs(999_999n, [new Uint8Array(32)])).rejects.toThrow(coded('no-blobs'));
  });
});
