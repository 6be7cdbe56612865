import { describe, expect, test } from 'vitest';

import { SharedWork } from '../../../src/audit/audit-presign.ts';
import { writeMined } from '../../../src/audit/l1-file.ts';
import { readFrom } from '../../../src/audit/reading.ts';
import { type SignatureCase, caseOf, replayCase } from '../../../src/audit/signature-case.ts';
import { recheckSignature } from '../../../src/audit/signature-result.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { testRequestOf } from '../../../src/chain/lock.ts';
import { thirtyTwo } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { withFile } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const folder = { path: '.', files: signature };
const shared = new SharedWork();
const found = caseOf(
  folder,
  shared.lock(folder),
  shared.presign(folder, ceremony.lock),
  readFrom(folder, 'sign.jsonl', readTranscript),
);
if (found === undefined) throw new RangeError('nothing to replay');
const each: SignatureCase = found;
const work = replayCase(each);
const made = each.signing.signature;
const verdict = (change: Partial<SignatureCase>, problems: readonly string[] = []): string =>
  recheckSignature({ ...each, ...change }, work, problems).verdict;

describe('the stated signature', () => {
  test('passes when the parts make it, and the address of the key signed', () => {
    expect(recheckSignature(each, work, [])).toMatchObject({ id: 'A7', verdict: 'pass' });
  });

  test('fails when it is missing, another, or not made by the parts', () => {
    if (made === undefined) throw new RangeError('no signature');
    expect(verdict({ signing: { ...each.signing, signature: undefined } })).toBe('fail');
    expect(verdict({ signing: { ...each.signing, signature: { ...made, s: scalar(1n) } } })).toBe('fail');
    expect(verdict({ signing: { ...each.signing, signature: { ...made, r: scalar(5n) } } })).toBe('fail');
    expect(recheckSignature(each, { ...work, replay: undefined }, []).verdict).toBe('fail');
    expect(verdict({}, ['a check of the protocol failed'])).toBe('fail');
  });

  test('is not asked for where the session ended without one, and must not be stated there', () => {
    const ended = { ...each.file, outcome: 'aborted' } as const;
    const unsigned = { ...each, file: ended, signing: { ...each.signing, signature: undefined } };
    const nothing = { ...work, replay: undefined };
    expect(recheckSignature(unsigned, nothing, []).verdict).toBe('skip');
    expect(verdict({ file: ended })).toBe('fail');
  });

  test('is not hidden by a file that calls the session a failure', () => {
    const ended = { ...each.file, outcome: 'aborted' } as const;
    const unsigned = { ...each, file: ended, signing: { ...each.signing, signature: undefined } };
    expect(recheckSignature(unsigned, work, []).detail).toContain('the parts in the file make a signature');
    const files = withFile(signature, 'l1.json', new Uint8Array(1));
    const mined = { ...unsigned, folder: { path: '.', files } };
    const nothing = { ...work, replay: undefined };
    expect(recheckSignature(mined, nothing, []).detail).toContain('l1.json: names a mined transaction');
  });

  test('makes no transaction of a test message', () => {
    const mined = writeMined({ txHash: thirtyTwo('tx'), blockNumber: 1n });
    const files = withFile(signature, 'l1.json', mined);
    const { record, certificate } = ceremony.lock;
    const request = { value: testRequestOf(record, certificate.hash, 0), problem: undefined };
    expect(verdict({ folder: { path: '.', files } })).toBe('fail');
    expect(recheckSignature({ ...each, folder: { path: '.', files }, request }, work, []).detail).toContain(
      'no transaction',
    );
    const broken = withFile(signature, 'l1.json', mined.subarray(1));
    expect(verdict({ folder: { path: '.', files: broken } })).toBe('fail');
  });
});
