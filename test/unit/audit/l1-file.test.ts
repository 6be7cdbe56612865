import { describe, expect, test } from 'vitest';

import { readMined, signedTransaction, writeMined } from '../../../src/audit/l1-file.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { decodeSigned } from '../../../src/ethereum/l1-tx.ts';
import { batchRequest, thirtyTwo } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { fileOf } from './support/tamper.ts';

describe('l1.json', () => {
  const mined = { txHash: thirtyTwo('tx'), blockNumber: 2n ** 63n };

  test('comes back as it was written', () => {
    expect(readMined(writeMined(mined), 'l1.json')).toEqual(mined);
  });

  test('is refused when it is cut, or has other fields', () => {
    expect(() => readMined(writeMined(mined).subarray(0, 40), 'l1.json')).toThrow(InputError);
    expect(() => readMined(new TextEncoder().encode('{\n  "txHash": "0x00"\n}\n'), 'l1.json')).toThrow(
      InputError,
    );
  });

  test('names the transaction that request and signature make', () => {
    const { ceremony, signature } = makeBase();
    const made = readTranscript(fileOf(signature, 'sign.jsonl'), 'sign.jsonl').signing?.signature;
    if (made === undefined) throw new RangeError('no signature');
    const request = batchRequest(ceremony);
    const { raw, hash } = signedTransaction(request, made);
    expect(decodeSigned(raw)).toMatchObject({ hash, sender: request.sender });
    expect(() => signedTransaction({ ...request, nonce: 9n }, made)).toThrow(InputError);
  });
});
