import { expect, it } from 'vitest';

import { verifierQuestionCodec } from '../../../../src/chain/batch-verifier.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import {
  MAX_QUESTION_BYTES,
  VERIFY_BATCH_PATH,
  VerifierQuestions,
} from '../../../../src/services/verifier/questions.ts';
import type { BatchEnd } from '../../../../src/services/verifier/verify-batch.ts';
import { brotli } from '../../../../src/system/compression.ts';
import { chain, requestOf, rollupOf } from '../../chain/blocks-samples.ts';

const bodyOf = (from: number, to: number, index: bigint): Uint8Array => {
  const { payload, blocksRoot, da } = requestOf(chain, [from, to], { batchIndex: index });
  return encode(verifierQuestionCodec, { index, payload, blocksRoot, da });
};

it('remembers what it agreed to until L1 has it', async () => {
  const genesis: BatchEnd = { index: 0n, lastBlock: 0n, lastHash: chain[0]!.block.hash };
  let last = genesis;
  const own = {
    rollup: rollupOf(chain),
    block: async (number: bigint) => chain[Number(number)],
    lastOnL1: () => last,
  };
  const questions = new VerifierQuestions(own, { brotli, zlib: brotli });
  const second = bodyOf(4, 6, 2n);
  expect(await questions.answer(second)).toMatchObject({ status: 200, body: { verdict: 'refused' } });
  expect(await questions.answer(bodyOf(1, 3, 1n))).toEqual({ status: 200, body: { verdict: 'ok' } });
  expect(await questions.answer(second)).toEqual({ status: 200, body: { verdict: 'ok' } });
  last = { index: 1n, lastBlock: 3n, lastHash: chain[3]!.block.hash };
  expect(await questions.answer(second)).toEqual({ status: 200, body: { verdict: 'ok' } });
  expect(await questions.answer(bodyOf(1, 3, 1n))).toMatchObject({ body: { verdict: 'refused' } });
  // What L1 had and takes back has to be asked for again: nothing is kept of it.
  last = genesis;
  expect(await questions.answer(second)).toMatchObject({ body: { verdict: 'refused' } });
});

it('takes no yes back because somebody else asked for other blocks of the same index', async () => {
  const own = {
    rollup: rollupOf(chain),
    block: async (number: bigint) => chain[Number(number)],
    lastOnL1: () => ({ index: 0n, lastBlock: 0n, lastHash: chain[0]!.block.hash }),
  };
  const questions = new VerifierQuestions(own, { brotli, zlib: brotli });
  const ok = { status: 200, body: { verdict: 'ok' } };
  expect(await questions.answer(bodyOf(1, 3, 1n))).toEqual(ok);
  for (const to of [2, 1]) expect(await questions.answer(bodyOf(1, to, 1n))).toEqual(ok);
  expect(await questions.answer(bodyOf(4, 6, 2n))).toEqual(ok);
  expect(await questions.answer(bodyOf(5, 6, 2n))).toMatchObject({ body: { verdict: 'refused' } });
});

it('refuses what is no question', async () => {
  const own = {
    rollup: rollupOf(chain),
    block: async () => undefined,
    lastOnL1: () => ({ index: 0n, lastBlock: 0n, lastHash: new Uint8Array(32) }),
  };
  const questions = new VerifierQuestions(own, { brotli, zlib: brotli });
  expect((await questions.answer(new Uint8Array(5))).status).toBe(400);
  expect(VERIFY_BATCH_PATH).toBe('/conclave/verify-batch');
  expect(MAX_QUESTION_BYTES).toBeGreaterThan(380_000);
});
