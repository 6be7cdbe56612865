import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { LOG_FOLDER } from '../../node/log/log-desk.ts';
import { openDisk } from '../../system/disk.ts';
import { exportLog } from '../audit-export.ts';
import { auditTools } from '../audit-tools.ts';
import { loadConfig } from '../config.ts';
import { CONFIG_FILE, dataDirOf } from '../data-dir.ts';
import { result } from '../output.ts';
import { readPublicIdentity } from '../public-identity.ts';
import type { Cli } from './context.ts';

/** Flags of `audit export`. */
export interface AuditExportFlags {
  readonly out: string;
  readonly from?: string;
}

/** Where a node keeps things, unless its configuration says otherwise. */
const USUAL = { keys: 'keys', ceremonies: 'ceremonies', data: 'data' };

/** Writes an export, and says what is in it. */
export async function exportPublic(cli: Cli, { out, from }: AuditExportFlags): Promise<void> {
  const dataDir = from === undefined ? cli.dataDir : dataDirOf(from);
  const paths = existsSync(join(dataDir, CONFIG_FILE)) ? await pathsOf(cli, dataDir) : USUAL;
  auditTools();
  const { identityPk: owner } = readPublicIdentity(dataDir, paths.keys);
  const disk = openDisk({ folder: dataDir, sweep: false });
  const logFolder = `${paths.data}/${LOG_FOLDER}`;
  const done = exportLog({ disk, owner, ceremonies: paths.ceremonies, logFolder, out });
  const { paint } = cli.output;
  result(cli.output, { out, ...done }, [
    `${paint('good', '✔')} ${done.entries} entries, ${done.heads} heads and ${done.files} files in ${out}`,
    ...(done.pending === 0
      ? []
      : [`${done.pending} newer entries are not signed yet: a running node signs them within a minute`]),
    ...done.notes.map((note) => paint('warn', note)),
    `Next: conclave audit verify ${out}`,
  ]);
}

async function pathsOf(cli: Cli, dataDir: string): Promise<typeof USUAL> {
  if (dataDir === cli.dataDir) return (await cli.config()).settings.paths;
  return loadConfig({ dataDir, file: undefined, environment: {}, flags: {} }).settings.paths;
}
