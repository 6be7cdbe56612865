import type { PartyIndex } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import { encode } from '../../crypto/codec.ts';
import { Bug, assert } from '../../crypto/errors.ts';
import * as dlog from '../../crypto/proofs/dlog.ts';
import { type Point, type Scalar, actBase, scalarToBytes, sum } from '../../crypto/secp256k1.ts';
import { type Polynomial, evaluate, feldmanCommit, randomPolynomial } from '../../crypto/shamir.ts';
import type { Complaint } from '../complaint.ts';
import { type EpochRecord, epochIdOf } from '../epoch.ts';
import {
  type Party,
  type PartyMap,
  type Protocol,
  at,
  exchange,
  exchangeRaw,
  forParties,
  mapParties,
  noDirects,
} from '../kernel/protocol.ts';
import {
  checkCertificate,
  checkCommittee,
  checkComplaints,
  checkConfirmations,
  checkReveals,
  checkUsable,
  participantsOf,
  speakerOf,
} from './blame.ts';
import * as checks from './checks.ts';
import { inspectDeal } from './complaint.ts';
import {
  type Joint,
  certificateHash,
  combine,
  commitmentOf,
  constantTermContext,
  okOf,
  recordOf,
  shareContext,
} from './joint.ts';
import {
  Certify,
  Commit,
  Confirm,
  type Ok,
  type PendingShare,
  type Reveal,
  pendingShareCodec,
  revealRound,
} from './messages.ts';

/** What key generation needs beside the party. */
export interface KeygenInputs {
  /** Ed25519 identity keys of all parties, 32 bytes each, from the specification. */
  readonly identityPks: PartyMap<Uint8Array>;
  /** Our identity's signature, purpose `dkg`, over a 32-byte hash; the seed stays with the caller. */
  readonly signCertificate: (hash32: Uint8Array) => Uint8Array;
}

