import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { addressOf } from '../ethereum/address.ts';
import { clusterOf } from '../protocols/ceremony/cluster.ts';
import { publicKeyOf } from '../protocols/epoch.ts';
import { auditEpochs } from './audit-epochs.ts';
import { auditHistory } from './audit-history.ts';
import type { LogAudit } from './audit-log.ts';
import { auditLogs } from './audit-logs.ts';
import type { AuditTools } from './audit-signature.ts';
import { ceremonyChecks } from './ceremony-case.ts';
import type { Expectations } from './expectations.ts';
import { isAudited } from './kinds.ts';
import type { Account } from './reconcile.ts';
import type { Registry } from './registry.ts';
import { type Report, fail, reportOf } from './report.ts';
import type { SignatureRecord } from './signature-record.ts';
import type { SignedBatch } from './signed-batch.ts';
import { type AuditSource, type LeftOut, foldersIn, sourceOf, splitPath } from './source.ts';
import { leftOutReports } from './unread.ts';
import { type OnProgress, Walk, planOf, sizeOf } from './walk.ts';

/** Everything that an audit of a tree of files says. */
export interface Audit {
  /**
   * Ceremonies first, then evidence, then the epochs of each key, then signatures and preparations, then what
   * these have in common, then logs, then what was left out.
   */
  readonly reports: readonly Report[];
  /** What signatures add to the history of their keys, in the order of their folders. */
  readonly records: readonly SignatureRecord[];
  /** Signatures that hold, for comparison with L1. */
  readonly batches: readonly SignedBatch[];
  /** What the logs say; empty where there are none. */
  readonly logs: readonly LogAudit[];
  /** The accounts of all keys of which there is a lock, for comparison with L1. */
  readonly accounts: readonly Account[];
  /** Whether no check of any report has failed. */
  readonly ok: boolean;
}

/** The audit of files that are in memory: by their path, with `/` between names. As `auditSource`. */
export const auditFolder = (
  files: ReadonlyMap<string, Uint8Array>,
  expectations: Expectations,
  tools: AuditTools,
): Promise<Audit> => auditSource(sourceOf(files), expectations, tools);

/**
 * Audits a folder of one ceremony, of one signature, an export of a node with its log, or a tree of many of
 * these, from its files alone. One folder after the other is read, and only what later checks compare is kept
 * of it. @throws InputError nothing-to-audit, and what the source throws
 */
export async function auditSource(
  source: AuditSource,
  expectations: Expectations,
  tools: AuditTools,
  onProgress: OnProgress = () => undefined,
): Promise<Audit> {
  const folders = foldersIn(source.list().filter((path) => isAudited(splitPath(path)[1])));
  const plan = planOf(folders);
  if (sizeOf(plan) === 0) throw new InputError('nothing-to-audit', '.', nothingIn(source.leftOut()));
  const walk = await Walk.begin({ source, expectations, tools, onProgress }, plan, folders);
  const before: readonly Report[] = [...(await walk.ceremonies()), ...(await walk.evidence())];
  // A lock beside a signature was copied when it was made, perhaps before all had countersigned it.
  const epochs = plan.ceremonies.length > 0 ? auditEpochs('.', walk.registry) : [];
  const sessions = await walk.sessions();
  const { records, batches } = sessions;
  const isUncompared = isExpecting(expectations) && !folders.some(({ names }) => names.includes('lock.json'));
  const history = records.length > 1 ? [auditHistory('.', records)] : [];
  const logs = await auditLogs(source, plan.logs, walk);
  // One list of lists: as arguments of a call, two hundred thousand reports would be too many.
  const reports: readonly Report[] = [
    ...[...before, ...epochs, ...sessions.reports, ...history],
    ...(isUncompared ? [nothingCompared] : []),
    ...[...logs.reports, ...leftOutReports(source.leftOut())],
  ];
  const ok = reports.every((report) => report.ok);
  return { reports, records, batches, logs: logs.logs, accounts: accountsOf(walk.registry, logs.logs), ok };
}

function nothingIn([first]: readonly LeftOut[]): string {
  const nothing = 'the folder holds nothing that can be audited';
  return first === undefined ? nothing : `${nothing}: ${first.path} ${first.why}`;
}

/**
 * A key may be asked about on the chain that its definition names, whatever its files say that it signed. Of
 * n members of whom t sign, any n - t + 1 see every signature.
 */
function accountsOf(registry: Registry, logs: readonly LogAudit[]): readonly Account[] {
  const accounts = new Map<string, Account>();
  for (const { lock } of registry.keys().flat()) {
    const { record, definition } = lock;
    const { l1ChainId } = definition.definition.network;
    const address = addressOf(publicKeyOf(record));
    const cluster = clusterOf(definition.definition);
    const seen = record.members.filter(({ identityPk }) =>
      logs.some(({ owner }) => equalBytes(owner.owner, identityPk) && equalBytes(owner.cluster, cluster)),
    );
    const known = accounts.get(`${l1ChainId} ${address}`)?.missing ?? 0;
    const missing = Math.max(known, record.members.length - record.threshold + 1 - seen.length);
    accounts.set(`${l1ChainId} ${address}`, { address, l1ChainId, missing });
  }
  return [...accounts.values()];
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
