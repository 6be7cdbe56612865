import { describe, expect, it } from 'vitest';

import { batchRequest } from '../../../src/apps/batch-request.ts';
import { decodeRequest } from '../../../src/chain/duty.ts';
import { requestProblems } from '../../../src/chain/request-checks.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { decodeL2Tx } from '../../../src/ethereum/l2-tx.ts';
import { brotli } from '../../../src/system/compression.ts';
import type { InboxState, L1 } from '../../../src/system/ports.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';
import { calldataRequest } from '../chain/samples.ts';

const l2ChainId = 71_001n;
const transactions = makeTransactions({ seed: 'batch-request', l2ChainId, accounts: 3, transactions: 5 }).map(
  (raw) => decodeL2Tx(raw, l2ChainId),
);
const { sender } = calldataRequest;
const inbox: InboxState = {
  ...{ l2ChainId, lastIndex: 6n, authMode: 'sender', registry: calldataRequest.inbox },
  accounts: { calldata: sender, blobs: sender },
};
const l1: Pick<L1, 'inbox' | 'nonce' | 'fees'> = {
  inbox: () => Promise.resolve(inbox),
  nonce: (_, at) => Promise.resolve(at === 'pending' ? 3n : 2n),
  fees: () => Promise.resolve({ baseFee: 10n, tip: 1n, blobBaseFee: 1n }),
};
const plan = {
  ...{ transactions, l2ChainId, inbox: calldataRequest.inbox, l1ChainId: 31_337n, da: 'calldata' as const },
  key: {
    ...{ address: calldataRequest.sender, keyId: to0x(new Uint8Array(32).fill(5)), epoch: '0' },
    ...{ purpose: 'batch', required: 3, lockHash: '0x' },
  },
};
const hashes = [new Uint8Array(32).fill(1)];
const hashesOf = () => Promise.resolve(hashes);
const tools = { compressor: brotli, versionedHashes: hashesOf };

describe('the request for a batch', () => {
  it('takes index, nonce and fees of L1, and finds no fault with itself', async () => {
    const { request, bytes } = await batchRequest(plan, l1 as L1, hashesOf);
    expect(request).toMatchObject({ batchIndex: 7n, nonce: 3n, maxFeePerGas: 21n, blobVersionedHashes: [] });
    expect(decodeRequest(bytes)).toEqual(request);
    expect(await requestProblems(request, tools)).toEqual([]);
  });

  it('names the blobs of its payload', async () => {
    const { request } = await batchRequest({ ...plan, da: 'blobs' }, l1 as L1, hashesOf);
    expect(request.blobVersionedHashes).toEqual(hashes);
    expect(request.maxFeePerBlobGas).toBeGreaterThan(0n);
    expect(await requestProblems(request, tools)).toEqual([]);
  });

  it('takes the numbers that it is told', async () => {
    const { request } = await batchRequest({ ...plan, index: 9n, nonce: 0n }, l1 as L1, hashesOf);
    expect([request.batchIndex, request.nonce]).toEqual([9n, 0n]);
  });

  it.each([
    [
      'names nobody',
      { ...inbox, accounts: { calldata: undefined, blobs: sender } },
      'names nobody for calldata',
    ],
    ['names another', { ...inbox, accounts: { calldata: inbox.registry, blobs: sender } }, 'not 0x'],
    ['asks for certificates', { ...inbox, authMode: 'both' as const }, 'certificates'],
  ])('is not made where L1 %s', async (_, state, said) => {
    const other: typeof l1 = { ...l1, inbox: () => Promise.resolve(state) };
    const made = batchRequest(plan, other as L1, hashesOf);
    await expect(made).rejects.toMatchObject({
      code: 'account-not-named',
      message: expect.stringContaining(said),
    });
  });

  it('goes by the account for its own kind of batch', async () => {
    const accounts = { calldata: sender, blobs: undefined };
    const other: typeof l1 = { ...l1, inbox: () => Promise.resolve({ ...inbox, accounts }) };
    expect((await batchRequest(plan, other as L1, hashesOf)).request.da).toBe('calldata');
    const made = batchRequest({ ...plan, da: 'blobs' }, other as L1, hashesOf);
    await expect(made).rejects.toMatchObject({ code: 'account-not-named' });
  });

  it('is not made for an inbox that orders the batches of another L2', async () => {
    const other: typeof l1 = { ...l1, inbox: () => Promise.resolve({ ...inbox, l2ChainId: 1n }) };
    const made = batchRequest(plan, other as L1, hashesOf);
    await expect(made).rejects.toMatchObject({ code: 'wrong-chain' });
  });

  it('is not made for a key that is none', async () => {
    const key = { ...plan.key, keyId: '0x05' };
    await expect(batchRequest({ ...plan, key }, l1 as L1, hashesOf)).rejects.toMatchObject({
      code: 'admin-protocol',
    });
  });
});