/** One member's signature of the certificate. */
export interface CertificateEntry {
  readonly index: PartyIndex;
  /** Ed25519, purpose `dkg`, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A member's result. Neither seeds nor pairwise keys are part of it. [protocol, 6.3] */
export interface KeygenOutput {
  readonly record: EpochRecord;
  /** 32 bytes. */
  readonly epochId: Uint8Array;
  readonly index: PartyIndex;
  /** s_i, 32 bytes. Secret: the caller seals it and wipes it. */
  readonly share: Uint8Array;
  /** cc, 32 bytes. */
  readonly chainCode: Uint8Array;
  /** S_j of every member. */
  readonly publicShares: PartyMap<Point>;
  readonly publicKey: Point;
  /** H("dkg/cert"; sid, v_3, epochId), 32 bytes. */
  readonly certificateHash: Uint8Array;
  /** One signature of it a member, ascending. */
  readonly certificate: readonly CertificateEntry[];
}

/**
 * Distributed key generation without a dealer, by all parties together. On blame the share is gone, and a new
 * session without the culprit starts with new polynomials. [protocol, 6; Feldman 1987; GJKR 1999; DKLs23]
 * @throws ProtocolAbort bad-committee | malformed | bad-opening | bad-proof | degenerate-sharing |
 * share-mismatch | false-complaint | confirmation-mismatch | bad-certificate
 */
export function* keygen(party: Party, inputs: KeygenInputs): Protocol<KeygenOutput> {
  const { sid, self, parties, others, threshold, rng } = party;
  const share = new Uint8Array(32);
  let isKept = false;
  try {
    checkCommittee(party);

    // Round 1. Commit to a polynomial f_i, its Feldman vector, and a proof that we know its constant.
    const f = randomPolynomial(threshold - 1, rng);
    const mine = contribute(party, f);
    const first = yield* exchange(Commit, { com: commitmentOf(speakerOf(party)(self), mine) }, noDirects);

    // Round 2. Open, now that nobody can adapt to what we show. Each party gets its value of f_i in private.
    const deals = forParties(others, (j) => ({ share: evaluate(f, j) }));
    const second = yield* exchangeRaw(revealRound(threshold), mine, deals);
    const reveals = second.broadcast;
    checkReveals(party, first.broadcast, reveals, [first.reply, second.reply]);
    const joint = combine(sid, parties, threshold, reveals);
    checkUsable(joint);
    const received = collectDeals(party, reveals, second.reply.directs);

    // Round 3. Confirm what the broadcasts give, and prove that we hold our share; or show the bad message.
    // The share is durable before that: who has confirmed can be relied on after a crash.
    const record = recordOf(sid, threshold, participantsOf(parties, inputs.identityPks), joint);
    const ok = okOf(sid, second.view, joint);
    let confirmation: Ok | Complaint;
    if (received.kind === 'shares') {
      const s = sum([evaluate(f, self), ...received.shares]);
      const pop = provePossession(party, joint, s);
      share.set(scalarToBytes(s));
      yield* persist({ record, index: self, share, chainCode: joint.cc });
      confirmation = { kind: 'ok', ok, pop };
    } else confirmation = received.complaint;
    const third = yield* exchange(Confirm, confirmation, noDirects);
    const facts = { ...inputs, sid, epks: party.keys.epks, F: mapParties(reveals, (_, { F }) => F) };
    const oks = checkComplaints(third.broadcast, facts, [second.reply, third.reply]);
    checkConfirmations(party, { joint, ok }, oks, [second.reply, third.reply]);

    // Round 4. Sign the result: the n signatures are the certificate. Nothing signs under a key without it.
    const epochId = epochIdOf(record);
    const hash = certificateHash(sid, third.view, epochId);
    const fourth = yield* exchange(Certify, { signature: inputs.signCertificate(hash) }, noDirects);
    const expected = { hash, identityPks: inputs.identityPks };
    checkCertificate(party, expected, fourth.broadcast, [second.reply, third.reply, fourth.reply]);

    const certificate = [...fourth.broadcast].map(([index, { signature }]) => ({ index, signature }));
    isKept = true;
    return {
      ...publicResult(joint, threshold),
      record,
      epochId,
      index: self,
      share,
      certificateHash: hash,
      certificate,
    };
  } finally {
    party.keys.wipe();
    if (!isKept) wipe(share);
  }
}

/** Our part of everything that will be public. */
function contribute(party: Party, f: Polynomial): Reveal {
  const { rng, self } = party;
  const F = feldmanCommit(f);
  const [a, A] = [f[0], F[0]];
  if (a === undefined || A === undefined) throw new Bug('a polynomial without a constant');
  const pok = dlog.prove(constantTermContext(speakerOf(party)(self), F), { X: A }, { x: a }, rng);
  return { F, pok, cc: rng(32), salt: rng(32) };
}

type Received =
  | { readonly kind: 'shares'; readonly shares: readonly Scalar[] }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** K6 on every direct message to us. One complaint is enough to end the session, so the first is made. */
function collectDeals(
  party: Party,
  reveals: PartyMap<Reveal>,
  directs: PartyMap<Parameters<typeof inspectDeal>[3]>,
): Received {
  const shares: Scalar[] = [];
  for (const j of party.others) {
    const found = inspectDeal(party, j, at(reveals, j).F, at(directs, j));
    if (found.kind === 'complaint') return found;
    shares.push(found.share);
  }
  return { kind: 'shares', shares };
}

/** Proves s_i for S_i. @throws Bug when s_i is not the share that the broadcasts promise */
function provePossession(party: Party, joint: Joint, s: Scalar): dlog.Proof {
  const S = at(joint.publicShares, party.self);
  assert(actBase(s).equals(S), 'deals that pass their check make a share that does not');
  return dlog.prove(shareContext(speakerOf(party)(party.self), joint), { X: S }, { x: s }, party.rng);
}

/** Resumed when the share is durable. The encoding is wiped then. */
function* persist(pending: PendingShare): Protocol<void> {
  const bytes = encode(pendingShareCodec, pending);
  try {
    yield { kind: 'persist', what: 'pending-share', bytes };
  } finally {
    wipe(bytes);
  }
}

/** K12 is about our own arithmetic: nothing unverified is returned. @throws Bug */
function publicResult(
  { C, publicShares, cc }: Joint,
  threshold: number,
): Pick<KeygenOutput, 'publicKey' | 'publicShares' | 'chainCode'> {
  const [publicKey] = C;
  assert(
    publicKey !== undefined && checks.interpolatesToKey(threshold, publicShares, publicKey),
    'the public shares do not make the public key',
  );
  return { publicKey, publicShares, chainCode: cc };
}
