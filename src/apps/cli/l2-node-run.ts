import { isAbsolute, join, resolve } from 'node:path';

import { ascii } from '../../crypto/bytes.ts';
import { readGenesis } from '../../chain/genesis.ts';
import { accountOfKey } from '../../ethereum/deployment-tx.ts';
import { openDisk } from '../../system/disk.ts';
import { createLog } from '../../system/log.ts';
import { refuseUsed } from '../data-dir.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { L2_CONFIG_FILE, checkGenesis, loadL2Config, parseL2Settings } from '../l2/config.ts';
import { type NewL2, sampleL2Config } from '../l2/sample.ts';
import type { RunningL2 } from '../l2/verifier.ts';
import { note, progress, result } from '../output.ts';
import { readRollupFile } from '../rollup-file.ts';
import { readUserFile } from '../user-file.ts';
import { packageVersion } from '../version.ts';
import { type Cli, usage } from './context.ts';
import type { NewL2Flags, NewSequencerFlags, NewVerifierFlags } from './l2-flags.ts';

/** Makes the folder of a sequencer. The account is that of its key. */
export async function initSequencer(cli: Cli, flags: NewSequencerFlags): Promise<void> {
  if (flags.cluster.length === 0) throw usage('--cluster', 'a sequencer needs a signing node: --cluster');
  const keyFile = resolve(flags.keyFile);
  const key = await readKeyFile(keyFile, 'sequencer', cli.flags.passwordFile);
  const { keyFile: _, ...rest } = flags;
  const leader = accountOfKey(key);
  const cluster = flags.cluster.map((folder) => (isAbsolute(folder) ? folder : resolve(folder)));
  makeFolder(cli, flags, { leader, sequencer: { ...rest, keyFile, cluster } });
  note(cli.output, `Blocks are sealed by ${leader}.`);
  note(cli.output, `Next: conclave --data-dir ${cli.dataDir} sequencer run`);
}

/** Makes the folder of a verifier. */
export function initVerifier(cli: Cli, flags: NewVerifierFlags): void {
  makeFolder(cli, flags, { leader: flags.leader, follow: flags.follow });
  note(cli.output, `Next: conclave --data-dir ${cli.dataDir} verifier run`);
}

/** Everything is checked before anything is written. */
function makeFolder(
  { dataDir, output }: Cli,
  { rollup: rollupFile, genesis: genesisFile, l1, confirmations, listen }: NewL2Flags,
  what: Pick<NewL2, 'leader' | 'sequencer' | 'follow'>,
): void {
  if (l1.length === 0) throw usage('--l1', 'a node of L2 needs an endpoint of L1: --l1');
  refuseUsed(dataDir);
  const text = sampleL2Config({ l1, confirmations, listen, ...what });
  parseL2Settings(text, L2_CONFIG_FILE);
  const [rollupBytes, genesisBytes] = [readUserFile(rollupFile), readUserFile(genesisFile, 268_435_456)];
  const rollup = readRollupFile(rollupBytes, rollupFile);
  const genesis = readGenesis(genesisBytes, genesisFile);
  checkGenesis(genesis, rollup, genesisFile);
  const disk = openDisk({ folder: dataDir });
  disk.create('rollup.json', rollupBytes);
  disk.create('genesis.json', genesisBytes);
  disk.create(L2_CONFIG_FILE, ascii(text));
  const config = join(dataDir, L2_CONFIG_FILE);
  result(output, { folder: dataDir, l2ChainId: String(rollup.l2ChainId), config, listen }, [
    `${output.paint('good', '✔')} ${dataDir} is for L2 ${rollup.l2ChainId}; see ${L2_CONFIG_FILE} in it`,
  ]);
}

/** What a node of L2 says: all of it is on a chain, or is the sentence of an error of ours. */
const publicFields: readonly string[] = [
  ...['account', 'because', 'blocks', 'da', 'detail', 'follows', 'gasUsed', 'head', 'l1', 'message'],
  ...['number', 'own', 'rpc', 'to', 'tookMs', 'transactions', 'tx'],
];

/** Runs a node until it is stopped. */
export async function runL2(cli: Cli, role: 'sequencer' | 'verifier'): Promise<void> {
  process.umask(0o077);
  const config = loadL2Config(cli.dataDir);
  const { level, format } = config.settings.log;
  const log = createLog(
    { level: cli.flags.quiet === true ? 'error' : level, format, alsoPlain: publicFields },
    { write: (line) => void process.stderr.write(line) },
  );
  const options = { config, log, version: packageVersion() };
  const node: RunningL2 =
    role === 'sequencer'
      ? await (await import('../l2/sequencer.ts')).startSequencer(options)
      : await (await import('../l2/verifier.ts')).startVerifier(options);
  const stopBy = (signal: NodeJS.Signals): void => {
    log.info('signal', { name: signal });
    // Why it could not be ended, `ended` says.
    node.stop().catch(() => undefined);
  };
  process.once('SIGINT', stopBy).once('SIGTERM', stopBy);
  const { output } = cli;
  const chain = config.rollup.l2ChainId;
  progress(
    output,
    { type: 'ready', role, rpc: `http://${node.rpc}`, pid: process.pid, dataDir: cli.dataDir },
    `${output.paint('good', '✔')} ${role} of L2 ${chain}: http://${node.rpc}; Ctrl-C stops it`,
  );
  await node.ended;
  process.off('SIGINT', stopBy).off('SIGTERM', stopBy);
  result(output, { stopped: role }, output.isQuiet ? [] : [`${role} stopped`]);
}
