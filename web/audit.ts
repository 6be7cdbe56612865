import { installPrimitives, primitives } from '../src/crypto/primitives.ts';
import { Engine } from './engine/engine.ts';
import { verifyingOnce } from './engine/once.ts';
import { leave } from './globals.ts';
import type { Answer, Answered, Asked, EngineHere } from './shared/messages.ts';

installPrimitives(verifyingOnce(primitives()));
const isWorker = typeof document === 'undefined';
const engine = new Engine({ isPausing: !isWorker });

if (isWorker) {
  self.addEventListener('message', (event: MessageEvent<Asked>) => {
    const { id, question } = event.data;
    const reply = (answer: Answer): void => self.postMessage({ id, answer } satisfies Answered);
    void engine.answer(question, (progress) => reply({ kind: 'progress', progress })).then(reply);
  });
} else {
  const here: EngineHere = { answer: (question, told) => engine.answer(question, told) };
  leave('conclaveEngine', here);
}
