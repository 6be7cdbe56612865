import { latin1 } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { auditCeremony } from './audit-ceremony.ts';
import { auditEpochs } from './audit-epochs.ts';
import { auditHistory } from './audit-history.ts';
import { SharedWork } from './audit-presign.ts';
import { type AuditTools, type SignatureAudit, auditSignature } from './audit-signature.ts';
import { ceremonyChecks } from './ceremony-case.ts';
import { auditEvidence, isEvidenceFile } from './evidence-file.ts';
import type { Expectations } from './expectations.ts';
import { isAudited, kindOf } from './kinds.ts';
import { inOrder } from './reading.ts';
import { LockFinder, type Registry, holdsLock } from './registry.ts';
import { type Report, fail, reportOf } from './report.ts';
import type { SignatureRecord } from './signature-record.ts';
import type { SignedBatch } from './signed-batch.ts';
import {
  type AuditSource,
  type FolderNames,
  foldersIn,
  joinPath,
  loadFolder,
  sourceOf,
  splitPath,
} from './source.ts';

/** Everything that an audit of a tree of files says. */
export interface Audit {
  /**
   * Ceremonies first, then evidence, then the epochs of each key, then signatures, then what these have in
   * common.
   */
  readonly reports: readonly Report[];
  /** What signatures add to the history of their keys, in the order of their folders. */
  readonly records: readonly SignatureRecord[];
  /** Signatures that hold, for comparison with L1. */
  readonly batches: readonly SignedBatch[];
  /** Whether no check of any report has failed. */
  readonly ok: boolean;
}

/** How far an audit is: of `total` folders, `done` have been looked at, the last one at `path`. */
export interface AuditProgress {
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

/** Told about every folder, when it has been looked at. */
export type OnProgress = (progress: AuditProgress) => void;

/** What is to be looked at. */
interface Plan {
  readonly ceremonies: readonly FolderNames[];
  /** Paths of evidence files. */
  readonly evidence: readonly string[];
  readonly signatures: readonly FolderNames[];
}

/** The audit of files that are in memory: by their path, with `/` between names. As `auditSource`. */
export const auditFolder = (
  files: ReadonlyMap<string, Uint8Array>,
  expectations: Expectations,
  tools: AuditTools,
): Promise<Audit> => auditSource(sourceOf(files), expectations, tools);

/**
 * Audits a folder of one ceremony, of one signature, or a tree of many of both, from its files alone. One
 * folder after the other is read, and only what later checks compare is kept of it.
 * @throws InputError nothing-to-audit, and what the source throws
 */
export async function auditSource(
  source: AuditSource,
  expectations: Expectations,
  tools: AuditTools,
  onProgress: OnProgress = () => undefined,
): Promise<Audit> {
  const folders = foldersIn(source.list().filter((path) => isAudited(splitPath(path)[1])));
  const plan = planOf(folders);
  const total = plan.ceremonies.length + plan.evidence.length + plan.signatures.length;
  if (total === 0)
    throw new InputError('nothing-to-audit', '.', 'the folder holds no ceremony, signature or evidence');
  let done = 0;
  const step = (path: string): void => {
    onProgress({ done: ++done, total, path });
  };
  const registry = await registryIn(source, folders);
  const reports: Report[] = [];
  for (const folder of plan.ceremonies) {
    reports.push(auditCeremony(await loadFolder(source, folder), expectations, registry));
    step(folder.path);
  }
  for (const path of plan.evidence) {
    const [folder, name] = splitPath(path);
    reports.push(auditEvidence(await loadFolder(source, { path: folder, names: [name] }), name));
    step(path);
  }
  // A lock beside a signature was copied when it was made, perhaps before all had countersigned it.
  if (plan.ceremonies.length > 0) reports.push(...auditEpochs('.', registry));
  const shared = new SharedWork(registry);
  const audits = await auditSignatures(source, plan.signatures, async (folder) => {
    const audit = await auditSignature(await loadFolder(source, folder), shared, expectations, tools);
    step(folder.path);
    return audit;
  });
  reports.push(...audits.map(({ report }) => report));
  const records = audits.flatMap(({ record }) => record ?? []);
  if (records.length > 1) reports.push(auditHistory('.', records));
  if (isExpecting(expectations) && !folders.some(({ names }) => names.includes('lock.json')))
    reports.push(nothingCompared);
  const batches = audits.flatMap(({ signed }) => signed ?? []);
  return { reports, records, batches, ok: reports.every(({ ok }) => ok) };
}

const planOf = (folders: readonly FolderNames[]): Plan => ({
  ceremonies: folders.filter(({ names }) => kindOf(names) === 'ceremony'),
  evidence: folders.flatMap(({ path, names }) =>
    names.filter(isEvidenceFile).map((name) => joinPath(path, name)),
  ),
  signatures: folders.filter(({ names }) => kindOf(names) === 'signature'),
});

async function registryIn(source: AuditSource, folders: readonly FolderNames[]): Promise<Registry> {
  const finder = new LockFinder();
  for (const folder of folders)
    if (folder.names.some(holdsLock)) finder.add(await loadFolder(source, folder, holdsLock));
  return finder.registry();
}

/**
 * Looks at signatures so that those of one presign session follow each other, since doing one again costs
 * more than all of its signatures; and answers in the order of the folders.
 */
async function auditSignatures(
  source: AuditSource,
  folders: readonly FolderNames[],
  audit: (folder: FolderNames) => Promise<SignatureAudit>,
): Promise<readonly SignatureAudit[]> {
  const hinted: { readonly folder: FolderNames; readonly hint: string }[] = [];
  for (const folder of folders) hinted.push({ folder, hint: await presignHint(source, folder) });
  hinted.sort((a, b) => inOrder(a.hint, b.hint));
  const audits: { readonly path: string; readonly audit: SignatureAudit }[] = [];
  for (const { folder } of hinted) audits.push({ path: folder.path, audit: await audit(folder) });
  return audits.sort((a, b) => inOrder(a.path, b.path)).map((one) => one.audit);
}

/** The presign session that a file names, before anything is verified: it only decides who comes next. */
async function presignHint(source: AuditSource, { path, names }: FolderNames): Promise<string> {
  if (!names.includes('sign.jsonl')) return '';
  const bytes = await source.read(joinPath(path, 'sign.jsonl'));
  const end = bytes?.indexOf(0x0a) ?? 0;
  const first = latin1(bytes?.subarray(0, Math.max(end, 0)) ?? new Uint8Array(0));
  return /"presignSid":"(0x[0-9a-f]{64})"/.exec(first)?.[1] ?? '';
}

const isExpecting = (expectations: Expectations): boolean =>
  Object.values(expectations).some((value) => value !== undefined);

/**
 * Attempts that came to nothing pass without a lock; a caller who knows of a key must hear that none is here.
 */
const nothingCompared: Report = reportOf(
  { kind: 'ceremony', path: '.' },
  Object.fromEntries(Object.entries(ceremonyChecks).filter(([id]) => id === 'V10')),
  [fail('V10', 'no folder holds a lock.json: nothing is the key that was expected')],
  {},
);
