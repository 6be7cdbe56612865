import { describe, expect, test } from 'vitest';

import { type AuditTools, auditSignature, signatureChecks } from '../../../src/audit/audit-signature.ts';
import { SharedWork } from '../../../src/audit/audit-presign.ts';
import { auditFolder } from '../../../src/audit/audit.ts';
import { writeMined, signedTransaction } from '../../../src/audit/l1-file.ts';
import type { Report } from '../../../src/audit/report.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { batchDigest } from '../../../src/chain/batch-header.ts';
import { blocksHeader } from '../../../src/chain/duty-submit-blocks.ts';
import { testRequestOf } from '../../../src/chain/lock.ts';
import { encodeRequest } from '../../../src/chain/duty.ts';
import {
  type Files,
  batchRequest,
  makePresign,
  makeSignature,
  blocksRequestOf,
  proofRequest,
  thirtyTwo,
  tools,
} from './support/folders.ts';
import { failingSets, makeBase } from './support/sets.ts';
import { cuts, fileOf, flips, forge, lineMutations, withFile } from './support/tamper.ts';

const base = makeBase();
const { ceremony, run, signature: files } = base;
const shared = new SharedWork();
const audit = async (changed: Files, by: AuditTools = tools): Promise<Report> =>
  (await auditSignature({ path: '.', files: changed }, shared, {}, by)).report;
const failed = ({ checks }: Report): readonly string[] =>
  checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
const said = ({ checks }: Report): string => checks.map(({ detail }) => detail).join('\n');

