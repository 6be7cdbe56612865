import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkChange, keyRefOf } from '../../../src/chain/change.ts';
import { type Lock, lockHash } from '../../../src/chain/lock.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { addressOf } from '../../../src/ethereum/address.ts';
import { definitionHash, type Definition } from '../../../src/protocols/ceremony/definition.ts';
import { checkDefinition } from '../../../src/protocols/ceremony/rules.ts';
import { publicKeyOf } from '../../../src/protocols/epoch.ts';
import { changeOf, firstEpoch, nextEpoch, seatAt } from '../audit/support/epochs.ts';
import { signedDefinition, thirtyTwo } from '../audit/support/folders.ts';

const first = firstEpoch(4, 3);
const { lock } = first;
const codeOf = (definition: Definition, previous: Lock = lock): string => {
  try {
    checkChange(definition, previous);
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'fits';
};
const plan = changeOf(lock, { committee: [1, 2, 3, 5] });
const { key, change } = plan;

describe('the key in the plan of the next epoch', () => {
  it('is that of the lock', () => {
    expect(keyRefOf(lock)).toEqual({
      keyId: lock.record.keyId,
      address: addressOf(publicKeyOf(lock.record)),
      epochNo: 0,
      lockHash: lockHash(lock),
      cluster: definitionHash(lock.definition.definition),
      highestIndex: 4,
    });
  });

  it('remembers the highest index and the cluster when their members have long left', () => {
    const grown = nextEpoch(first, { committee: [1, 2, 3, 4, 9] });
    const shrunk = nextEpoch(grown, { committee: [1, 2, 3] });
    expect(keyRefOf(shrunk.lock)).toMatchObject({ epochNo: 2, highestIndex: 9 });
    expect(keyRefOf(shrunk.lock).cluster).toEqual(definitionHash(lock.definition.definition));
    expect(codeOf(changeOf(shrunk.lock, { committee: [1, 2, 10] }), shrunk.lock)).toBe('fits');
  });
});

describe('the plan of the next epoch, against the lock before it', () => {
  it('fits when it changes what may change', () => {
    expect(codeOf(plan)).toBe('fits');
    expect(codeOf({ ...plan, policyHash: thirtyTwo('another'), name: 'another' })).toBe('fits');
    expect(codeOf(changeOf(lock, { ceremony: 'refresh' }))).toBe('fits');
    expect(codeOf(changeOf(lock, { ceremony: 'repair', lost: [2] }))).toBe('fits');
    expect(codeOf(changeOf(lock, { committee: [5, 6, 7], required: 2 }))).toBe('fits');
  });

  const other = firstEpoch(4, 3, 'another').lock;
  const { network } = plan;
  const j = (index: number) => partyIndex(index);
  const stranger = { ...seatAt(2), identityPk: thirtyTwo('stranger') };
  const bad: readonly (readonly [what: string, code: string, definition: Definition])[] = [
    ['makes a new key', 'change-mismatch', signedDefinition(4, 3).definition],
    ['names another key', 'change-mismatch', { ...plan, key: { ...key, keyId: other.record.keyId } }],
    [
      'names another account',
      'change-mismatch',
      { ...plan, key: { ...key, address: keyRefOf(other).address } },
    ],
    ['starts from another epoch', 'stale-epoch', { ...plan, key: { ...key, epochNo: 1 } }],
    ['names another lock', 'stale-epoch', { ...plan, key: { ...key, lockHash: lockHash(other) } }],
    ['names another cluster', 'change-mismatch', { ...plan, key: { ...key, cluster: thirtyTwo('x') } }],
    ['forgets an index', 'change-mismatch', { ...plan, key: { ...key, highestIndex: 3 } }],
    ['invents an index', 'change-mismatch', { ...plan, key: { ...key, highestIndex: 5 } }],
    ['changes the purpose', 'change-mismatch', { ...plan, purpose: 'batch' }],
    ['changes the name of the network', 'change-mismatch', { ...plan, network: { ...network, name: 'x' } }],
    ['changes L1', 'change-mismatch', { ...plan, network: { ...network, l1ChainId: 1n } }],
    ['changes L2', 'change-mismatch', { ...plan, network: { ...network, l2ChainId: 1n } }],
    ['is as old as the one before', 'change-mismatch', { ...plan, sequence: 1n }],
    [
      'passes over an old member',
      'change-mismatch',
      { ...plan, leavers: [], change: { ...change, leaving: [] } },
    ],
    [
      'invents an old member',
      'change-mismatch',
      { ...plan, leavers: [seatAt(4), seatAt(6)], change: { ...change, leaving: [j(4), j(6)] } },
    ],
    [
      'gives an old index to another identity',
      'change-mismatch',
      { ...plan, committee: plan.committee.map((seat) => (seat.index === 2 ? stranger : seat)) },
    ],
    [
      'says of a joiner that it remains',
      'change-mismatch',
      { ...plan, change: { ...change, remaining: [j(1), j(2), j(3), j(5)], joining: [] } },
    ],
    [
      'refreshes with another threshold',
      'change-mismatch',
      changeOf(lock, { ceremony: 'refresh', required: 4 }),
    ],
    [
      'repairs with another threshold',
      'change-mismatch',
      changeOf(lock, { ceremony: 'repair', required: 4, lost: [1] }),
    ],
    ['leaves too few to deal', 'change-mismatch', changeOf(lock, { ceremony: 'repair', lost: [1, 2] })],
  ];
  it.each(bad)('does not fit when it %s', (_, code, definition) => {
    expect(codeOf(definition)).toBe(code);
  });

  it('does not fit the epoch after the one from which it starts', () => {
    expect(codeOf(plan, nextEpoch(first).lock)).toBe('stale-epoch');
  });

  it('fits for every committee that can sign, and for no other one than was planned', () => {
    const pool = [1, 2, 3, 4, 5, 6, 7, 8];
    const property = fc.property(
      fc.subarray(pool, { minLength: 2 }),
      fc.nat(8),
      fc.subarray([1, 2, 3, 4], { maxLength: 1 }),
      (committee, extra, lost) => {
        const required = Math.min(committee.length, Math.floor(committee.length / 2) + 1 + extra);
        const wished = changeOf(lock, { committee, required, lost });
        expect(codeOf(checkDefinition(wished))).toBe('fits');
        const { remaining, joining, leaving } = wished.change;
        expect([...remaining, ...joining].sort()).toEqual(committee);
        expect([...remaining, ...leaving].sort()).toEqual([1, 2, 3, 4]);
        expect(codeOf(wished, other)).not.toBe('fits');
      },
    );
    fc.assert(property, { seed: 312, numRuns: 60 });
  });
});
