import { insideWorker } from '../../../../src/system/worker-threads.ts';

// The thread of the tests: answers with what it got, or ends as it is told.
const outside = insideWorker();
outside.onMessage((message) => {
  if (message === 'throw') throw new Error('as asked');
  if (message === 'exit') process.exit(3);
  if (message === 'spin') for (;;);
  if (message === 'about')
    return outside.post({ env: Object.keys(process.env), argv: process.argv.slice(2) });
  if (message instanceof Uint8Array) return outside.post(message, [message.buffer as ArrayBuffer]);
  outside.post(message);
});
