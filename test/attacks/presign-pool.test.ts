import { serialize } from 'node:v8';

import { describe, expect, test } from 'vitest';

import { partyIndex, sessionId } from '../../src/crypto/brand.ts';
import { bytesToBigint } from '../../src/crypto/bytes.ts';
import {
  type Scalar,
  actBase,
  add,
  invert,
  multiply,
  randomScalar,
  scalar,
  scalarToBytes,
  subtract,
} from '../../src/crypto/secp256k1.ts';
import { PooledPresignature, PresignPool, defaultPoolOptions } from '../../src/node/presign-pool.ts';
import { handClock, memoryLog, named, seededRng } from '../unit/node/helpers.ts';

describe('ATK-P20 a presignature used twice', () => {
  const rng = seededRng('P20');
  const sumTo = (total: Scalar): Scalar[] => {
    const [a, b] = [randomScalar(rng), randomScalar(rng)];
    return [a, b, subtract(total, add(a, b))];
  };
  interface Presig {
    readonly phi: Scalar;
    readonly u: Scalar;
    readonly v: Scalar;
  }
  const [x, k, phi] = [randomScalar(rng), randomScalar(rng), randomScalar(rng)];
  const [phis, us, vs] = [sumTo(phi), sumTo(multiply(k, phi)), sumTo(multiply(x, phi))];
  const R = actBase(k);
  const presigId = named('P20');
  const quorum = [1, 2, 4].map((i) => partyIndex(i));

  /** One member: gives its two halves of a signature, if its pool gives it the presignature. */
  type Member = (digest: Uint8Array, delta: Scalar) => { readonly w: Scalar; readonly u: Scalar } | undefined;
  const share = ({ phi: p, u, v }: Presig, digest: Uint8Array, delta: Scalar): { w: Scalar; u: Scalar } => {
    const r = scalar(R.add(actBase(delta)).x);
    const w = add(multiply(scalar(bytesToBigint(digest)), p), multiply(r, v));
    return { w, u: add(u, multiply(delta, p)) };
  };
  const poolOf = (i: number): PresignPool => {
    const pool = new PresignPool(defaultPoolOptions, { clock: handClock(), log: memoryLog() });
    const info = {
      presigId,
      sid: sessionId(named('sid')),
      position: 0,
      keyId: named('key'),
      epochId: named('epoch'),
      quorum,
      R,
      view: named('view'),
    };
    const [p, u, v] = [phis[i]!, us[i]!, vs[i]!].map(scalarToBytes);
    pool.add([new PooledPresignature(info, { phi: p!, u: u!, v: v! })]);
    return pool;
  };
  const honest = (i: number): Member => {
    const pool = poolOf(i);
    return (digest, delta) => {
      const taken = pool.take(presigId, digest);
      if (taken.kind !== 'taken') return undefined;
      const { phi: p, u, v } = taken.presignature.release();
      const read = (bytes: Uint8Array): Scalar => scalar(bytesToBigint(bytes));
      return share({ phi: read(p), u: read(u), v: read(v) }, digest, delta);
    };
  };
  /** The mutant: its pool forgets to take the record out. */
  const careless =
    (i: number): Member =>
    (digest, delta) =>
      share({ phi: phis[i]!, u: us[i]!, v: vs[i]! }, digest, delta);

  const combine = (members: readonly Member[], digest: Uint8Array, delta: Scalar): Scalar | undefined => {
    const halves = members.flatMap((member) => member(digest, delta) ?? []);
    if (halves.length < members.length) return undefined;
    const w = halves.reduce((sum, half) => add(sum, half.w), scalar(0n));
    return multiply(w, invert(halves.reduce((sum, half) => add(sum, half.u), scalar(0n))));
  };
  /** Two equations, s₁(k + δ₁) = m₁ + r₁x and s₂(k + δ₂) = m₂ + r₂x, of which x is the solution. */
  const recover = (members: readonly Member[]): Scalar | undefined => {
    const asked = [1n, 2n].map((i) => ({
      digest: named(`message ${i}`),
      delta: scalar(bytesToBigint(named(`delta ${i}`))),
    }));
    const got = asked.map(({ digest, delta }) => ({
      m: scalar(bytesToBigint(digest)),
      delta,
      r: scalar(R.add(actBase(delta)).x),
      s: combine(members, digest, delta),
    }));
    const [one, two] = got;
    if (one?.s === undefined || two?.s === undefined) return undefined;
    const [i1, i2] = [invert(one.s), invert(two.s)];
    const left = subtract(multiply(one.r, i1), multiply(two.r, i2));
    const right = add(subtract(multiply(two.m, i2), multiply(one.m, i1)), subtract(one.delta, two.delta));
    return multiply(right, invert(left));
  };

  test('of a hundred requests at once one gets it, and the key is not recovered', async () => {
    const pool = poolOf(0);
    const takes = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        await Promise.resolve();
        return pool.take(presigId, named(`tau ${i}`)).kind;
      }),
    );
    expect(takes.filter((kind) => kind === 'taken')).toHaveLength(1);
    expect(recover([0, 1, 2].map(honest))).toBeUndefined();
  });

  test('a single signature comes out right, so that the refusal above is of the second one', () => {
    const [digest, delta] = [named('message 1'), scalar(5n)];
    const s = combine([0, 1, 2].map(honest), digest, delta)!;
    const r = scalar(R.add(actBase(delta)).x);
    const expected = multiply(add(scalar(bytesToBigint(digest)), multiply(r, x)), invert(add(k, delta)));
    expect(s).toBe(expected);
  });

  test('a crash before or after the take leaves nothing to take, and no backup can hold it', () => {
    const clock = handClock();
    const restarted = new PresignPool(defaultPoolOptions, { clock, log: memoryLog() });
    expect(restarted.take(presigId, named('tau')).kind).toBe('refused');
    const pool = poolOf(0);
    const taken = pool.take(presigId, named('tau'));
    expect(taken.kind).toBe('taken');
    for (const value of [taken, pool]) {
      const copies = [() => JSON.stringify(value), () => serialize(value), () => structuredClone(value)];
      for (const copy of copies) {
        let copied: unknown;
        try {
          copied = copy();
        } catch {
          continue; // refused, as it should be
        }
        expect(serialize(copied).includes(Buffer.from(scalarToBytes(phis[0]!)))).toBe(false);
      }
    }
  });

  test('positive control: a pool that does not remove what it gives loses the key', () => {
    expect(recover([0, 1, 2].map(careless))).toBe(x);
  });
});
