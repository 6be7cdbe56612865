import { describe, expect, it } from 'vitest';

import { type Signature, verifyDigest } from '../../src/crypto/ecdsa.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import { dealKey, digestOf } from '../sim/signing.ts';
import { type Ending, record } from './harness.ts';
import { presignScene, signScene } from './scenes.ts';
import { type Findings, expectOutcomes, expectSoundTable, runStage } from './suite.ts';

const key = dealKey(3, 4);
const digest = digestOf('signed');

/** Whatever comes out is the signature of this digest by this key. */
const wrong = ({ honest }: Ending<Signature>): readonly string[] =>
  [...honest].flatMap(([j, state]) =>
    state.kind === 'done' && !verifyDigest(publicKeyOf(key.record), digest, state.output)
      ? [`party ${j} releases a wrong signature`]
      : [],
  );

describe('every field of every message of online signing, changed by one party (ATK-P23, ATK-P34)', () => {
  const findings: Findings[] = [];
  it.each([
    [[1, 3, 4], 3],
    [[2, 3, 4], 2],
  ] as const)(
    'by %j and party %i: nobody honest is named, and no wrong signature is released',
    (quorum, liar) => {
      const presigning = presignScene(key, quorum, liar);
      const { sessions, outputs } = record(presigning);
      const presigned = { key, spec: presigning.spec, sessions, batches: outputs };
      const scene = signScene(presigned, liar, digest);
      const otherSession = record(signScene(presigned, liar, digestOf('another'), 'another time'));
      const found = runStage(
        { scene, recording: record(scene), otherSession },
        { nameOf: ({ r, s, yParity }) => `${r} ${s} ${yParity}`, more: wrong },
      );
      findings.push(found);
      expect(found.faults).toEqual([]);
    },
    600_000,
  );

  it('ends as the table says, leaf by leaf', () => expectOutcomes('sign', findings));
  it('has a table in which a share alone goes unnamed, and gives no signature', () =>
    expectSoundTable('sign'));
});
