import { describe, expect, test } from 'vitest';

import { isAudited, isPresignFile, isReceiptFile, kindOf } from '../../../src/audit/kinds.ts';

const known = ['definition.json', 'lock.json', 'l1.json', 'transcript.jsonl', 'presign.jsonl', 'sign.jsonl'];

describe('the files of an audit', () => {
  test('are those that it knows and no others', () => {
    expect(
      [...known, 'receipt-node-1.json', 'erasure-node-1.json', 'log.jsonl', 'heads.jsonl'].every(isAudited),
    ).toBe(true);
    expect(['identity.key.json', 'report.json', 'sign.jsonl.bak', 'xlock.json'].some(isAudited)).toBe(false);
    expect(isPresignFile('0123456789abcdef.jsonl') && isAudited('0123456789abcdef.jsonl')).toBe(true);
    expect(['0123456789abcdeg.jsonl', '0123456789abcdef.json', 'presign.jsonl'].some(isPresignFile)).toBe(
      false,
    );
    expect(['receipt-a.json', 'receipt-.json'].every(isReceiptFile)).toBe(true);
    expect(['receipt.json', 'receipt-a/b.json'].some(isReceiptFile)).toBe(false);
  });

  test('say by their names what a folder is', () => {
    expect(kindOf(['lock.json', 'presign.jsonl', 'sign.jsonl'])).toBe('signature');
    expect(kindOf(['definition.json', 'lock.json'])).toBe('ceremony');
    expect(kindOf(['lock.json'])).toBe('ceremony');
    expect(kindOf(['l1.json'])).toBe('signature');
    expect(kindOf(['receipt-a.json'])).toBeUndefined();
  });
});
