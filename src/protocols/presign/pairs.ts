import type { PartyIndex } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { type Point, actBase, scalarToBytes, subtract } from '../../crypto/secp256k1.ts';
import { type Party, at } from '../kernel/protocol.ts';
import { baseOtAlice1, baseOtAlice2, baseOtBob } from '../ot/base-ot.ts';
import type { OpenedRList, OpenedYList } from '../ot/checks.ts';
import { type ExtensionAlice, extensionAlice, extensionBob } from '../ot/extension.ts';
import { chiOf, rvoleAlice, rvoleBob } from '../ot/rvole.ts';
import * as checks from './checks.ts';
import { type InstanceParts, gammaOf, instanceAt, partsOf } from './instance.ts';
import { pairId } from './joint.ts';
import { type Extension, type Reveal, instanceLayout } from './messages.ts';
import { type Secrets, addScalar, scalarAt } from './secrets.ts';

/**
 * The steps of a presign session that concern one peer, in both roles. Every ordered pair of parties runs
 * once: the first is Alice and multiplies, the second is Bob and holds the random factor χ. [protocol, 7]
 */
export interface Run {
  readonly party: Party;
  /** B. */
  readonly batch: number;
  readonly secrets: Secrets;
}

/**
 * R1 as Alice: base-OT receiver, with fresh choice bits Δ for every peer and session. The role seed is let go
 * of at once: nothing of a session is opened in this release.
 */
export function offerBaseOts({ party, secrets }: Run, j: PartyIndex): Uint8Array {
  const aliceSeed = party.rng(32);
  const state = baseOtAlice1(pairId(party.sid, party.self, j), aliceSeed);
  wipe(aliceSeed);
  secrets.alice.set(j, state);
  return state.rList;
}

/**
 * R2 as Bob: base-OT sender, then the extension. This fixes β, and with it χ of every instance. P4 must hold.
 */
export function answerBaseOts({ party, batch, secrets }: Run, j: PartyIndex, rList: OpenedRList): Extension {
  const sidAB = pairId(party.sid, j, party.self);
  const bobSeed = party.rng(32);
  const base = baseOtBob(sidAB, bobSeed, rList);
  const context = { sidAB, rList: rList.bytes, yList: base.yList, batch };
  const state = extensionBob(context, { bobSeed, seeds: base.seeds });
  base.wipe();
  wipe(bobSeed);
  secrets.bob.set(j, state);
  return { yList: base.yList, extension: state.message };
}

/** Before R3, as Alice: the other end of the extension, with the outcome of P6. P5 must hold. */
export function finishExtension(
  { party, batch, secrets }: Run,
  j: PartyIndex,
  yList: OpenedYList,
  extension: Uint8Array,
): ExtensionAlice {
  const sidAB = pairId(party.sid, party.self, j);
  const alice = at(secrets.alice, j);
  const base = baseOtAlice2(sidAB, alice, yList);
  const context = { sidAB, rList: alice.rList, yList: yList.bytes, batch };
  const state = extensionAlice(context, { delta: alice.delta, seeds: base.seeds }, extension);
  base.wipe();
  return state;
}

/**
 * R3 as Alice: every instance multiplies (r, sk) with Bob's χ; ψ carries our own χ of the other direction.
 */
export function multiplyAsAlice(run: Run, j: PartyIndex, state: ExtensionAlice): Uint8Array {
  const { party, batch, secrets } = run;
  const sidAB = pairId(party.sid, party.self, j);
  const message = new Uint8Array(batch * instanceLayout.bytes);
  for (let s = 0; s < batch; s++) {
    const inputs = [scalarAt(secrets.r, s), scalarAt(secrets.sk, s)] as const;
    const { message: multiplication, c } = rvoleAlice({ sidAB, instance: s }, state, inputs, party.rng);
    const psi = scalarToBytes(subtract(scalarAt(secrets.phi, s), chiOf(at(secrets.bob, j), s)));
    const parts = partsOf(instanceAt(message, s));
    parts.multiplication.set(multiplication);
    parts.gammaU.set(actBase(c[0]).toBytes());
    parts.gammaV.set(actBase(c[1]).toBytes());
    parts.psi.set(psi);
    wipe(psi, multiplication);
    addScalar(secrets.sharesU, s, c[0]);
    addScalar(secrets.sharesV, s, c[1]);
  }
  return message;
}

/** The outcome of P10 to P12 for one peer: each over all instances. */
export interface ProductVerdict {
  readonly isConsistent: boolean;
  readonly isOfNonce: boolean;
  readonly isOfKey: boolean;
}

/**
 * R3 as Bob: his shares of the products, and whether they are products of what Alice has published. Every
 * check is evaluated for every instance before one of them counts. P9 must hold for all instances.
 */
export function multiplyAsBob(run: Run, j: PartyIndex, message: Uint8Array, reveal: Reveal): ProductVerdict {
  const { batch, secrets } = run;
  let [consistent, ofNonce, ofKey] = [1, 1, 1];
  for (let s = 0; s < batch; s++) {
    const parts = partsOf(instanceAt(message, s));
    const [R, pk] = [reveal.R[s], reveal.pk[s]];
    assert(R !== undefined && pk !== undefined, 'a reveal that is shorter than the batch was decoded');
    const verdict = multiplyInstance(run, { j, instance: s }, parts, [R, pk]);
    consistent &= Number(verdict.isConsistent);
    ofNonce &= Number(verdict.isOfNonce);
    ofKey &= Number(verdict.isOfKey);
    addScalar(secrets.m, s, scalarAt(parts.psi, 0));
  }
  return { isConsistent: consistent === 1, isOfNonce: ofNonce === 1, isOfKey: ofKey === 1 };
}

/**
 * One instance. P11 and P12 are verified one by one: χ is secret, so a merged equation would need one
 * constant-time multiplication a point all the same, and save only the additions.
 */
function multiplyInstance(
  { party, secrets }: Run,
  { j, instance }: { readonly j: PartyIndex; readonly instance: number },
  parts: InstanceParts,
  [R, pk]: readonly [Point, Point],
): ProductVerdict {
  const state = at(secrets.bob, j);
  const sidAB = pairId(party.sid, j, party.self);
  const { ok, d } = rvoleBob({ sidAB, instance }, state, parts.multiplication);
  const chi = chiOf(state, instance);
  addScalar(secrets.sharesU, instance, d[0]);
  addScalar(secrets.sharesV, instance, d[1]);
  const [gammaU, gammaV] = [gammaOf(parts.gammaU), gammaOf(parts.gammaV)];
  return {
    isConsistent: ok,
    isOfNonce: checks.nonceProductAgrees({ chi, d: d[0], input: R, gamma: gammaU }),
    isOfKey: checks.keyProductAgrees({ chi, d: d[1], input: pk, gamma: gammaV }),
  };
}
