import {
  type CeremonyEvent,
  type LogEvent,
  MAX_REASON_BYTES,
  type Outcome,
  type RecordRef,
  type SignEvent,
  type VerdictEvent,
  noRecord,
} from '../../chain/log/entry.ts';
import { type PartyIndex, partyIndex } from '../../crypto/brand.ts';
import { primitives } from '../../crypto/primitives.ts';
import type { Disk } from '../../system/ports.ts';
import type { Exclusion } from '../blame/exclusions.ts';
import type { Ending } from '../sessions/messages.ts';

const ZEROS = new Uint8Array(32);

/** A code in a form that an entry holds: printable ASCII, at most 64 characters. */
export const reasonText = (code: string): string =>
  code.replaceAll(/[^ -~]/g, '?').slice(0, MAX_REASON_BYTES);

/** A file that lies in the data folder, as an entry names it; `noRecord` where there is none. */
export function recordAt(disk: Pick<Disk, 'read'>, path: string): RecordRef {
  const bytes = disk.read(path);
  return bytes === undefined ? noRecord : { path, hash: primitives().sha256(bytes) };
}

/** The entry of proof against a member. */
export const verdictEvent = (
  { session, member, code }: Pick<Exclusion, 'session' | 'member' | 'code'>,
  evidence: RecordRef,
): VerdictEvent & { readonly kind: 'verdict' } => ({
  ...{ kind: 'verdict', session, culprit: member, code: reasonText(code), evidence },
});

/** What an ending says in every kind of entry. */
function endOf(ending: Ending): {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly culprits: readonly PartyIndex[];
  readonly root: Uint8Array;
} {
  if (ending.kind === 'done') return { outcome: 'done', reason: '', culprits: [], root: ending.root };
  const culprits = ending.culprits.map((index) => partyIndex(index)).sort((a, b) => a - b);
  return { outcome: 'aborted', reason: reasonText(ending.code), culprits, root: ZEROS };
}

/** A presign session, as its end is known to the node. */
export interface PresignEnd {
  /** `undefined` if it never had one. */
  readonly sid: Uint8Array | undefined;
  readonly quorum: readonly PartyIndex[];
  readonly batch: number;
  readonly ending: Ending;
  /** The presignatures were thrown away at once: the epoch was over, or a member excluded. */
  readonly isDiscarded: boolean;
}

/** The entry of a presign session. */
export function presignEvent(end: PresignEnd, record: RecordRef): LogEvent {
  const { sid = ZEROS, quorum, batch, ending, isDiscarded } = end;
  const common = endOf(ending);
  const outcome = isDiscarded && common.outcome === 'done' ? 'discarded' : common.outcome;
  return { kind: 'presign', sid, quorum, batch, ...common, outcome, record };
}

/** A sign session, as its end is known to the node. */
export interface SignEnd extends Pick<
  SignEvent,
  'sid' | 'requestId' | 'attempt' | 'quorum' | 'presignSid' | 'presigId' | 'digest' | 'guardCount'
> {
  readonly ending: Ending;
}

/** The entry of a sign session. */
export function signEvent({ ending, ...end }: SignEnd, record: RecordRef): LogEvent {
  const result = ending.kind === 'done' ? ending.result : undefined;
  const signature = result?.kind === 'sign' ? result.signature : new Uint8Array(0);
  return { kind: 'sign', ...end, ...endOf(ending), signature, record };
}

/** A ceremony, as its end is known to the node. */
export interface CeremonyEnd {
  /** Hash of the definition, 32 bytes. */
  readonly ceremony: Uint8Array;
  readonly what: 'keygen' | 'reshare';
  /** `undefined` if its session never had one, or never began. */
  readonly sid: Uint8Array | undefined;
  /** Of the session; `undefined` where there was none. */
  readonly ending: Ending | undefined;
  /** Code with which the ceremony ended, where it failed. */
  readonly failure: string | undefined;
}

/** The entry of a ceremony. */
export function ceremonyEvent(
  end: CeremonyEnd,
  record: RecordRef,
): CeremonyEvent & { readonly kind: 'ceremony' } {
  const { ceremony, what, sid = ZEROS, ending, failure } = end;
  const { outcome, reason, culprits } =
    ending === undefined ? { outcome: 'aborted' as const, reason: '', culprits: [] } : endOf(ending);
  const why = failure === undefined ? reason : reasonText(failure);
  return { kind: 'ceremony', ceremony, what, sid, outcome, reason: why, culprits, record };
}
