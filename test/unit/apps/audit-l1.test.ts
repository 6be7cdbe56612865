import { encodeAbiParameters, encodeEventTopics, hexToBytes } from 'viem';
import { describe, expect, test } from 'vitest';

import { type AuditedL1, auditOnL1, chainsOf, l1Checks, reconcileOnL1 } from '../../../src/apps/audit-l1.ts';
import { type Audit, auditFolder } from '../../../src/audit/audit.ts';
import { signedTransaction, writeMined } from '../../../src/audit/l1-file.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { batchDigest, batchHeader } from '../../../src/chain/batch-header.ts';
import type { SubmitBatchRequest } from '../../../src/chain/duty.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { type Address, addressFromBytes } from '../../../src/ethereum/address.ts';
import { batchInboxAbi } from '../../../src/ethereum/contracts/batch-inbox.ts';
import type { InboxBatch, L1History, L1Receipt } from '../../../src/system/ports.ts';
import { batchRequest, thirtyTwo, tools } from '../audit/support/folders.ts';
import { makeBase } from '../audit/support/sets.ts';
import { fileOf, withFile } from '../audit/support/tamper.ts';

const { ceremony, signature } = makeBase();
const request = batchRequest(ceremony);
const digest = batchDigest(request, batchHeader(request));
const stranger = addressFromBytes(new Uint8Array(20).fill(7));
const audit = await auditFolder(signature, {}, tools);
const made = readTranscript(fileOf(signature, 'sign.jsonl'), 'sign.jsonl').signing?.signature;
if (made === undefined) throw new RangeError('no signature');
const signed = signedTransaction(request, made);

/** The log with which the inbox says that it took a batch. */
function appended(
  { inbox, batchIndex }: SubmitBatchRequest,
  submitter: Address,
  digest: Uint8Array,
): L1Receipt['logs'][number] {
  const topics = encodeEventTopics({
    abi: batchInboxAbi,
    eventName: 'BatchAppended',
    args: { index: batchIndex, digest: to0x(digest) },
  });
  const [event] = batchInboxAbi.filter((item) => item.type === 'event' && item.name === 'BatchAppended');
  if (event?.type !== 'event') throw new RangeError('no event');
  const open = event.inputs.filter((input) => !input.indexed);
  const values: Readonly<Record<string, unknown>> = {
    payloadHash: to0x(thirtyTwo('payload')),
    firstBlock: batchIndex,
    lastBlock: batchIndex,
    da: 0,
    index: batchIndex,
    digest: to0x(digest),
    submitter,
  };
  return {
    address: inbox,
    topics: topics.map((topic) => hexToBytes(String(topic) as `0x${string}`)),
    data: hexToBytes(encodeAbiParameters(open, open.map(({ name }) => values[name]) as never)),
  };
}

const receipt: L1Receipt = {
  status: 'success',
  hash: signed.hash,
  block: 7n,
  blockHash: thirtyTwo('block'),
  from: request.sender,
  gasUsed: 1n,
  gasPrice: 1n,
  blobGasUsed: 0n,
  logs: [appended(request, request.sender, digest)],
};
const batch: InboxBatch = {
  ...{ digest, blocksRoot: thirtyTwo('root'), firstBlock: 1n, lastBlock: 1n, l1Block: 7n },
};
const good: AuditedL1 = {
  receipt: () => Promise.resolve(receipt),
  rawTransaction: () => Promise.resolve(signed.raw),
  batchAt: () => Promise.resolve(batch),
};
const verdicts = async (l1: Partial<AuditedL1>, of: Audit = audit): Promise<readonly string[]> => {
  const [report] = await auditOnL1(of, 31_337n, { ...good, ...l1 });
  return (report?.checks ?? []).map(({ verdict }) => verdict);
};
const mined = async (blockNumber: bigint): Promise<Audit> =>
  auditFolder(withFile(signature, 'l1.json', writeMined({ txHash: signed.hash, blockNumber })), {}, tools);

