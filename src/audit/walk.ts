import { latin1 } from '../crypto/bytes.ts';
import { auditCeremony } from './audit-ceremony.ts';
import { auditPresignFile } from './audit-presign-file.ts';
import { SharedWork } from './audit-presign.ts';
import { type AuditTools, auditSignature } from './audit-signature.ts';
import { auditEvidence, isEvidenceFile } from './evidence-file.ts';
import type { Expectations } from './expectations.ts';
import { isPresignFile, kindOf } from './kinds.ts';
import { RecordIndex } from './log-facts.ts';
import { inOrder } from './reading.ts';
import { LockFinder, type Registry, holdsLock } from './registry.ts';
import type { Report } from './report.ts';
import type { SignatureRecord } from './signature-record.ts';
import type { SignedBatch } from './signed-batch.ts';
import { auditSplitView, isSplitViewFile } from './split-view-file.ts';
import { type AuditSource, type FolderNames, joinPath, loadFolder, splitPath } from './source.ts';
import { withUnread } from './unread.ts';

/** How far an audit is: of `total` folders, `done` have been looked at, the last one at `path`. */
export interface AuditProgress {
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

/** Told about every folder, when it has been looked at. */
export type OnProgress = (progress: AuditProgress) => void;

/** What is to be looked at. */
export interface Plan {
  readonly ceremonies: readonly FolderNames[];
  /** Paths of files of evidence. */
  readonly evidence: readonly string[];
  readonly signatures: readonly FolderNames[];
  /** Paths of preparations that lie by themselves. */
  readonly presigns: readonly string[];
  /** Paths of logs. */
  readonly logs: readonly string[];
}

const pathsOf = (folders: readonly FolderNames[], isWanted: (name: string) => boolean): readonly string[] =>
  folders.flatMap(({ path, names }) => names.filter(isWanted).map((name) => joinPath(path, name)));

/** What these folders hold. */
export const planOf = (folders: readonly FolderNames[]): Plan => ({
  ceremonies: folders.filter(({ names }) => kindOf(names) === 'ceremony'),
  evidence: pathsOf(folders, isEvidenceFile),
  signatures: folders.filter(({ names }) => kindOf(names) === 'signature'),
  presigns: pathsOf(folders, isPresignFile),
  logs: pathsOf(folders, (name) => name === 'log.jsonl'),
});

/** Things to look at, and logs, which have a report of their own. */
export const sizeOf = ({ ceremonies, evidence, signatures, presigns, logs }: Plan): number =>
  [ceremonies, evidence, signatures, presigns, logs].reduce((sum, list) => sum + list.length, 0);

/** What a walk works with. */
export interface WalkDeps {
  readonly source: AuditSource;
  readonly expectations: Expectations;
  readonly tools: AuditTools;
  readonly onProgress: OnProgress;
}

/** A report, and where it goes among those of its kind. */
interface Placed {
  readonly path: string;
  readonly report: Report;
  readonly record: SignatureRecord | undefined;
  readonly signed: SignedBatch | undefined;
}

/** Goes through a tree, one folder after the other, and keeps what later checks compare. */
export class Walk {
  readonly #deps: WalkDeps;
  readonly #plan: Plan;
  readonly registry: Registry;
  /** What an entry of a log may name; filled where there is a log. */
  readonly index: RecordIndex = new RecordIndex();
  readonly #shared: SharedWork;
  #done = 0;

  private constructor(deps: WalkDeps, plan: Plan, registry: Registry) {
    this.#deps = deps;
    this.#plan = plan;
    this.registry = registry;
    this.#shared = new SharedWork(registry);
  }

  /** Begins with the locks, which everything else is judged by. */
  static async begin(deps: WalkDeps, plan: Plan, folders: readonly FolderNames[]): Promise<Walk> {
    const finder = new LockFinder();
    for (const folder of folders)
      if (folder.names.some(holdsLock)) finder.add(await loadFolder(deps.source, folder, holdsLock));
    return new Walk(deps, plan, finder.registry());
  }

  /** Says that one more of the things to look at is done. */
  readonly step = (path: string): void => {
    this.#done += 1;
    this.#deps.onProgress({ done: this.#done, total: sizeOf(this.#plan), path });
  };

