import { describe, expect, test } from 'vitest';

import { SharedWork } from '../../../src/audit/audit-presign.ts';
import { readFrom } from '../../../src/audit/reading.ts';
import { caseOf, replayCase } from '../../../src/audit/signature-case.ts';
import { type SignatureRecord, recordOf } from '../../../src/audit/signature-record.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { digestOf, requestId } from '../../../src/chain/duty.ts';
import { lockHash } from '../../../src/chain/lock.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../src/crypto/ecdsa.ts';
import { type Files, batchRequest } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { fileOf, forge, withFile } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const shared = new SharedWork();

function recordIn(files: Files): SignatureRecord {
  const folder = { path: 'a', files };
  const file = readFrom(folder, 'sign.jsonl', readTranscript);
  const each = caseOf(folder, shared.lock(folder), shared.presign(folder, ceremony.lock), file);
  if (each === undefined) throw new RangeError('no case');
  return recordOf(each, replayCase(each));
}

describe('the record of a signature', () => {
  test('says everything that a log says of it, and what others must not share', () => {
    const request = batchRequest(ceremony);
    const record = recordIn(signature);
    const file = readTranscript(fileOf(signature, 'sign.jsonl'), 'sign.jsonl');
    const made = file.signing?.signature;
    if (made === undefined) throw new RangeError('no signature');
    expect(record).toMatchObject({
      path: 'a',
      lock: toHex(lockHash(ceremony.lock)),
      epoch: `${toHex(ceremony.lock.record.keyId)} 0`,
      requestId: toHex(requestId(request)),
      digest: toHex(digestOf(request)),
      signature: toHex(encode(signatureCodec, made)),
      root: toHex(file.root ?? new Uint8Array(0)),
      quorum: [1, 2],
      sharers: [1, 2],
      attempt: 0,
      outcome: 'done',
    });
    expect(record.nonces).toHaveLength(3);
    expect(record.slots.length).toBeGreaterThan(0);
  });

  test('shares the nonces of its presign session with the other signatures of it', () => {
    expect(recordIn(signature).nonces).toBe(recordIn(signature).nonces);
  });

  test('states no signature where there is none, and no digest of bytes that are no request', () => {
    const ended = forge(fileOf(signature, 'sign.jsonl'), ({ transcript, meta }) => ({
      transcript: { ...transcript, broadcasts: transcript.broadcasts.slice(0, 2), notices: [] },
      meta: {
        outcome: 'aborted',
        root: undefined,
        signing: meta.signing && { ...meta.signing, signature: undefined, request: new Uint8Array([9]) },
      },
    }));
    expect(recordIn(withFile(signature, 'sign.jsonl', ended))).toMatchObject({
      ...{ signature: undefined, r: undefined, root: undefined, digest: undefined },
      ...{ outcome: 'aborted', sharers: [], slots: [], content: undefined },
    });
  });
});
