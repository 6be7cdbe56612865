// Preloaded into a process of a node: it ends itself, as by a kill, at the call of its store that its parent
// has named, before that call happens. Only calls of the main thread count: the store makes no others.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const { O_CREAT } = fs.constants;
/** What each call of the matrix is. */
const calls = {
  create: ['openSync', ([, flags]) => typeof flags === 'number' && (flags & O_CREAT) !== 0],
  write: ['writeSync', () => true],
  fsync: ['fsyncSync', () => true],
  rename: ['renameSync', () => true],
  link: ['linkSync', () => true],
  unlink: ['unlinkSync', () => true],
};

let order;
let seen = 0;

function watch(kind, name, counts) {
  const call = fs[name];
  fs[name] = (...args) => {
    if (order?.call === kind && counts(args)) {
      seen += 1;
      if (seen === order.nth) process.kill(process.pid, 'SIGKILL');
    }
    return call(...args);
  };
}

if (isMainThread && process.channel !== undefined) {
  for (const [kind, [name, counts]] of Object.entries(calls)) watch(kind, name, counts);
  syncBuiltinESMExports();
  process.on('message', (next) => {
    order = next;
    seen = 0;
    process.send?.('armed');
  });
  process.channel.unref();
}
