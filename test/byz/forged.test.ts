import { beforeAll, describe, expect, it } from 'vitest';

import { type PartyIndex } from '../../src/crypto/brand.ts';
import { encode } from '../../src/crypto/codec.ts';
import * as dleq from '../../src/crypto/proofs/dleq.ts';
import { pointCodec } from '../../src/crypto/secp256k1.ts';
import { judge } from '../../src/protocols/judge.ts';
import { readAbort } from '../../src/protocols/kernel/endings.ts';
import {
  envelopeKinds,
  parseEnvelope,
  protos,
  sealEnvelope,
  zero32,
} from '../../src/protocols/kernel/envelope.ts';
import type { Evidence, ExtensionOpening, ProductOpening } from '../../src/protocols/kernel/evidence.ts';
import { type Delivery, at } from '../../src/protocols/kernel/protocol.ts';
import { showSharedKey } from '../../src/protocols/kernel/shared-key.ts';
import { instanceLayout } from '../../src/protocols/presign/messages.ts';
import { flipAt } from '../sim/cheating.ts';
import { type PresignRun, abortsOf, presignSpec, runPresign } from '../sim/signing.ts';
import {
  BATCH,
  type Knowledge,
  abortWith,
  forging,
  key,
  made,
  one,
  opening,
  quorum,
  replyAt,
  runCheated,
  runForged,
  seedOf,
  setupOf,
  shownIn,
  three,
  two,
} from './forgers.ts';

const flip = flipAt(3);

/** Whom every honest node names when it hears of this evidence, and whether a stranger agrees. */
function namedFor(run: PresignRun, evidence: Evidence, said: readonly Uint8Array[] = []): string {
  const decide = (shown: Evidence) => judge(shown, run.spec, setupOf(run), key.record);
  const { culprits, grade, evidence: proof } = readAbort(abortWith(run, evidence), decide, said);
  return `${grade} ${culprits.join()} ${proof === undefined ? 'unproven' : decide(proof).guilty}`;
}
const FORGER = 'A 3 accused';
const CHEAT = 'A 2 accused';

let e5: PresignRun;
let e6: PresignRun;
let extension: ExtensionOpening;
let product: ProductOpening;

beforeAll(() => {
  e5 = runCheated('presign/extend', -1);
  e6 = runCheated('presign/multiply', instanceLayout.bytes + 31);
  extension = opening(e5, 'extension-opening');
  product = opening(e6, 'product-opening');
}, 60_000);

describe('a right accusation', () => {
  it('names the cheat at every node that hears it', () => {
    expect(namedFor(e5, extension)).toBe(CHEAT);
    expect(namedFor(e6, product)).toBe(CHEAT);
    expect([product.instance, product.check]).toEqual([1, 'P10']);
  });
});

describe('a forged accusation names the forger (ATK-P34, ATK-P36)', () => {
  it.each([
    ['the extension', 2, made.extension],
    ['the products', 3, made.product],
  ] as const)(
    'of an honest party about %s, in a session of its own',
    (_, last, accuse) => {
      const run = runForged(last, accuse);
      for (const j of [one, two]) {
        const abort = at(abortsOf(run.states), j);
        expect(abort).toMatchObject({ code: 'false-complaint', grade: 'A', culprits: [three] });
        expect(abort.evidence && judge(abort.evidence, run.spec, setupOf(run), key.record).guilty).toBe(
          'accused',
        );
      }
    },
    20_000,
  );

  it.each([
    ['another seed', () => ({ ...extension, seed: flip(extension.seed) })],
    ['another salt', () => ({ ...extension, salt: flip(extension.salt) })],
    [
      'another answer',
      () => ({ ...extension, answer: { ...extension.answer, plaintext: new Uint8Array(9) } }),
    ],
    ['another salt of the answer', () => ({ ...extension, answer: { ...extension.answer, salt: zero32 } })],
    ['another accused', () => ({ ...extension, accused: one })],
    ['itself as accused', () => ({ ...extension, accused: three })],
    ['nothing signed', () => ({ ...extension, envelopes: [] })],
    ['a seed as what it is not', (): Evidence => ({ ...product, ...extension, kind: 'product-opening' })],
  ] as readonly (readonly [string, () => Evidence])[])('about the extension, with %s', (_, forge) => {
    expect(namedFor(e5, forge())).toBe(FORGER);
  });

  it.each([
    ['another seed', () => ({ ...product, seed: flip(product.seed) })],
    ['another salt', () => ({ ...product, salt: flip(product.salt) })],
    ['another instance', () => ({ ...product, instance: 0 })],
    ['no instance of the batch', () => ({ ...product, instance: BATCH })],
    ['another product', () => ({ ...product, product: { ...product.product, salt: zero32 } })],
    [
      'another offer',
      () => ({ ...product, offer: { ...product.offer, plaintext: product.product.plaintext } }),
    ],
    ['another accused', () => ({ ...product, accused: one })],
    ['nothing signed', () => ({ ...product, envelopes: [] })],
  ] as readonly (readonly [string, () => Evidence])[])('about a product, with %s', (_, forge) => {
    expect(namedFor(e6, forge())).toBe(FORGER);
  });

  it.each([1, 2, 3])('with what was true in another session (round %i of it)', (round) => {
    const other = runCheated(round < 3 ? 'presign/extend' : 'presign/multiply', -40, 1n);
    const replayed = shownIn(other);
    expect(namedFor(other, replayed)).toBe(CHEAT);
    expect(namedFor(e5, replayed)).toBe(FORGER);
    // Nor with the broadcasts of this session around the directs of the other one.
    const mixed = { ...replayed, envelopes: [...extension.envelopes, ...replayed.envelopes] } as Evidence;
    expect(namedFor(e5, mixed)).toBe(FORGER);
  });

  it('with any broadcast or header left out: what is not shown proves nothing', () => {
    for (const [run, evidence] of [
      [e5, extension],
      [e6, product],
    ] as const)
      for (let n = 0; n < evidence.envelopes.length; n++) {
        const cut = { ...evidence, envelopes: evidence.envelopes.filter((_, k) => k !== n) };
        const named = namedFor(run, cut);
        // Round 0 is known to whoever was there.
        expect([n, named]).toEqual([n, isSetup(evidence.envelopes[n]) ? CHEAT : FORGER]);
      }
  });

  const isSetup = (bytes: Uint8Array | undefined): boolean =>
    bytes !== undefined && bytes.length > 271 && parseEnvelope(bytes).header.round === 0;

  it('with a broadcast of its own that it has not sent, and that the accused has not confirmed', () => {
    // The list of directs of another seed's R list, signed by the accuser after the fact.
    const mine = extension.envelopes.findIndex(
      (bytes) => bytes.length > 271 && isBroadcastOf(bytes, 1, three),
    );
    const { header, body } = parseEnvelope(extension.envelopes[mine] ?? zero32);
    const later = sealEnvelope(header, flipAt(-1)(body), seedOf(three)).bytes;
    const forged = { ...extension, envelopes: extension.envelopes.map((b, n) => (n === mine ? later : b)) };
    expect(namedFor(e5, forged)).toBe(FORGER);
  });
});

