import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { type Point, actBase, add, multiply, scalarToBytes } from '../../crypto/secp256k1.ts';
import { type EpochRecord, epochIdOf, isQuorumOf, publicShareOf } from '../epoch.ts';
import {
  type Party,
  type PartyMap,
  type Protocol,
  ProtocolAbort,
  type Reply,
  at,
  exchange,
  forParties,
  mapParties,
  noDirects,
} from '../kernel/protocol.ts';
import { openRList, openYList } from '../ot/base-ot.ts';
import type { ExtensionAlice } from '../ot/extension.ts';
import { isLegalBatch } from '../params.ts';
import {
  checkConfirmations,
  checkExtensions,
  checkProducts,
  checkRLists,
  checkReveals,
  checkStatements,
  checkYLists,
  settleDisputes,
  speakerOf,
} from './blame.ts';
import * as checks from './checks.ts';
import { type Joint, combine, commitmentOf, isDropped, okOf, pairId, presigIdOf } from './joint.ts';
import { type SumCase, allFragments, fragmentsOf, proofsOf, sumCaseOf } from './key-sum.ts';
import {
  Commit,
  type Confirmation,
  type Extension,
  Prove,
  type Reveal,
  confirmRound,
  extendRound,
  multiplyRound,
} from './messages.ts';
import {
  type MultiplyingRun,
  type SeededRun,
  answerBaseOts,
  finishExtension,
  multiplyAsAlice,
  multiplyAsBob,
  offerBaseOts,
} from './pairs.ts';
import { SeedPhase, type Silence } from './phases.ts';
import { drawSecrets, scalarAt } from './secrets.ts';

/** What presigning needs beside the party, whose parties are the quorum. */
export interface PresignInputs {
  /** The epoch from the registry; public key and shares are taken from here only. */
  readonly record: EpochRecord;
  /** s_i, 32 bytes. Read only; the caller wipes it. */
  readonly share: Uint8Array;
  /** B. */
  readonly batch: number;
}

/**
 * One member's part of one presignature. It is used once, in memory, by the quorum that made it. [protocol,
 * 8.7]
 */
export interface Presignature {
  /** H("presig"; sid, v_4, s), 32 bytes. */
  readonly presigId: Uint8Array;
  /** s. */
  readonly instance: number;
  /** R_s = k·G. */
  readonly R: Point;
  /** φ_i, 32 bytes. Secret. */
  readonly phi: Uint8Array;
  /** u_i, 32 bytes: Σ u_i = k·φ. Secret. */
  readonly u: Uint8Array;
  /** v_i, 32 bytes: Σ v_i = x·φ. Secret. */
  readonly v: Uint8Array;
}

/**
 * What a presign session leaves. With the eids of R4 (`session.end.eids`) an online session goes on from
 * here.
 */
export interface PresignBatch {
  readonly sid: SessionId;
  readonly quorum: readonly PartyIndex[];
  /** 32 bytes. */
  readonly epochId: Uint8Array;
  /** v_4, 32 bytes. */
  readonly view: Uint8Array;
  /** What everybody confirmed, 32 bytes: the output hash of the session. */
  readonly ok: Uint8Array;
  /** Ascending by instance; those that P14 drops are missing. */
  readonly presignatures: readonly Presignature[];
}

/**
 * B presignatures of a quorum, before there is a message: four rounds after the setup. The parties multiply
 * in pairs by oblivious transfers that live and die with this session, so that a failed check tells a peer at
 * most one bit of something that is never used again. Whoever makes a check fail is named by what its victim
 * opens, and nothing is opened by who has confirmed. [DKLs23, ePrint 2023/765; protocol, 8, 13]
 * @throws ProtocolAbort malformed | ot-check | bad-opening | repeated-nonce | multiplication-check |
 * nonce-product | key-product | zero-share-sum | degenerate-share | ready-mismatch
 */
