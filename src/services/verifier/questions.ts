import { type VerifierQuestion, verifierQuestionCodec } from '../../chain/batch-verifier.ts';
import type { BatchCompressors } from '../../chain/block-batch.ts';
import { toHex } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { type BatchEnd, type OwnChain, type OwnVerdict, verifyBatch } from './verify-batch.ts';

/** What is answered over HTTP at POST /conclave/verify-batch: `verdict`, and why not. */
export interface QuestionAnswer {
  readonly status: 200 | 400;
  readonly body: { readonly verdict: OwnVerdict['kind']; readonly reason?: string };
}

/** The path of the question. */
export const VERIFY_BATCH_PATH = '/conclave/verify-batch';
/** The longest question in bytes. */
export const MAX_QUESTION_BYTES: number = verifierQuestionCodec.maxBytes;

/**
 * Answers the questions of the signers who trust this verifier. What it agreed to is remembered until it has
 * passed, so that a batch may follow one that is still on its way to L1; after a restart it waits for L1.
 * Anybody who reaches this node may ask: a question of somebody else changes no answer to a signer.
 */
export class VerifierQuestions {
  readonly #chain: OwnChain;
  readonly #compressors: BatchCompressors;
  /** By index and hash of the last block: a later yes to other blocks of the own chain takes none back. */
  readonly #agreed = new Map<bigint, Map<string, BatchEnd>>();

  constructor(chain: Omit<OwnChain, 'agreed'>, compressors: BatchCompressors) {
    this.#chain = { ...chain, agreed: (index) => [...(this.#agreed.get(index)?.values() ?? [])] };
    this.#compressors = compressors;
  }

  /** The answer to the body of a question. */
  readonly answer = async (body: Uint8Array): Promise<QuestionAnswer> => {
    let question: VerifierQuestion;
    try {
      question = decode(verifierQuestionCodec, body, 'question');
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { status: 400, body: { verdict: 'refused', reason: error.message } };
    }
    const verdict = await verifyBatch(question, this.#chain, this.#compressors);
    if (verdict.kind === 'refused')
      return { status: 200, body: { verdict: 'refused', reason: verdict.reason } };
    this.#remember(verdict.end);
    return { status: 200, body: { verdict: 'ok' } };
  };

  #remember(end: BatchEnd): void {
    const passed = this.#chain.lastOnL1().index;
    for (const index of this.#agreed.keys()) if (index <= passed) this.#agreed.delete(index);
    const ends = this.#agreed.get(end.index) ?? new Map<string, BatchEnd>();
    this.#agreed.set(end.index, ends.set(toHex(end.lastHash), end));
  }
}
