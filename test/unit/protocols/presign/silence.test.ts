import { afterEach, describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import {
  type Envelope,
  type EnvelopeKind,
  envelopeKinds,
  parseEnvelope,
  sealEnvelope,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { encodeEvidence } from '../../../../src/protocols/kernel/evidence.ts';
import { abortCodec, exhibitCodec } from '../../../../src/protocols/kernel/notices.ts';
import { type Protocol, type Reply, at } from '../../../../src/protocols/kernel/protocol.ts';
import { specHash } from '../../../../src/protocols/kernel/spec.ts';
import { type ProductPhase, SeedPhase } from '../../../../src/protocols/presign/phases.ts';
import type { PresignBatch } from '../../../../src/protocols/presign/presign.ts';
import { flipAt, inDirect, lying } from '../../../sim/cheating.ts';
import type { Tamper } from '../../../sim/cluster.ts';
import { type PresignRun, dealKey, presignSpec, runPresign } from '../../../sim/signing.ts';

const key = dealKey(3, 4);
const quorum = [1, 2, 3].map((j) => partyIndex(j));
const [one, two, three] = [partyIndex(1), partyIndex(2), partyIndex(3)];
const spec = presignSpec(key, quorum, 1);
const seed = at(new Map(key.members.map((member) => [member.index, member.seed])), two);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Everything of party 1 that could make an opening: held on to by somebody who should not. */
interface Held {
  readonly seeds: Uint8Array[];
  /** What the seeds were before they were wiped. */
  readonly copies: Uint8Array[];
  readonly phases: { open: (j: PartyIndex) => Uint8Array }[];
  readonly replies: Reply[];
  /** Whether all seeds, and all that was received in private, were gone when the promise was handed over. */
  wasSilent: boolean | undefined;
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const isWiped = ({ directs }: Reply): boolean =>
  [...directs.values()].every((one) => one.kind !== 'opened' || (isZero(one.plaintext) && isZero(one.salt)));

/** The honest program of party 1, with somebody who holds on to everything. */
function* held(honest: Protocol<PresignBatch>, into: Held): Protocol<PresignBatch> {
  const [draw, forget] = [SeedPhase.prototype.drawBob, SeedPhase.prototype.forget];
  let isMine = false;
  vi.spyOn(SeedPhase.prototype, 'drawBob').mockImplementation(function (this: SeedPhase, j, rng) {
    const drawn = draw.call(this, j, rng);
    if (isMine) {
      into.seeds.push(drawn);
      into.copies.push(drawn.slice());
    }
    return drawn;
  });
  vi.spyOn(SeedPhase.prototype, 'forget').mockImplementation(function (this: SeedPhase): ProductPhase {
    const next = forget.call(this);
    if (isMine) into.phases.push(this, next);
    return next;
  });
  const step = <R>(run: () => R): R => {
    isMine = true;
    try {
      return run();
    } finally {
      isMine = false;
    }
  };
  let next = step(() => honest.next(emptyReply));
  while (next.done !== true) {
    const effect = next.value;
    if (effect.kind === 'round' && effect.send.isPromise)
      into.wasSilent = into.seeds.every(isZero) && into.replies.every(isWiped);
    let reply: Reply;
    try {
      reply = yield effect;
    } catch (error) {
      next = step(() => honest.throw(error));
      continue;
    }
    into.replies.push(reply);
    next = step(() => honest.next(reply));
  }
  return next.value;
}

/** A notice of party 2 of this session. */
const notice = (kind: EnvelopeKind, body: Uint8Array): Uint8Array => {
  const header = { kind: envelopeKinds[kind], proto: spec.proto, suite: 1, sid: specHash(spec) };
  const place = { epochId: spec.epochId, round: 4, from: two, to: 0, prev: zero32, view: zero32, ph: zero32 };
  return sealEnvelope({ ...header, ...place }, body, seed).bytes;
};
const accusation = notice(
  'abort',
  encode(abortCodec, {
    code: 'made-up',
    check: 'P10',
    accused: [one],
    evidence: encodeEvidence({ kind: 'malformed', accused: one, check: 'V11', envelopes: [] }),
  }),
);
const plainAbort = notice(
  'abort',
  encode(abortCodec, { code: 'check-failed', check: '', accused: [], evidence: new Uint8Array(0) }),
);
const doubt = (round: number): Uint8Array => notice('exhibit', encode(exhibitCodec, { round, signed: [] }));
const flippedBody = ({ header, body }: Envelope): Uint8Array =>
  sealEnvelope(header, flipAt(0)(body), seed).bytes;

describe('a party that has confirmed (ATK-P37)', () => {
  // What party 2 says to party 1 instead of its confirmation.
  it.each([
    ['nothing', () => []],
    ['another ok', (r4: Envelope) => [flippedBody(r4)]],
    ['two confirmations', (r4: Envelope) => [r4.bytes, flippedBody(r4)]],
    ['an accusation', () => [accusation]],
    ['that a check has failed', () => [plainAbort]],
    ['doubt about the products', () => [doubt(3)]],
    ['doubt about the extension', () => [doubt(2)]],
    ['doubt, and then an accusation', (r4: Envelope) => [doubt(3), flippedBody(r4), accusation]],
  ] as readonly (readonly [string, (r4: Envelope) => readonly Uint8Array[]])[])(
    'opens nothing and accuses nobody aloud, when it hears %s',
    (_, instead) => {
      const held1: Held = { seeds: [], copies: [], phases: [], replies: [], wasSilent: undefined };
      const after: Envelope[] = [];
      let hasPromised = false;
      // Nothing of it arrives before party 1 has confirmed.
      const late: Uint8Array[] = [];
      const ready = (): readonly Uint8Array[] => (hasPromised ? late.splice(0) : []);
      const tamper: Tamper = (from, to, bytes) => {
        const envelope = parseEnvelope(bytes);
        const isR4 = envelope.header.kind === envelopeKinds.broadcast && envelope.header.round === 4;
        if (from === one && hasPromised) after.push(envelope);
        if (from === one && isR4) hasPromised = true;
        if (from === two && to === one && isR4) late.push(...instead(envelope));
        if (to !== one) return [bytes];
        return from === two && isR4 ? ready() : [bytes, ...ready()];
      };
      const body = (self: PartyIndex, honest: () => Protocol<PresignBatch>): Protocol<PresignBatch> =>
        self === one ? held(honest(), held1) : honest();
      const run: PresignRun = runPresign(key, quorum, 1, { tamper, body });
      expect(['aborted', 'done']).toContain(run.states.get(one)?.kind);
      expect([hasPromised, held1.wasSilent, held1.seeds.length, late]).toEqual([true, true, 2, []]);

      const kinds = new Set(after.map(({ header }) => header.kind));
      expect([...kinds].filter((kind) => kind === envelopeKinds.abort)).toEqual([]);
      for (const { bytes } of after)
        for (const copy of held1.copies) expect(Buffer.from(bytes).includes(Buffer.from(copy))).toBe(false);

      // Whoever still holds the phases and the rounds of the session cannot make an opening of them.
      expect(held1.phases).toHaveLength(2);
      for (const phase of held1.phases)
        for (const j of [two, three]) expect(() => phase.open(j)).toThrow(Bug);
      for (const reply of held1.replies) expect(() => reply.sent(two)).toThrow(Bug);
      expect(held1.seeds.every(isZero)).toBe(true);
    },
  );

  it('is seen opening by this very test, if it has not confirmed yet', () => {
    const held1: Held = { seeds: [], copies: [], phases: [], replies: [], wasSilent: undefined };
    const aloud: Uint8Array[] = [];
    runPresign(key, quorum, 1, {
      tamper: (from, _to, bytes) => {
        if (from === one && parseEnvelope(bytes).header.kind === envelopeKinds.abort) aloud.push(bytes);
        return [bytes];
      },
      body: (self, honest) => {
        if (self === one) return held(honest(), held1);
        return self === two ? lying(honest(), inDirect('presign/multiply', flipAt(31), [one])) : honest();
      },
    });
    expect(aloud.length).toBeGreaterThan(0);
    const isOpened = (copy: Uint8Array): boolean =>
      aloud.some((bytes) => Buffer.from(bytes).includes(Buffer.from(copy)));
    // One of its two seeds, the one of the pair with the cheat, and not the other one.
    expect(held1.copies.map(isOpened)).toEqual([true, false]);
    expect(held1.seeds.every(isZero)).toBe(true);
  });
});
