import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { type Scalar, actBase, add, scalar, scalarCodec } from '../../../../src/crypto/secp256k1.ts';
import { interpolateAtZero, interpolateInExponent } from '../../../../src/crypto/shamir.ts';
import { encodeEpoch } from '../../../../src/protocols/epoch.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import type { Grade, Party } from '../../../../src/protocols/kernel/protocol.ts';
import type { KeygenOutput } from '../../../../src/protocols/keygen/keygen.ts';
import {
  dealCodec,
  pendingShareCodec,
  revealCodec,
  certificationCodec,
} from '../../../../src/protocols/keygen/messages.ts';
import { members } from '../../../sim/cluster.ts';
import {
  abortOf,
  cheating,
  confirming,
  dealing,
  four,
  one,
  outputOf,
  revealing,
  runKeygen,
  three,
  two,
} from '../support/keygen-run.ts';
import type { Bend, Cheat } from '../support/lockstep.ts';

const outputs = (run: ReturnType<typeof runKeygen>): readonly KeygenOutput[] =>
  [...run.endings.keys()].map((j) => outputOf(run, j));
const shareOf = (output: KeygenOutput): Scalar => decode(scalarCodec, output.share);

describe('an honest key generation', () => {
  for (const [n, t] of [
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [3, 3],
  ] as const) {
    const run = runKeygen([n, t]);
    const all = outputs(run);
    const [first] = all;

    it(`gives all ${n} parties one record with ${t} coefficients and one certificate`, () => {
      expect(first!.record.commitments).toHaveLength(t);
      expect(first!.record.threshold).toBe(t);
      for (const output of all) {
        expect(encodeEpoch(output.record)).toEqual(encodeEpoch(first!.record));
        expect(output.certificate).toEqual(first!.certificate);
        expect(output.chainCode).toEqual(first!.chainCode);
        expect(output.certificate).toHaveLength(n);
      }
    });

    it(`gives each of ${n} parties a share of its public share`, () => {
      for (const output of all)
        for (const { publicShares } of all)
          expect(actBase(shareOf(output)).equals(publicShares.get(output.index)!)).toBe(true);
    });

    it(`lets ${t} shares make the key, and ${t - 1} not (${n}, ${t})`, () => {
      const key = (of: readonly KeygenOutput[]): boolean =>
        actBase(interpolateAtZero(new Map(of.map((output) => [output.index, shareOf(output)])))).equals(
          first!.publicKey,
        );
      expect(key(all.slice(0, t))).toBe(true);
      expect(key(all.slice(-t))).toBe(true);
      expect(key(all.slice(0, t - 1))).toBe(false);
      expect(
        interpolateInExponent(new Map([...first!.publicShares].slice(0, t))).equals(first!.publicKey),
      ).toBe(true);
    });

    it(`has ${n} shares on disk before anybody confirms`, () => {
      for (const output of all) {
        const pending = decode(pendingShareCodec, run.persisted.get(output.index)!);
        expect(pending.share).toEqual(output.share);
        expect(pending.chainCode).toEqual(output.chainCode);
        expect(encodeEpoch(pending.record)).toEqual(encodeEpoch(output.record));
      }
    });
  }

  it('lets go of the keys of the session at its end', () => {
    const parties = new Map<number, Party>();
    runKeygen([3, 2], (sending, { from, party }) => {
      if (party !== undefined) parties.set(from, party);
      return sending;
    });
    expect(parties.size).toBe(3);
    for (const { keys } of parties.values()) {
      expect(toHex(keys.esk)).toBe('00'.repeat(32));
      for (const shared of keys.sharedX.values()) expect(toHex(shared)).toBe('00'.repeat(32));
    }
  });

  it('persists nothing, and says so by a complaint, when a share is missing', () => {
    const run = runKeygen([4, 3], dealing(two, one, shifted));
    expect(run.persisted.has(one)).toBe(false);
    expect(run.persisted.has(three)).toBe(true);
  });
});

/** A share that is off the polynomial by one. */
const shifted = (bytes: Uint8Array): Uint8Array =>
  encode(dealCodec, { share: add(decode(dealCodec, bytes).share, scalar(1n)) });
const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));

interface Failure {
  readonly title: string;
  readonly cheat?: Cheat;
  readonly bend?: Bend;
  readonly code: string;
  readonly check: string;
  readonly grade?: Grade;
}

