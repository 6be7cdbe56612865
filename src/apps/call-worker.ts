import { constants, setPriority } from 'node:os';

import { serveCalls } from '../services/engine/call-thread.ts';
import { isToCallThread } from '../services/engine/call-messages.ts';
import { insideWorker } from '../system/worker-threads.ts';

// The entry of a thread that makes calls. It keeps to operations in JavaScript: it is ended in the middle of
// calls that take too long, and ending a thread inside a native operation would take the process with it.
// On Linux this is of one thread: where cores are short, blocks go before calls.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const { post, onMessage } = insideWorker();
serveCalls({
  post,
  onMessage: (handler) => {
    onMessage((message) => {
      if (isToCallThread(message)) handler(message);
    });
  },
});
