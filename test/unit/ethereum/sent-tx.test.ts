import { describe, expect, it } from 'vitest';

import { concat, u8 } from '../../../src/crypto/bytes.ts';
import { encodeRlp } from '../../../src/ethereum/rlp.ts';
import { readSentTx } from '../../../src/ethereum/sent-tx.ts';

const to = new Uint8Array(20).fill(7);
const input = Uint8Array.of(1, 2, 3);
const none = new Uint8Array(0);
const blob = new Uint8Array(32).fill(9);
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('a transaction of L1, as far as it calls somebody', () => {
  it.each([
    [0, [none, none, none, to, none, input]],
    [1, [none, none, none, none, to, none, input]],
    [2, [none, none, none, none, none, to, none, input]],
    [4, [none, none, none, none, none, to, none, input]],
  ])('is read in type %i', (type, fields) => {
    const list = encodeRlp(fields);
    expect(readSentTx(type === 0 ? list : concat(u8(type), list))).toEqual({ to, input, blobHashes: [] });
  });

  it('is read with its blobs in type 3', () => {
    const fields = [none, none, none, none, none, to, none, input, [], none, [blob, blob]];
    expect(readSentTx(concat(u8(3), encodeRlp(fields)))).toEqual({ to, input, blobHashes: [blob, blob] });
    const short = [none, none, none, none, none, to, none, input, [], none, [input]];
    expect(() => readSentTx(concat(u8(3), encodeRlp(short)))).toThrow(coded('tx-malformed'));
  });

  it('may create a contract', () => {
    expect(readSentTx(encodeRlp([none, none, none, none, none, input])).to).toBeUndefined();
  });

  it('of another type is refused, and so is one that is none', () => {
    expect(() => readSentTx(u8(5))).toThrow(coded('tx-type'));
    expect(() => readSentTx(u8(0))).toThrow(coded('tx-type'));
    expect(() => readSentTx(new Uint8Array(0))).toThrow(coded('tx-type'));
    expect(() => readSentTx(encodeRlp([none]))).toThrow(coded('tx-malformed'));
  });
});
