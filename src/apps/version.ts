import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { suite } from '../protocols/params.ts';

/** What `conclave version` says. */
export interface VersionInfo {
  readonly version: string;
  /** Of the sources this runs from, where they are known. */
  readonly commit: string | undefined;
  readonly protocol: string;
  readonly formats: Readonly<Record<string, readonly number[]>>;
  readonly node: string;
}

/** Versions of the file formats that this program reads and writes. */
const formats = { definition: [1], lock: [1], share: [1], transcript: [1], config: [1] } as const;

const root = join(import.meta.dirname, '..', '..');

/** The version of the package. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const isNamed = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isNamed ? String(manifest.version) : 'unknown';
}

/** Everything that tells two installations apart. */
export const versionInfo = (): VersionInfo => ({
  version: packageVersion(),
  commit: commitOf(join(root, '.git')),
  protocol: suite.name,
  formats,
  node: process.version,
});

/** The commit of a checkout, read from its files. */
function commitOf(git: string): string | undefined {
  const head = textOf(join(git, 'HEAD'));
  if (head === undefined || !head.startsWith('ref: ')) return head?.slice(0, 12);
  const ref = head.slice(5);
  const packed = textOf(join(git, 'packed-refs'))
    ?.split('\n')
    .find((line) => line.endsWith(` ${ref}`));
  return (textOf(join(git, ref)) ?? packed)?.slice(0, 12);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // no checkout: an installed package
  }
}
