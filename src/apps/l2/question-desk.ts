import { supervise } from '../../node/supervise.ts';
import type { QuestionAnswer } from '../../services/verifier/questions.ts';
import type { BytesRoute } from '../../system/network-rpc.ts';
import type { Clock, Log } from '../../system/ports.ts';
import { Gate } from '../rpc/gate.ts';

/** Questions that wait while another is answered: each signer asks one at a time. */
const MOST_WAITING = 8;
/** Milliseconds for which a signer waits: its question is not worth an answer then. [verifier-client.ts] */
const PATIENCE_MS = 5_000;

/** What a desk works with. */
export interface QuestionDeskDeps {
  readonly answer: (body: Uint8Array) => Promise<QuestionAnswer>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Has the questions of signers answered one after another: each is megabytes to unpack and to compare, and
 * anybody who reaches the port may ask. Who comes when the row is full is told to come again, and so is who
 * asked what this node cannot say now: neither is a refusal.
 */
export function questionDesk({ answer, clock, log }: QuestionDeskDeps): BytesRoute {
  const gate = new Gate({ running: 1, waiting: MOST_WAITING, rests: true }, clock);
  return (body) =>
    new Promise((resolve) => {
      const again = (code: string): void => resolve({ status: 503, body: { verdict: 'again', code } });
      if (gate.isFull) return again('verifier-busy');
      const cameMs = clock.monotonicMs();
      const answered = gate.run(async () => {
        if (clock.monotonicMs() - cameMs >= PATIENCE_MS) again('verifier-busy');
        else resolve(await answer(body));
      });
      supervise(answered, ({ code, message }) => {
        log.warn('a batch was not verified', { code, message });
        again(code);
      });
    });
}
