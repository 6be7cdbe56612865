import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { concat, fromHex, to0x, u32, u64, u8 } from '../../../src/crypto/bytes.ts';
import {
  type BatchContent,
  MAX_BATCH_TRANSACTIONS,
  decodeBatch,
  encodeBatch,
  encodeBatchSmallest,
  maxPayloadBytes,
  payloadHash,
} from '../../../src/chain/batch.ts';
import { encodeVarint } from '../../../src/chain/varint.ts';
import { brotli } from '../../../src/system/compression.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';

const l2ChainId = 71_001n;
const transactions = makeTransactions({ seed: 'batch-test', l2ChainId, accounts: 5, transactions: 12 });
const content: BatchContent = { index: 7n, da: 'calldata', l2ChainId, compression: 'none', transactions };
const coded = (code: string): unknown => expect.objectContaining({ code });
const raws = (payload: Uint8Array): Uint8Array[] =>
  decodeBatch(payload, brotli).transactions.map((tx) => tx.raw);

/** A payload with a body of our choice. */
const payloadWith = (
  body: Uint8Array,
  change: Partial<Record<'da' | 'compression', number>> = {},
): Uint8Array =>
  concat(
    ...[u8(change.da ?? 0), u8(change.compression ?? 0), new Uint8Array(24), u64(7n)],
    ...[new Uint8Array(32), u32(0), body],
  );
const bodyOf = (count: number | bigint, ...rest: Uint8Array[]): Uint8Array =>
  concat(u8(0), u64(l2ChainId), encodeVarint(count), ...rest);
const framed = (raw: Uint8Array): Uint8Array => concat(encodeVarint(raw.length), raw);

