import { describe, expect, it, vi } from 'vitest';

import type * as BaseOt from '../../src/protocols/ot/base-ot.ts';
import type * as Extension from '../../src/protocols/ot/extension.ts';
import type * as Rvole from '../../src/protocols/ot/rvole.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import type { PresignBatch } from '../../src/protocols/presign/presign.ts';
import { dealKey, digestOf } from '../sim/signing.ts';
import { type Ending, type Recording, record, runLie } from './harness.ts';
import { type Scene, presignScene, signScene } from './scenes.ts';
import { type Findings, expectOutcomes, expectSoundTable, runStage } from './suite.ts';

vi.mock('../../src/protocols/ot/base-ot.ts', async (original) => {
  const { memoBaseOt } = await import('./memo.ts');
  return memoBaseOt(await original<typeof BaseOt>());
});
vi.mock('../../src/protocols/ot/extension.ts', async (original) => {
  const { memoExtension } = await import('./memo.ts');
  return memoExtension(await original<typeof Extension>());
});
vi.mock('../../src/protocols/ot/rvole.ts', async (original) => {
  const { memoRvole } = await import('./memo.ts');
  return memoRvole(await original<typeof Rvole>());
});

/** Two batches are two names. */
const nameOf = ({ ok, view }: PresignBatch): string => [ok, view].map(toHex).join();

/** Signs with what a session has left, everybody honest from there on: what its lie comes to. */
function signAfter(
  key: ReturnType<typeof dealKey>,
  scene: Scene<PresignBatch>,
  recording: Recording<PresignBatch>,
  { honest, sessions }: Ending<PresignBatch>,
): readonly string[] {
  const [first] = [...honest.values()].flatMap((state) => (state.kind === 'done' ? [state.output] : []));
  if (first === undefined) return [];
  const batches = new Map(
    scene.seats.map(({ index }) => {
      const state = honest.get(index);
      if (state?.kind === 'done') return [index, state.output];
      // The liar's own half, under the name that the batch has now.
      const own = at(recording.outputs, index);
      const renamed = own.presignatures.map((one, s) => ({
        ...one,
        presigId: first.presignatures[s]?.presigId ?? one.presigId,
      }));
      return [index, { ...own, view: first.view, presignatures: renamed }];
    }),
  );
  const signing = signScene({ key, spec: scene.spec, sessions, batches }, scene.liar, digestOf('after'));
  const states = runLie(signing, { scripts: new Map() }, { change: (send) => send }, 1).honest;
  return [...new Set([...states.values()].flatMap((state) => (state.kind === 'aborted' ? state.abort : [])))]
    .map(({ grade, code, culprits }) => `${culprits.length > 0 ? '' : 'unnamed '}${grade} ${code}`)
    .filter((sign, n, all) => all.indexOf(sign) === n);
}

describe('each field of each message of presigning, changed by one party (ATK-P17, ATK-P34, ATK-P40)', () => {
  const findings: Findings[] = [];
  it.each([
    [[3, 2], [1, 3], 3],
    [[4, 3], [1, 2, 4], 1],
  ] as const)(
    'of a key %j, by %j and party %i: nobody honest is named, and no wrong signature is made',
    (size, quorum, liar) => {
      const key = dealKey(size[1], size[0]);
      const scene = presignScene(key, quorum, liar);
      const recording = record(scene);
      const otherSession = record(presignScene(key, quorum, liar, 'another time'));
      const found = runStage(
        { scene, recording, otherSession },
        { nameOf, later: (ending) => signAfter(key, scene, recording, ending) },
      );
      findings.push(found);
      expect(found.faults).toEqual([]);
    },
    600_000,
  );

  it('ends as the table says, leaf by leaf', () => expectOutcomes('presign', findings));
  it('has a table in which a mask alone goes unnamed, and shows when it is used', () =>
    expectSoundTable('presign'));
});
