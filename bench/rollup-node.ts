import { loadL2Config } from '../src/apps/l2/config.ts';
import { startSequencer } from '../src/apps/l2/sequencer.ts';
import { createLog } from '../src/system/log.ts';
import { oneKey } from '../test/stories/l2-town.ts';

// A sequencer in a process of its own, whose batches one ordinary key signs: what a cluster costs is another
// bench. Its data folder is the only argument; a line on stdout says where it answers.

process.umask(0o077);
const [folder = ''] = process.argv.slice(2);
const log = createLog(
  { level: 'warn', format: 'console' },
  { write: (line) => void process.stderr.write(line) },
);
const node = await startSequencer({ config: loadL2Config(folder), log, version: '0.0.0' }, () => oneKey);
process.stdout.write(`${JSON.stringify({ type: 'ready', rpc: node.rpc })}\n`);
process.once('SIGTERM', () => void node.stop());
await node.ended;
process.exit();
