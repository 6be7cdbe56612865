import { InputError, assert } from '../../crypto/errors.ts';
import { type Envelope, parseEnvelope, zero32 } from './envelope.ts';
import { encodeEvidence } from './evidence.ts';
import type { AbortNotice } from './notices.ts';
import type { Protocol, ProtocolAbort, Reply } from './protocol.ts';

/** What a protocol is resumed with where there is nothing to say. */
export const emptyReply: Reply = {
  broadcasts: new Map(),
  directs: new Map(),
  view: zero32,
  signed: () => zero32,
};

/** An envelope, or `undefined` for bytes that are none: those are dropped and blame nobody (V1). */
export function parsedOrDropped(bytes: Uint8Array): Envelope | undefined {
  try {
    return parseEnvelope(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return undefined;
  }
}

/** Runs the `finally` blocks of a protocol that will not go on. */
export function letGo(body: Protocol<unknown>, abort: ProtocolAbort): void {
  try {
    const { done } = body.throw(abort);
    assert(done === true, 'a protocol went on after its abort');
  } catch (error) {
    if (error !== abort) throw error;
  }
}

/**
 * What the others are told. Class A: everything, with the evidence. All else in one form, so that neither the
 * code nor the length says which check failed. [protocol, 4.4]
 */
export const publicPartOf = (abort: ProtocolAbort): AbortNotice =>
  abort.grade === 'A' && abort.evidence !== undefined
    ? {
        code: abort.code,
        check: abort.check,
        accused: abort.culprits,
        evidence: encodeEvidence(abort.evidence),
      }
    : {
        code: abort.grade === 'D' ? 'stopped' : 'check-failed',
        check: '',
        accused: [],
        evidence: new Uint8Array(0),
      };
