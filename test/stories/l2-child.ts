import { appendFileSync, writeSync } from 'node:fs';

import { loadL2Config } from '../../src/apps/l2/config.ts';
import { startSequencer } from '../../src/apps/l2/sequencer.ts';
import { startVerifier } from '../../src/apps/l2/verifier.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import type { Cluster } from '../../src/services/l1/service.ts';
import { createLog } from '../../src/system/log.ts';
import { oneKey } from './l2-town.ts';

// A node in a process of its own, to be killed. Before its signers sign, they write down what they are asked.

process.umask(0o077);
const [folder = '', signed = ''] = process.argv.slice(2);
const cluster: Cluster = {
  key: oneKey.key,
  sign: (request) => {
    appendFileSync(signed, `${toHex(request)}\n`);
    return oneKey.sign(request);
  },
};
const log = createLog(
  { level: 'info', format: 'json', alsoPlain: ['message', 'detail'] },
  { write: (line) => void process.stderr.write(line) },
);
const options = { config: loadL2Config(folder), log, version: '0.0.0' };
if (signed === '') await startVerifier(options);
else await startSequencer(options, () => cluster);
writeSync(1, 'ready\n');
