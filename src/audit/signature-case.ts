import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { type SignRequest, decodeRequest, digestOf, requestId } from '../chain/duty.ts';
import type { Lock } from '../chain/lock.ts';
import { epochIdOf, publicKeyOf } from '../protocols/epoch.ts';
import { zero32 } from '../protocols/kernel/envelope.ts';
import { partiesOf } from '../protocols/kernel/spec.ts';
import { type SignReplay, replaySign } from '../protocols/sign/replay.ts';
import { type Task, noDerivation } from '../protocols/sign/tuple.ts';
import { type SessionEnvelopes, recheckEnvelopes } from './audit-envelopes.ts';
import type { LockWork, PresignWork } from './audit-presign.ts';
import type { Folder, Read } from './reading.ts';
import { type SigningMeta, type TranscriptFile, roundsOf } from './transcript-file.ts';

/** Everything of one signature that could be read. */
export interface SignatureCase {
  readonly folder: Folder;
  readonly lock: Lock;
  readonly presign: PresignWork;
  readonly file: TranscriptFile;
  readonly signing: SigningMeta;
  readonly request: Read<SignRequest>;
}

/** What could be read of one signature; `undefined` where one of the three files could not. */
export function caseOf(
  folder: Folder,
  lock: Read<LockWork>,
  presign: Read<PresignWork> | undefined,
  file: Read<TranscriptFile>,
): SignatureCase | undefined {
  const signing = file.value?.signing;
  if (!lock.value || !presign?.value || !file.value || !signing) return undefined;
  return {
    folder,
    lock: lock.value.lock,
    presign: presign.value,
    file: file.value,
    signing,
    request: readRequest(signing.request),
  };
}

function readRequest(bytes: Uint8Array): Read<SignRequest> {
  try {
    return { value: decodeRequest(bytes), problem: undefined };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { value: undefined, problem: `sign.jsonl line 1: ${error.message}` };
  }
}

/** The online session, done again. */
export interface Work {
  readonly envelopes: SessionEnvelopes;
  /** `undefined` where there is no sound presignature, or no request, to replay it with. */
  readonly replay: SignReplay | undefined;
  readonly task: Task | undefined;
}

/** Does the online session again. */
export function replayCase(each: SignatureCase): Work {
  const { presign, file } = each;
  const made = presign.replay.result;
  const start = made ?? { view: zero32, eids: new Map() };
  const envelopes = recheckEnvelopes(file, start);
  const task = taskOf(each);
  if (task === undefined || made === undefined) return { envelopes, replay: undefined, task };
  return { envelopes, replay: replaySign(file.spec, task, made, roundsOf(file)), task };
}

/**
 * What was to be signed, with what and by whom: everything from the lock, the presign session and the
 * request.
 */
function taskOf({ lock, presign, signing, request, file }: SignatureCase): Task | undefined {
  const presignature = presign.replay.result?.presignatures.find(({ presigId }) =>
    equalBytes(presigId, signing.presigId),
  );
  if (presignature === undefined || request.value === undefined) return undefined;
  return {
    ...noDerivation,
    keyId: lock.record.keyId,
    epochId: epochIdOf(lock.record),
    publicKey: publicKeyOf(lock.record),
    purpose: lock.definition.definition.purpose,
    requestId: requestId(request.value),
    digest: digestOf(request.value),
    presignature,
    quorum: partiesOf(file.spec),
  };
}

/** Name of the request in canonical bytes, zero for bytes that are none. */
export const requestIdOf = (bytes: Uint8Array): Uint8Array => {
  const request = readRequest(bytes).value;
  return request === undefined ? zero32 : requestId(request);
};
