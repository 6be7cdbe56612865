import { describe, expect, it } from 'vitest';

import { encode } from '../../../../src/crypto/codec.ts';
import type { Stage } from '../../../../src/node/ceremony/course.ts';
import { EpochChanges, type ChangesDeps } from '../../../../src/node/epochs/changes.ts';
import type { NewShare } from '../../../../src/node/key-custody.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import { certHashOf, preparedShareCodec } from '../../../../src/protocols/reshare/activation.ts';
import { changeOf, firstEpoch, redealt } from '../../audit/support/epochs.ts';
import { SimDisk } from '../../../sim/disk.ts';
import { memoryLog, named } from '../helpers.ts';

const first = firstEpoch(4, 3);
const definition = changeOf(first.lock, { ceremony: 'refresh' });
const { prepared, shares } = redealt(first, definition);
const self = partyIndex(1);

/** A member of both epochs. `locked` is what it has committed to. */
function nodeWith(locked: Uint8Array | undefined) {
  const kept: NewShare[] = [];
  const told: string[] = [];
  const deps = {
    disk: new SimDisk().open(),
    log: memoryLog(),
    rng: (length: number) => new Uint8Array(length).fill(7),
    custody: {
      commitLock: () => locked,
      prepare: (share: NewShare) => kept.push(share),
    },
    service: { key: () => ({ self, gate: { isFrozen: locked !== undefined } }) },
    // Only what a share passes on its way to the disk.
  } as unknown as ChangesDeps;
  const stage = {
    self,
    signed: () => ({ definition, signatures: [], previous: first.lock }),
    attempt: () => 1,
    state: () => 'executing',
    tell: (type: string) => told.push(type),
    nameOf: String,
  } as unknown as Stage;
  const plan = { definition, signatures: [], previous: first.lock };
  const changes = new EpochChanges(deps);
  const course = changes.courseOf(stage, { plan, previous: first.lock, folder: 'ceremonies/1' });
  const bytes = () =>
    encode(preparedShareCodec, {
      prepared,
      index: self,
      share: at(shares, self).slice(),
      chainCode: new Uint8Array(32),
    });
  return { changes, course, kept, told, bytes };
}

describe('a new share', () => {
  it('is kept, and acknowledged, by a node that is free', () => {
    const { course, kept, told, bytes } = nodeWith(undefined);
    course.keep(bytes());
    expect([kept.length, told]).toEqual([1, ['prepared']]);
  });

  it('is kept again when the session of the attempt it has committed to is repeated', () => {
    const { course, kept, bytes } = nodeWith(certHashOf(prepared));
    course.keep(bytes());
    expect(kept).toHaveLength(1);
  });

  it('is refused by a node that has gone back to an older attempt: this one cannot be decided then', () => {
    const { course, kept, told, bytes } = nodeWith(named('an older attempt'));
    expect(() => course.keep(bytes())).toThrow(expect.objectContaining({ code: 'commit-locked' }));
    expect([kept.length, told]).toEqual([0, []]);
  });
});

describe('another attempt', () => {
  it('is not begun by a node that has committed', () => {
    const { changes, course } = nodeWith(named('an older attempt'));
    expect(() => changes.begin(course)).toThrow(expect.objectContaining({ code: 'commit-locked' }));
  });
});