const isBroadcastOf = (bytes: Uint8Array, round: number, from: PartyIndex): boolean => {
  const { header } = parseEnvelope(bytes);
  return header.kind === envelopeKinds.broadcast && header.round === round && header.from === from;
};

describe('an honest transcript shown as evidence of any other kind names who shows it', () => {
  let run: PresignRun;
  let known: Knowledge;
  const directs: Uint8Array[] = [];
  beforeAll(() => {
    run = runPresign(key, quorum, BATCH, {
      body: (self, honest) =>
        self === three
          ? forging(honest(), 3, (all) => {
              known = {
                ...all,
                party: { ...all.party, keys: { ...all.party.keys, esk: all.party.keys.esk.slice() } },
              };
              return made.extension(all);
            })
          : honest(),
      tamper: (_from, to, bytes) => {
        const { kind, from } = parseEnvelope(bytes).header;
        if (kind === envelopeKinds.direct && from === two && to === three) directs.push(bytes);
        return [bytes];
      },
    });
  }, 30_000);

  const broadcasts = (): readonly Uint8Array[] => at(run.sessions, one).transcript().broadcasts.flat();
  const openedOf = (round: number): Extract<Delivery, { kind: 'opened' }> => {
    const found = at(replyAt(known, round).directs, two);
    if (found.kind !== 'opened') throw new RangeError('it did not open');
    return found;
  };

  it('malformed, equivocation and public checks', () => {
    const forged: readonly Evidence[] = [
      ...broadcasts().map(
        (bytes) => ({ kind: 'malformed', accused: two, check: 'V11', envelopes: [bytes] }) as const,
      ),
      ...broadcasts().map(
        (bytes) => ({ kind: 'equivocation', accused: two, check: 'V4', envelopes: [bytes, bytes] }) as const,
      ),
      ...['P2', 'P3', 'P7', 'P8', 'P13', 'P15', 'V7', 'V11'].map(
        (check) => ({ kind: 'public-check', accused: two, check, envelopes: broadcasts() }) as const,
      ),
    ];
    for (const evidence of forged)
      expect([evidence.check, namedFor(run, evidence)]).toEqual([evidence.check, FORGER]);
  });

  it.each([1, 2])('an opening of the direct message of round %i', (round) => {
    const { signed, salt, plaintext } = openedOf(round);
    const shown = { accused: two, envelopes: [signed] };
    expect(namedFor(run, { kind: 'opening', check: 'P4', salt, plaintext, ...shown })).toBe(FORGER);
    expect(namedFor(run, { kind: 'opening', check: 'P4', salt: flip(salt), plaintext, ...shown })).toBe(
      FORGER,
    );
    const other = flip(plaintext);
    expect(namedFor(run, { kind: 'opening', check: 'P4', salt, plaintext: other, ...shown })).toBe(FORGER);
  });

  it('the key of a message that opens', () => {
    const { D, proof } = showSharedKey(known.party, two);
    expect(directs).toHaveLength(3);
    for (const envelope of directs) {
      const shown = { shared: encode(pointCodec, D), proof: encode(dleq.proofCodec, proof) };
      const evidence: Evidence = {
        kind: 'undecryptable',
        accused: two,
        check: 'V10',
        envelopes: [envelope],
        ...shown,
      };
      expect(namedFor(run, evidence)).toBe(FORGER);
      expect(namedFor(run, { ...evidence, proof: flip(evidence.proof) })).toBe(FORGER);
    }
  });

  it('a right accusation shown as a false one', () => {
    const right = abortWith(e5, extension, two).bytes;
    const evidence: Evidence = { kind: 'false-accusation', accused: two, check: 'abort', envelopes: [right] };
    expect(namedFor(e5, evidence)).toBe(FORGER);
  });
});

