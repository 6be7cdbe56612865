import { expect, it } from 'vitest';

import { verifierQuestionCodec } from '../../../src/chain/batch-verifier.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';

it('a question reads back, and none of its prefixes does', () => {
  const question = {
    ...{ index: 3n, da: 'committee' as const, payload: new Uint8Array(9).fill(5) },
    blocksRoot: new Uint8Array(32).fill(6),
  };
  const bytes = encode(verifierQuestionCodec, question);
  expect(decode(verifierQuestionCodec, bytes, 'question')).toEqual(question);
  for (let length = 0; length < bytes.length; length++)
    expect(() => decode(verifierQuestionCodec, bytes.subarray(0, length), 'question')).toThrow();
});