const vector = (length: number): Cheat =>
  cheating(two, 'keygen/reveal', (sending) => {
    const reveal = decode(revealCodec(3), sending.broadcast);
    const F = Array.from({ length }, (_, k) => reveal.F[k % 3]!);
    return { ...sending, broadcast: encode(revealCodec(length), { ...reveal, F }) };
  });

const sealed: Bend = (envelope, round) => {
  const { header } = envelope;
  if (round !== 2 || header.from !== two || header.to !== one) return envelope;
  return sealEnvelope(header, flipped(envelope.body), members(2)[1]!.seed);
};

const failures: readonly Failure[] = [
  { title: 'a vector of no coefficients (N1)', cheat: vector(0), code: 'malformed', check: 'V11' },
  { title: 'a vector one coefficient short (N1)', cheat: vector(2), code: 'malformed', check: 'V11' },
  { title: 'a vector one coefficient long (N1)', cheat: vector(4), code: 'malformed', check: 'V11' },
  { title: 'a vector of twice the length (N1)', cheat: vector(6), code: 'malformed', check: 'V11' },
  {
    title: 'an opening of another commitment',
    cheat: revealing(two, 3, (reveal) => ({ ...reveal, salt: flipped(reveal.salt) })),
    code: 'bad-opening',
    check: 'K4',
  },
  {
    title: 'another chain code than the one committed to',
    cheat: revealing(two, 3, (reveal) => ({ ...reveal, cc: flipped(reveal.cc) })),
    code: 'bad-opening',
    check: 'K4',
  },
  {
    title: 'a share off the polynomial',
    cheat: dealing(two, one, shifted),
    code: 'share-mismatch',
    check: 'K10',
  },
  {
    title: 'a share that is no scalar',
    cheat: dealing(two, one, () => new Uint8Array(32).fill(255)),
    code: 'share-mismatch',
    check: 'K10',
  },
  {
    title: 'a direct message that is too short',
    cheat: dealing(two, one, (bytes) => bytes.subarray(1)),
    code: 'share-mismatch',
    check: 'K10',
  },
  {
    title: 'a direct message that is too long',
    cheat: dealing(two, one, (bytes) => Uint8Array.from([...bytes, ...new Uint8Array(2000)])),
    code: 'share-mismatch',
    check: 'K10',
  },
  { title: 'a direct message that does not open', bend: sealed, code: 'share-mismatch', check: 'K10' },
  {
    title: 'a confirmation of another key',
    cheat: confirming(two, (said) => (said.kind === 'ok' ? { ...said, ok: flipped(said.ok) } : said)),
    code: 'confirmation-mismatch',
    check: 'K8',
  },
  {
    title: 'a confirmation without the share',
    cheat: confirming(two, (said) =>
      said.kind === 'ok' ? { ...said, pop: { ...said.pop, z: add(said.pop.z, scalar(1n)) } } : said,
    ),
    code: 'bad-proof',
    check: 'K9',
  },
  {
    title: 'a signature of another result',
    cheat: cheating(two, 'keygen/certify', (sending) => ({
      ...sending,
      broadcast: encode(certificationCodec, { signature: flipped(sending.broadcast) }),
    })),
    code: 'bad-certificate',
    check: 'K11',
  },
];

describe('a cheat is named, and proven', () => {
  for (const { title, cheat, bend, code, check, grade = 'A' } of failures)
    it(`${title} ends the session and blames its sender alone`, () => {
      const run = runKeygen([4, 3], cheat, bend === undefined ? {} : { bend });
      for (const j of [one, three, four]) {
        const abort = abortOf(run, j);
        expect([abort.code, abort.check, abort.grade, abort.culprits]).toEqual([code, check, grade, [two]]);
        expect(abort.evidence?.accused).toBe(two);
        const verdict = judge(abort.evidence!, run.spec, run.rounds[0]);
        expect(verdict.guilty, verdict.because).toBe('accused');
        for (const innocent of [one, three, four])
          expect(judge({ ...abort.evidence!, accused: innocent }, run.spec, run.rounds[0]).guilty).toBe(
            'accuser',
          );
      }
    });

  it('a thousandfold vector costs no more than reading its length (N1)', () => {
    const run = runKeygen(
      [4, 3],
      cheating(two, 'keygen/reveal', (sending) => ({
        ...sending,
        broadcast: new Uint8Array(1_000_000).fill(2),
      })),
    );
    expect(abortOf(run, one).culprits).toEqual([two]);
    expect(run.persisted.size).toBe(0);
  });
});