describe('an opening that its author must not make any more (ATK-P37)', () => {
  /** A broadcast of the accuser in this session, signed by it. */
  const saidIn = (run: PresignRun, round: number, body: Uint8Array): Uint8Array => {
    const sid = run.sessions.get(one)?.sid ?? zero32;
    const header = {
      kind: envelopeKinds.broadcast,
      ...{ proto: protos.presign, suite: 1, sid, epochId: run.spec.epochId },
      ...{ round, from: three, to: 0, prev: zero32, view: zero32, ph: zero32 },
    };
    return sealEnvelope(header, body, seedOf(three)).bytes;
  };
  const ok = new Uint8Array(32).fill(7);

  it('is held against it, though what it shows is true: Δ after R3, anything after R4', () => {
    expect(namedFor(e5, extension, [saidIn(e5, 3, ok)])).toBe('A 3 accused');
    expect(namedFor(e5, extension, [saidIn(e5, 4, ok)])).toBe('A 3 accused');
    expect(namedFor(e6, product, [saidIn(e6, 4, ok)])).toBe('A 3 accused');
    // Bob may open after R3, and Alice after R2.
    expect(namedFor(e6, product, [saidIn(e6, 3, ok)])).toBe(CHEAT);
    expect(namedFor(e5, extension, [saidIn(e5, 2, ok)])).toBe(CHEAT);
  });

  it('is held against it by all who have heard both', () => {
    const run = runForged(3, made.extension);
    for (const j of [one, two]) {
      const abort = at(abortsOf(run.states), j);
      expect(abort).toMatchObject({ code: 'equivocation', check: 'abort', grade: 'A', culprits: [three] });
      expect(abort.evidence && judge(abort.evidence, run.spec, setupOf(run), key.record).guilty).toBe(
        'accused',
      );
    }
  });

  it('proves nothing where it is shown together with what forbids it', () => {
    const late = { ...extension, envelopes: [...extension.envelopes, saidIn(e5, 3, ok)] };
    expect(judge(late, e5.spec, setupOf(e5), key.record).guilty).toBe('accuser');
  });

  it('is held against its author when it is the second one of a session', () => {
    const other = { ...extension, seed: flip(extension.seed) };
    const pair = (evidence: readonly Evidence[]): Evidence => ({
      kind: 'equivocation',
      ...{ accused: three, check: 'abort' },
      envelopes: evidence.map((one) => abortWith(e5, one).bytes),
    });
    const verdict = (evidence: Evidence) => judge(evidence, e5.spec, setupOf(e5), key.record).guilty;
    expect(verdict(pair([extension, other]))).toBe('accused');
    expect(verdict(pair([extension, extension]))).toBe('accuser');
    const plain: Evidence = { kind: 'malformed', accused: two, check: 'V11', envelopes: [] };
    expect(verdict(pair([extension, plain]))).toBe('accuser');
    expect(verdict({ ...pair([extension, other]), accused: two })).toBe('accuser');
  });

  it('is an abort that contradicts a confirmation, whatever it says', () => {
    const stop = abortWith(e5, { kind: 'malformed', accused: two, check: 'V11', envelopes: [] }).bytes;
    const envelopes = (round: number, body: Uint8Array) => [stop, saidIn(e5, round, body)];
    const verdict = (shown: readonly Uint8Array[]) =>
      judge(
        { kind: 'equivocation', accused: three, check: 'abort', envelopes: shown },
        e5.spec,
        setupOf(e5),
        key.record,
      ).guilty;
    expect(verdict(envelopes(4, ok))).toBe('accused');
    expect(verdict(envelopes(4, new Uint8Array(32)))).toBe('accuser');
    expect(verdict(envelopes(3, ok))).toBe('accuser');
  });
});

describe('evidence of presigning', () => {
  it('does not need a batch that is one to be refused', () => {
    const spec = { ...presignSpec(key, quorum, BATCH), batch: 0 };
    expect(judge(extension, spec, setupOf(e5), key.record).guilty).toBe('accuser');
  });
});
