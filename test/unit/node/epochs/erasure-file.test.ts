import { expect, it } from 'vitest';

import { readErasure } from '../../../../src/audit/erasures.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { writeErasure } from '../../../../src/node/epochs/erasure-file.ts';
import type { Identity } from '../../../../src/node/identity.ts';
import { epochIdOf } from '../../../../src/protocols/epoch.ts';
import { isErasureOf } from '../../../../src/protocols/reshare/erasure.ts';
import { changeOf, firstEpoch, redealt, seedOf } from '../../audit/support/epochs.ts';

const { lock, key } = firstEpoch(3, 2);
const { record } = lock;
const identityOf = (index: number): Identity =>
  ({
    publicKey: identityPublicKey(seedOf(index)),
    lend: <T>(use: (seed: Uint8Array) => T): T => use(seedOf(index)),
  }) as unknown as Identity;
const statement = { keyId: record.keyId, epochId: epochIdOf(record), index: partyIndex(2), timeMs: 9n };

it('the statement that a share is gone is read by the audit, and is of its member and epoch', () => {
  const read = readErasure(writeErasure(statement, identityOf(2)), 'erasure-b.json');
  expect(read).toMatchObject(statement);
  expect(isErasureOf(record, read)).toBe(true);
  const next = redealt({ lock, key }, changeOf(lock)).prepared.record;
  expect(isErasureOf(next, read)).toBe(false);
});

it('a statement signed by another member is none', () => {
  expect(isErasureOf(record, readErasure(writeErasure(statement, identityOf(3)), 'x'))).toBe(false);
});

it('the same statement is the same file', () => {
  expect(writeErasure(statement, identityOf(2))).toEqual(writeErasure(statement, identityOf(2)));
});
