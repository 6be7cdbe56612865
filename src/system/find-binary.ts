import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Where a tool lives: $CONCLAVE_<TOOL>, then the packages of this project, then PATH; `undefined` if nowhere.
 */
export function findBinary(
  tool: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const named = environment[`CONCLAVE_${tool.toUpperCase()}`];
  const own = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');
  const searched = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = [own, join('node_modules', '.bin'), ...searched].map((folder) => join(folder, tool));
  return (named === undefined ? places : [named, ...places]).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not for us to run
  }
}
