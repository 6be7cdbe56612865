import { expect, it } from 'vitest';

import { lockHash } from '../../../../src/chain/lock.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { viewOf } from '../../../../src/node/ceremony/view.ts';
import { makeCeremony } from '../../audit/support/folders.ts';

const { lock } = makeCeremony(3, 2, 'view');

it('a ceremony shows who has signed, and its key as soon as there is one', () => {
  const some = { ...lock.definition, signatures: lock.definition.signatures.slice(1) };
  const standing = { attempt: 1, folder: 'c', failure: undefined };
  const before = viewOf(some, { ...standing, state: 'accepted', made: undefined, lock: undefined });
  expect(before.members.map(({ hasSigned }) => hasSigned)).toEqual([false, true, true]);
  expect([before.address, before.lockHash, before.transcriptRoot]).toEqual([undefined, undefined, undefined]);
  const after = viewOf(lock.definition, { ...standing, state: 'complete', made: lock, lock });
  expect(after).toMatchObject({
    lockHash: to0x(lockHash(lock)),
    transcriptRoot: to0x(lock.root),
    attempt: 1,
  });
  expect(after.address).toMatch(/^0x[0-9a-fA-F]{40}$/);
});
