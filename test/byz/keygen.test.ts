import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { toHex, u32 } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import * as dleq from '../../src/crypto/proofs/dleq.ts';
import { G, act, actBase, randomScalar } from '../../src/crypto/secp256k1.ts';
import { tags } from '../../src/crypto/tags.ts';
import { envelopeKinds } from '../../src/protocols/kernel/envelope.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import { helloCodec } from '../../src/protocols/kernel/setup.ts';
import type { KeygenOutput } from '../../src/protocols/keygen/keygen.ts';
import { confirmationCodec, roundNumbers } from '../../src/protocols/keygen/messages.ts';
import { rngOf } from '../sim/cluster.ts';
import type { Stage } from './cases.ts';
import { type Recording, record } from './harness.ts';
import { type Scene, keygenRng, keygenScene } from './scenes.ts';
import { type Findings, expectOutcomes, expectSoundTable, runStage } from './suite.ts';

/** Complaints of both forms about a dealer that has done no wrong. */
function complaintsOf(
  { liar }: Scene<KeygenOutput>,
  recording: Recording<KeygenOutput>,
  [n, threshold]: readonly [number, number],
): readonly Uint8Array[] {
  const dealer = [...recording.scripts.keys()].find((j) => j !== liar) ?? liar;
  const delivery = at(recording.received, liar)[roundNumbers.reveal]?.get(dealer);
  const envelope = recording.envelopes.get(
    `${envelopeKinds.direct} ${roundNumbers.reveal} ${dealer} ${liar}`,
  );
  if (delivery?.kind !== 'opened' || envelope === undefined) throw new RangeError('nothing was dealt');
  const rng = keygenRng([n, threshold], 'byz')(liar);
  rng(32);
  const esk = randomScalar(rng);
  const epkOf = (j: PartyIndex) =>
    decode(helloCodec, at(recording.scripts, j)[0]?.broadcast ?? new Uint8Array(0)).epk;
  expect(epkOf(liar).equals(actBase(esk))).toBe(true);
  const D = act(esk, epkOf(dealer));
  const pairs = [
    { base: G, image: epkOf(liar) },
    { base: epkOf(dealer), image: D },
  ];
  const sid = at(recording.sessions, liar).sid ?? new Uint8Array(32);
  const context = { tag: tags.dleq, parts: [sid, u32(dealer), u32(liar)] };
  const proof = dleq.prove(context, { pairs }, { x: esk }, rngOf('complaint', liar));
  return [
    encode(confirmationCodec, {
      kind: 'bad-share',
      against: dealer,
      signed: delivery.signed,
      salt: delivery.salt,
      plaintext: delivery.plaintext,
    }),
    encode(confirmationCodec, {
      kind: 'undecryptable',
      against: dealer,
      envelope: envelope.bytes,
      D,
      proof,
    }),
  ];
}

function stageOf(size: readonly [number, number], liar: number): Stage<KeygenOutput> {
  const scene = keygenScene(size, liar);
  const recording = record(scene);
  return {
    scene,
    recording,
    otherSession: record(keygenScene(size, liar, 'another time')),
    shapes: new Map([['keygen/confirm', complaintsOf(scene, recording, size)]]),
  };
}

/** Two keys are two names. */
const nameOf = ({ epochId, publicKey, chainCode }: KeygenOutput): string =>
  [epochId, publicKey.toBytes(), chainCode].map(toHex).join();

describe('each field of each message of keygen, changed by one party (ATK-P02, ATK-P34, ATK-P43)', () => {
  const findings: Findings[] = [];
  it.each([
    [[3, 2] as const, 1],
    [[4, 3] as const, 4],
  ])(
    'of %j, by party %i: never two keys, and nobody honest is named',
    (size, liar) => {
      expect(partyIndex(liar)).toBe(liar);
      const found = runStage(stageOf(size, liar), { nameOf });
      findings.push(found);
      expect(found.faults).toEqual([]);
    },
    600_000,
  );

  it('ends as the table says, leaf by leaf', () => expectOutcomes('keygen', findings));
  it('has a table in which nothing but a lost message goes unnamed', () => expectSoundTable('keygen'));
});
