import type { PartyIndex } from '../../crypto/brand.ts';
import { bytesToBigint, equalBytes, wipe } from '../../crypto/bytes.ts';
import type { Signature } from '../../crypto/ecdsa.ts';
import { assert } from '../../crypto/errors.ts';
import { type Scalar, add, multiply, scalar } from '../../crypto/secp256k1.ts';
import {
  type Party,
  type Protocol,
  ProtocolAbort,
  type Reply,
  at,
  blameUnless,
  exchange,
  mapParties,
  noDirects,
} from '../kernel/protocol.ts';
import type { Presignature } from '../presign/presign.ts';
import * as checks from './checks.ts';
import { combineShares } from './combine.ts';
import { Nonce, Share, type SignatureShare } from './messages.ts';
import {
  type Task,
  beaconOf,
  messageOf,
  rerandomiser,
  shiftedNonce,
  sessionOf,
  signingKey,
  tuple,
  tuple0,
} from './tuple.ts';

/**
 * Who we are in an online session. There is no setup round, hence no ephemeral keys and no direct messages.
 */
export type SignParty = Pick<Party, 'sid' | 'self' | 'parties' | 'rng'>;

/** What signing needs: a presignature that the pool has given away for good, and what it is used for. */
export interface SignInputs extends Task {
  /** Its scalars are zero when the first share message is handed out, or the session ends. */
  readonly presignature: Omit<Presignature, 'instance'>;
}

/**
 * An ECDSA signature from one presignature, in two rounds. The nonce is always shifted by a value that nobody
 * knew when the message was fixed. Nonce mode only: a beacon from the chain comes with the chain. The session
 * must be made with `follows`: its id is `signSessionId`, its view v_4 and its predecessors the R4 of the
 * presign session. [DKLs23, ePrint 2023/765; Groth and Shoup, ePrint 2021/1330;
 * protocol, 9]
 * @throws ProtocolAbort malformed | digest-refused | nonce-unusable | tuple-mismatch |
 * combined-signature-invalid
 */
export function* sign(party: SignParty, inputs: SignInputs): Protocol<Signature> {
  const { presignature, digest } = inputs;
  try {
    assertInputs(party, inputs);
    if (!checks.isSignableDigest(digest))
      throw new ProtocolAbort('digest-refused', [], { grade: 'D', check: 'S2' });

    // Round 1. Everybody fixes what is signed, and adds to the beacon. From here on the presignature is used
    // up.
    const tau0 = tuple0(inputs);
    const mine = { tuple0: tau0, nonce: party.rng(32) };
    const first = yield* exchange(Nonce, mine, noDirects);
    blame(party, (j) => checks.bindsTuple0(at(first.broadcast, j), tau0));
    const beacon = beaconOf(
      tau0,
      mapParties(first.broadcast, (_, { nonce }) => nonce),
    );
    const tau = tuple(tau0, beacon);
    const delta = rerandomiser(inputs, beacon);
    const shifted = shiftedNonce(presignature.R, delta);
    if (!checks.isUsableShift(shifted))
      throw new ProtocolAbort('nonce-unusable', [], { grade: 'D', check: 'S6' });

    // Round 2. The shares. Ours is made once, and what it was made of is gone before it leaves: from then on
    // the signature must be presumed to exist, whatever we hear.
    const share = makeShare(inputs, { tau, delta, r: scalar(shifted.x) });
    letGo(presignature);
    const second = yield* exchange(Share, share, noDirects);
    const expected = { presigId: presignature.presigId, tuple: tau };
    blame(party, (j) => checks.bindsTuple(at(second.broadcast, j), expected), [first.reply, second.reply]);

    // Output. Everybody combines, and nothing leaves that two implementations have not verified.
    return verified(inputs, combineShares(second.broadcast.values(), shifted));
  } finally {
    letGo(presignature);
  }
}

function assertInputs({ sid, parties }: SignParty, inputs: SignInputs): void {
  const { quorum, presignature } = inputs;
  const isSame = parties.length === quorum.length && parties.every((j, n) => j === quorum[n]);
  assert(isSame, 'the presignature belongs to another quorum');
  assert(equalBytes(sid, sessionOf(inputs)), 'the session is about something else');
  const { phi, u, v } = presignature;
  assert(![phi, u, v].some((bytes) => bytes.every((b) => b === 0)), 'this presignature has been used');
}

/** w_i = (m + r·ε)·φ_i + r·v_i and u'_i = u_i + δ·φ_i. [protocol, 9.1] */
function makeShare(
  { presignature: { presigId, phi, u, v }, digest, epsilon }: SignInputs,
  { tau, delta, r }: { readonly tau: Uint8Array; readonly delta: Scalar; readonly r: Scalar },
): SignatureShare {
  const secret = (bytes: Uint8Array): Scalar => scalar(bytesToBigint(bytes));
  const weight = add(messageOf(digest), multiply(r, epsilon));
  return {
    presigId,
    tuple: tau,
    w: add(multiply(weight, secret(phi)), multiply(r, secret(v))),
    u: add(secret(u), multiply(delta, secret(phi))),
  };
}

const letGo = ({ phi, u, v }: SignInputs['presignature']): void => {
  wipe(phi, u, v);
};

/**
 * S7. What a party says in round 1 is known only to those who know the presignature to be wrong, class B; a
 * share contradicts what its sender has signed before, class A.
 */
function blame(party: SignParty, holds: (j: PartyIndex) => boolean, replies?: readonly [Reply, Reply]): void {
  const others = party.parties.filter((j) => j !== party.self);
  const grade = replies === undefined ? 'B' : 'A';
  blameUnless({ code: 'tuple-mismatch', check: 'S7', grade }, others, holds, ([accused]) => {
    if (accused === undefined || replies === undefined) return undefined;
    const [first, second] = replies;
    const envelopes = [...party.parties.map((j) => first.signed(j)), second.signed(accused)];
    return { kind: 'public-check', accused, check: 'S7', envelopes };
  });
}

/** S9 and S10. Nobody is named: a wrong share cannot be told from a right one. */
function verified(task: Task, signature: Signature | undefined): Signature {
  const invalid = (check: string): ProtocolAbort =>
    new ProtocolAbort('combined-signature-invalid', [], { grade: 'C', check });
  if (signature === undefined) throw invalid('S9');
  if (!checks.isSignatureOf(signingKey(task), task.digest, signature)) throw invalid('S10');
  return signature;
}
