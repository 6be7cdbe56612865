import { describe, expect, it } from 'vitest';

import type { PartyIndex } from '../../src/crypto/brand.ts';
import { toHex, u32 } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import * as dleq from '../../src/crypto/proofs/dleq.ts';
import { G, act, randomScalar } from '../../src/crypto/secp256k1.ts';
import { tags } from '../../src/crypto/tags.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import { judge } from '../../src/protocols/judge.ts';
import { envelopeKinds } from '../../src/protocols/kernel/envelope.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import { helloCodec } from '../../src/protocols/kernel/setup.ts';
import { type Opinion, roundNumbers, votingCodec } from '../../src/protocols/reshare/messages.ts';
import type { ReshareOutput } from '../../src/protocols/reshare/reshare.ts';
import { rngOf } from '../sim/cluster.ts';
import type { Case, Stage } from './cases.ts';
import { type Ending, type Recording, record } from './harness.ts';
import { type Scene, reshareRng, reshareScene } from './scenes.ts';
import { type Findings, expectOutcomes, expectSoundTable, runStage } from './suite.ts';

type Made = ReshareOutput;

/** Votes with a complaint of each form about a dealer that has done no wrong. */
function lyingVotes({ liar, spec }: Scene<Made>, recording: Recording<Made>): readonly Uint8Array[] {
  const dealers = spec.reshare?.dealers ?? [];
  const dealer = dealers.find((j) => j !== liar) ?? liar;
  const delivery = at(recording.received, liar)[roundNumbers.deal]?.get(dealer);
  const slot = `${envelopeKinds.direct} ${roundNumbers.deal} ${dealer} ${liar}`;
  const envelope = recording.envelopes.get(slot);
  if (delivery?.kind !== 'opened' || envelope === undefined) throw new RangeError('nothing was dealt');
  const rng = reshareRng('byz')(liar);
  rng(32);
  const esk = randomScalar(rng);
  const epkOf = (j: PartyIndex) =>
    decode(helloCodec, at(recording.scripts, j)[0]?.broadcast ?? new Uint8Array(0)).epk;
  const D = act(esk, epkOf(dealer));
  const pairs = [
    { base: G, image: epkOf(liar) },
    { base: epkOf(dealer), image: D },
  ];
  const sid = at(recording.sessions, liar).sid ?? new Uint8Array(32);
  const context = { tag: tags.dleq, parts: [sid, u32(dealer), u32(liar)] };
  const proof = dleq.prove(context, { pairs }, { x: esk }, rngOf('complaint', liar));
  const { signed, salt, plaintext } = delivery;
  const complaints: readonly Opinion[] = [
    { kind: 'bad-share', signed, salt, plaintext },
    { kind: 'undecryptable', envelope: envelope.bytes, D, proof },
  ];
  return complaints.map((complaint) =>
    encode(votingCodec(dealers.length), {
      kind: 'vote',
      opinions: dealers.map((j): Opinion => (j === dealer ? complaint : { kind: 'ok' })),
    }),
  );
}

function stageOf(liar: number, isVoter: boolean): Stage<Made> {
  const scene = reshareScene(liar);
  const recording = record(scene);
  return {
    scene,
    recording,
    otherSession: record(reshareScene(liar, 'another time')),
    shapes: isVoter ? new Map([['reshare/vote', lyingVotes(scene, recording)]]) : new Map(),
  };
}

/** Another epoch, or other dealers left out, is another name. */
const nameOf = ({ certHash, removed }: Made): string =>
  [toHex(certHash), ...removed.map(({ index }) => index)].join();

const donesOf = ({ honest }: Ending<Made>): readonly Made[] =>
  [...honest.values()].flatMap((state) => (state.kind === 'done' ? [state.output] : []));

/** Whoever is left out is the liar, with proof of it, and the key is the same. */
const faultsIn =
  ({ liar, spec, record: old }: Scene<Made>) =>
  (ending: Ending<Made>): readonly string[] =>
    donesOf(ending).flatMap(({ removed, prepared }) => {
      const isSame = old !== undefined && publicKeyOf(prepared.record).equals(publicKeyOf(old));
      const [hellos] = [...ending.sessions.values()].map((session) => session.transcript().broadcasts[0]);
      const unproven = removed.filter(
        ({ index, evidence }) => index !== liar || judge(evidence, spec, hellos, old).guilty !== 'accused',
      );
      return [
        ...(isSame ? [] : ['the key is another one']),
        ...unproven.map(({ index }) => `party ${index} is left out without proof`),
      ];
    });

/** Where the session went on: for what the liar was left out. */
const leftOut = (ending: Ending<Made>): readonly string[] => [
  ...new Set(
    donesOf(ending).flatMap(({ removed }) => removed.map(({ evidence }) => `A left-out ${evidence.check}`)),
  ),
];

/** Headers are alike in all rounds, and changed in all of them in the other protocols: here those of one. */
const isWorthIt = ({ row, name }: Case): boolean =>
  !/ (header|signature)/.test(row) || name.startsWith('reshare/deal');
/** What is of this protocol, and not of every envelope. */
const isOwn = ({ row }: Case): boolean => /^reshare(\/| directs)/.test(row);

describe('each field of each message of a reshare, changed by one party (ATK-P02, ATK-P34, ATK-P43)', () => {
  const findings: Findings[] = [];
  it.each([
    ['a dealer that is also a new member', 2, true],
    ['a dealer that leaves', 3, false],
    ['a new member that joins', 4, true],
  ])(
    'of %s: never two epochs, never another key, and nobody honest is named or left out',
    (_, liar, isVoter) => {
      const stage = stageOf(liar, isVoter);
      const oracles = { nameOf, more: faultsIn(stage.scene), later: leftOut };
      const found = runStage(stage, oracles, isVoter && liar < 4 ? isWorthIt : isOwn);
      findings.push(found);
      expect(found.faults).toEqual([]);
    },
    600_000,
  );

  it('ends as the table says, leaf by leaf', () => expectOutcomes('reshare', findings));
  it('has a table in which nothing but a lost message goes unnamed', () => expectSoundTable('reshare'));
});
