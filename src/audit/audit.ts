import { InputError } from '../crypto/errors.ts';
import { auditCeremony } from './audit-ceremony.ts';
import { auditEpochs } from './audit-epochs.ts';
import { auditHistory } from './audit-history.ts';
import { SharedWork } from './audit-presign.ts';
import { type AuditTools, type SignatureAudit, auditSignature } from './audit-signature.ts';
import { ceremonyChecks } from './ceremony-case.ts';
import { isErasureFile } from './erasures.ts';
import { auditEvidence, isEvidenceFile } from './evidence-file.ts';
import type { Expectations } from './expectations.ts';
import type { Folder } from './reading.ts';
import { registryOf } from './registry.ts';
import { type Report, fail, reportOf } from './report.ts';

/** Everything that an audit of a tree of files says. */
export interface Audit {
  /** Ceremonies first, then the epochs of each key, then signatures, then what these have in common. */
  readonly reports: readonly Report[];
  /** Signatures that hold, for comparison with L1. */
  readonly signatures: readonly { readonly folder: Folder; readonly audit: SignatureAudit }[];
  /** Whether no check of any report has failed. */
  readonly ok: boolean;
}

/** What a folder is, by the names of its files; `undefined` for one that holds nothing to audit. */
function kindOf({ files }: Folder): 'ceremony' | 'signature' | undefined {
  const has = (...names: readonly string[]): boolean => names.some((name) => files.has(name));
  if (has('definition.json', 'transcript.jsonl')) return 'ceremony';
  if (has('sign.jsonl', 'presign.jsonl', 'l1.json')) return 'signature';
  return has('lock.json') ? 'ceremony' : undefined;
}

/** Whether a file is one that an audit reads: a shell need not load others. */
export const isAudited = (name: string): boolean =>
  isErasureFile(name) ||
  isEvidenceFile(name) ||
  /^(definition\.json|lock\.json|l1\.json|(transcript|presign|sign)\.jsonl|receipt-[^/]*\.json)$/.test(name);

/**
 * Audits a folder of one ceremony, of one signature, or a tree of many of both, from its files alone: by
 * their path relative to the folder, with `/` between names. @throws InputError nothing-to-audit
 */
export async function auditFolder(
  files: ReadonlyMap<string, Uint8Array>,
  expectations: Expectations,
  tools: AuditTools,
): Promise<Audit> {
  const folders = foldersOf(files);
  const ceremonies = folders.filter((folder) => kindOf(folder) === 'ceremony');
  const signatureFolders = folders.filter((folder) => kindOf(folder) === 'signature');
  const evidence = folders.flatMap((folder) =>
    [...folder.files.keys()].filter(isEvidenceFile).map((name) => auditEvidence(folder, name)),
  );
  if (ceremonies.length + signatureFolders.length + evidence.length === 0)
    throw new InputError('nothing-to-audit', '.', 'the folder holds no ceremony, signature or evidence');
  const registry = registryOf(folders);
  const reports: Report[] = ceremonies.map((folder) => auditCeremony(folder, expectations, registry));
  reports.push(...evidence);
  // A lock beside a signature was copied when it was made, perhaps before all had countersigned it.
  if (ceremonies.length > 0) reports.push(...auditEpochs('.', registry));
  const shared = new SharedWork(registry);
  const signatures: { readonly folder: Folder; readonly audit: SignatureAudit }[] = [];
  for (const folder of signatureFolders)
    signatures.push({ folder, audit: await auditSignature(folder, shared, expectations, tools) });
  reports.push(...signatures.map(({ audit }) => audit.report));
  const records = signatures.flatMap(({ audit }) => audit.record ?? []);
  if (records.length > 1) reports.push(auditHistory('.', records));
  if (isExpecting(expectations) && !folders.some(({ files: inside }) => inside.has('lock.json')))
    reports.push(nothingCompared);
  return { reports, signatures, ok: reports.every(({ ok }) => ok) };
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

/** The files of each folder, folders in order of their path. */
function foldersOf(files: ReadonlyMap<string, Uint8Array>): readonly Folder[] {
  const folders = new Map<string, Map<string, Uint8Array>>();
  for (const [path, bytes] of files) {
    const cut = path.lastIndexOf('/');
    const folder = cut < 0 ? '.' : path.slice(0, cut);
    const inside = folders.get(folder) ?? new Map<string, Uint8Array>();
    folders.set(folder, inside.set(path.slice(cut + 1), bytes));
  }
  return [...folders]
    .map(([path, inside]) => ({ path, files: inside }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
