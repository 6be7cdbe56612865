import { decode } from '../crypto/codec.ts';
import { hexIn, literalIn, readJsonFile, withKeys } from '../crypto/json-file.ts';
import type { EpochRecord } from '../protocols/epoch.ts';
import { type SignedErasure, erasureCodec, isErasureOf } from '../protocols/reshare/erasure.ts';
import { type Folder, inOrder, readFrom } from './reading.ts';
import { type Result, skip, unless } from './report.ts';

/**
 * Reads `erasure-<name>.json`. Whether its signature is one is asked of an epoch. @throws InputError file-
 * truncated | file-damaged | malformed
 */
export function readErasure(bytes: Uint8Array, path: string): SignedErasure {
  const file = withKeys(readJsonFile(bytes, path), ['kind', 'version', 'erasure'], path);
  literalIn(file, 'kind', 'conclave-erasure', path);
  literalIn(file, 'version', 1, path);
  return decode(erasureCodec, hexIn(file, 'erasure', path), `${path}: erasure`);
}

/** Whether a file of a ceremony is such a statement. */
export const isErasureFile = (name: string): boolean => /^erasure-[^/]*\.json$/.test(name);

/**
 * Which members say that their shares of the old epoch are gone. A statement proves nothing but who made
 * it, so a missing one is no fault; a forged one is. [protocol, 12.6, 14.3 A9]
 */
export function recheckErasures(id: string, folder: Folder, old: EpochRecord): Result {
  const names = [...folder.files.keys()].filter(isErasureFile).sort(inOrder);
  const said = new Set<number>();
  const problems = names.flatMap((name) => {
    const erasure = readFrom(folder, name, readErasure);
    if (erasure.value === undefined) return [erasure.problem];
    said.add(erasure.value.index);
    return isErasureOf(old, erasure.value)
      ? []
      : [`${name}: is no statement by a member of epoch ${old.epochNo}`];
  });
  if (names.length === 0) return skip(id, `nobody has stated that its share of epoch ${old.epochNo} is gone`);
  const silent = old.members.map(({ index }) => index).filter((index) => !said.has(index));
  const open = silent.length === 0 ? '' : `; no word from ${silent.join(', ')}`;
  return unless(
    id,
    problems,
    `stated by ${[...said].sort((a, b) => a - b).join(', ')} of epoch ${old.epochNo}${open}`,
  );
}
