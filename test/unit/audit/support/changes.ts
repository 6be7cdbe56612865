import { makeReceipt, writeReceipt } from '../../../../src/audit/receipt.ts';
import { readTranscript } from '../../../../src/audit/transcript-file.ts';
import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { writeLock } from '../../../../src/chain/lock-file.ts';
import { type Lock, lockHash, lockOfActivation } from '../../../../src/chain/lock.ts';
import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { scalarToBytes } from '../../../../src/crypto/secp256k1.ts';
import { holdersOf, termsOf } from '../../../../src/protocols/ceremony/change.ts';
import {
  type ChangeDefinition,
  attemptContext,
  definitionHash,
  seatsOf,
} from '../../../../src/protocols/ceremony/definition.ts';
import { epochIdOf } from '../../../../src/protocols/epoch.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { type Protocol, at } from '../../../../src/protocols/kernel/protocol.ts';
import { Session } from '../../../../src/protocols/kernel/session.ts';
import { type ReshareTerms, type Spec, identitiesOf } from '../../../../src/protocols/kernel/spec.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import { commitHashOf } from '../../../../src/protocols/reshare/activation.ts';
import { erasureCodec, signErasure } from '../../../../src/protocols/reshare/erasure.ts';
import { type ReshareOutput, reshare } from '../../../../src/protocols/reshare/reshare.ts';
import { Cluster, type Tamper, rngOf, specFor } from '../../../sim/cluster.ts';
import { type MadeEpoch, type Wish, changeOf, completed, seedOf, signedBy } from './epochs.ts';
import { type Files, makeCeremony, transcriptOf } from './folders.ts';

/** An epoch with everything that the next one is made of, and the folder of its ceremony. */
export interface WholeEpoch extends MadeEpoch {
  readonly chainCode: Uint8Array;
  readonly files: Files;
}

/** What else is as it would be. */
export interface ChangeOptions extends Wish {
  /** Members of the old epoch that take part. Left out: all who hold a share. */
  readonly dealing?: readonly number[];
  /** Members that have countersigned. Left out: all. */
  readonly countersigning?: readonly number[];
  /** Members whose shares are lost have signed COMMIT too. Left out: the first t of those who deal. */
  readonly committing?: readonly number[];
  /** Who writes the folder. */
  readonly by?: number;
  readonly tamper?: Tamper;
  /** Changes the session's specification. */
  readonly spec?: (spec: Spec) => Spec;
}

/** The first epoch of a key. */
export const keygenEpoch = (n: number, required: number, label = 'one'): WholeEpoch =>
  makeCeremony(n, required, label);

const indicesOf = (list: readonly number[]): readonly PartyIndex[] => list.map((j) => partyIndex(j));

function specOf(before: WholeEpoch, plan: ChangeDefinition, options: ChangeOptions): Spec {
  const { record } = before.lock;
  const dealing = indicesOf(options.dealing ?? holdersOf(plan, record));
  const terms = termsOf(plan, record, dealing);
  const parties = seatsOf(plan).filter(
    ({ index }) => terms.dealers.includes(index) || terms.members.includes(index),
  );
  return specFor(
    parties.map(({ index }) => ({ index, seed: seedOf(index) })),
    {
      proto: protos.reshare,
      threshold: record.threshold,
      keyId: record.keyId,
      epochId: epochIdOf(record),
      purpose: plan.purpose,
      context: attemptContext(definitionHash(plan), 0),
      reshare: terms,
    },
  );
}

/** The terms of a reshare. @throws RangeError for another session */
export function termsIn({ reshare: terms }: Spec): ReshareTerms {
  if (terms === undefined) throw new RangeError('a reshare');
  return terms;
}

