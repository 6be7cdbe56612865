import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import { genesisBlock, readGenesis } from '../../chain/genesis.ts';
import type { Rollup } from '../../chain/rollup.ts';
import { equalBytes, latin1, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import type { L2Genesis } from '../../ethereum/l2-genesis.ts';
import { parseConfigText } from '../config.ts';
import { readRollupFile } from '../rollup-file.ts';
import { readUserFile } from '../user-file.ts';
import { type L2Settings, l2SettingsSchema } from './settings.ts';

/** The configuration of a node of L2, in its data folder. */
export const L2_CONFIG_FILE = 'l2.yaml';
const MAX_CONFIG_BYTES = 262_144;
const MAX_ROLLUP_BYTES = 65_536;
const MAX_GENESIS_BYTES = 268_435_456;

/** Everything that a node of L2 is told. */
export interface L2Config {
  /** Absolute. */
  readonly dataDir: string;
  readonly settings: L2Settings;
  readonly rollup: Rollup;
  readonly genesis: L2Genesis;
}

/**
 * Reads settings, rollup file and genesis, and refuses a genesis that is not the one of the rollup.
 * @throws InputError config-invalid | file-unreadable | genesis-mismatch, and those of the files
 */
export function loadL2Config(dataDir: string): L2Config {
  const file = join(dataDir, L2_CONFIG_FILE);
  if (!existsSync(file))
    throw new InputError(
      'config-invalid',
      file,
      `there is no ${file}: make a folder with "conclave sequencer init" or "conclave verifier init", or ` +
        'name it with --data-dir',
    );
  const settings = parseL2Settings(latin1(readUserFile(file, MAX_CONFIG_BYTES)), file);
  const [rollupAt, genesisAt] = [join(dataDir, settings.files.rollup), join(dataDir, settings.files.genesis)];
  const rollup = readRollupFile(readUserFile(rollupAt, MAX_ROLLUP_BYTES), rollupAt);
  const genesis = readGenesis(readUserFile(genesisAt, MAX_GENESIS_BYTES), genesisAt);
  checkGenesis(genesis, rollup, genesisAt);
  refuseSecondEngine(settings, rollup);
  return { dataDir, settings, rollup, genesis };
}

/**
 * An execution client demands that time goes on from block to block. [adr 0019]
 * @throws InputError config-invalid
 */
export function refuseSecondEngine(
  { second_engine: named }: Pick<L2Settings, 'second_engine'>,
  { slotMs }: Pick<Rollup, 'slotMs'>,
): void {
  if (named === undefined || slotMs >= 1_000) return;
  throw new InputError(
    'config-invalid',
    'second_engine',
    `second_engine: blocks of this chain come every ${slotMs} ms, two of them may have one time, and an ` +
      'execution client refuses the second: leave it out',
  );
}

/** The settings of a text. @throws InputError config-invalid, naming the setting and the reason */
export function parseL2Settings(text: string, file: string): L2Settings {
  const parsed = l2SettingsSchema.safeParse(parseConfigText(text, file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map(String).join('.');
  const what = issue?.message ?? 'is not allowed';
  throw new InputError(
    'config-invalid',
    path,
    `${file}: ${path === '' ? 'it' : path} ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
  );
}

/** A genesis that differs in one wei is another chain. */
export function checkGenesis(genesis: L2Genesis, rollup: Rollup, file: string): void {
  const { hash } = genesisBlock(genesis);
  if (genesis.l2ChainId === rollup.l2ChainId && equalBytes(hash, rollup.genesis.hash)) return;
  throw new InputError(
    'genesis-mismatch',
    file,
    `${file} gives block 0 ${to0x(hash)} of L2 ${genesis.l2ChainId}; the rollup file names ` +
      `${to0x(rollup.genesis.hash)} of L2 ${rollup.l2ChainId}`,
  );
}

/** The absolute path of a file that the settings name relative to the data folder. */
export const fileIn = ({ dataDir }: Pick<L2Config, 'dataDir'>, path: string): string =>
  isAbsolute(path) ? path : join(dataDir, path);