export function* presign(party: Party, inputs: PresignInputs): Protocol<PresignBatch> {
  const { sid, self, parties, others } = party;
  const { record, batch } = inputs;
  assertInputs(party, inputs);
  const run: SeededRun = {
    party,
    batch,
    secrets: drawSecrets(party, inputs.share, batch),
    phase: new SeedPhase(),
  };
  const plaintexts: Uint8Array[] = [];
  let output: readonly Outcome[] = [];
  let isKept = false;
  try {
    // Round 1. Fix the nonces before anybody's is seen. As Alice, offer base OTs to each peer.
    const reveal = prepareReveal(run);
    const comR = commitmentOf(speakerOf(party)(self), reveal.R, reveal.salt);
    const first = yield* exchange(
      Commit,
      { comR },
      forParties(others, (j) => offerBaseOts(run, j)),
    );
    const rLists = mapParties(first.direct, (j, bytes) => openRList(pairOf(run, j), bytes));
    checkRLists(party, rLists, first.reply);

    // Round 2. As Bob, answer, and extend 128 base OTs to the 416·B that the multiplications use: χ is fixed
    // now.
    const answers = forParties(others, (j) => answerBaseOts(run, j, at(rLists, j)));
    const second = yield* exchange(extendRound(batch), {}, answers);

    // Round 3. Only when all extensions have passed their check may anything be sent that depends on a Δ.
    // Open the nonces, and multiply. All of Alice's OT state is gone before the messages leave.
    const { products, multiplying } = multiplyWithAll(run, second.direct, [first.reply, second.reply]);
    plaintexts.push(...products.values());
    const third = yield* exchange(multiplyRound(batch), reveal, products);
    plaintexts.push(...third.direct.values());
    const said = { commitments: first.broadcast, reveals: third.broadcast };
    checkReveals(party, said, third.direct, [first.reply, third.reply]);
    const verdicts = mapParties(third.direct, (j, bytes) =>
      multiplyAsBob(run, j, bytes, at(third.broadcast, j)),
    );
    checkProducts(multiplying, verdicts, [first.reply, second.reply, third.reply]);

    // Round 4. Confirm. This is the promise never to open anything of the session, so everything that could
    // be opened is gone before it is made; and no scalar is released before all have made it.
    const sum = sumCaseOf({ sid, parties, record, reveals: third.broadcast, epks: party.keys.epks });
    const joint = combine(batch, third.broadcast, checks.isUsableNonce);
    if (sum.failed === undefined) output = outcomesOf(run);
    const silence = letGo(multiplying, plaintexts, [first.reply, second.reply, third.reply]);
    if (sum.failed !== undefined) return yield* nameWhoShifted(party, sum, sum.failed, third.reply);
    party.keys.wipe();
    const ok = okOf(sid, third.view, joint);
    const fourth = yield* exchange(confirmRound(parties.length), promiseOf(ok, silence), noDirects);
    checkStatements(party, sum, fourth.broadcast, [third.reply, fourth.reply]);
    checkConfirmations(party, ok, fourth.broadcast, [third.reply, fourth.reply]);
    assert(checks.isReady(fourth.broadcast.size, record.threshold), 'a round ended before it was complete');

    isKept = true;
    const presignatures = presignaturesOf(sid, fourth.view, joint, output);
    return { sid, quorum: parties, epochId: epochIdOf(record), view: fourth.view, ok, presignatures };
  } finally {
    run.phase.wipe();
    wipe(...plaintexts);
    run.secrets.wipe();
    party.keys.wipe();
    if (!isKept) for (const { phi, u, v } of output) wipe(phi, u, v);
  }
}

/**
 * The shares of an instance do not add up, and everybody sees it. All say what shifted theirs, and where two
 * ends of a pair disagree, all show what such pairs share: one party at least is named. [13.3 E7]
 */
function* nameWhoShifted(party: Party, sum: SumCase, instance: number, third: Reply): Protocol<never> {
  const mine = fragmentsOf(party, instance);
  const fourth = yield* exchange(confirmRound(party.parties.length), mine, noDirects);
  checkStatements(party, sum, fourth.broadcast, [third, fourth.reply]);
  const fragments = allFragments(fourth.broadcast);
  assert(fragments !== undefined, 'who confirms a batch whose shares do not add up is named before');
  const fifth = yield* exchange(Prove, proofsOf(party, fragments), noDirects);
  const said = { fragments, proofs: fifth.broadcast };
  return settleDisputes(party, sum, said, [third, fourth.reply, fifth.reply]);
}

/** The promise of R4. It takes a silence, which is what is left when nothing can be opened any more. */
function promiseOf(ok: Uint8Array, silence: Silence): Confirmation {
  assert(silence.isKept, 'a promise to open nothing while something could be opened');
  return { kind: 'ok', ok };
}