/** The sessions of an epoch change, run to their end. */
export function runChange(
  before: WholeEpoch,
  plan: ChangeDefinition,
  options: ChangeOptions = {},
): ReadonlyMap<PartyIndex, Session<ReshareOutput>> {
  const { record } = before.lock;
  const planned = specOf(before, plan, options);
  const spec = options.spec?.(planned) ?? planned;
  const agreed = termsIn(spec);
  const label = `audit change ${record.epochNo} ${options.label ?? ''}`;
  const sessions = new Map(
    spec.participants.map(({ index }) => {
      const rng = rngOf(label, index);
      const share = agreed.dealers.includes(index) ? before.key.shares.get(index) : undefined;
      const held = share && { share, chainCode: before.chainCode };
      function* body(): Protocol<ReshareOutput> {
        const party = yield* setup(spec, index, rng);
        return yield* reshare(party, { record, terms: agreed, identityPks: identitiesOf(spec), held });
      }
      const session = new Session<ReshareOutput>({
        spec,
        self: index,
        identitySeed: seedOf(index),
        rng,
        body: body(),
        judge: (evidence, about, hellos) => judge(evidence, about, hellos, record),
        outputHash: ({ prepared }) => epochIdOf(prepared.record),
        maxBodyBytes: 1 << 20,
      });
      return [index, session] as const;
    }),
  );
  new Cluster(sessions, 1, options.tamper).run();
  return sessions;
}

const outputOf = (session: Session<ReshareOutput>): ReshareOutput => {
  if (session.state.kind !== 'done') throw new RangeError(`the session is ${session.state.kind}`);
  return session.state.output;
};

/** The statement of a member that its share of this epoch is gone. */
export function erasureBy(epoch: WholeEpoch, index: number, seed: Uint8Array = seedOf(index)): Uint8Array {
  const { record } = epoch.lock;
  const statement = {
    keyId: record.keyId,
    epochId: epochIdOf(record),
    index: partyIndex(index),
    timeMs: 7n,
  };
  return writeJsonFile({
    kind: 'conclave-erasure',
    version: 1,
    erasure: to0x(encode(erasureCodec, signErasure(statement, seed))),
  });
}

/** A whole epoch change by real sessions, with the folder that a member has of it. */
export function changedEpoch(before: WholeEpoch, options: ChangeOptions = {}): WholeEpoch {
  const plan = changeOf(before.lock, options);
  const signed = signedBy(plan);
  const sessions = runChange(before, plan, options);
  const writer = partyIndex(options.by ?? Number(plan.committee[0]?.index));
  const { prepared, certHash, acks } = outputOf(at(sessions, writer));
  const { record: old } = before.lock;
  const committing = options.committing ?? holdersOf(plan, old).slice(0, old.threshold);
  const commits = indicesOf(committing).map((index) => ({
    index,
    signature: signFor('rs', seedOf(index), commitHashOf(certHash)),
  }));
  const open = lockOfActivation(signed, 0, { prepared, acks, commits }, lockHash(before.lock));
  const lock = completed(open, scalarToBytes(before.key.secret), options.countersigning);
  const transcript = transcriptOf(at(sessions, writer));
  return {
    lock,
    chainCode: before.chainCode,
    key: {
      record: prepared.record,
      members: plan.committee.map(({ index }) => ({ index, seed: seedOf(index) })),
      secret: before.key.secret,
      shares: new Map(
        [...sessions].flatMap(([index, session]) => {
          const { mine } = outputOf(session);
          return mine === undefined ? [] : [[index, mine.share] as const];
        }),
      ),
    },
    files: new Map([
      ['definition.json', writeDefinition({ ...signed, previous: before.lock })],
      ['lock.json', writeLock(lock)],
      ['transcript.jsonl', transcript],
      ['erasure-node-1.json', erasureBy(before, Number(old.members[0]?.index))],
      [`receipt-node-${writer}.json`, receiptOf(transcript, lock, writer)],
    ]),
  };
}

/** The receipt of a party of the session. */
export const receiptOf = (transcript: Uint8Array, lock: Lock, index: PartyIndex): Uint8Array =>
  writeReceipt(
    makeReceipt(readTranscript(transcript, 'transcript.jsonl'), lock, index, (hash) =>
      signFor('receipt', seedOf(index), hash),
    ),
  );
