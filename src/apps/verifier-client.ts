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
/** Milliseconds until a verifier that was too busy is asked again. */
const AGAIN_MS = 100;
/** An answer is one line. */
const MAX_ANSWER_BYTES = 4_096;
/** A reason becomes part of a refusal, which other nodes read. */
const MAX_REASON_CHARACTERS = 200;

/**
 * Asks the verifier of this node over HTTP; one that is busy again until the time is over. Whatever goes
 * wrong there is `unreachable`, and nothing throws.
 */
export function verifierClient(options: VerifierClientOptions): BatchVerifier {
  const { url, timeoutMs = TIMEOUT_MS, clock } = options;
  return async (question) => {
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () => late.abort());
    const body = Uint8Array.from(encode(verifierQuestionCodec, question));
    let isBusy = false;
    try {
      for (;;) {
        const { status, text } = await ask(url, body, late.signal);
        isBusy = status === 503;
        if (status === 200 && text.length <= MAX_ANSWER_BYTES) return verdictIn(JSON.parse(text), url);
        if (!isBusy) return { kind: 'unreachable', reason: `${url} answers ${status}` };
        await new Promise<void>((resolve) => void clock.after(AGAIN_MS, resolve));
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'unreachable', reason: `${url} ${isBusy ? 'is busy' : `does not answer: ${why}`}` };
    } finally {
      cancel();
    }
  };
}

async function ask(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const reply = await fetch(`${url}${VERIFY_BATCH_PATH}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/octet-stream' } },
    ...{ body, redirect: 'error', signal },
  });
  return { status: reply.status, text: await reply.text() };
}

function verdictIn(answer: unknown, url: string): VerifierVerdict {
  const { verdict, reason }: { verdict?: unknown; reason?: unknown } =
    typeof answer === 'object' && answer !== null ? answer : {};
  if (verdict === 'ok') return { kind: 'ok' };
  if (verdict === 'refused' && typeof reason === 'string')
    return { kind: 'refused', reason: reason.slice(0, MAX_REASON_CHARACTERS) };
  return { kind: 'unreachable', reason: `${url} gives an answer that is none` };
}
