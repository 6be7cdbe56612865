import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { decode, encode, leavesOf } from '../../src/crypto/codec.ts';
import type * as Seal from '../../src/crypto/seal.ts';
import { G, add, scalar } from '../../src/crypto/secp256k1.ts';
import { Bug } from '../../src/crypto/errors.ts';
import { judge } from '../../src/protocols/judge.ts';
import { envelopeKinds, parseEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { decodeEvidence, encodeEvidence } from '../../src/protocols/kernel/evidence.ts';
import { type Protocol, ProtocolAbort, type Sending, at } from '../../src/protocols/kernel/protocol.ts';
import { extensionBytes, pointListBytes } from '../../src/protocols/ot/messages.ts';
import {
  roundNumbers,
  type Fragments,
  confirmationCodec,
  fragmentsCodec,
  instanceLayout,
  proofsCodec,
} from '../../src/protocols/presign/messages.ts';
import type * as Secrets from '../../src/protocols/presign/secrets.ts';
import { flipAt, inBroadcast, inDirect, lying, writeAt } from '../sim/cheating.ts';
import { type PresignRun, abortsOf, dealKey, runPresign } from '../sim/signing.ts';
import { rngOf } from '../sim/cluster.ts';
import { hands, installHands, wash, watched } from './hands.ts';
import { mutationsOf } from './operators.ts';

vi.mock('../../src/protocols/presign/secrets.ts', async (original) => {
  const { bentSecrets } = await import('./hands.ts');
  return bentSecrets(await original<typeof Secrets>());
});
vi.mock('../../src/crypto/seal.ts', async (original) => {
  const { bentSeal } = await import('./hands.ts');
  return bentSeal(await original<typeof Seal>());
});
beforeAll(installHands);
afterEach(wash);

const BATCH = 2;
const three = { key: dealKey(3, 4), quorum: [1, 2, 3].map((j) => partyIndex(j)) };
/** Two honest parties are left of these when two cheat. */
const four = { key: dealKey(4, 5), quorum: [1, 2, 3, 5].map((j) => partyIndex(j)) };
const { quorum } = three;
const cheat = partyIndex(2);
const victim = [partyIndex(3)];
type Change = (send: Sending) => Sending;
const honestly: Change = (send) => send;

/** A session in which some cheat, and do not say that they have stopped. */
function runWith(
  cheats: readonly PartyIndex[],
  change: (self: PartyIndex) => Change,
  { key, quorum: seats }: typeof three = three,
): PresignRun {
  hands.cheats = new Set(cheats);
  return runPresign(key, seats, BATCH, {
    body: (self, honest) =>
      watched(self, cheats.includes(self) ? stubborn(lying(honest(), change(self))) : honest()),
    tamper: (from, _to, bytes) =>
      cheats.includes(from) && parseEnvelope(bytes).header.kind === envelopeKinds.abort ? [] : [bytes],
  });
}

/** A program that hears its own lie from itself may find that impossible: it falls silent then. */
function* stubborn<T>(body: Protocol<T>): Protocol<T> {
  try {
    return yield* body;
  } catch (error) {
    if (!(error instanceof Bug)) throw error;
    throw new ProtocolAbort('puppet', [], { grade: 'D', check: '' });
  }
}

const honestIn = ({ states }: PresignRun): readonly PartyIndex[] =>
  [...states.keys()].filter((j) => !hands.cheats.has(j));

/** What an honest node reports: whom it names, how surely, and what a stranger says of its evidence. */
function reportOf(run: PresignRun, j: PartyIndex): string {
  const abort: ProtocolAbort | undefined = abortsOf(run.states).get(j);
  if (abort === undefined) return 'nothing';
  const { evidence, grade, culprits, check } = abort;
  const [setup] = at(run.sessions, j).transcript().broadcasts;
  const verdict =
    evidence && judge(decodeEvidence(encodeEvidence(evidence)), run.spec, setup, run.key.record).guilty;
  return `${grade} ${check} ${culprits.join()} ${evidence?.accused ?? '-'} ${verdict ?? 'unproven'}`;
}

/** Every honest node names exactly the cheat, in class A, with evidence that the judge accepts. */
function expectNamed(run: PresignRun, check: string, culprit: PartyIndex = cheat): void {
  for (const j of honestIn(run))
    expect([j, reportOf(run, j)]).toEqual([j, `A ${check} ${culprit} ${culprit} accused`]);
}

const offCurve = new Uint8Array(33).fill(0xff);
offCurve[0] = 2;
const extension = pointListBytes + extensionBytes(BATCH);
const second = instanceLayout.bytes;
const zeroScalar = new Uint8Array(32);

describe('a cheat in presigning is named by all honest nodes (ATK-P12, ATK-P13, ATK-P36)', () => {
  it.each([
    [
      'P4',
      'an R list that makes two pads one',
      inDirect('presign/commit', (b) => writeAt(33, b.subarray(0, 33))(b), victim),
    ],
    ['P4', 'an R list with a point off the curve', inDirect('presign/commit', writeAt(66, offCurve), victim)],
    [
      'P5',
      'a Y list with a point off the curve',
      inDirect('presign/extend', writeAt(33 * 7, offCurve), victim),
    ],
    [
      'P6',
      'a Y list with another point',
      inDirect('presign/extend', (b) => writeAt(0, b.subarray(33, 66))(b), victim),
    ],
    ['P6', 'a row of U, after it was hashed', inDirect('presign/extend', flipAt(pointListBytes + 9), victim)],
    ['P6', 'x̂', inDirect('presign/extend', flipAt(extension - 2048 - 16), victim)],
    ['P6', 't̂', inDirect('presign/extend', flipAt(-1), victim)],
    ['P7', 'nonces that were not committed to', inBroadcast('presign/multiply', writeAt(32, G.toBytes()))],
    ['P7', 'a salt that was not committed to', inBroadcast('presign/multiply', flipAt(0))],
    [
      'P9',
      'a word above q',
      inDirect('presign/multiply', writeAt(second, new Uint8Array(32).fill(255)), victim),
    ],
    ['P10', 'ã, after it was hashed', inDirect('presign/multiply', flipAt(second + 31), victim)],
    ['P10', 'η', inDirect('presign/multiply', flipAt(instanceLayout.gammaU - 33), victim)],
    ['P10', 'μ', inDirect('presign/multiply', flipAt(second + instanceLayout.gammaU - 1), victim)],
    ['P11', 'Γ^u', inDirect('presign/multiply', writeAt(instanceLayout.gammaU, G.toBytes()), victim)],
    [
      'P12',
      'Γ^v',
      inDirect('presign/multiply', writeAt(second + instanceLayout.gammaV, G.toBytes()), victim),
    ],
    [
      'P12',
      'another pk than it multiplied',
      inBroadcast('presign/multiply', writeAt(32 + 33 * BATCH, G.toBytes())),
    ],
    ['P15', 'a wrong ok', inBroadcast('presign/confirm', flipAt(5))],
    [
      'V11',
      'a message that is too long',
      inDirect('presign/multiply', (b) => Uint8Array.from([...b, 0]), victim),
    ],
  ] as const)('%s: %s', (check, _, change) => {
    expectNamed(
      runWith([cheat], () => change),
      check,
    );
  });

  it.each([
    ['P6', 'bits of U, before it is hashed', { flipsRows: true }],
    ['P10', 'words of ã, before they are hashed', { altersWords: true }],
  ])('%s: %s', (check, _, how) => {
    Object.assign(hands, how);
    expectNamed(
      runWith([cheat], () => honestly),
      check,
    );
  });

  it.each([1, 2, 3].flatMap((round) => (['ciphertext', 'salt'] as const).map((what) => ({ round, what }))))(
    'V10: a direct message of round $round that does not open because of its $what',
    (how) => {
      hands.sealsBadly = how;
      expectNamed(
        runWith([cheat], () => honestly),
        'V10',
      );
    },
  );
});

describe('shares of the key that do not add up (E7)', () => {
  const confirmation = confirmationCodec(quorum.length);
  const inR4 = (change: (said: Fragments) => Fragments): Change =>
    inBroadcast('presign/confirm', (bytes) => {
      if (bytes.length === 32) return bytes;
      const codec = confirmationCodec(1 + (bytes.length - 34) / 32);
      const said = decode(codec, bytes);
      return encode(codec, said.kind === 'fragments' ? change(said) : said);
    });
  /** Adds to the fragment of one pair of the sender. */
  const adding = (place: number, delta: bigint): Change =>
    inR4((said) => ({ ...said, f: said.f.map((f, n) => (n === place ? add(f, scalar(delta)) : f)) }));

  describe('a member that is silent while a culprit is looked for (ATK-P39)', () => {
    // With a lie about a share of zero there is a round 5; without it the fragments are the last thing asked.
    it.each([
      ['its fragments', roundNumbers.confirm, honestly],
      ['what its pairs share', roundNumbers.prove, adding(0, 1n)],
    ])('and withholds %s, ends the session in time, and nobody is named', (_, silentFrom, lie) => {
      hands.shift = () => 1n;
      hands.cheats = new Set([cheat]);
      const run = runPresign(three.key, quorum, BATCH, {
        body: (self, honest) => watched(self, self === cheat ? stubborn(lying(honest(), lie)) : honest()),
        tamper: (from, _to, bytes) => {
          const { kind, round } = parseEnvelope(bytes).header;
          return from === cheat && (kind === envelopeKinds.abort || round >= silentFrom) ? [] : [bytes];
        },
      });
      for (const j of honestIn(run)) {
        const abort = abortsOf(run.states).get(j);
        expect([j, abort?.grade, abort?.culprits]).toEqual([j, 'D', []]);
      }
      const [one] = honestIn(run);
      const heard = at(run.sessions, one ?? cheat).transcript().broadcasts;
      expect(heard.length).toBeGreaterThanOrEqual(silentFrom); // it was in the round in which nothing came
    });

    it('is named by the same run where it speaks: the positive control', () => {
      hands.shift = () => 1n;
      expectNamed(
        runWith([cheat], () => adding(0, 1n)),
        'P13',
      );
    });
  });

  it.each([
    ['the truth', honestly],
    ['another fragment', adding(1, 5n)],
    ['another instance', inR4((said) => ({ ...said, instance: 1 }))],
    ['that all is well', inBroadcast('presign/confirm', () => new Uint8Array(32).fill(1))],
    ['fragments of no instance', inR4((said) => ({ ...said, instance: 65_535 }))],
  ])('name who has shifted its share, whatever it says: %s', (_, change) => {
    hands.shift = () => 1n;
    expectNamed(
      runWith([cheat], () => change),
      'P13',
    );
  });

  // Of party 2 the fragment with party 1 counts as plus, that with 3 as minus.
  it.each([
    ['of the pair with 1', adding(0, 1n), honestly],
    ['of the pair with 3', adding(1, -1n), honestly],
    ['and shows nothing for it', adding(0, 1n), inBroadcast('presign/prove', () => encode(proofsCodec, []))],
    ['and shows another point', adding(0, 1n), inBroadcast('presign/prove', writeAt(4 + 2, G.toBytes()))],
    ['and shows another proof', adding(0, 1n), inBroadcast('presign/prove', flipAt(-1))],
  ])('name who explains its shift by a lie about a share of zero, %s', (_, lie, later) => {
    hands.shift = () => 1n;
    const run = runWith([cheat], () => (send) => later(lie(send)));
    expectNamed(run, 'P13');
    expect(at(run.sessions, partyIndex(1)).transcript().broadcasts).toHaveLength(6);
  });

  it('name one of two who shift, and cover each other with one lie', () => {
    const other = partyIndex(5);
    hands.shift = (j) => (j === cheat ? 1n : 2n);
    // f of 2 and 5 is the last pair of 2 and the second of 5. With one less the shift of 2 is explained, as
    // it counts as minus there; at 5, where it counts as plus, what has to be explained grows to 3.
    const run = runWith([cheat, other], (self) => adding(self === cheat ? 2 : 1, -1n), four);
    expectNamed(run, 'P13', other);
  });

  it('are none where two shift against each other: the sum is the key, and the signature verifies', () => {
    hands.shift = (j) => (j === cheat ? 1n : -1n);
    const run = runWith([cheat, partyIndex(3)], () => honestly);
    expect([...run.states.values()].map(({ kind }) => kind)).toEqual(quorum.map(() => 'done'));
  });

  it('name who says that they do not add up, where they do', () => {
    const f = [1n, 2n].map(scalar);
    const dispute = encode(confirmation, { kind: 'fragments', instance: 0, f });
    expectNamed(
      runWith([cheat], () => inBroadcast('presign/confirm', () => dispute)),
      'P13',
    );
  });

  it.each(['presign/confirm', 'presign/prove'])(
    'name the cheat for every change of every field of %s',
    (name) => {
      const head = name === 'presign/confirm' ? 32 : 0;
      const schema = head > 0 ? fragmentsCodec(quorum.length).schema : proofsCodec.schema;
      let recorded: Uint8Array | undefined;
      hands.shift = () => 1n;
      const record: Change = (send) => {
        const lie = adding(0, 1n)(send);
        if (lie.name === name) recorded = lie.broadcast.slice();
        return lie;
      };
      runWith([cheat], () => record);
      if (recorded === undefined) throw new RangeError(`no ${name}`);
      const body = recorded.subarray(head);
      expect(leavesOf(schema, body).length).toBeGreaterThan(2);
      const mutations = mutationsOf(schema, body, { parties: quorum.length }, rngOf(name, cheat));
      // Every seventh is enough here: each is a session of four.
      for (const { bytes } of mutations.filter((_, n) => n % 7 === 0)) {
        hands.shift = () => 1n;
        const whole = Uint8Array.from([...recorded.subarray(0, head), ...bytes]);
        const run = runWith(
          [cheat],
          () => (send) => (send.name === name ? { ...send, broadcast: whole } : adding(0, 1n)(send)),
        );
        for (const j of honestIn(run))
          expect(reportOf(run, j)).toMatch(new RegExp(`^A (P13|V11) ${cheat} ${cheat} accused$`));
      }
    },
    120_000,
  );
});

describe('what is opened (ATK-P38)', () => {
  it.each([
    ['E5', inDirect('presign/extend', flipAt(-1), victim)],
    ['E6', inDirect('presign/multiply', flipAt(31), victim)],
    ['E7', honestly],
  ])('holds nothing that its author has drawn, and no share of the key: %s', (what, change) => {
    if (what === 'E7') hands.shift = () => 1n;
    const run = runWith([cheat], () => change);
    const secrets = honestIn(run).flatMap((j) => [...at(hands.drawn, j)]);
    expect(secrets.length).toBe(2 * (1 + 3 * BATCH));
    expect(secrets.some((secret) => secret.every((byte, k) => byte === zeroScalar[k]))).toBe(false);
    const said = [...run.sessions.values()].flatMap((session) => {
      const { broadcasts, notices } = session.transcript();
      return [...broadcasts.flat(), ...notices].map((bytes) => Buffer.from(bytes));
    });
    expect(said.some((bytes) => bytes.length > (what === 'E7' ? 300 : 20_000))).toBe(true);
    for (const bytes of said)
      for (const secret of secrets) expect(bytes.includes(Buffer.from(secret))).toBe(false);
  });
});
