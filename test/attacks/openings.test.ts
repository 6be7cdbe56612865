import { describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { bytesToBigint } from '../../src/crypto/bytes.ts';
import { decode } from '../../src/crypto/codec.ts';
import { Bug } from '../../src/crypto/errors.ts';
import { type Scalar, add, invert, multiply, scalar, subtract, sum } from '../../src/crypto/secp256k1.ts';
import { parseEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';
import { type Protocol, type Reply, at } from '../../src/protocols/kernel/protocol.ts';
import { baseOtBob, openRList } from '../../src/protocols/ot/base-ot.ts';
import { extensionBob } from '../../src/protocols/ot/extension.ts';
import { chiOf } from '../../src/protocols/ot/rvole.ts';
import { instanceAt, partsOf } from '../../src/protocols/presign/instance.ts';
import { pairId } from '../../src/protocols/presign/joint.ts';
import { type ProductPhase, SeedPhase } from '../../src/protocols/presign/phases.ts';
import type { PresignBatch } from '../../src/protocols/presign/presign.ts';
import { shareCodec } from '../../src/protocols/sign/messages.ts';
import { batchesOf, dealKey, digestOf, runPresign, runSign } from '../sim/signing.ts';

const key = dealKey(2, 3);
const [honest, corrupt] = [partyIndex(1), partyIndex(2)];
const digest = digestOf('released');

/** What a party keeps, as long as it likes. */
interface Kept {
  readonly heard: Reply[];
  /** Its R list to the honest party. */
  readonly offers: Uint8Array[];
}

/** A program that keeps what it hears. */
function* listening(body: Protocol<PresignBatch>, { heard, offers }: Kept): Protocol<PresignBatch> {
  let next = body.next(emptyReply);
  while (next.done !== true) {
    const send = next.value.kind === 'round' ? next.value.send : undefined;
    if (send?.name === 'presign/commit')
      offers.push(at(send.directs ?? new Map<PartyIndex, Uint8Array>(), honest));
    const reply = yield next.value;
    const directs = [...reply.directs].map(([j, one]) => {
      const copy = one.kind === 'opened' ? { ...one, plaintext: one.plaintext.slice() } : one;
      return [j, copy] as const;
    });
    if (next.value.kind === 'round') heard.push({ ...reply, directs: new Map(directs) });
    next = body.next(reply);
  }
  return next.value;
}

/**
 * A presignature that is used, with everything that the corrupted one of two parties has heard. `kept` is the
 * seed of the honest one that must not exist any more, as a node without the guard would have it.
 */
function released() {
  const corrupted: Kept = { heard: [], offers: [] };
  const drawn: Uint8Array[] = [];
  const phases: ProductPhase[] = [];
  const [draw, forget] = [SeedPhase.prototype.drawBob, SeedPhase.prototype.forget];
  vi.spyOn(SeedPhase.prototype, 'drawBob').mockImplementation(function (this: SeedPhase, j, rng) {
    const seed = draw.call(this, j, rng);
    if (j === corrupt) drawn.push(seed, seed.slice());
    return seed;
  });
  vi.spyOn(SeedPhase.prototype, 'forget').mockImplementation(function (this: SeedPhase): ProductPhase {
    const phase = forget.call(this);
    phases.push(phase);
    return phase;
  });
  const run = runPresign(key, [honest, corrupt], 1, {
    body: (self, program) => (self === corrupt ? listening(program(), corrupted) : program()),
  });
  vi.restoreAllMocks();
  const w: Scalar[] = [];
  const states = runSign(run, 0, digest, {
    tamper: (_from, _to, bytes) => {
      const { header, body } = parseEnvelope(bytes);
      if (header.kind === 0 && header.round === 2) w.push(decode(shareCodec, body).w);
      return [bytes];
    },
  });
  const [signed] = [...states.values()];
  if (signed?.kind !== 'done') throw new RangeError('no signature');
  const [wiped = new Uint8Array(0), kept = new Uint8Array(0)] = drawn;
  return { run, ...corrupted, phases, wiped, kept, w: sum(w), r: scalar(signed.output.r) };
}

describe('ATK-P37 an opening after a scalar was released', () => {
  const found = released();

  it('ATK-P37: cannot be made: the seed is gone, and so is what an opening is made of', () => {
    expect(found.wiped.every((byte) => byte === 0)).toBe(true);
    expect(found.phases).toHaveLength(2);
    for (const phase of found.phases)
      for (const j of [honest, corrupt]) expect(() => phase.open(j)).toThrow(Bug);
  });

  it('ATK-P37: positive control, with one such opening the other party has the key', () => {
    const { run, heard, kept, w, r } = found;
    const [offer = new Uint8Array(0)] = found.offers;
    const sid = at(batchesOf(run), corrupt).sid;
    const messageOf = (round: number): Uint8Array => {
      const delivery = heard[round]?.directs.get(honest);
      if (delivery?.kind !== 'opened') throw new RangeError('nothing heard');
      return delivery.plaintext;
    };
    // The honest party is Bob of this pair. Its seed, and the R list to which it answered, give its factor χ.
    const sidAB = pairId(sid, corrupt, honest);
    const rList = openRList(sidAB, offer);
    const base = baseOtBob(sidAB, kept, rList);
    const context = { sidAB, rList: offer, yList: base.yList, batch: 1 };
    const state = extensionBob(context, { bobSeed: kept, seeds: base.seeds });
    // ψ = φ − χ was sent to the corrupted party in R3. With both masks, what everybody released is the key.
    const psi = scalar(bytesToBigint(partsOf(instanceAt(messageOf(3), 0)).psi));
    const own = scalar(
      bytesToBigint(at(batchesOf(run), corrupt).presignatures[0]?.phi ?? new Uint8Array(32)),
    );
    const phi = add(add(psi, chiOf(state, 0)), own);
    const m = scalar(bytesToBigint(digest));
    const x = multiply(subtract(multiply(w, invert(phi)), m), invert(r));
    expect(x).toBe(key.secret);
  });
});
