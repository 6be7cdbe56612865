import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { encode } from '../../src/crypto/codec.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';
import {
  type Envelope,
  envelopeKinds,
  protos,
  sealEnvelope,
  zero32,
} from '../../src/protocols/kernel/envelope.ts';
import {
  type Evidence,
  type ExtensionOpening,
  type ProductOpening,
  encodeEvidence,
} from '../../src/protocols/kernel/evidence.ts';
import { abortCodec } from '../../src/protocols/kernel/notices.ts';
import {
  type Party,
  type Protocol,
  ProtocolAbort,
  type Reply,
  type Sending,
  at,
} from '../../src/protocols/kernel/protocol.ts';
import { specHash } from '../../src/protocols/kernel/spec.ts';
import { extensionOpening, productOpening } from '../../src/protocols/presign/accuse.ts';
import { SeedPhase } from '../../src/protocols/presign/phases.ts';
import type { PresignBatch } from '../../src/protocols/presign/presign.ts';
import { flipAt, inDirect, lying } from '../sim/cheating.ts';
import { type DealtKey, type PresignRun, abortsOf, dealKey, runPresign } from '../sim/signing.ts';

/** Instances of each session. */
export const BATCH = 2;
/** The key of all sessions. */
export const key: DealtKey = dealKey(3, 4);
/** Who presigns. Party 3 accuses party 2. */
export const quorum: readonly PartyIndex[] = [1, 2, 3].map((j) => partyIndex(j));
/** The first one, which follows the protocol. */
export const one: PartyIndex = partyIndex(1);
/** Who is accused. */
export const two: PartyIndex = partyIndex(2);
/** Who accuses. */
export const three: PartyIndex = partyIndex(3);
/** Identity seed of a member. */
export const seedOf = (j: PartyIndex): Uint8Array =>
  at(new Map(key.members.map(({ index, seed }) => [index, seed])), j);

/** What a party of the session knows when it makes up its accusation. */
export interface Knowledge {
  readonly party: Party;
  /** Setup, and then each round. */
  readonly replies: readonly Reply[];
  readonly aliceSeed: Uint8Array;
  readonly bobSeed: Uint8Array;
}

/** Follows the protocol up to the end of a round, and then accuses party 2 of what it makes up. */
export function* forging(
  honest: Protocol<PresignBatch>,
  last: number,
  accuse: (known: Knowledge) => Evidence,
): Protocol<PresignBatch> {
  const replies: Reply[] = [];
  const seeds: Uint8Array[] = [];
  let party: Party | undefined;
  const draws = [SeedPhase.prototype.drawAlice, SeedPhase.prototype.drawBob] as const;
  const step = <R>(run: () => R): R => {
    const [alice, bob] = draws;
    const noting = (draw: typeof alice) =>
      function (this: SeedPhase, j: PartyIndex, rng: Party['rng']): Uint8Array {
        const seed = draw.call(this, j, rng);
        if (j === two) seeds.push(seed.slice());
        return seed;
      };
    Object.assign(SeedPhase.prototype, { drawAlice: noting(alice), drawBob: noting(bob) });
    try {
      return run();
    } finally {
      Object.assign(SeedPhase.prototype, { drawAlice: alice, drawBob: bob });
    }
  };
  let next = step(() => honest.next(emptyReply));
  while (next.done !== true) {
    const effect = next.value;
    if (effect.kind === 'bind') ({ party } = effect);
    const reply = yield effect;
    if (effect.kind === 'round') replies.push(reply);
    const [aliceSeed, bobSeed] = seeds;
    if (replies.length > last && party !== undefined && aliceSeed !== undefined && bobSeed !== undefined) {
      const evidence = accuse({ party, replies, aliceSeed, bobSeed });
      throw new ProtocolAbort('made-up', [evidence.accused], { grade: 'A', check: evidence.check, evidence });
    }
    next = step(() => honest.next(reply));
  }
  return next.value;
}

/** What came in a round, setup being round 0. */
export const replyAt = ({ replies }: Knowledge, round: number): Reply => replies[round] ?? emptyReply;
/** Openings that are made as they should be. */
export const made = {
  extension: (known: Knowledge): ExtensionOpening =>
    extensionOpening(known.party, two, known.aliceSeed, [replyAt(known, 1), replyAt(known, 2)]),
  product: (known: Knowledge): ProductOpening =>
    productOpening(known.party, { accused: two, check: 'P10', instance: 1 }, known.bobSeed, [
      replyAt(known, 1),
      replyAt(known, 2),
      replyAt(known, 3),
    ]),
};

/** A session in which party 3 accuses party 2, which has followed the protocol, or changes what it says. */
export const runForged = (
  last: number,
  accuse: (known: Knowledge) => Evidence,
  change: (send: Sending) => Sending = (send) => send,
): PresignRun =>
  runPresign(key, quorum, BATCH, {
    body: (self, honest) => {
      if (self === three) return forging(honest(), last, accuse);
      return self === two ? lying(honest(), change) : honest();
    },
  });

/** A session in which party 2 cheats party 3, and party 3 accuses it rightly. */
export const runCheated = (round: string, place: number, position = 0n): PresignRun =>
  runPresign(key, quorum, BATCH, {
    position,
    body: (self, honest) =>
      self === two ? lying(honest(), inDirect(round, flipAt(place), [three])) : honest(),
  });

/** The evidence of party 3. */
export const shownIn = (run: PresignRun): Evidence => {
  const evidence = at(abortsOf(run.states), three).evidence;
  if (evidence === undefined) throw new RangeError('no evidence');
  return evidence;
};

/** The evidence of party 3, of one kind. */
export function opening<K extends 'extension-opening' | 'product-opening'>(
  run: PresignRun,
  kind: K,
): Extract<Evidence, { kind: K }> {
  const evidence = shownIn(run);
  if (evidence.kind !== kind) throw new RangeError(`evidence of kind ${evidence.kind}`);
  return evidence as Extract<Evidence, { kind: K }>;
}

/** Round 0. */
export const setupOf = (run: PresignRun): readonly Uint8Array[] =>
  at(run.sessions, one).transcript().broadcasts[0] ?? [];

/** The abort in which a party says something against another one, signed by it. */
export function abortWith(run: PresignRun, evidence: Evidence, by: PartyIndex = three): Envelope {
  const { accused, check } = evidence;
  const body = { code: 'made-up', check, accused: [accused], evidence: encodeEvidence(evidence) };
  const header = {
    kind: envelopeKinds.abort,
    ...{ proto: protos.presign, suite: 1, sid: specHash(run.spec), epochId: run.spec.epochId },
    ...{ round: 2, from: by, to: 0, prev: zero32, view: zero32, ph: zero32 },
  };
  return sealEnvelope(header, encode(abortCodec, body), seedOf(by));
}
