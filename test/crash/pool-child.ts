import { writeSync } from 'node:fs';

import { toHex } from '../../src/crypto/bytes.ts';
import { installPrimitives } from '../../src/crypto/primitives.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openDisk } from '../../src/system/disk.ts';
import { nativePrimitives } from '../../src/system/native.ts';
import { signed } from '../unit/services/mempool/harness.ts';
import { openPool } from './pool-house.ts';

// A process with a pool in the folder that it is told. It says when it is ready; once it hears from its
// parent it takes transactions, four accounts at a time, and writes the hash of each that it has
// acknowledged, until it is killed.

const native = nativePrimitives();
if (native !== undefined) installPrimitives(native);

const [folder = '', firstNonce = '0'] = process.argv.slice(2);
const pool = await openPool(openDisk({ folder }), systemClock);
process.channel?.ref();
const told = new Promise((go) => process.once('message', go));
writeSync(1, 'ready\n');
await told;
for (let nonce = Number(firstNonce); ; nonce++) {
  const raws = [0, 1, 2, 3].map((from) => signed({ from, nonce }));
  const answers = await Promise.all(raws.map((raw) => pool.add(raw)));
  // A pipe takes this at once: what was written is read, though nobody lives to see it.
  for (const answer of answers) if (answer.kind === 'accepted') writeSync(1, `${toHex(answer.hash)}\n`);
  if (answers.some(({ kind }) => kind === 'refused')) throw new RangeError(JSON.stringify(answers));
}
