import { describe, expect, it } from 'vitest';
import { partyIndex } from '../../../../src/crypto/brand.js';
import { bigintToBytes } from '../../../../src/crypto/bytes.js';
import { partyIdOf } from '../../../../src/crypto/ed25519.js';
import {
  G,
  Point,
  actBase,
  add,
  multiply,
  p,
  q,
  scalar,
  subtract,
} from '../../../../src/crypto/secp256k1.js';
import { sessionId } from '../../../../src/crypto/brand.js';
import {
  addsUpToKey,
  confirmsSame,
  hasDistinctNonces,
  instanceIsCanonical,
  isLegalPresign,
  isReady,
  isUsableNonce,
  keyProductAgrees,
  nonceProductAgrees,
  opensNonces,
} from '../../../../src/protocols/presign/checks.js';
import { partsOf } from '../../../../src/protocols/presign/instance.js';
import { commitmentOf } from '../../../../src/protocols/presign/joint.js';
import { instanceLayout } from '../../../../src/protocols/presign/messages.js';
import { dealKey, presignSpec, quorumsOf } from '../../../sim/signing.js';
import { flipAt, writeAt } from '../../../sim/cheating.js';
const key = dealKey(3, 5);
const [quorum = []] = quorumsOf(key);
const [self = partyIndex(1)] = quorum;
const spec = presignSpec(key, quorum, 4);
const points = [5n, 6n, 7n].map((n) => actBase(scalar(n)));
const twin = (point) => point ?? Point.identity;
describe('P1, who may presign', () => {
  it('accepts a quorum of the epoch', () => {
    expect(isLegalPresign(spec, key.record, self)).toBe(true);
  });
  const others = spec.participants;
  const stranger = dealKey(3, 5, 'stranger');
  const wrong = [
    ['too few signers', { participants: others.slice(1) }],
    [
      'too many signers',
      {
        participants: presignSpec(
          key,
          [1, 2, 3, 4].map((j) => partyIndex(j)),
          4,
        ).participants,
      },
    ],
    ['no signers', { participants: [] }],
    ['a signer twice', { participants: [others[0], others[0], others[1]].flatMap((one) => one ?? []) }],
    ['signers out of order', { participants: [...others].reverse() }],
    [
      'an index with another identity',
      { participants: others.map((one, n) => (n === 1 ? { ...one, identityPk: new Uint8Array(32) } : one)) },
    ],
    [
      'an unknown index',
      { participants: others.map((one, n) => (n === 2 ? { ...one, index: partyIndex(9) } : one)) },
    ],
    ['another threshold', { threshold: 2 }],
    ['a batch of nothing', { batch: 0 }],
    ['too large a batch', { batch: 257 }],
    ['another suite', { suite: 'other' }],
    ['another protocol', { proto: 3 }],
    ['another version', { version: 2 }],
    ['another key', { keyId: stranger.record.keyId }],
    ['another epoch', { epochId: new Uint8Array(32) }],
  ];
  it.each(wrong)('refuses %s', (_, change) => {
    expect(isLegalPresign({ ...spec, ...change }, key.record, self)).toBe(false);
  });
  it('refuses a node that does not take part', () => {
    expect(isLegalPresign(spec, key.record, partyIndex(5))).toBe(false);
  });
});
describe('P7, nonces that are opened', () => {
  const sid = sessionId(new Uint8Array(32).fill(3));
  const speaker = { sid, index: self, pid: partyIdOf(new Uint8Array(32).fill(9)) };
  const reveal = { R: points, pk: points, salt: new Uint8Array(32).fill(4) };
  const comR = commitmentOf(speaker, reveal.R, reveal.salt);
  it('holds for what was committed to', () => {
    expect(opensNonces(speaker, comR, reveal)).toBe(true);
  });
  it('fails for other nonces, another salt, session or party', () => {
    expect(opensNonces(speaker, comR, { ...reveal, R: [...points].reverse() })).toBe(false);
    expect(opensNonces(speaker, comR, { ...reveal, salt: flipAt(0)(reveal.salt) })).toBe(false);
    expect(opensNonces({ ...speaker, index: partyIndex(2) }, comR, reveal)).toBe(false);
    expect(opensNonces({ ...speaker, sid: sessionId(new Uint8Array(32)) }, comR, reveal)).toBe(false);
    expect(opensNonces({ ...speaker, pid: partyIdOf(new Uint8Array(32)) }, comR, reveal)).toBe(false);
  });
});
describe('P8, nonces of one party', () => {
  it('may not occur twice, nor up to sign', () => {
    expect(hasDistinctNonces({ R: points })).toBe(true);
    expect(hasDistinctNonces({ R: [...points, twin(points[0])] })).toBe(false);
    expect(hasDistinctNonces({ R: [...points, twin(points[0]).negate()] })).toBe(false);
  });
});
describe('P9, the form of one instance', () => {
  const good = new Uint8Array(instanceLayout.bytes);
  good.set(G.toBytes(), instanceLayout.gammaU);
  good.set(G.toBytes(), instanceLayout.gammaV);
  const order = bigintToBytes(q, 32);
  const offCurve = new Uint8Array(33).fill(0xff);
  offCurve[0] = 2;
  it('is accepted when every part is canonical', () => {
    expect(instanceIsCanonical(partsOf(good))).toBe(true);
  });
  it.each([
    ['ã', writeAt(0, order)],
    ['η', writeAt(32 * 416 * 4, order)],
    ['Γ^u', writeAt(instanceLayout.gammaU, offCurve)],
    ['Γ^u, uncompressed,', writeAt(instanceLayout.gammaU, Uint8Array.of(4))],
    ['Γ^v', writeAt(instanceLayout.gammaV, new Uint8Array(33))],
    ['ψ', writeAt(instanceLayout.psi, order)],
    ['ψ, cut short,', (bytes) => bytes.slice(0, -1)],
    ['ψ, with a byte behind it,', (bytes) => Uint8Array.from([...bytes, 0])],
  ])('refuses a bad %s', (_, change) => {
    expect(instanceIsCanonical(partsOf(change(good)))).toBe(false);
  });
});
describe('P11 and P12, products of published points', () => {
  const [a, chi, c] = [scalar(11n), scalar(13n), scalar(17n)];
  const d = subtract(multiply(a, chi), c);
  const product = { chi, d, input: actBase(a), gamma: actBase(c) };
  it.each([
    ['P11', nonceProductAgrees],
    ['P12', keyProductAgrees],
  ])('%s holds for shares of the product, and for nothing else', (_, agrees) => {
    expect(agrees(product)).toBe(true);
    expect(agrees({ ...product, d: add(d, scalar(1n)) })).toBe(false);
    expect(agrees({ ...product, input: actBase(scalar(12n)) })).toBe(false);
    expect(agrees({ ...product, gamma: actBase(scalar(18n)) })).toBe(false);
    expect(agrees({ ...product, chi: scalar(14n) })).toBe(false);
    expect(agrees({ ...product, gamma: Point.identity })).toBe(false);
  });
});
describe('P13 to P16', () => {
  it('P13 holds for the key and no other point', () => {
    expect(addsUpToKey(G, G)).toBe(true);
    expect(addsUpToKey(G.negate(), G)).toBe(false);
    expect(addsUpToKey(Point.identity, G)).toBe(false);
  });
  it('P14 refuses the identity, and an x that is not below the group order', () => {
    expect(isUsableNonce(G)).toBe(true);
    expect(isUsableNonce(Point.identity)).toBe(false);
    expect(isUsableNonce(pointWithLargeX())).toBe(false);
  });
  it('P15 refuses another confirmation', () => {
    const ok = new Uint8Array(32).fill(1);
    expect(confirmsSame(ok, ok.slice())).toBe(true);
    expect(confirmsSame(flipAt(31)(ok), ok)).toBe(false);
  });
  it('P16 needs exactly as many confirmations as sign', () => {
    expect([2, 3, 4].map((count) => isReady(count, 3))).toEqual([false, true, false]);
  });
});
/** The first point whose x is at least q. */
function pointWithLargeX() {
  for (let x = q; x < p; x++) {
    try {
      return Point.fromBytes(Uint8Array.from([2, ...bigintToBytes(x, 32)]));
    } catch {
      continue;
    }
  }
  throw new RangeError('there is none');
}
