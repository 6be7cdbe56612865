import { makeReceipt, writeReceipt } from '../../audit/receipt.ts';
import { type Outcome, readTranscript, writeTranscript } from '../../audit/transcript-file.ts';
import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { to0x } from '../../crypto/bytes.ts';
import type { CeremonyState } from '../api.ts';
import type { Disk } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
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

/** One member's proof of its own part, from the transcript that lies beside the lock. */
export function receiptFile(
  { disk, folder, identity }: { readonly disk: Disk; readonly folder: string; readonly identity: Identity },
  lock: Lock,
  self: PartyIndex,
): Uint8Array {
  const path = `${folder}/transcript.jsonl`;
  const transcript = readTranscript(disk.read(path) ?? new Uint8Array(0), path);
  return writeReceipt(makeReceipt(transcript, lock, self, (hash) => identity.sign('receipt', hash)));
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
