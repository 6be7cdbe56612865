import { expect, it } from 'vitest';

import { slotsOf } from '../../../src/chain/duty.ts';
import { dealKey } from '../../sim/signing.ts';
import { request } from '../../sim/runtimes.ts';
import { scopeFields, scopeText } from '../../../src/node/guard-scope.ts';
import { keyRequest } from '../chain/samples.ts';
import { named } from './helpers.ts';

const key = dealKey(3, 4, 'runtimes');
const { keyId } = key.record;

it('the lanes of a batch name key, chain, and sender or contract', () => {
  const asked = request(key);
  const said = slotsOf(asked).map(({ lane, scope }) => scopeText({ lane, scope }, keyId));
  expect(said).toEqual([
    `chain 31337 ${asked.sender}`,
    `chain 31337 ${asked.inbox}`,
    `chain 31337 ${asked.inbox} (any key)`,
  ]);
});

it('the lane of a test names its epoch', () => {
  const [slot] = slotsOf({ kind: 'keygen-test', keyId, keyEpoch: 7, window: 0n, certHash: named('c') });
  if (slot === undefined) throw new RangeError('no slot');
  expect([scopeText(slot, keyId), scopeText(slot, named('other'))]).toEqual([
    'epoch 7',
    'epoch 7 (other key)',
  ]);
});

it('the lane of a proof names chain, registry and purpose', () => {
  const asked = { ...keyRequest, keyId };
  const [slot] = slotsOf(asked);
  if (slot === undefined) throw new RangeError('no slot');
  expect(scopeText(slot, keyId)).toBe(`chain 31337 ${asked.registry} blob`);
  expect(scopeText(slot, named('other'))).toBe(`chain 31337 ${asked.registry} blob (other key)`);
  const later = slot.scope.slice();
  later[61] = 9;
  expect(scopeFields({ lane: 'key-update', scope: later }, keyId)).toMatchObject({ purpose: 'unknown' });
});

it('what is not known is shown as it is', () => {
  expect(scopeFields({ lane: 'nonce', scope: Uint8Array.of(1, 2) }, keyId)).toEqual({ bytes: '0x0102' });
  expect(scopeText({ lane: 'reward', scope: Uint8Array.of(9) }, keyId)).toBe('0x09');
});
