import { expect, it } from 'vitest';

import { lockHash } from '../../../../src/chain/lock.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { greetingsOf } from '../../../../src/node/ceremony/greetings.ts';
import { firstEpoch } from '../../audit/support/epochs.ts';

const { lock } = firstEpoch(4, 3);

it('tells the proofs of a lock, and the signature of this member alone', () => {
  const told = greetingsOf(lock, partyIndex(2));
  const own = lock.signatures.find(({ index }) => index === 2)?.signature;
  expect(told.map(({ kind }) => kind)).toEqual([...lock.proofs.map(() => 'proof'), 'lock-signature']);
  expect(told.at(-1)).toMatchObject({ lockHash: lockHash(lock), signature: own });
});

it('tells the proofs alone where this member has not signed', () => {
  const unsigned = { ...lock, signatures: lock.signatures.filter(({ index }) => index !== 2) };
  expect(greetingsOf(unsigned, partyIndex(2)).every(({ kind }) => kind === 'proof')).toBe(true);
});
