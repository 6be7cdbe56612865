import { engineHere } from './globals.ts';
import { scriptUrl } from './script-url.ts';
import type { Answer, Answered, Asked, EngineHere, Progress, Question } from './shared/messages.ts';

/** The script with the audit in it, beside the page. */
const ENGINE = 'audit.js';

/** Answers the questions of the page, in a worker where there can be one. */
export interface Client {
  readonly ask: (question: Question, told?: (progress: Progress) => void) => Promise<Answer>;
  /** Ends what is under way: its answer is that it was stopped. */
  readonly stop: () => void;
}

interface Waiting {
  readonly told: (progress: Progress) => void;
  readonly done: (answer: Answer) => void;
}

/** Starts the engine: in a worker, or on the page's own thread when the page is a file. */
export function startClient(): Client {
  const url = scriptUrl(ENGINE);
  return location.protocol === 'file:' ? clientHere(url) : clientInWorker(url);
}

function clientInWorker(url: string): Client {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  const failAll = (message: string): void => {
    for (const { done } of waiting.values()) done({ kind: 'failed', message });
    waiting.clear();
  };
  const start = (): Worker => {
    const worker = new Worker(url);
    worker.addEventListener('message', ({ data }: MessageEvent<Answered>) => {
      const one = waiting.get(data.id);
      if (data.answer.kind === 'progress') return one?.told(data.answer.progress);
      waiting.delete(data.id);
      one?.done(data.answer);
    });
    worker.addEventListener('error', (event) => failAll(`The audit has failed: ${event.message}`));
    return worker;
  };
  let worker = start();
  return {
    ask: (question, told = () => undefined) =>
      new Promise((done) => {
        const id = ++lastId;
        waiting.set(id, { told, done });
        worker.postMessage({ id, question } satisfies Asked);
      }),
    stop: () => {
      worker.terminate();
      worker = start();
      failAll('The audit was stopped.');
    },
  };
}

function clientHere(url: string): Client {
  const script = document.createElement('script');
  const loaded = new Promise<EngineHere | undefined>((resolve) => {
    script.addEventListener('load', () => resolve(engineHere()));
    script.addEventListener('error', () => resolve(undefined));
  });
  script.src = url;
  document.head.append(script);
  let stop: (answer: Answer) => void = () => undefined;
  return {
    ask: async (question, told = () => undefined) => {
      const engine = await loaded;
      if (engine === undefined) return { kind: 'failed', message: `${ENGINE} is not beside this page.` };
      const stopped = new Promise<Answer>((resolve) => (stop = resolve));
      return Promise.race([engine.answer(question, told), stopped]);
    },
    stop: () => stop({ kind: 'failed', message: 'The audit was stopped.' }),
  };
}
