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
import { type Resident, policy } from './house.ts';

/** The key that a node serves. */
export function keyOf({ node }: Resident): NonNullable<ReturnType<typeof node.status>['key']> {
  const { key } = node.status();
  if (key === undefined) throw new RangeError('no key');
  return key;
}

/** A request to append one small batch, as the node's own epoch would have it. */
export function batchFor(one: Resident, index: bigint, seed = 'story'): SubmitBatchRequest {
  const key = keyOf(one);
  const transactions = makeTransactions({ seed, l2ChainId: 71001n, accounts: 2, transactions: 2 });
  const about = { index, da: 'calldata', l2ChainId: 71001n, compression: 'none', transactions } as const;
  const payload = encodeBatch(about, brotli);
  return {
    kind: 'submit-batch',
    keyId: fromHex(key.keyId) ?? new Uint8Array(0),
    keyEpoch: Number(key.epoch),
    sender: parseAddress(key.address),
    ...{ l1ChainId: 31337n, l2ChainId: 71001n },
    inbox: policy.rules[0]?.inbox ?? parseAddress(key.address),
    batchIndex: index,
    da: 'calldata',
    payload,
    nonce: index - 1n,
    gasLimit: gasLimitOf('calldata', payload.length),
    ...feesAt('calldata', { baseFee: 10n ** 9n, tip: 10n ** 9n, blobBaseFee: 1n }, 0),
    blobVersionedHashes: [],
  };
}

/** Whose key a signature is by. */
export function signerOf(asked: SubmitBatchRequest, { signature }: SignReport): string {
  const made = decode(signatureCodec, fromHex(signature) ?? new Uint8Array(0));
  const key = recoverPublicKey(digestOf(asked), made);
  return key === undefined ? 'nobody' : addressOf(key);
}

/** Signs batch `index`. Returns by whose key, and which members signed. */
export async function signBatch(
  by: Resident,
  index: bigint,
  signers?: readonly number[],
): Promise<{ readonly address: string; readonly signers: readonly number[] }> {
  const asked = batchFor(by, index);
  const report = await by.node.sign(encodeRequest(asked), { signers, deadlineMs: 40_000 });
  return { address: signerOf(asked, report), signers: report.signers };
}
