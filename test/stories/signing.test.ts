import { afterAll, beforeAll, expect, it } from 'vitest';

import { encodeBatch } from '../../src/chain/batch.ts';
import { type SubmitBatchRequest, digestOf, encodeRequest } from '../../src/chain/duty.ts';
import { feesAt, gasLimitOf } from '../../src/chain/fees.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { decode } from '../../src/crypto/codec.ts';
import { recoverPublicKey, signatureCodec } from '../../src/crypto/ecdsa.ts';
import { addressOf, parseAddress } from '../../src/ethereum/address.ts';
import type { SignReport } from '../../src/node/api.ts';
import { brotli } from '../../src/system/compression.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { type Resident, plan, policy, reopen, settle, story, until } from './house.ts';

const residents: Resident[] = [];
const first = (): Resident => {
  const [one] = residents;
  if (one === undefined) throw new RangeError('no residents');
  return one;
};

beforeAll(async () => {
  for (let i = 0; i < 4; i++) residents.push(settle(27_620 + i));
  const definition = plan(residents, 3);
  for (const { node } of residents) {
    await node.start();
    await node.accept(node.join(definition).id);
  }
  const id = first().node.ceremonies()[0]?.id ?? '';
  first().node.execute(id, { whenReady: true });
  await until('complete', () => residents.every(({ node }) => node.ceremonies()[0]?.state === 'complete'));
});
afterAll(async () => {
  for (const { node } of residents) await node.stop();
});

const keyOf = ({ node }: Resident) => {
  const { key } = node.status();
  if (key === undefined) throw new RangeError('no key');
  return key;
};

/** A request to append one small batch. */
function request(index: bigint, nonce: bigint, seed = 'story'): SubmitBatchRequest {
  const key = keyOf(first());
  const transactions = makeTransactions({ seed, l2ChainId: 71001n, accounts: 2, transactions: 3 });
  const payload = encodeBatch(
    { index, da: 'calldata', l2ChainId: 71001n, compression: 'none', transactions },
    brotli,
  );
  return {
    kind: 'submit-batch',
    keyId: fromHex(key.keyId) ?? new Uint8Array(0),
    keyEpoch: 0,
    sender: parseAddress(key.address),
    l1ChainId: 31337n,
    l2ChainId: 71001n,
    inbox: policy.rules[0]?.inbox ?? parseAddress(key.address),
    batchIndex: index,
    da: 'calldata',
    payload,
    nonce,
    gasLimit: gasLimitOf('calldata', payload.length),
    ...feesAt('calldata', { baseFee: 10n ** 9n, tip: 10n ** 9n, blobBaseFee: 1n }, 0),
    blobVersionedHashes: [],
  };
}

const senderOf = (asked: SubmitBatchRequest, { signature }: SignReport): string => {
  const made = decode(signatureCodec, fromHex(signature) ?? new Uint8Array(0));
  const key = recoverPublicKey(digestOf(asked), made);
  return key === undefined ? 'nobody' : addressOf(key);
};

async function sign(
  by: Resident,
  asked: SubmitBatchRequest,
  signers?: readonly number[],
): Promise<SignReport> {
  try {
    return await by.node.sign(encodeRequest(asked), { signers, deadlineMs: 20_000 });
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    throw new RangeError(story(residents), { cause: error });
  }
}

it('any three of the four sign, and the signature is the key’s', async () => {
  const quorums = [
    [1, 2, 3],
    [1, 2, 4],
    [1, 3, 4],
    [2, 3, 4],
  ];
  for (const [i, signers] of quorums.entries()) {
    const by = residents[(signers[0] ?? 1) - 1] ?? first();
    const asked = request(BigInt(i + 1), BigInt(i));
    const report = await sign(by, asked, signers);
    expect(report.signers).toEqual(signers);
    expect(senderOf(asked, report)).toBe(keyOf(first()).address);
  }
});

it('a second content for one batch index is refused, and so is another nonce for the same', async () => {
  await expect(sign(first(), request(1n, 4n, 'other'))).rejects.toMatchObject({ code: 'guard-conflict' });
  await expect(sign(first(), request(1n, 5n))).rejects.toMatchObject({
    code: expect.stringMatching(/guard|reissue/),
  });
});

it('the same request again gives a signature again', async () => {
  const asked = request(4n, 3n);
  expect(senderOf(asked, await sign(first(), asked))).toBe(keyOf(first()).address);
});

it('what the policy does not allow is refused before anything is signed', async () => {
  const asked = { ...request(5n, 4n), inbox: parseAddress('0x0000000000000000000000000000000000000001') };
  await expect(sign(first(), asked)).rejects.toMatchObject({ code: 'wrong-target' });
});

it('one node away, the others sign; two away, the answer is a clear no in time', async () => {
  const [, , third, fourth] = residents;
  await fourth?.node.stop();
  const asked = request(5n, 4n);
  expect((await sign(first(), asked)).signers).toEqual([1, 2, 3]);
  await third?.node.stop();
  await until('two links down', () => first().node.status().state === 'too-few-peers');
  const started = Date.now();
  await expect(sign(first(), request(6n, 5n))).rejects.toMatchObject({ code: 'quorum-unavailable' });
  expect(Date.now() - started).toBeLessThan(5_000);
});

it('after a restart the node knows its key and what it has signed', async () => {
  const [, , third] = residents;
  if (third === undefined) throw new RangeError('no third');
  const again = reopen(third);
  residents[2] = again;
  await again.node.start();
  expect(keyOf(again).address).toBe(keyOf(first()).address);
  await until(
    'linked',
    () => first().node.status().state === 'ready' && again.node.status().state === 'ready',
  );
  await expect(sign(again, request(5n, 4n, 'other'), [1, 2, 3])).rejects.toMatchObject({
    code: 'guard-conflict',
  });
  const asked = request(6n, 5n);
  expect(senderOf(asked, await sign(again, asked, [1, 2, 3]))).toBe(keyOf(first()).address);
});
