import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { auditFolder } from '../../../src/audit/audit.ts';
import { readReceipt, writeReceipt } from '../../../src/audit/receipt.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { lockHash } from '../../../src/chain/lock.ts';
import { readLock, writeLock } from '../../../src/chain/lock-file.ts';
import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { definitionHash } from '../../../src/protocols/ceremony/definition.ts';
import { readDefinition, writeDefinition } from '../../../src/chain/definition-file.ts';
import { isSignedBy, parseEnvelope } from '../../../src/protocols/kernel/envelope.ts';
import { decodeEvidence, encodeEvidence } from '../../../src/protocols/kernel/evidence.ts';
import { decodeSpec, specCodec, specHash } from '../../../src/protocols/kernel/spec.ts';
import { tools } from '../../unit/audit/support/folders.ts';
import { identityOf } from '../../unit/protocols/support/envelopes.ts';

// Written by the first release of each format, and never changed: whoever holds such bytes can read them.
const fileOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const wire = JSON.parse(readFileSync(new URL('wire.json', import.meta.url), 'utf8')) as {
  readonly spec: string;
  readonly specHash: string;
  readonly envelope: string;
  readonly eid: string;
  readonly evidence: string;
};
const bytesOf = (hex: string): Uint8Array => fromHex(hex)!;
const ceremony = (name: string): Uint8Array => fileOf(`ceremony-1/${name}`);
const names = ['definition.json', 'lock.json', 'transcript.jsonl', 'receipt-node-1.json'];

describe('bytes of version 1', () => {
  test('of a specification are read and written alike, under the same name', () => {
    const spec = decodeSpec(bytesOf(wire.spec));
    expect(spec).toMatchObject({ version: 1, threshold: 2, batch: 64, position: 2n ** 48n + 7n });
    expect(toHex(encode(specCodec, spec))).toBe(wire.spec);
    expect(toHex(specHash(spec))).toBe(wire.specHash);
  });

  test('of an envelope are read, and its name and signature still hold', () => {
    const envelope = parseEnvelope(bytesOf(wire.envelope));
    expect(envelope).toMatchObject({ header: { kind: 0, round: 3, from: 2 }, body: Uint8Array.of(42) });
    expect(toHex(envelope.eid)).toBe(wire.eid);
    expect(isSignedBy(envelope, identityOf(2))).toBe(true);
  });

  test('of evidence are read and written alike', () => {
    const evidence = decodeEvidence(bytesOf(wire.evidence));
    expect(evidence).toMatchObject({ kind: 'opening', accused: 2, check: 'V11' });
    expect(toHex(encodeEvidence(evidence))).toBe(wire.evidence);
  });
});

describe('files of version 1', () => {
  test('of a definition and its lock are read and written alike, under the same hashes', () => {
    const signed = readDefinition(ceremony('definition.json'), 'definition.json');
    expect(writeDefinition(signed)).toEqual(ceremony('definition.json'));
    expect(toHex(definitionHash(signed.definition))).toBe(
      '859efeb25f044848032f7355fa3ffcfcb7a1cd02927305cd311528b7815edfef',
    );
    const lock = readLock(ceremony('lock.json'), 'lock.json');
    expect(writeLock(lock)).toEqual(ceremony('lock.json'));
    expect(toHex(lockHash(lock))).toBe('791103e67e0393f6895efe516e5808656ea01d4c9f2af0cdc40054a88e4fe4ea');
  });

  test('of an epoch change are read and written alike, under the same hashes', () => {
    const plan = readDefinition(fileOf('epoch-1/definition.json'), 'definition.json');
    expect(writeDefinition(plan)).toEqual(fileOf('epoch-1/definition.json'));
    expect(toHex(definitionHash(plan.definition))).toBe(
      '412ef7bf75f7ae04feed56fb7f64fc7a08f510b205a3e5dc6dd1c772ed3db36d',
    );
    const lock = readLock(fileOf('epoch-1/lock.json'), 'lock.json', plan.previous);
    expect(writeLock(lock)).toEqual(fileOf('epoch-1/lock.json'));
    expect(toHex(lockHash(lock))).toBe('2f8f0be08a392945f5e59c28e7c00c95f06cf25bc4a1358e3ec5f5de0113847e');
  });

  test('of a transcript and a receipt are read, the second written alike', () => {
    const transcript = readTranscript(ceremony('transcript.jsonl'), 'transcript.jsonl');
    expect(transcript).toMatchObject({ proto: 'keygen', outcome: 'done' });
    expect(toHex(transcript.head)).toBe('f17dedbd29d05167811fa484965bf84fe8d5f9abcfc75b4f69658808a4fc3fcc');
    const receipt = readReceipt(ceremony('receipt-node-1.json'), 'receipt-node-1.json');
    expect(writeReceipt(receipt)).toEqual(ceremony('receipt-node-1.json'));
  });

  test('of a whole ceremony pass the audit', async () => {
    const files = new Map(names.map((name) => [name, ceremony(name)]));
    const audit = await auditFolder(files, {}, tools);
    expect(audit.reports.map(({ ok }) => ok)).toEqual([true]);
  });
});