describe('the audit of a signature', () => {
  test('passes for what real sessions have made, at every signer', async () => {
    for (const by of run.spec.participants.map(({ index }) => index)) {
      const report = await audit(makeSignature(ceremony, run, batchRequest(ceremony), { by }));
      expect(failed(report)).toEqual([]);
      expect(report.checks.map(({ id }) => id)).toEqual(Object.keys(signatureChecks));
      expect(said(report)).toContain('3 L2 transactions');
    }
  });

  test('names the line of every line that is deleted, doubled or out of place', async () => {
    for (const name of ['presign.jsonl', 'sign.jsonl'])
      for (const { what, lines, bytes } of lineMutations(fileOf(files, name))) {
        const report = await audit(withFile(files, name, bytes));
        expect(failed(report), what).toContain('A3');
        const named = new RegExp(`${name} line (\\d+)`).exec(said(report))?.[1];
        expect(lines, `${name}: ${what}: ${said(report)}`).toContain(Number(named));
      }
  });

  test('fails for a turned bit anywhere, and for a file that ends early', async () => {
    for (const name of ['presign.jsonl', 'sign.jsonl'])
      for (const { what, bytes } of [...flips(fileOf(files, name), 150), ...cuts(fileOf(files, name), 40)]) {
        const report = await audit(withFile(files, name, bytes));
        expect(report.ok, `${name}: ${what}`).toBe(false);
        expect(said(report), `${name}: ${what}`).toContain(name);
      }
  });

  test('fails by each item of its list for files that break just it, their chains made anew', async () => {
    for (const { item, name, files: broken } of failingSets(base)) {
      const { reports, ok } = await auditFolder(broken, {}, tools);
      expect(ok, name).toBe(false);
      expect(reports.flatMap(failed), `${name}: ${reports.map(said).join()}`).toContain(item);
    }
  });

  test('fails when a file is missing, or is of another protocol', async () => {
    for (const name of files.keys())
      expect(said(await audit(withFile(files, name, undefined)))).toContain(`${name} is missing`);
    const keygen = fileOf(ceremony.files, 'transcript.jsonl');
    expect(said(await audit(withFile(files, 'sign.jsonl', keygen)))).toContain('no transcript of an online');
    expect(failed(await audit(withFile(files, 'presign.jsonl', keygen)))).toContain('A2');
  });

  test('finds a preparation of another session, and one that not all have confirmed', async () => {
    const other = makeSignature(ceremony, makePresign(ceremony, 1, 'other'), batchRequest(ceremony));
    const mixed = withFile(files, 'presign.jsonl', fileOf(other, 'presign.jsonl'));
    expect(failed(await audit(mixed))).toEqual(['A2', 'A3', 'A7', 'A8']);
    const unconfirmed = forge(fileOf(files, 'presign.jsonl'), ({ transcript }) => ({
      transcript: {
        ...transcript,
        broadcasts: transcript.broadcasts.map((round, i) => (i === 4 ? round.slice(0, 1) : round)),
      },
    }));
    expect(failed(await audit(withFile(files, 'presign.jsonl', unconfirmed)))).toContain('A5');
  });

  test('makes the root of a preparation that is not stated, and refuses one that is another', async () => {
    const stated = (root: Uint8Array | undefined): Uint8Array =>
      forge(fileOf(files, 'presign.jsonl'), ({ meta }) => ({ meta: { ...meta, root } }));
    expect(failed(await audit(withFile(files, 'presign.jsonl', stated(undefined))))).toEqual([]);
    expect(failed(await audit(withFile(files, 'presign.jsonl', stated(thirtyTwo('root')))))).toEqual(['A3']);
    const unstated = forge(fileOf(files, 'sign.jsonl'), ({ meta }) => ({
      meta: { ...meta, root: undefined },
    }));
    expect(failed(await audit(withFile(files, 'sign.jsonl', unstated)))).toEqual(['A3']);
  });

  test('takes the test message of a ceremony like any request', async () => {
    const { record, certificate } = ceremony.lock;
    const own = makeSignature(ceremony, run, testRequestOf(record, certificate.hash, 0));
    expect(failed(await audit(own))).toEqual([]);
    const foreign = makeSignature(ceremony, run, testRequestOf(record, thirtyTwo('other'), 0));
    expect(failed(await audit(foreign))).toEqual(['A6']);
  });

  test('takes a batch of blocks, and asks L1 about its transaction', async () => {
    const request = blocksRequestOf(ceremony);
    const folder = makeSignature(ceremony, run, request);
    const found = await auditSignature({ path: '.', files: folder }, shared, {}, tools);
    expect(failed(found.report)).toEqual([]);
    expect(said(found.report)).toContain('batch 1: 3 blocks from 1 on');
    expect(found.report.facts).toMatchObject({ kind: 'submit-blocks', batch: '1', da: 'calldata' });
    const { batchDigest: digest, txHash, nonce } = found.signed!;
    expect(digest).toEqual(batchDigest(request, blocksHeader(request)));
    expect(nonce).toBe(0n);
    const mined = withFile(folder, 'l1.json', writeMined({ txHash, blockNumber: 7n }));
    expect(failed(await audit(mined))).toEqual([]);
    const other = withFile(folder, 'l1.json', writeMined({ txHash: thirtyTwo('x'), blockNumber: 7n }));
    expect(failed(await audit(other))).toEqual(['A7']);
    const lying = makeSignature(ceremony, run, { ...request, lastOrigin: 1n });
    expect(failed(await audit(lying))).toEqual(['A6']);
  });

  test('takes the proof of an account like any request, and says that it is no transaction', async () => {
    const request = proofRequest(ceremony);
    const folder = makeSignature(ceremony, run, request);
    const found = await auditSignature({ path: '.', files: folder }, shared, {}, tools);
    expect(failed(found.report)).toEqual([]);
    expect(said(found.report)).toContain('it is no transaction, so L1 is not asked');
    expect(found.report.facts).toMatchObject({
      ...{ kind: 'update-key', purpose: 'batch', activationBlock: '120', l1ChainId: '31337' },
      registry: request.registry,
    });
    expect(found.signed).toBeUndefined();
    expect(found.record).toMatchObject({ r: expect.any(String), slots: [expect.any(String)] });
    const mined = withFile(folder, 'l1.json', writeMined({ txHash: thirtyTwo('x'), blockNumber: 7n }));
    expect(failed(await audit(mined))).toEqual(['A7']);
  });

  test('finds the proof of another account, and one that something else was signed for', async () => {
    const request = proofRequest(ceremony);
    const foreign = makeSignature(ceremony, run, { ...request, account: request.registry });
    expect(failed(await audit(foreign))).toEqual(['A6']);
    const folder = makeSignature(ceremony, run, request);
    const later = forge(fileOf(folder, 'sign.jsonl'), ({ meta }) => ({
      meta: {
        ...meta,
        signing: meta.signing && {
          ...meta.signing,
          request: encodeRequest({ ...request, activationBlock: 121n }),
        },
      },
    }));
    expect(failed(await audit(withFile(folder, 'sign.jsonl', later)))).toContain('A7');
  });

  test('says so where blobs are not computed again, and computes them where it can', async () => {
    const hash = thirtyTwo('blob');
    const blobs = { da: 'blobs', maxFeePerBlobGas: 1n, blobVersionedHashes: [hash] } as const;
    const folder = makeSignature(ceremony, run, batchRequest(ceremony, blobs));
    expect(said(await audit(folder))).toContain('not recomputed');
    const right = { ...tools, versionedHashes: () => Promise.resolve([hash]) };
    expect(failed(await audit(folder, right))).toEqual([]);
    const wrong = { ...tools, versionedHashes: () => Promise.resolve([thirtyTwo('another')]) };
    expect(failed(await audit(folder, wrong))).toEqual(['A6']);
  });

  test('compares the transaction that l1.json names with the one that was signed', async () => {
    const made = readTranscript(fileOf(files, 'sign.jsonl'), 'sign.jsonl').signing?.signature;
    if (made === undefined) throw new RangeError('no signature');
    const { hash } = signedTransaction(batchRequest(ceremony), made);
    const mined = writeMined({ txHash: hash, blockNumber: 7n });
    expect(failed(await audit(withFile(files, 'l1.json', mined)))).toEqual([]);
    const other = writeMined({ txHash: thirtyTwo('other'), blockNumber: 7n });
    expect(failed(await audit(withFile(files, 'l1.json', other)))).toEqual(['A7']);
  });

  test('passes for a session without a signature, and says that there is none', async () => {
    const ended = forge(fileOf(files, 'sign.jsonl'), ({ transcript, meta }) => ({
      transcript: {
        ...transcript,
        broadcasts: transcript.broadcasts.map((round, i) => (i === 2 ? round.slice(0, 1) : round)),
        notices: [],
      },
      meta: {
        outcome: 'aborted',
        root: undefined,
        signing: meta.signing && { ...meta.signing, signature: undefined },
      },
    }));
    const report = await audit(withFile(files, 'sign.jsonl', ended));
    expect(failed(report)).toEqual([]);
    expect(said(report)).toContain('ended without a signature');
  });
});
