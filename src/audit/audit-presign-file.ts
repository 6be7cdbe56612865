import { equalBytes, to0x } from '../crypto/bytes.ts';
import type { Lock } from '../chain/lock.ts';
import { partiesOf } from '../protocols/kernel/spec.ts';
import { rootOf } from './audit-envelopes.ts';
import type { PresignWork, SharedWork } from './audit-presign.ts';
import { failedIn, signatureChecks } from './audit-signature.ts';
import { recheckEvidence } from './evidence.ts';
import type { Folder } from './reading.ts';
import type { Registry } from './registry.ts';
import { type CheckTable, type Report, type Result, reportOf, skip, unless } from './report.ts';
import { joinPath } from './source.ts';
import type { TranscriptFile } from './transcript-file.ts';

/** The checks of a preparation by itself: those of a signature that are about its preparation. */
export const presignChecks: CheckTable = Object.fromEntries(
  Object.entries(signatureChecks).filter(([id]) => ['A2', 'A3', 'A4', 'A5', 'A9'].includes(id)),
);

/** What the audit of a preparation says, and what is compared with others. */
export interface PresignFileAudit {
  readonly report: Report;
  /** `undefined` where it cannot be read. */
  readonly file: TranscriptFile | undefined;
  /** x of every single nonce and of every sum, as hex. */
  readonly nonces: readonly string[];
}

/** The report on a preparation that lies by itself: `<session>.jsonl`, also one that failed. */
export function auditPresignFile(
  folder: Folder,
  name: string,
  { shared, registry }: { readonly shared: SharedWork; readonly registry: Registry },
): PresignFileAudit {
  const subject = { kind: 'presign', path: joinPath(folder.path, name) } as const;
  const read = shared.presignFile(folder, name);
  const refused = (id: string, problem: string): PresignFileAudit => ({
    report: reportOf(subject, presignChecks, [unless(id, [problem], '')], {}),
    file: read.value,
    nonces: [],
  });
  if (read.value === undefined) return refused('A3', read.problem);
  if (read.value.proto !== 'presign') return refused('A3', `${name}: is no transcript of a preparation`);
  const lock = registry.ofEpoch(read.value.spec.epochId);
  if (lock === undefined)
    return refused('A2', `${name}: the lock of epoch ${to0x(read.value.spec.epochId)} is not here`);
  const work = shared.presignAs(folder, name, lock);
  if (work.value === undefined) return refused('A3', work.problem);
  const report = reportOf(subject, presignChecks, recheck(work.value, lock), factsOf(work.value, lock));
  return { report, file: work.value.file, nonces: work.value.nonces };
}

function recheck(work: PresignWork, { record }: Lock): readonly Result[] {
  const { file, envelopes, replay } = work;
  const found = (item: string): readonly string[] => failedIn(item, file.path, replay.findings);
  const isDone = file.outcome === 'done';
  const count = replay.result?.presignatures.length ?? 0;
  const over = `the session ended without preparations (${file.outcome})`;
  return [
    unless('A2', found('A2'), `parties ${partiesOf(file.spec).join(', ')} of epoch ${record.epochNo}`),
    unless(
      'A3',
      [...(isDone ? found('A3') : []), ...envelopes.problems, ...rootProblems(work)],
      `${file.entries.length} messages`,
    ),
    isDone ? unless('A4', found('A4'), `${count} preparations, with distinct nonces`) : skip('A4', over),
    isDone ? unless('A5', found('A5'), `${file.spec.threshold} equal confirmations`) : skip('A5', over),
    recheckEvidence('A9', [file], [record]),
  ];
}

function rootProblems({ file, envelopes, replay }: PresignWork): readonly string[] {
  const { result } = replay;
  if (file.outcome !== 'done' || file.root === undefined || result === undefined) return [];
  const root = rootOf(file, envelopes.view, result.ok);
  return equalBytes(file.root, root)
    ? []
    : [`${file.path} line 1: the root of these messages is ${to0x(root)}`];
}

const factsOf = ({ file }: PresignWork, { record }: Lock): Report['facts'] => ({
  outcome: file.outcome,
  parties: partiesOf(file.spec).join(', '),
  epoch: String(record.epochNo),
  batch: String(file.spec.batch),
  ...(file.sid === undefined ? {} : { session: to0x(file.sid) }),
  ...(file.root === undefined ? {} : { root: to0x(file.root) }),
});
