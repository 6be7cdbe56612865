import { expect, test } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { EpochLog } from '../../../src/node/epoch-log.ts';
import { SUSPICION_LIMIT, Suspicion } from '../../../src/node/suspicion.ts';
import { memoryDisk, named } from './helpers.ts';

const quorum = [1, 2, 4].map((i) => partyIndex(i));

test('a failure counts for all who were there, once, and is remembered over a restart', () => {
  const disk = memoryDisk();
  const suspicion = new Suspicion(EpochLog.open(disk, 'state.log'));
  expect(suspicion.record({ presigId: named('p'), quorum })).toBe(true);
  expect(suspicion.record({ presigId: named('p'), quorum })).toBe(false);
  suspicion.record({ presigId: named('q'), quorum: quorum.slice(1) });
  const again = new Suspicion(EpochLog.open(disk, 'state.log'));
  expect([1, 2, 3, 4].map((i) => again.of(partyIndex(i)))).toEqual([1, 2, 0, 2]);
  expect(again.record({ presigId: named('p'), quorum })).toBe(false);
});

test('a member above the limit is reported', () => {
  const suspicion = new Suspicion(EpochLog.open(memoryDisk(), 'state.log'));
  for (let i = 0; i < SUSPICION_LIMIT; i++) suspicion.record({ presigId: named(`p${i}`), quorum });
  expect(suspicion.suspects).toEqual([]);
  suspicion.record({ presigId: named('last'), quorum: quorum.slice(0, 1) });
  expect(suspicion.suspects).toEqual([1]);
});