  /** One report a ceremony. */
  async ceremonies(): Promise<readonly Report[]> {
    const reports: Report[] = [];
    for (const names of this.#plan.ceremonies) {
      const folder = await loadFolder(this.#deps.source, names);
      const report = withUnread(auditCeremony(folder, this.#deps.expectations, this.registry), folder);
      if (this.#hasLogs) this.index.addCeremony(folder, report);
      reports.push(report);
      this.step(names.path);
    }
    return reports;
  }

  /** One report a file of evidence. */
  async evidence(): Promise<readonly Report[]> {
    const reports: Report[] = [];
    for (const path of this.#plan.evidence) {
      const [at, name] = splitPath(path);
      const folder = await loadFolder(this.#deps.source, { path: at, names: [name] });
      const judged = isSplitViewFile(name)
        ? auditSplitView(folder, name, this.registry.seats())
        : auditEvidence(folder, name);
      const report = withUnread(judged, folder);
      if (this.#hasLogs) this.index.addEvidence(folder, name, report);
      reports.push(report);
      this.step(path);
    }
    return reports;
  }

  /**
   * One report a signature, and one a preparation that lies by itself, in the order of their paths. They are
   * looked at in another order, in which those of one presign session follow each other: doing that again
   * costs more than all of its signatures.
   */
  async sessions(): Promise<{
    readonly reports: readonly Report[];
    readonly records: readonly SignatureRecord[];
    readonly batches: readonly SignedBatch[];
  }> {
    const { source } = this.#deps;
    const work: { readonly hint: string; readonly run: () => Promise<Placed> }[] = [];
    for (const folder of this.#plan.signatures) {
      const file = folder.names.includes('sign.jsonl') ? joinPath(folder.path, 'sign.jsonl') : undefined;
      const hint = await hintIn(source, file, /"presignSid":"(0x[0-9a-f]{64})"/);
      work.push({ hint, run: () => this.#signature(folder) });
    }
    for (const path of this.#plan.presigns)
      work.push({
        hint: await hintIn(source, path, /"sid":"(0x[0-9a-f]{64})"/),
        run: () => this.#presign(path),
      });
    work.sort((a, b) => inOrder(a.hint, b.hint));
    const placed: Placed[] = [];
    for (const { run } of work) placed.push(await run());
    placed.sort((a, b) => inOrder(a.path, b.path));
    return {
      reports: placed.map(({ report }) => report),
      records: placed.flatMap(({ record }) => record ?? []),
      batches: placed.flatMap(({ signed }) => signed ?? []),
    };
  }

  get #hasLogs(): boolean {
    return this.#plan.logs.length > 0;
  }

  async #signature(names: FolderNames): Promise<Placed> {
    const { source, expectations, tools } = this.#deps;
    const folder = await loadFolder(source, names);
    const found = await auditSignature(folder, this.#shared, expectations, tools);
    const audit = { ...found, report: withUnread(found.report, folder) };
    if (this.#hasLogs) this.index.addSignature(folder, audit);
    this.step(names.path);
    return { path: names.path, ...audit };
  }

  async #presign(path: string): Promise<Placed> {
    const [at, name] = splitPath(path);
    const folder = await loadFolder(this.#deps.source, { path: at, names: [name] });
    const found = auditPresignFile(folder, name, { shared: this.#shared, registry: this.registry });
    const audit = { ...found, report: withUnread(found.report, folder) };
    const bytes = folder.files.get(name);
    if (this.#hasLogs && bytes !== undefined) this.index.addPresign(path, bytes, audit);
    this.step(path);
    return { path, report: audit.report, record: undefined, signed: undefined };
  }
}

/**
 * What the first line of a file names, before anything is verified: it only decides who comes next. Of a file
 * that cannot be read, nothing: its report says why.
 */
async function hintIn(source: AuditSource, path: string | undefined, pattern: RegExp): Promise<string> {
  const [folder, name] = splitPath(path ?? '');
  const { files } = await loadFolder(source, { path: folder, names: path === undefined ? [] : [name] });
  const bytes = files.get(name);
  const end = bytes?.indexOf(0x0a) ?? 0;
  const first = latin1(bytes?.subarray(0, Math.max(end, 0)) ?? new Uint8Array(0));
  return pattern.exec(first)?.[1] ?? '';
}
