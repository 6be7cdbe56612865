import type { PartyIndex } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { type Point, type Scalar, actBase, scalarToBytes, subtract } from '../../crypto/secp256k1.ts';
import { type Party, at } from '../kernel/protocol.ts';
import { baseOtAlice1, baseOtAlice2, baseOtBob } from '../ot/base-ot.ts';
import type { OpenedRList, OpenedYList } from '../ot/checks.ts';
import { type ExtensionAlice, type ExtensionBob, extensionAlice, extensionBob } from '../ot/extension.ts';
import { type Instance, chiOf, rvoleAlice, rvoleBob } from '../ot/rvole.ts';
import * as checks from './checks.ts';
import { type InstanceParts, gammaOf, instanceAt, partsOf } from './instance.ts';
import { pairId } from './joint.ts';
import { type Extension, type Reveal, instanceLayout } from './messages.ts';
import type { ProductPhase, SeedPhase } from './phases.ts';
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

/** A run before R3: the seeds of both roles are kept, because a failed check would open one. */
export interface SeededRun extends Run {
  readonly phase: SeedPhase;
}

/** A run from R3 on: made of a phase in which Alice's seeds are gone. */
export interface MultiplyingRun extends Run {
  readonly phase: ProductPhase;
}

/** R1 as Alice: base-OT receiver, with fresh choice bits Δ for every peer and session. */
export function offerBaseOts({ party, secrets, phase }: SeededRun, j: PartyIndex): Uint8Array {
  const state = baseOtAlice1(pairId(party.sid, party.self, j), phase.drawAlice(j, party.rng));
  secrets.alice.set(j, state);
  return state.rList;
}

/**
 * R2 as Bob: base-OT sender, then the extension. This fixes β, and with it χ of every instance. P4 must hold.
 */
export function answerBaseOts(run: SeededRun, j: PartyIndex, rList: OpenedRList): Extension {
  const { party, batch, secrets, phase } = run;
  const sidAB = pairId(party.sid, j, party.self);
  const bobSeed = phase.drawBob(j, party.rng);
  const base = baseOtBob(sidAB, bobSeed, rList);
  const context = { sidAB, rList: rList.bytes, yList: base.yList, batch };
  const state = extensionBob(context, { bobSeed, seeds: base.seeds });
  base.wipe();
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
 * From here on Δ masks something, and must not be opened.
 */
export function multiplyAsAlice(run: MultiplyingRun, j: PartyIndex, state: ExtensionAlice): Uint8Array {
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

/** The outcome of P10 to P12 for one instance of one peer. */
export interface ProductVerdict {
  readonly isConsistent: boolean;
  readonly isOfNonce: boolean;
  readonly isOfKey: boolean;
}

/**
 * R3 as Bob: his shares of the products, and whether they are products of what Alice has published. Every
 * check is evaluated for every instance before one of them counts; the verdicts are in order of instance. P9
 * must hold for all instances.
 */
export function multiplyAsBob(
  run: Run,
  j: PartyIndex,
  message: Uint8Array,
  reveal: Reveal,
): readonly ProductVerdict[] {
  const { batch, secrets } = run;
  return Array.from({ length: batch }, (_, s) => {
    const parts = partsOf(instanceAt(message, s));
    const [R, pk] = [reveal.R[s], reveal.pk[s]];
    assert(R !== undefined && pk !== undefined, 'a reveal that is shorter than the batch was decoded');
    const verdict = multiplyInstance(run, { j, instance: s }, parts, [R, pk]);
    addScalar(secrets.m, s, scalarAt(parts.psi, 0));
    return verdict;
  });
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
  const { verdict, d } = productOf({ sidAB, instance }, state, parts, [R, pk]);
  addScalar(secrets.sharesU, instance, d[0]);
  addScalar(secrets.sharesV, instance, d[1]);
  return verdict;
}

/** P10 to P12 of one instance, with Bob's shares: for Bob himself, and for the judge of what he opens. */
export function productOf(
  of: Instance,
  state: ExtensionBob,
  parts: InstanceParts,
  [R, pk]: readonly [Point, Point],
): { readonly verdict: ProductVerdict; readonly d: readonly [Scalar, Scalar] } {
  const { ok, d } = rvoleBob(of, state, parts.multiplication);
  const chi = chiOf(state, of.instance);
  const [gammaU, gammaV] = [gammaOf(parts.gammaU), gammaOf(parts.gammaV)];
  return {
    d,
    verdict: {
      isConsistent: ok,
      isOfNonce: checks.nonceProductAgrees({ chi, d: d[0], input: R, gamma: gammaU }),
      isOfKey: checks.keyProductAgrees({ chi, d: d[1], input: pk, gamma: gammaV }),
    },
  };
}
