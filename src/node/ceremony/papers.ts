import { type Outcome, writeTranscript } from '../../audit/transcript-file.ts';
import { to0x } from '../../crypto/bytes.ts';
import type { CeremonyState } from '../api.ts';
import type { Ending, PlainTranscript } from '../sessions/messages.ts';
import { onDisk } from './machine.ts';

/** The transcript file of a finished session. */
export function transcriptFile(ending: Ending, transcript: PlainTranscript): Uint8Array {
  const outcome: Outcome = ending.kind === 'done' ? 'done' : 'aborted';
  return writeTranscript(transcript, { outcome, root: ending.kind === 'done' ? ending.root : undefined });
}

/** The evidence file of a failure: one line of JSON. */
export function evidenceFile(code: string, evidence: Uint8Array): Uint8Array {
  const line = `{"kind":"conclave-evidence","version":1,"reason":"${code}","evidence":"${to0x(evidence)}"}\n`;
  return Uint8Array.from(line, (c) => c.charCodeAt(0));
}

/** How a ceremony ended, for people. */
export interface Failure {
  readonly state: CeremonyState;
  readonly before: CeremonyState;
  readonly reason: string;
  /** What happened, which peer, which limit. */
  readonly what: string;
  readonly accused: readonly string[];
}

/** What to do next. */
export const nextStep = ({ accused }: Failure): string =>
  `Next: propose again${accused.length > 0 ? ` without ${accused.join(', ')}` : ''}.`;

/** One line, always of this form: outcome, phase, what happened, state of this disk, what to do, code. [product, 5.8] */
export const failureLine = (failure: Failure): string => {
  const { state, before, what, reason } = failure;
  return `✖ ${state} in ${before}: ${what}. ${onDisk(before)}. ${nextStep(failure)} [${reason}]`;
};

/** Printable ASCII of at most 512 characters, as messages carry it. */
export const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?').slice(0, 512);
