import { expect, it } from 'vitest';

import { questionDesk } from '../../../../src/apps/l2/question-desk.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import type { QuestionAnswer } from '../../../../src/services/verifier/questions.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { keptLog } from '../../../sim/log.ts';

const ok: QuestionAnswer = { status: 200, body: { verdict: 'ok' } };
const body = new Uint8Array(1);

/** A desk, and the questions that it is at. */
function desk() {
  const [clock, log] = [new SimClock(), keptLog()];
  const open: { end: (answer: QuestionAnswer) => void; fail: (error: Error) => void }[] = [];
  const answer = (): Promise<QuestionAnswer> => new Promise((end, fail) => void open.push({ end, fail }));
  return { clock, log, open, ask: questionDesk({ answer, clock, log }) };
}

it('answers one question at a time, in their order, and tells who is too many to come again', async () => {
  const { open, ask } = desk();
  const asked = Array.from({ length: 9 }, () => ask(body));
  await settle();
  expect(open).toHaveLength(1);
  const again = { status: 503, body: { verdict: 'again', code: 'verifier-busy' } };
  expect(await ask(body)).toEqual(again);
  open[0]!.end(ok);
  expect(await asked[0]).toEqual(ok);
  await settle();
  expect(open).toHaveLength(2);
  const late = ask(body);
  expect(await ask(body)).toEqual(again);
  for (let i = 1; i < 10; i++) {
    open[i]!.end(ok);
    await settle();
  }
  expect(await Promise.all([...asked, late])).toEqual(Array(10).fill(ok));
  expect(open).toHaveLength(10);
});

it('leaves the thread to others for as long as a question took', async () => {
  const { clock, open, ask } = desk();
  void ask(body);
  void ask(body);
  await settle();
  await clock.advance(400);
  open[0]!.end(ok);
  await settle();
  await clock.advance(399);
  expect(open).toHaveLength(1);
  await clock.advance(1);
  await settle();
  expect(open).toHaveLength(2);
});

it('refuses nobody because this node cannot read its own chain', async () => {
  const { log, open, ask } = desk();
  const asked = ask(body);
  await settle();
  open[0]!.fail(new OperationError('engine-damaged', 'fatal', 'the engine cannot read'));
  expect(await asked).toEqual({ status: 503, body: { verdict: 'again', code: 'engine-damaged' } });
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { code: 'engine-damaged' } }]);
});

it('spends nothing on a question whose signer has waited for too long', async () => {
  const { clock, open, ask } = desk();
  void ask(body);
  const waiting = ask(body);
  await settle();
  await clock.advance(5_000);
  const fresh = ask(body);
  open[0]!.end(ok);
  await settle();
  await clock.advance(5_000);
  expect(await waiting).toEqual({ status: 503, body: { verdict: 'again', code: 'verifier-busy' } });
  await settle();
  expect(open).toHaveLength(1);
  expect(await fresh).toMatchObject({ status: 503 });
});
