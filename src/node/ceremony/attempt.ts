import type { Lock, SeatSignature } from '../../chain/lock.ts';
import { type PartyIndex, sessionId } from '../../crypto/brand.ts';
import { assert } from '../../crypto/errors.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import {
  type Definition,
  type SignedDefinition,
  attemptContext,
  definitionHash,
} from '../../protocols/ceremony/definition.ts';
import { epochCodec } from '../../protocols/epoch.ts';
import { protos } from '../../protocols/kernel/envelope.ts';
import { type Spec, decodeSpec, specCodec } from '../../protocols/kernel/spec.ts';
import { suite } from '../../protocols/params.ts';

import type { JobResult } from '../sessions/messages.ts';

/** The session of one attempt at a definition: everything but the proposer's nonce follows from the two. */
export function specOf(definition: Definition, attempt: number, coordinatorNonce: Uint8Array): Spec {
  return {
    version: 1,
    suite: suite.name,
    proto: protos.keygen,
    keyId: new Uint8Array(32),
    epochId: new Uint8Array(32),
    participants: definition.committee.map(({ index, identityPk }) => ({ index, identityPk })),
    threshold: definition.required,
    batch: 0,
    purpose: definition.purpose,
    context: attemptContext(definitionHash(definition), attempt),
    position: definition.sequence,
    coordinator: definition.proposer,
    coordinatorNonce,
    notAfterMs: definition.timing.executeByMs,
    roundTimeoutMs: definition.timing.roundTimeoutMs,
  };
}

/** A fresh session of an attempt, as the proposer makes it. */
export const newSpec = (definition: Definition, attempt: number, rng: Rng): Uint8Array =>
  encode(specCodec, specOf(definition, attempt, rng(32)));

/**
 * Stops a proposer that runs another session than the one that everybody has signed. @throws InputError
 * malformed
 */
export function isSpecOf(definition: Definition, attempt: number, bytes: Uint8Array): boolean {
  const spec = decodeSpec(bytes);
  return equalBytes(bytes, encode(specCodec, specOf(definition, attempt, spec.coordinatorNonce)));
}

/** What the key generation gave, as far as it is public: a lock without proofs and signatures. */
export type Made = Omit<Lock, 'proofs' | 'signatures'>;

/** The public part of a finished key generation. */
export const madeOf = (
  definition: SignedDefinition,
  attempt: number,
  root: Uint8Array,
  result: Extract<JobResult, { kind: 'keygen' }>,
): Made => ({
  definition,
  attempt,
  sid: sessionId(result.sid),
  record: decode(epochCodec, result.record),
  root,
  previousLockHash: undefined,
  certificate: {
    kind: 'keygen',
    hash: result.certificateHash,
    signatures: result.certificate.map(({ index, signature }) => ({
      index: seatAt(definition, index),
      signature,
    })),
  },
});

function seatAt({ definition }: SignedDefinition, index: number): PartyIndex {
  const seat = definition.committee.find((one) => one.index === index);
  assert(seat !== undefined, `seat ${index} is not in the definition`);
  return seat.index;
}

/** Signatures by seat, ascending; `undefined` until every seat has one. */
export function completeSignatures(
  definition: Definition,
  collected: ReadonlyMap<PartyIndex, Uint8Array>,
): readonly SeatSignature[] | undefined {
  const all = definition.committee.flatMap(({ index }) => {
    const signature = collected.get(index);
    return signature === undefined ? [] : [{ index, signature }];
  });
  return all.length === definition.committee.length ? all : undefined;
}
