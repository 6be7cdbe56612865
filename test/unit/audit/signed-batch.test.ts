import { describe, expect, test } from 'vitest';

import { signedTransaction, writeMined } from '../../../src/audit/l1-file.ts';
import { signedBatchOf } from '../../../src/audit/signed-batch.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { batchDigest, batchHeader } from '../../../src/chain/batch-header.ts';
import { requestId } from '../../../src/chain/duty.ts';
import { testRequestOf } from '../../../src/chain/lock.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { batchRequest, proofRequest } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { fileOf, withFile } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const request = batchRequest(ceremony);
const found = readTranscript(fileOf(signature, 'sign.jsonl'), 'sign.jsonl').signing?.signature;
if (found === undefined) throw new RangeError('no signature');
const made = found;
const { hash } = signedTransaction(request, made);

describe('what is asked of L1 about a signature', () => {
  test('is its transaction by name, and what l1.json says', () => {
    const folder = { path: 'a', files: signature };
    const batch = signedBatchOf(folder, request, made, 'id');
    expect(batch).toMatchObject({
      ...{ path: 'a', presigId: 'id', requestId: toHex(requestId(request)), txHash: hash, r: made.r },
      ...{ nonce: request.nonce, inbox: request.inbox, batchIndex: 1n, sender: request.sender },
      ...{ l1ChainId: 31_337n, mined: undefined },
      batchDigest: batchDigest(request, batchHeader(request)),
    });
    const mined = withFile(signature, 'l1.json', writeMined({ txHash: hash, blockNumber: 7n }));
    expect(signedBatchOf({ path: 'a', files: mined }, request, made, 'id')?.mined?.value?.blockNumber).toBe(
      7n,
    );
    const bad = withFile(signature, 'l1.json', new Uint8Array(3));
    expect(signedBatchOf({ path: 'a', files: bad }, request, made, 'id')?.mined?.problem).toContain(
      'l1.json',
    );
  });

  test('is nothing for the test message of a ceremony, nor for the proof of an account', () => {
    const { record, certificate } = ceremony.lock;
    const test = testRequestOf(record, certificate.hash, 0);
    expect(signedBatchOf({ path: 'a', files: signature }, test, made, 'id')).toBeUndefined();
    const proof = proofRequest(ceremony);
    expect(signedBatchOf({ path: 'a', files: signature }, proof, made, 'id')).toBeUndefined();
  });
});
