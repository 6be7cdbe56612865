import { auditSource } from '../../src/audit/audit.ts';
import type { LogAudit } from '../../src/audit/audit-log.ts';
import { isPresignFile } from '../../src/audit/kinds.ts';
import { inOrder, readFrom } from '../../src/audit/reading.ts';
import { type AuditSource, joinPath, loadFolder, sourceOf, splitPath } from '../../src/audit/source.ts';
import { readDefinition } from '../../src/chain/definition-file.ts';
import { parseLock } from '../../src/chain/lock-file.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { seatsOf } from '../../src/protocols/ceremony/definition.ts';
import type { Answer, Progress, Question, SessionAnswer } from '../shared/messages.ts';
import { evidenceView } from './evidence-view.ts';
import { readExpectations } from './expectations.ts';
import { entryView, exclusionsIn } from './log-view.ts';
import { keyViews, namesIn, receiptViews } from './key-view.ts';
import { type NamesOf, lineView, sessionView } from './session-view.ts';
import { sourceOfGiven } from './sources.ts';
import { tools } from './tools.ts';

/** Most entries of a log in one answer. */
const ENTRIES = 100;

const isTranscript = (name: string): boolean =>
  /^(transcript|presign|sign)[.]jsonl$/.test(name) || isPresignFile(name);

/** Hears how far an audit is. */
export type Told = (progress: Progress) => void;

/**
 * Answers the questions of the page about one set of files: with the functions of `conclave audit verify`,
 * wherever this runs.
 */
export class Engine {
  readonly #isPausing: boolean;
  #source: AuditSource = sourceOf(new Map());
  #logs: readonly LogAudit[] = [];

  constructor({ isPausing }: { readonly isPausing: boolean }) {
    this.#isPausing = isPausing;
  }

  /** Never throws: whatever goes wrong is an answer, so that the page can say so. */
  async answer(question: Question, told: Told): Promise<Answer> {
    try {
      return await this.#answer(question, told);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const what = error instanceof InputError ? message : `This page has a fault: ${message}`;
      return { kind: 'failed', message: what };
    }
  }

  async #answer(question: Question, told: Told): Promise<Answer> {
    switch (question.ask) {
      case 'audit':
        return this.#audit(question, told);
      case 'session':
        return { kind: 'session', answer: await this.#session(question.path) };
      case 'line':
        return {
          kind: 'line',
          line: lineView(await this.#bytes(question.path), question.path, question.line),
        };
      case 'entries':
        return this.#entries(question.path, question.from);
      case 'evidence':
        return { kind: 'evidence', evidence: await evidenceView(this.#source, question.path) };
    }
  }

  async #audit(question: Extract<Question, { ask: 'audit' }>, told: Told): Promise<Answer> {
    const read = readExpectations(question.expectations);
    if (read.problems !== undefined) return { kind: 'fields', problems: read.problems };
    const source = sourceOfGiven(question, this.#isPausing);
    this.#source = source;
    const startedMs = performance.now();
    const { ok, reports, logs } = await auditSource(source, read.expectations, tools, told);
    const durationMs = performance.now() - startedMs;
    this.#logs = logs;
    const transcripts = source
      .list()
      .filter((path) => isTranscript(splitPath(path)[1]))
      .sort(inOrder);
    const [keys, receipts] = [await keyViews(source), await receiptViews(source)];
    const exclusions = exclusionsIn(logs);
    return {
      kind: 'audited',
      audited: { ok, reports, transcripts, keys, receipts, exclusions, durationMs },
    };
  }

  /** Some entries of a log, and how many there are. */
  #entries(path: string, from: number): Answer {
    const rows = this.#logs.find((log) => log.path === path)?.rows ?? [];
    return { kind: 'entries', entries: rows.slice(from, from + ENTRIES).map(entryView), total: rows.length };
  }

  async #session(path: string): Promise<SessionAnswer> {
    try {
      return { session: sessionView(await this.#bytes(path), path, await this.#names(path)) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { problem: error.message };
    }
  }

  async #bytes(path: string): Promise<Uint8Array> {
    const bytes = await this.#source.read(path);
    if (bytes === undefined) throw new InputError('file-unreadable', path, `${path} is missing`);
    return bytes;
  }

  /** Names that the definition beside a transcript gives, or the lock; none where neither can be read. */
  async #names(path: string): Promise<NamesOf> {
    const [folder] = splitPath(path);
    const wanted = ['definition.json', 'lock.json'];
    const names = wanted.filter((name) => this.#source.list().includes(joinPath(folder, name)));
    const files = await loadFolder(this.#source, { path: folder, names });
    const plan =
      readFrom(files, 'definition.json', readDefinition).value ??
      readFrom(files, 'lock.json', parseLock).value?.definition;
    return plan === undefined ? () => undefined : namesIn(seatsOf(plan.definition));
  }
}
