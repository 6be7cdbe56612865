import { describe, expect, test } from 'vitest';

import { lockFacts, recheckExpectations } from '../../../src/audit/expectations.ts';
import { fromHex } from '../../../src/crypto/bytes.ts';
import { lockHash } from '../../../src/chain/lock.ts';
import { addressFromBytes, parseAddress } from '../../../src/ethereum/address.ts';
import { firstEpoch, nextEpoch } from './support/epochs.ts';
import { makeCeremony, thirtyTwo } from './support/folders.ts';

const { lock } = makeCeremony(3, 2);
const facts = lockFacts(lock);
const right = {
  address: parseAddress(facts['address'] ?? ''),
  committee: fromHex(facts['committee'] ?? ''),
  required: 2,
  lock: fromHex(facts['lock'] ?? ''),
};

describe('an expectation', () => {
  test('that nobody states is passed over aloud', () => {
    const { verdict, detail } = recheckExpectations('V10', lock, {});
    expect(verdict).toBe('skip');
    expect(detail).toContain('address, committee, required, lock');
  });

  test('that is met passes, and names what was not compared', () => {
    expect(recheckExpectations('V10', lock, right)).toMatchObject({ verdict: 'pass' });
    expect(recheckExpectations('V10', lock, { required: 2 }).detail).toContain(
      'not compared with anything: address, committee, lock',
    );
  });

  test('that another epoch of the same key meets passes, and says which', () => {
    const later = nextEpoch(firstEpoch(3, 2)).lock;
    const known = { lock: lockHash(later) };
    expect(recheckExpectations('V10', lock, known)).toMatchObject({ verdict: 'fail' });
    const { verdict, detail } = recheckExpectations('V10', lock, known, [lock, later]);
    expect([verdict, detail]).toEqual([
      'pass',
      expect.stringContaining('lock as expected in epoch 1 of the same key'),
    ]);
    expect(recheckExpectations('V10', later, known, [lock, later]).detail).not.toContain('epoch');
  });

  test.each([
    ['address', { address: addressFromBytes(new Uint8Array(20)) }],
    ['committee', { committee: thirtyTwo('other') }],
    ['required', { required: 3 }],
    ['lock', { lock: thirtyTwo('other') }],
  ])('of another %s fails', (name, other) => {
    const { verdict, detail } = recheckExpectations('V10', lock, { ...right, ...other });
    expect(verdict).toBe('fail');
    expect(detail).toContain(`${name} is `);
  });
});
