import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { InputError } from '../crypto/errors.ts';

/** Where a node keeps everything, unless told otherwise. */
export const DEFAULT_DATA_DIR = '.conclave';
/** Its configuration. */
export const CONFIG_FILE = 'conclave.yaml';

/**
 * The absolute path of a data folder. Links in the path to it are followed here, once, because they are the
 * business of the machine's owner; inside the folder none is followed.
 * @throws InputError usage where the name is empty, as that of a variable that is not set, which would mean
 * the folder one stands in; bad-path where a file is there
 */
export function dataDirOf(named: string | undefined): string {
  if (named === '') throw new InputError('usage', '--data-dir', 'the name of the data folder is empty');
  const path = resolve(named ?? DEFAULT_DATA_DIR);
  if (!existsSync(path)) return join(real(dirname(path)), basename(path));
  const found = realpathSync(path);
  if (statSync(found).isDirectory()) return found;
  throw new InputError('bad-path', found, `${found} is a file instead of a folder`);
}

/** As much of a path as exists, without links. */
const real = (path: string): string =>
  existsSync(path) || path === dirname(path) ? realpathSync(path) : join(real(dirname(path)), basename(path));

/** Refuses to make a data folder where there is anything. @throws InputError folder-not-empty */
export function refuseUsed(folder: string): void {
  if (!existsSync(folder)) return;
  const [found] = readdirSync(folder);
  if (found === undefined) return;
  throw new InputError('folder-not-empty', folder, `${folder} is not empty: it holds ${found}`);
}
