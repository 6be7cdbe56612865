import { describe, expect, test } from 'vitest';

import { SharedWork } from '../../../src/audit/audit-presign.ts';
import { readFrom } from '../../../src/audit/reading.ts';
import { caseOf, replayCase, requestIdOf } from '../../../src/audit/signature-case.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { encodeRequest, requestId } from '../../../src/chain/duty.ts';
import { zero32 } from '../../../src/protocols/kernel/envelope.ts';
import { batchRequest } from './support/folders.ts';
import { makeBase } from './support/sets.ts';

const { ceremony, signature } = makeBase();
const folder = { path: '.', files: signature };
const shared = new SharedWork();
const lock = shared.lock(folder);
const presign = shared.presign(folder, ceremony.lock);
const file = readFrom(folder, 'sign.jsonl', readTranscript);

describe('one signature', () => {
  test('is done again from its files, and gives the same signature', () => {
    const each = caseOf(folder, lock, presign, file);
    if (each === undefined) throw new RangeError('nothing to replay');
    const { replay, task, envelopes } = replayCase(each);
    expect(replay?.signature).toEqual(file.value?.signing?.signature);
    expect(task?.quorum).toEqual([1, 2]);
    expect(envelopes.problems).toEqual([]);
  });

  test('cannot be done again with a presignature that the session has not made', () => {
    const each = caseOf(folder, lock, presign, file);
    if (each === undefined) throw new RangeError('nothing to replay');
    const work = replayCase({ ...each, signing: { ...each.signing, presigId: zero32 } });
    expect(work.task).toBeUndefined();
    expect(work.replay).toBeUndefined();
  });

  test('needs all three files', () => {
    const missing = { value: undefined, problem: 'missing' };
    expect(caseOf(folder, missing, presign, file)).toBeUndefined();
    expect(caseOf(folder, lock, undefined, file)).toBeUndefined();
    expect(caseOf(folder, lock, presign, missing)).toBeUndefined();
  });

  test('has the name of its request, or none for bytes that are no request', () => {
    const request = batchRequest(ceremony);
    expect(requestIdOf(encodeRequest(request))).toEqual(requestId(request));
    expect(requestIdOf(Uint8Array.of(9))).toEqual(zero32);
  });
});
