import { type BatchVerifier, type VerifierVerdict, verifierQuestionCodec } from '../chain/batch-verifier.ts';
import { encode } from '../crypto/codec.ts';
import { VERIFY_BATCH_PATH } from '../services/verifier/questions.ts';
import type { Clock } from '../system/ports.ts';

/** Which verifier is asked, and how long one waits for it. */
export interface VerifierClientOptions {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Milliseconds; 5 s if left out. */
  readonly timeoutMs?: number;
  readonly clock: Pick<Clock, 'after'>;
}

const TIMEOUT_MS = 5_000;
/** An answer is one line. */
const MAX_ANSWER_BYTES = 4_096;
/** A reason becomes part of a refusal, which other nodes read. */
const MAX_REASON_CHARACTERS = 200;

/**
 * Asks the verifier of this node over HTTP. Whatever goes wrong there is `unreachable`, and nothing
 * throws.
 */
export function verifierClient(options: VerifierClientOptions): BatchVerifier {
  const { url, timeoutMs = TIMEOUT_MS, clock } = options;
  return async (question) => {
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort());
    try {
      const reply = await fetch(`${url}${VERIFY_BATCH_PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: Uint8Array.from(encode(verifierQuestionCodec, question)),
        redirect: 'error',
        signal: late.signal,
      });
      const text = await reply.text();
      return reply.status === 200 && text.length <= MAX_ANSWER_BYTES
        ? verdictIn(JSON.parse(text), url)
        : { kind: 'unreachable', reason: `${url} answers ${reply.status}` };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'unreachable', reason: `${url} does not answer: ${why}` };
    } finally {
      cancel();
    }
  };
}

function verdictIn(answer: unknown, url: string): VerifierVerdict {
  const { verdict, reason }: { verdict?: unknown; reason?: unknown } =
    typeof answer === 'object' && answer !== null ? answer : {};
  if (verdict === 'ok') return { kind: 'ok' };
  if (verdict === 'refused' && typeof reason === 'string')
    return { kind: 'refused', reason: reason.slice(0, MAX_REASON_CHARACTERS) };
  return { kind: 'unreachable', reason: `${url} gives an answer that is none` };
}
