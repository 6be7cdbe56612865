import { equalBytes, to0x } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import { hexIn, literalIn, readJsonFile, textIn, withKeys, writeJsonFile } from '../crypto/json-file.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type EpochRecord, decodeEpoch, encodeEpoch, epochIdOf } from '../protocols/epoch.ts';
import { judge } from '../protocols/judge.ts';
import { protos } from '../protocols/kernel/envelope.ts';
import { type Evidence, decodeEvidence, encodeEvidence } from '../protocols/kernel/evidence.ts';
import { type Spec, decodeSpec, specCodec, specHash } from '../protocols/kernel/spec.ts';
import { auditDoubleCommit, isDoubleCommitFile } from './double-commit.ts';
import { type Folder, readFrom } from './reading.ts';
import { type CheckTable, type Report, type Result, fail, pass, reportOf } from './report.ts';

/** Evidence against one party of a session, with everything by which anybody can judge it. */
export interface EvidenceFile {
  /** The code of the failure. */
  readonly reason: string;
  readonly spec: Spec;
  /** With round 0 of the session among its envelopes: the session id follows from it. */
  readonly evidence: Evidence;
  /** The epoch that presigns or signs, or that a reshare leaves; `undefined` for a key generation. */
  readonly record: EpochRecord | undefined;
}

const KIND = 'conclave-evidence';
/** Largest file, bytes: an abort that opens a presign session of the largest batch, shown whole, in hex. */
const MAX_FILE_BYTES: number = 40 * 1024 * 1024;
const FIELDS = ['kind', 'version', 'reason', 'spec', 'record', 'evidence'];

/** The file, as JSON; canonical bytes in it as hex, `0x` for a record that there is none of. */
export const writeEvidence = ({ reason, spec, evidence, record }: EvidenceFile): Uint8Array =>
  writeJsonFile({
    kind: KIND,
    version: 2,
    reason,
    spec: to0x(encode(specCodec, spec)),
    record: record === undefined ? '0x' : to0x(encodeEpoch(record)),
    evidence: to0x(encodeEvidence(evidence)),
  });

/**
 * Reads the file. @throws InputError file-truncated | file-damaged | malformed | bad-signer-set |
 * bad-committee;
 * stale-epoch for a record that is not of the epoch of the session
 */
export function readEvidence(bytes: Uint8Array, path: string): EvidenceFile {
  const file = withKeys(readJsonFile(bytes, path, MAX_FILE_BYTES), FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 2, path);
  const spec = decodeSpec(hexIn(file, 'spec', path));
  const stated = hexIn(file, 'record', path);
  const record = stated.length === 0 ? undefined : decodeEpoch(stated);
  const epochId = record === undefined ? new Uint8Array(32) : epochIdOf(record);
  if ((spec.proto === protos.keygen) !== (record === undefined) || !equalBytes(spec.epochId, epochId))
    throw new InputError('stale-epoch', path, `${path}: its record is not of the epoch of its session`);
  return {
    reason: textIn(file, 'reason', path),
    spec,
    record,
    evidence: decodeEvidence(hexIn(file, 'evidence', path)),
  };
}

/** Whether a file of this name holds evidence. */
export const isEvidenceFile = (name: string): boolean => /^[0-9a-f]{8,64}-[a-z0-9-]{1,64}\.json$/.test(name);

/** The checks of an evidence file. */
const evidenceChecks: CheckTable = {
  E1: {
    title: 'The accused is guilty',
    meaning: 'What the accused has signed breaks a rule, so that nobody needs to believe the accuser.',
  },
};

/**
 * Judges an evidence file by what is in it alone. The epoch record names the members; that it is of the key
 * in question, its epoch id says. @returns a report whose check holds when the accused is guilty
 */
export function auditEvidence(folder: Folder, name: string): Report {
  if (isDoubleCommitFile(name)) return auditDoubleCommit(folder, name);
  const path = folder.path === '.' ? name : `${folder.path}/${name}`;
  const read = readFrom(folder, name, readEvidence);
  if (read.value === undefined)
    return reportOf({ kind: 'evidence', path }, evidenceChecks, [fail('E1', read.problem)], {});
  const { spec, evidence, record, reason } = read.value;
  const { guilty, because } = judge(evidence, spec, [], record);
  const result: Result =
    guilty === 'accused'
      ? pass('E1', `party ${evidence.accused} is guilty (${reason}): ${because}`)
      : fail('E1', `party ${evidence.accused} is accused falsely: ${because}`);
  const who = spec.participants.find(({ index }) => index === evidence.accused)?.identityPk;
  const facts = {
    ...{ epochId: to0x(spec.epochId), session: to0x(specHash(spec)), accused: String(evidence.accused) },
    ...(who && { identity: identityText(who) }),
  };
  return reportOf({ kind: 'evidence', path }, evidenceChecks, [result], facts);
}
