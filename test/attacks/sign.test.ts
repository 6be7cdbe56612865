import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { partyIndex } from '../../src/crypto/brand.ts';
import { decode } from '../../src/crypto/codec.ts';
import { Bug } from '../../src/crypto/errors.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { type Scalar, actBase, invert, multiply, scalar, subtract } from '../../src/crypto/secp256k1.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';
import type { Sending } from '../../src/protocols/kernel/protocol.ts';
import { type SignatureShare, nonceCodec, shareCodec } from '../../src/protocols/sign/messages.ts';
import { sign } from '../../src/protocols/sign/sign.ts';
import type * as tuples from '../../src/protocols/sign/tuple.ts';
import {
  beaconOf,
  messageOf,
  rerandomiser,
  sessionOf,
  shiftedNonce,
  tuple0,
} from '../../src/protocols/sign/tuple.ts';
import { rngOf } from '../sim/cluster.ts';
import {
  type PresignRun,
  abortsOf,
  batchesOf,
  dealKey,
  digestOf,
  runPresign,
  runSign,
  signInputs,
} from '../sim/signing.ts';

// What an attack test removes is one named guard; everything else stays the shipped code.
const { off } = vi.hoisted(() => ({ off: new Set<'tuple' | 'beacon'>() }));
afterEach(() => {
  off.clear();
});

vi.mock('../../src/protocols/sign/tuple.ts', async (original) => {
  const real = await original<typeof tuples>();
  const unbound = (task: tuples.Task): tuples.Task =>
    off.has('tuple') ? { ...task, digest: new Uint8Array(32), requestId: new Uint8Array(32) } : task;
  return {
    ...real,
    tuple0: (task: tuples.Task) => real.tuple0(unbound(task)),
    sessionOf: (task: tuples.Task) => real.sessionOf(unbound(task)),
    rerandomiser: (task: tuples.Task, beacon: Uint8Array) =>
      real.rerandomiser(task, off.has('beacon') ? new Uint8Array(32) : beacon),
  };
});

const key = dealKey(3, 4);
const quorum = [1, 2, 3].map((j) => partyIndex(j));
let run: PresignRun;
beforeAll(() => {
  run = runPresign(key, quorum, 8);
});
const inputsOf = (instance: number, digest: Uint8Array) => {
  const [batch] = [...batchesOf(run).values()];
  if (batch === undefined) throw new RangeError('no batch');
  return signInputs(run, batch, instance, digest);
};

describe('ATK-P20 a presignature that is used twice', () => {
  /** Signs a digest; returns what everybody sees: m, r, s and δ. */
  function published(instance: number, digest: Uint8Array) {
    const nonces = new Map<number, Uint8Array>();
    const states = runSign(run, instance, digest, {
      lies: (self) => (send: Sending) => {
        if (send.name === 'sign/nonce') nonces.set(self, decode(nonceCodec, send.broadcast).nonce);
        return send;
      },
    });
    const [state] = [...states.values()];
    if (state?.kind !== 'done') throw new RangeError('no signature');
    const task = inputsOf(instance, digest);
    const beacon = beaconOf(
      tuple0(task),
      new Map(quorum.map((j) => [j, nonces.get(j) ?? new Uint8Array(0)])),
    );
    return { m: messageOf(digest), ...state.output, delta: rerandomiser(task, beacon) };
  }

  /** Two equations s·(k + δ) = m + r·x in k and x; the sign of each s is not known. */
  function keyFrom(one: ReturnType<typeof published>, two: ReturnType<typeof published>): Scalar | undefined {
    const negated = (value: Scalar): Scalar => subtract(scalar(0n), value);
    const candidates = [one.s, negated(one.s)].flatMap((s1) =>
      [two.s, negated(two.s)].map((s2) => {
        const [a1, a2] = [multiply(one.r, invert(s1)), multiply(two.r, invert(s2))];
        const [b1, b2] = [multiply(one.m, invert(s1)), multiply(two.m, invert(s2))];
        // k = b + a·x − δ in both.
        const numerator = subtract(subtract(b2, two.delta), subtract(b1, one.delta));
        return multiply(numerator, invert(subtract(a1, a2)));
      }),
    );
    return candidates.find((x) => actBase(x).equals(publicKeyOf(key.record)));
  }

  it('ATK-P20: is refused the second time, because its scalars are gone', () => {
    const inputs = inputsOf(0, digestOf('first'));
    const party = { self: partyIndex(1), parties: quorum, rng: rngOf('twice', partyIndex(1)) };
    const first = sign({ ...party, sid: sessionOf(inputs) }, inputs);
    first.next(emptyReply);
    expect(() => first.throw(new RangeError('the session ends'))).toThrow(RangeError);
    const again = { ...inputs, digest: digestOf('second') };
    expect(() => sign({ ...party, sid: sessionOf(again) }, again).next(emptyReply)).toThrow(Bug);
  });

  it('ATK-P20: two signatures with two presignatures do not give the key', () => {
    expect(keyFrom(published(1, digestOf('first')), published(2, digestOf('second')))).toBeUndefined();
  });

  it('ATK-P20: positive control, a pool that gives one presignature out twice gives the key away', () => {
    expect(keyFrom(published(3, digestOf('first')), published(3, digestOf('second')))).toBe(key.secret);
  });
});

describe('ATK-P21 a coordinator that shows two digests', () => {
  /** Party 1 is shown another digest than parties 2 and 3. Returns the shares that left the nodes. */
  function released(instance: number): readonly SignatureShare[] {
    const shares: SignatureShare[] = [];
    const states = runSign(run, instance, digestOf('shown to most'), {
      change: (inputs, self) => (self === 1 ? { ...inputs, digest: digestOf('shown to one') } : inputs),
      lies: () => (send: Sending) => {
        if (send.name === 'sign/share') shares.push(decode(shareCodec, send.broadcast));
        return send;
      },
    });
    expect([...states.values()].some(({ kind }) => kind === 'done')).toBe(false);
    for (const { culprits } of abortsOf(states).values()) expect(culprits).toEqual([]);
    return shares;
  }

  it('ATK-P21: gets no share of either, for they are two sessions', () => {
    expect(released(4)).toEqual([]);
  });
  it('ATK-P21: positive control, unbound, both release shares of one presignature', () => {
    off.add('tuple');
    const shares = released(5);
    expect(shares).toHaveLength(3);
    expect(new Set(shares.map(({ presigId }) => presigId.join())).size).toBe(1);
  });
});

describe('ATK-P22 a shift of the nonce that can be known before the message', () => {
  /** Whoever chooses the message computes r in advance, with a beacon of its own. */
  function foreseen(instance: number): boolean {
    const task = inputsOf(instance, digestOf('chosen'));
    const guessed = shiftedNonce(task.presignature.R, rerandomiser(task, taggedHash('test')));
    const [state] = [...runSign(run, instance, digestOf('chosen')).values()];
    if (state?.kind !== 'done') throw new RangeError('no signature');
    return state.output.r === scalar(guessed.x);
  }

  it('ATK-P22: cannot be foreseen, because everybody adds to the beacon after the message is fixed', () => {
    expect(foreseen(6)).toBe(false);
  });
  it('ATK-P22: positive control, a static shift is foreseen', () => {
    off.add('beacon');
    expect(foreseen(7)).toBe(true);
  });
});