/** P1 was the caller's before round 0; here a violation is our own mistake. @throws Bug */
function assertInputs({ parties, self }: Party, { record, share, batch }: PresignInputs): void {
  assert(isQuorumOf(record, parties), 'the parties are no quorum of the epoch');
  assert(isLegalBatch(batch), `a batch of ${batch}`);
  assert(share.length === 32, `a share of ${share.length} bytes`);
  assert(actBase(scalarAt(share, 0)).equals(publicShareOf(record, self)), 'the share is not of this epoch');
}

const pairOf = ({ party }: SeededRun, alice: PartyIndex): Uint8Array => pairId(party.sid, alice, party.self);

/**
 * What R1 commits to and R3 opens. @throws ProtocolAbort degenerate-share, with probability 2^-256 an
 * instance
 */
function prepareReveal({ party, batch, secrets }: SeededRun): Reveal {
  const points = (scalars: Uint8Array): readonly Point[] =>
    Array.from({ length: batch }, (_, s) => actBase(scalarAt(scalars, s)));
  const pk = points(secrets.sk);
  if (pk.some((point) => point.isIdentity))
    throw new ProtocolAbort('degenerate-share', [], { grade: 'D', check: 'pk' });
  return { salt: party.rng(32), R: points(secrets.r), pk };
}

/**
 * P5 and P6 of all peers, then the multiplications with one peer after the other. Leaves no OT state of
 * Alice, and no seed of hers.
 */
function multiplyWithAll(
  run: SeededRun,
  answers: PartyMap<Extension>,
  replies: readonly [first: Reply, second: Reply],
): { readonly products: PartyMap<Uint8Array>; readonly multiplying: MultiplyingRun } {
  const { party, secrets } = run;
  const states = new Map<PartyIndex, ExtensionAlice>();
  try {
    const yLists = mapParties(answers, (_, { yList }) => openYList(yList));
    checkYLists(party, yLists, replies[1]);
    for (const [j, { extension }] of answers)
      states.set(j, finishExtension(run, j, at(yLists, j), extension));
    checkExtensions(run, states, replies);
    const multiplying = { ...run, phase: run.phase.forget() };
    const products = mapParties(states, (j, state) => {
      const message = multiplyAsAlice(multiplying, j, state);
      state.wipe();
      return message;
    });
    return { products, multiplying };
  } finally {
    for (const state of [...states.values(), ...secrets.alice.values()]) state.wipe();
    secrets.alice.clear();
  }
}

/** Our scalars of one instance. Secret. */
interface Outcome {
  readonly phi: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** u_i = r_i·m_i + Σ (c^u + d^u), v_i = sk_i·m_i + Σ (c^v + d^v). [protocol, 8.5] */
const outcomesOf = ({ batch, secrets }: Pick<SeededRun, 'batch' | 'secrets'>): readonly Outcome[] =>
  Array.from({ length: batch }, (_, s) => {
    const m = scalarAt(secrets.m, s);
    return {
      phi: scalarToBytes(scalarAt(secrets.phi, s)),
      u: scalarToBytes(add(multiply(scalarAt(secrets.r, s), m), scalarAt(secrets.sharesU, s))),
      v: scalarToBytes(add(multiply(scalarAt(secrets.sk, s), m), scalarAt(secrets.sharesV, s))),
    };
  });

/**
 * Before R4: from here on no seed of the session, and no message that was received in private, can be opened,
 * even under force. [protocol, 8.6]
 */
function letGo(
  { phase, secrets }: MultiplyingRun,
  plaintexts: readonly Uint8Array[],
  replies: readonly Reply[],
): Silence {
  const silence = phase.forget();
  secrets.wipe();
  wipe(...plaintexts);
  for (const { directs } of replies)
    for (const delivery of directs.values())
      if (delivery.kind === 'opened') wipe(delivery.plaintext, delivery.salt);
  return silence;
}

/** What is left, under its name. P14 drops the same instances everywhere, and their scalars. */
function presignaturesOf(
  sid: SessionId,
  view: Uint8Array,
  joint: Joint,
  outcomes: readonly Outcome[],
): readonly Presignature[] {
  return outcomes.flatMap((outcome, instance) => {
    const R = joint.R[instance];
    if (R !== undefined && !isDropped(joint, instance))
      return [{ presigId: presigIdOf(sid, view, instance), instance, R, ...outcome }];
    wipe(outcome.phi, outcome.u, outcome.v);
    return [];
  });
}
