import { parentPort } from 'node:worker_threads';

import { wipe } from '../crypto/bytes.ts';
import { Bug } from '../crypto/errors.ts';
import { bootCounter, hedgedRng } from '../crypto/hedged-rng.ts';
import { installPrimitives } from '../crypto/primitives.ts';
import { SessionHost } from '../node/sessions/host.ts';
import { type HostCommand, wipeEnding } from '../node/sessions/messages.ts';
import type { WorkerGoodbye, WorkerHello } from '../node/sessions/worker-host.ts';
import { nativePrimitives } from '../system/native.ts';
import { systemRng } from '../system/rng.ts';

const port = parentPort;
if (port === null) throw new Bug('this file is the entry of a worker thread');
const native = nativePrimitives();
if (native !== undefined) installPrimitives(native);
const counter = bootCounter();
let host: SessionHost | undefined;

port.on('message', (message: WorkerHello | WorkerGoodbye | HostCommand) => {
  if (message.kind === 'goodbye') {
    port.close();
    return;
  }
  if (message.kind !== 'hello') {
    host?.handle(message);
    return;
  }
  const { nodeSecret, bootId } = message;
  host = new SessionHost({
    emit: (event) => {
      port.postMessage(event);
      // The node has its copy of what is secret.
      if (event.kind === 'persist') wipe(event.bytes);
      if (event.kind === 'ended') wipeEnding(event.ending);
    },
    rngFor: (label, sid) => hedgedRng({ nodeSecret, bootId, counter, fresh: systemRng, label, sid }),
  });
});
