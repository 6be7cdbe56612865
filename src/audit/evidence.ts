import { equalBytes, to0x } from '../crypto/bytes.ts';
import { attempt, decode } from '../crypto/codec.ts';
import { type EpochRecord, epochIdOf } from '../protocols/epoch.ts';
import { judge, needsRecord } from '../protocols/judge.ts';
import { type Envelope, envelopeKinds } from '../protocols/kernel/envelope.ts';
import { type Evidence, decodeEvidence } from '../protocols/kernel/evidence.ts';
import { abortCodec } from '../protocols/kernel/notices.ts';
import { type Result, skip, unless } from './report.ts';
import type { TranscriptFile } from './transcript-file.ts';

/**
 * Every accusation in a transcript, judged again by signed bytes alone. `records` are the epochs that
 * reshares leave and to which presign sessions belong: what is said in one is judged by its epoch, and not
 * without. [protocol, 13, 14.3 A9]
 */
export function recheckEvidence(
  id: string,
  transcripts: readonly TranscriptFile[],
  records: readonly EpochRecord[] = [],
): Result {
  const all = transcripts.flatMap((file) =>
    file.entries.flatMap(({ line, envelope }) =>
      accusationIn(envelope).map((evidence) => ({ file, line, envelope, evidence })),
    ),
  );
  if (all.length === 0) return skip(id, 'nobody was accused of anything');
  const upheld: string[] = [];
  const problems: string[] = [];
  for (const { file, line, envelope, evidence } of all) {
    const where = `${file.path} line ${line}`;
    const record = records.find((one) => equalBytes(epochIdOf(one), file.spec.epochId));
    if (needsRecord(file.spec) && record === undefined) {
      problems.push(`${where}: the record of epoch ${to0x(file.spec.epochId)} is not here to judge by`);
      continue;
    }
    const { guilty, because } = judge(evidence, file.spec, setupOf(file), record);
    if (guilty === 'accused') upheld.push(`${where}: party ${evidence.accused} is guilty: ${because}`);
    else problems.push(`${where}: party ${envelope.header.from} accuses falsely: ${because}`);
  }
  return unless(id, problems, upheld.join('; '));
}

/** The evidence of an abort. One that cannot be read accuses nobody, and blames its author at the nodes. */
function accusationIn({ header, body }: Envelope): readonly Evidence[] {
  if (header.kind !== envelopeKinds.abort) return [];
  const notice = attempt(() => decode(abortCodec, body));
  if (notice === undefined || notice.evidence.length === 0) return [];
  const evidence = attempt(() => decodeEvidence(notice.evidence));
  return evidence === undefined ? [] : [evidence];
}

/** Round 0 of the transcript: the session id follows from it. */
const setupOf = ({ entries }: TranscriptFile): readonly Uint8Array[] =>
  entries
    .filter(({ envelope: { header } }) => header.kind === envelopeKinds.broadcast && header.round === 0)
    .map(({ envelope }) => envelope.bytes);