describe('the account as a whole', () => {
  test('is compared on its own chain', async () => {
    const history = (count: bigint): L1History => ({
      head: () => Promise.resolve(9n),
      nonceAt: () => Promise.resolve(count),
      minedIn: () => Promise.resolve(7n),
      sentIn: () => Promise.resolve([]),
    });
    expect(await reconcileOnL1(audit, 31_337n, history(1n))).toMatchObject([{ ok: true }]);
    expect(await reconcileOnL1(audit, 31_337n, history(2n))).toMatchObject([{ ok: true }]);
    const whole = { ...audit, accounts: audit.accounts.map((one) => ({ ...one, missing: 0 })) };
    expect(await reconcileOnL1(whole, 31_337n, history(2n))).toMatchObject([{ ok: false }]);
    expect(await reconcileOnL1(audit, 1n, history(2n))).toEqual([]);
    expect(chainsOf({ batches: [], accounts: audit.accounts })).toEqual([31_337n]);
  });
});

describe('the comparison with L1', () => {
  test('passes for a transaction that was mined as it was signed', async () => {
    expect(chainsOf(audit)).toEqual([31_337n]);
    expect(await verdicts({})).toEqual(['pass', 'pass', 'pass']);
    expect(await verdicts({}, await mined(7n))).toEqual(['pass', 'pass', 'pass']);
    expect(Object.keys(l1Checks)).toEqual(['L1', 'L2', 'L3']);
  });

  test('says nothing of another chain', async () => {
    expect(await auditOnL1(audit, 1n, good)).toEqual([]);
  });

  test('fails for a transaction that reverted, is in another block, or is unknown', async () => {
    const reverted = { ...receipt, status: 'reverted' as const };
    expect((await verdicts({ receipt: () => Promise.resolve(reverted) }))[0]).toBe('fail');
    expect((await verdicts({}, await mined(8n)))[0]).toBe('fail');
    const unknown = { receipt: () => Promise.resolve(undefined) };
    expect((await verdicts(unknown, await mined(7n)))[0]).toBe('fail');
    expect(await verdicts(unknown)).toEqual(['skip', 'skip', 'skip']);
  });

  test('fails for other bytes and another sender, and says so where L1 gives no bytes', async () => {
    expect((await verdicts({ rawTransaction: () => Promise.resolve(signed.raw.subarray(1)) }))[1]).toBe(
      'fail',
    );
    expect((await verdicts({ receipt: () => Promise.resolve({ ...receipt, from: stranger }) }))[1]).toBe(
      'fail',
    );
    expect((await verdicts({ rawTransaction: () => Promise.resolve(undefined) }))[1]).toBe('skip');
  });

  test('fails where the inbox did not take the batch, from the key, for good', async () => {
    const without = { ...receipt, logs: [] };
    const foreign = { ...receipt, logs: [appended(request, stranger, digest)] };
    expect((await verdicts({ receipt: () => Promise.resolve(without) }))[2]).toBe('fail');
    expect((await verdicts({ receipt: () => Promise.resolve(foreign) }))[2]).toBe('fail');
    const [log] = receipt.logs;
    const elsewhere = { ...receipt, logs: log === undefined ? [] : [{ ...log, address: stranger }] };
    expect((await verdicts({ receipt: () => Promise.resolve(elsewhere) }))[2]).toBe('fail');
    expect((await verdicts({ batchAt: () => Promise.resolve(undefined) }))[2]).toBe('fail');
    const other = { ...batch, digest: thirtyTwo('other') };
    expect((await verdicts({ batchAt: () => Promise.resolve(other) }))[2]).toBe('fail');
  });

  test('fails where the inbox took another batch than the one that was signed', async () => {
    const exchanged = { ...receipt, logs: [appended(request, request.sender, thirtyTwo('other'))] };
    const l1 = { receipt: () => Promise.resolve(exchanged) };
    expect((await verdicts(l1))[2]).toBe('fail');
    const held = { ...batch, digest: thirtyTwo('other') };
    expect((await verdicts({ ...l1, batchAt: () => Promise.resolve(held) }))[2]).toBe('fail');
  });
});
