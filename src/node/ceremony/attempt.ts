import type { Plan } from '../../chain/definition-file.ts';
import type { Lock, SeatSignature } from '../../chain/lock.ts';
import { type PartyIndex, sessionId } from '../../crypto/brand.ts';
import { assert } from '../../crypto/errors.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { termsOf } from '../../protocols/ceremony/change.ts';
import {
  type Definition,
  type SignedDefinition,
  attemptContext,
  definitionHash,
  isChange,
  seatsOf,
  signersOf,
} from '../../protocols/ceremony/definition.ts';
import { epochCodec, epochIdOf } from '../../protocols/epoch.ts';
import { protos } from '../../protocols/kernel/envelope.ts';
import { type Spec, decodeSpec, partiesOf, specCodec } from '../../protocols/kernel/spec.ts';
import { suite } from '../../protocols/params.ts';
import type { JobResult } from '../sessions/messages.ts';
import type { ShareContext } from '../share-file.ts';

/** What a share file says of the ceremony by which its share was made. */
export const shareContextOf = (definition: Definition): ShareContext => ({
  purpose: definition.purpose,
  definition: definitionHash(definition),
  createdAt: definition.timing.createdAtMs.toString(),
});

/**
 * The session of one attempt at a plan: everything but the proposer's nonce follows from the plan, the
 * number of the attempt, and who takes part.
 */
export function specOf(
  { definition, previous }: Plan,
  attempt: number,
  { takingPart, nonce }: { readonly takingPart: readonly PartyIndex[]; readonly nonce: Uint8Array },
): Spec {
  const common = {
    version: 1,
    suite: suite.name,
    participants: seatsOf(definition)
      .filter(({ index }) => takingPart.includes(index))
      .map(({ index, identityPk }) => ({ index, identityPk })),
    batch: 0,
    purpose: definition.purpose,
    context: attemptContext(definitionHash(definition), attempt),
    position: definition.sequence,
    coordinator: definition.proposer,
    coordinatorNonce: nonce,
    notAfterMs: definition.timing.executeByMs,
    roundTimeoutMs: definition.timing.roundTimeoutMs,
  };
  if (previous === undefined || !isChange(definition)) {
    const none = new Uint8Array(32);
    return { ...common, proto: protos.keygen, keyId: none, epochId: none, threshold: definition.required };
  }
  const { record } = previous;
  return {
    ...common,
    proto: protos.reshare,
    keyId: record.keyId,
    epochId: epochIdOf(record),
    threshold: record.threshold,
    reshare: termsOf(definition, record, takingPart),
  };
}

/** A fresh session of an attempt, as the proposer makes it. */
export const newSpec = (
  plan: Plan,
  attempt: number,
  takingPart: readonly PartyIndex[],
  rng: Rng,
): Uint8Array => encode(specCodec, specOf(plan, attempt, { takingPart, nonce: rng(32) }));

/**
 * Stops a proposer that runs another session than the one that everybody has signed, or leaves out somebody
 * who is to hold a share. @throws InputError malformed | bad-signer-set
 */
export function isSpecOf(plan: Plan, attempt: number, bytes: Uint8Array): boolean {
  const spec = decodeSpec(bytes);
  const takingPart = partiesOf(spec);
  const { committee } = plan.definition;
  const signers = signersOf(plan);
  const expected = specOf(plan, attempt, { takingPart, nonce: spec.coordinatorNonce });
  return (
    committee.every(({ index }) => takingPart.includes(index)) &&
    takingPart.every((index) => signers.includes(index)) &&
    equalBytes(bytes, encode(specCodec, expected))
  );
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
