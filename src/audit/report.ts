import { assert } from '../crypto/errors.ts';

/** What became of a check: it holds, it does not, or there was nothing to apply it to. */
export type CheckVerdict = 'pass' | 'fail' | 'skip';

/** One check, done or left out, as people read it. */
export interface Check {
  /** The name that the specification gives it. */
  readonly id: string;
  readonly title: string;
  /** One sentence that needs no knowledge of the protocol. */
  readonly meaning: string;
  readonly verdict: CheckVerdict;
  /** What was found; file, line and party where something is wrong. */
  readonly detail: string;
}

/**
 * What an audit looked at. `epochs` are those of one key, `history` is what several signatures have in
 * common, `l1` what became of one on L1, `receipt` the part of one member, `presign` a preparation by itself,
 * `log` the log of one member, `logs` what the logs of several say of each other, `reconciled` all that L1
 * has of a key, `files` what lies among the files and was not looked at.
 */
export interface Subject {
  readonly kind:
    | 'ceremony'
    | 'epochs'
    | 'signature'
    | 'history'
    | 'l1'
    | 'evidence'
    | 'receipt'
    | 'presign'
    | 'log'
    | 'logs'
    | 'reconciled'
    | 'files';
  /** Folder, relative to what was given. */
  readonly path: string;
}

/** Names and values that the files show, for people and for `--json`. */
export type Facts = Readonly<Record<string, string>>;

/** The answer to everything that was asked about one subject. */
export interface Report {
  readonly subject: Subject;
  readonly checks: readonly Check[];
  readonly facts: Facts;
  /** Whether no check has failed. */
  readonly ok: boolean;
}

/** The checks of one kind of subject, in the order of the report. */
export type CheckTable = Readonly<Record<string, Pick<Check, 'title' | 'meaning'>>>;

/** What one step of an audit found about one check; several steps may speak about one. */
export type Result = Pick<Check, 'id' | 'verdict' | 'detail'>;

/** It holds. */
export const pass = (id: string, detail: string): Result => ({ id, verdict: 'pass', detail });
/** It does not hold. */
export const fail = (id: string, detail: string): Result => ({ id, verdict: 'fail', detail });
/** There is nothing to apply it to, and why. */
export const skip = (id: string, detail: string): Result => ({ id, verdict: 'skip', detail });

/** Holds where there are no problems. */
export const unless = (id: string, problems: readonly string[], passed: string): Result =>
  problems.length === 0 ? pass(id, passed) : fail(id, listed(problems));

/** Most problems that a line of a report names. */
const MAX_NAMED = 4;

function listed(problems: readonly string[]): string {
  const named = problems.slice(0, MAX_NAMED).join('; ');
  return problems.length <= MAX_NAMED ? named : `${named}; and ${problems.length - MAX_NAMED} more`;
}

/**
 * Puts results in the order of the table. A check of which nothing is said could not be reached, which
 * happens only
 * behind another that failed: nothing is ever left out in silence.
 */
export function reportOf(
  subject: Subject,
  table: CheckTable,
  results: readonly Result[],
  facts: Facts,
): Report {
  const ok = results.every(({ verdict }) => verdict !== 'fail');
  const checks = Object.entries(table).map(([id, { title, meaning }]) => {
    const said = results.filter((result) => result.id === id);
    assert(said.length > 0 || !ok, `nothing was said about ${id}, and nothing had failed`);
    return { id, title, meaning, ...merged(said) };
  });
  return { subject, checks, facts, ok };
}

function merged(said: readonly Result[]): Pick<Check, 'verdict' | 'detail'> {
  for (const verdict of ['fail', 'pass', 'skip'] as const) {
    const details = said.filter((result) => result.verdict === verdict).map(({ detail }) => detail);
    if (details.length > 0) return { verdict, detail: listed(details) };
  }
  return { verdict: 'skip', detail: 'not reached: what it needs has failed another check' };
}