describe('a batch', () => {
  it('decodes to what was encoded, compressed or not, for calldata or blobs', () => {
    const plan = fc.record({
      index: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      da: fc.constantFrom('calldata' as const, 'blobs' as const),
      compression: fc.constantFrom('none' as const, 'brotli' as const),
      count: fc.integer({ min: 1, max: transactions.length }),
    });
    fc.assert(
      fc.property(plan, ({ count, ...header }) => {
        const chosen = transactions.slice(0, count);
        const decoded = decodeBatch(
          encodeBatch({ ...header, l2ChainId, transactions: chosen }, brotli),
          brotli,
        );
        expect(decoded).toMatchObject({ ...header, l2ChainId });
        expect(decoded.transactions.map((tx) => tx.raw)).toEqual(chosen);
      }),
      { seed: 6, numRuns: 15 },
    );
  });

  it('without compression encodes again to the same bytes', () => {
    const payload = encodeBatch(content, brotli);
    const decoded = decodeBatch(payload, brotli);
    const again = encodeBatch({ ...decoded, transactions: decoded.transactions.map((tx) => tx.raw) }, brotli);
    expect(to0x(again)).toBe(to0x(payload));
    expect(payloadHash(again)).toEqual(payloadHash(payload));
  });

  it('has the prefix of the inbox format, and body version 0 names no blocks', () => {
    const payload = encodeBatch(content, brotli);
    expect(to0x(payload.subarray(0, 70))).toBe(`0x0000${'0'.repeat(63)}7${'0'.repeat(72)}`);
    expect(to0x(payload.subarray(70, 80))).toBe('0x000000000000011559' + '0c');
  });

  it('is compressed only where that is shorter', () => {
    const { compression: _, ...rest } = content;
    const small = encodeBatchSmallest(rest, brotli);
    expect(small.compression).toBe('brotli');
    expect(small.payload.length).toBeLessThan(encodeBatch(content, brotli).length);
    const useless = {
      ...brotli,
      compress: (bytes: Uint8Array) => bytes,
      decompress: (bytes: Uint8Array) => bytes,
    };
    expect(encodeBatchSmallest(rest, useless).compression).toBe('none');
  });

  it('names the transaction that is for another chain or malformed', () => {
    const other = makeTransactions({ seed: 's', l2ChainId: 1n, accounts: 1, transactions: 1 });
    const mixed = [...transactions.slice(0, 2), ...other];
    expect(() => encodeBatch({ ...content, transactions: mixed }, brotli)).toThrow(
      expect.objectContaining({ code: 'wrong-chain', path: 'transactions[2]' }),
    );
    const body = bodyOf(3, ...mixed.map(framed));
    expect(() => decodeBatch(payloadWith(body), brotli)).toThrow(
      expect.objectContaining({ code: 'wrong-chain', path: 'transactions[2]' }),
    );
  });

  it('is refused in every truncation and with a byte behind it', () => {
    const payload = encodeBatch({ ...content, transactions: transactions.slice(0, 1) }, brotli);
    for (let length = 0; length < payload.length; length++)
      expect(() => decodeBatch(payload.subarray(0, length), brotli)).toThrow(coded('batch-malformed'));
    expect(() => decodeBatch(concat(payload, Uint8Array.of(0)), brotli)).toThrow(coded('batch-malformed'));
  });

  it('with one flipped bit is never the same batch', () => {
    const payload = encodeBatch({ ...content, transactions: transactions.slice(0, 1) }, brotli);
    for (let at = 0; at < payload.length; at++) {
      const changed = payload.slice();
      changed[at]! ^= 1;
      try {
        const { index, l2ChainId: chain } = decodeBatch(changed, brotli);
        expect([index, chain, ...raws(changed).map(to0x)]).not.toEqual([
          7n,
          l2ChainId,
          to0x(transactions[0]!),
        ]);
      } catch (error) {
        expect(error).toMatchObject({ name: 'InputError' });
      }
    }
  });

  it.each([
    ['batch-malformed', 'an unknown DA byte', payloadWith(bodyOf(1, framed(transactions[0]!)), { da: 1 })],
    [
      'batch-malformed',
      'an unknown compression',
      payloadWith(bodyOf(1, framed(transactions[0]!)), { compression: 11 }),
    ],
    ['batch-malformed', 'a count that its bytes cannot hold', payloadWith(bodyOf(9_999))],
    ['batch-too-large', 'a count beyond the limit', payloadWith(bodyOf(MAX_BATCH_TRANSACTIONS + 1))],
    ['batch-empty', 'no transaction', payloadWith(bodyOf(0))],
    ['batch-malformed', 'a length beyond the limit', payloadWith(bodyOf(1, encodeVarint(98_305)))],
    [
      'batch-malformed',
      'a count not in its shortest form',
      payloadWith(concat(u8(0), u64(1), fromHex('8100')!)),
    ],
    ['batch-version', 'another body version', payloadWith(Uint8Array.of(1, 2, 3))],
    [
      'batch-compression',
      'a body that does not decompress',
      payloadWith(fromHex('ffff')!, { compression: 12 }),
    ],
    ['batch-too-large', 'more bytes than calldata takes', payloadWith(new Uint8Array(120_000))],
  ])('is refused as %s with %s', (code, _, payload) => {
    expect(() => decodeBatch(payload, brotli)).toThrow(coded(code));
  });

  it('names blocks in vain while the body has none', () => {
    const payload = encodeBatch(content, brotli);
    payload[69] = 1;
    expect(() => decodeBatch(payload, brotli)).toThrow(coded('batch-malformed'));
  });

  it('with an index beyond 64 bits is refused', () => {
    const payload = encodeBatch(content, brotli);
    payload[25] = 1;
    expect(() => decodeBatch(payload, brotli)).toThrow(coded('batch-malformed'));
  });

  it('of nothing, or of more than its place takes, is not made', () => {
    expect(() => encodeBatch({ ...content, transactions: [] }, brotli)).toThrow(coded('batch-empty'));
    const many = Array.from({ length: 1200 }, () => transactions[0]!);
    expect(() => encodeBatch({ ...content, transactions: many }, brotli)).toThrow(coded('batch-too-large'));
    expect(maxPayloadBytes('calldata')).toBe(119_456);
    expect(maxPayloadBytes('blobs')).toBe(380_924);
  });
});
