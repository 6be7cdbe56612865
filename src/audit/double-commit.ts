import { to0x } from '../crypto/bytes.ts';
import { type Codec, decode, encode, struct } from '../crypto/codec.ts';
import { hexIn, literalIn, readJsonFile, withKeys, writeJsonFile } from '../crypto/json-file.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type EpochRecord, decodeEpoch, encodeEpoch, epochIdOf } from '../protocols/epoch.ts';
import { type Committed, commitCodec, commitsTwice, preparedCodec } from '../protocols/reshare/activation.ts';
import { type Folder, readFrom } from './reading.ts';
import { type CheckTable, type Report, fail, pass, reportOf } from './report.ts';

/** Two COMMITs of one member to different successors of one epoch. They prove themselves. */
export interface DoubleCommitFile {
  /** The epoch that was to be left: it names the members and their keys. */
  readonly old: EpochRecord;
  readonly first: Committed;
  readonly second: Committed;
}

const KIND = 'conclave-double-commit';
const FIELDS = ['kind', 'version', 'old', 'first', 'second'];
const committedCodec: Codec<Committed> = struct<Committed>({ prepared: preparedCodec, commit: commitCodec });

/** The file, as JSON; canonical bytes in it as hex. */
export const writeDoubleCommit = ({ old, first, second }: DoubleCommitFile): Uint8Array =>
  writeJsonFile({
    kind: KIND,
    version: 1,
    old: to0x(encodeEpoch(old)),
    first: to0x(encode(committedCodec, first)),
    second: to0x(encode(committedCodec, second)),
  });

/**
 * Reads the file; what is in it is still to be judged. @throws InputError file-truncated | file-damaged |
 * malformed
 */
export function readDoubleCommit(bytes: Uint8Array, path: string): DoubleCommitFile {
  const file = withKeys(readJsonFile(bytes, path), FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  return {
    old: decodeEpoch(hexIn(file, 'old', path)),
    first: decode(committedCodec, hexIn(file, 'first', path), `${path}: first`),
    second: decode(committedCodec, hexIn(file, 'second', path), `${path}: second`),
  };
}

/** Whether a file in a folder of evidence is one of these, by its name. */
export const isDoubleCommitFile = (name: string): boolean =>
  /^[0-9a-f]{8}-double-commit-[0-9]{1,5}\.json$/.test(name);

const checks: CheckTable = {
  E1: {
    title: 'The accused is guilty',
    meaning: 'What the accused has signed breaks a rule, so that nobody needs to believe the accuser.',
  },
};

/**
 * Judges such a file by what is in it alone. [protocol, 12.5 rule 5] @returns a report whose check holds when
 * the member has committed twice
 */
export function auditDoubleCommit(folder: Folder, name: string): Report {
  const path = folder.path === '.' ? name : `${folder.path}/${name}`;
  const read = readFrom(folder, name, readDoubleCommit);
  if (read.value === undefined)
    return reportOf({ kind: 'evidence', path }, checks, [fail('E1', read.problem)], {});
  const { old, first, second } = read.value;
  const who = `party ${first.commit.index}`;
  const result = commitsTwice(old, first, second)
    ? pass('E1', `${who} has committed to two successors of epoch ${old.epochNo}`)
    : fail('E1', `${who} has not committed to two successors of epoch ${old.epochNo}`);
  const seat = old.members.find(({ index }) => index === first.commit.index);
  return reportOf({ kind: 'evidence', path }, checks, [result], {
    ...{ session: to0x(epochIdOf(old)), accused: String(first.commit.index) },
    ...(seat && { identity: identityText(seat.identityPk) }),
  });
}
