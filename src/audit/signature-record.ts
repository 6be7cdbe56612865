import { contentHashOf, slotsOf } from '../chain/duty.ts';
import { lockHash } from '../chain/lock.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { toHex } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { signatureCodec } from '../crypto/ecdsa.ts';
import { envelopeKinds, zero32 } from '../protocols/kernel/envelope.ts';
import { partiesOf } from '../protocols/kernel/spec.ts';
import { sessionOf } from '../protocols/sign/tuple.ts';
import { type SignatureCase, type Work, requestIdOf } from './signature-case.ts';
import type { Outcome } from './transcript-file.ts';

/** The round of the online session in which the parts of the signature leave. [protocol, 12] */
const SHARE_ROUND = 2;

/**
 * What a signature adds to the history of its key, and what a log may say of it. All byte strings as hex:
 * thousands of these are held at once, and nothing of the files that they were read from.
 */
export interface SignatureRecord {
  readonly path: string;
  /** Key id and number of the epoch. */
  readonly epoch: string;
  /** Hash of the lock. */
  readonly lock: string;
  readonly signSid: string;
  /** Digest of everything broadcast in the online session. */
  readonly view: string;
  readonly presignSid: string;
  readonly presigId: string;
  readonly requestId: string;
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  /** What was to be signed; `undefined` where the preparation or the request is not sound. */
  readonly digest: string | undefined;
  readonly outcome: Outcome;
  /** r, s and yParity, 65 bytes; `undefined` where the session ended without one. */
  readonly signature: string | undefined;
  /** Session root, as the file states it. */
  readonly root: string | undefined;
  /** x of every single nonce and of every sum of the presign session. */
  readonly nonces: readonly string[];
  readonly r: string | undefined;
  /** Slots that the request takes, and what it puts there. */
  readonly slots: readonly string[];
  readonly content: string | undefined;
  /** Members whose part of the signature is in the file: each has put this content into these slots. */
  readonly sharers: readonly PartyIndex[];
}

/** The record of a signature whose files could be read. */
export function recordOf(each: SignatureCase, { envelopes, task }: Work): SignatureRecord {
  const { folder, lock, presign, file, signing, request } = each;
  const { signature } = signing;
  return {
    path: folder.path,
    epoch: `${toHex(lock.record.keyId)} ${lock.record.epochNo}`,
    lock: toHex(lockHash(lock)),
    signSid: toHex(file.sid ?? (task === undefined ? zero32 : sessionOf(task))),
    view: toHex(envelopes.view),
    presignSid: toHex(presign.file.sid ?? zero32),
    presigId: toHex(signing.presigId),
    requestId: toHex(requestIdOf(signing.request)),
    attempt: signing.attempt,
    quorum: partiesOf(file.spec),
    digest: task && toHex(task.digest),
    outcome: file.outcome,
    signature: signature && toHex(encode(signatureCodec, signature)),
    root: file.root && toHex(file.root),
    nonces: presign.nonces,
    r: signature?.r.toString(16),
    slots: request.value === undefined ? [] : slotsOf(request.value).map(({ id }) => toHex(id)),
    content: request.value && toHex(contentHashOf(request.value)),
    sharers: file.entries.flatMap(({ envelope: { header } }) =>
      header.kind === envelopeKinds.broadcast && header.round === SHARE_ROUND ? [header.from] : [],
    ),
  };
}
