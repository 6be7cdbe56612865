import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { InputError } from '../crypto/errors.ts';

/** Where a node keeps everything, unless told otherwise. */
export const DEFAULT_DATA_DIR = '.conclave';
/** Its configuration. */
export const CONFIG_FILE = 'conclave.yaml';

/**
 * The absolute path of a data folder. Links in the path to it are followed here, once, because they are the
 * business of the machine's owner; inside the folder none is followed.
 */
export function dataDirOf(named: string | undefined): string {
  const path = resolve(named ?? DEFAULT_DATA_DIR);
  return existsSync(path) ? realpathSync(path) : join(real(dirname(path)), basename(path));
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
