import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { type Definition, purposes } from '../../../../src/protocols/ceremony/definition.ts';
import { checkDefinition } from '../../../../src/protocols/ceremony/rules.ts';
import { changeOf, firstEpoch, seatAt } from '../../audit/support/epochs.ts';
import { signedDefinition, thirtyTwo } from '../../audit/support/folders.ts';

const { definition } = signedDefinition(4, 3);
const good: Definition = { ...definition, timing: { ...definition.timing, executeByMs: 9n } };
const codeOf = (change: Partial<Definition>, of: Definition = good): string => {
  try {
    checkDefinition({ ...of, ...change });
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'good';
};
const seats = (change: (i: number) => Partial<Definition['committee'][number]>): Partial<Definition> => ({
  committee: definition.committee.map((seat, i) => ({ ...seat, ...change(i) })),
});

describe('the rules of a definition', () => {
  it('take a good one', () => {
    expect(codeOf({})).toBe('good');
    for (const purpose of purposes) expect(codeOf({ purpose })).toBe('good');
  });

  const day = 86_400_000n;
  const bad: readonly (readonly [what: string, code: string, change: Partial<Definition>])[] = [
    ['a threshold of half', 'bad-threshold', { required: 2 }],
    ['a threshold above n', 'bad-threshold', { required: 5 }],
    ['a threshold of one', 'bad-threshold', { required: 1, committee: definition.committee.slice(0, 1) }],
    ['a double index', 'bad-index', seats((i) => (i === 1 ? { index: partyIndex(1) } : {}))],
    ['indices out of order', 'bad-index', { committee: [...definition.committee].reverse() }],
    ['a double identity', 'bad-identity', seats(() => ({ identityPk: thirtyTwo('same') }))],
    ['a double address', 'malformed', seats((i) => (i < 2 ? { address: 'a:1' } : {}))],
    ['a double name', 'malformed', seats((i) => (i < 2 ? { name: 'same' } : {}))],
    ['a proposer without a seat', 'malformed', { proposer: partyIndex(9) }],
    ['an unknown purpose', 'malformed', { purpose: 'fun' }],
    ['times out of order', 'malformed', { timing: { ...good.timing, acceptByMs: 1n } }],
    ['execution before acceptance', 'malformed', { timing: { ...good.timing, acceptByMs: 10n } }],
    ['more than 30 days', 'malformed', { timing: { ...good.timing, executeByMs: 30n * day + 2n } }],
    ['too short a round', 'malformed', { timing: { ...good.timing, roundTimeoutMs: 999 } }],
    ['too long a round', 'malformed', { timing: { ...good.timing, roundTimeoutMs: 600_001 } }],
  ];
  it.each(bad)('refuse %s as %s', (_, code, change) => {
    expect(codeOf(change)).toBe(code);
  });
  it('allow no index 0', () => {
    expect(() => partyIndex(0)).toThrow(expect.objectContaining({ code: 'bad-index' }));
  });
});

describe('the rules of an epoch change', () => {
  const { lock } = firstEpoch(4, 3);
  const plan = changeOf(lock, { committee: [1, 2, 3, 5] });
  const { change, key } = plan;
  const [two, four, five] = [2, 4, 5].map((j) => partyIndex(j));
  if (two === undefined || four === undefined || five === undefined) throw new RangeError('three');

  it('take a refresh, a repair and every change of the committee', () => {
    expect(codeOf({}, plan)).toBe('good');
    expect(codeOf({}, changeOf(lock, { ceremony: 'refresh' }))).toBe('good');
    expect(codeOf({}, changeOf(lock, { ceremony: 'repair', lost: [4] }))).toBe('good');
    expect(codeOf({}, changeOf(lock, { committee: [5, 6, 7], required: 2, lost: [1] }))).toBe('good');
    expect(codeOf({ proposer: four }, plan)).toBe('good');
  });

  const bad: readonly (readonly [what: string, code: string, change: Partial<Definition>])[] = [
    ['a key generation that names a key', 'malformed', { ceremony: 'keygen' }],
    ['a change without a key', 'malformed', { key: undefined }],
    ['a change without its lists', 'malformed', { change: undefined }],
    ['a change without leavers', 'malformed', { leavers: undefined }],
    [
      'lists out of order',
      'malformed',
      { change: { ...change, remaining: [...change.remaining].reverse() } },
    ],
    ['one member in two lists', 'malformed', { change: { ...change, joining: [two, five] } }],
    ['a committee that is not listed', 'malformed', { change: { ...change, joining: [] } }],
    ['a leaver that is not listed', 'malformed', { change: { ...change, leaving: [] } }],
    ['a listed leaver without a seat', 'malformed', { leavers: [] }],
    ['the lost share of a stranger', 'malformed', { change: { ...change, lost: [partyIndex(9)] } }],
    ['the lost share of a joiner', 'malformed', { change: { ...change, lost: [five] } }],
    ['a refresh that changes the committee', 'malformed', { ceremony: 'refresh' }],
    [
      'a repair that changes the committee',
      'malformed',
      { ceremony: 'repair', change: { ...change, lost: [two] } },
    ],
    ['an index that was used before', 'bad-index', { key: { ...key, highestIndex: 5 } }],
    ['an old member above the highest index', 'bad-index', { key: { ...key, highestIndex: 3 } }],
    ['a text that is no account', 'malformed', { key: { ...key, address: '0x12' } }],
    ['an index of two seats', 'bad-index', { leavers: [seatAt(3)] }],
    [
      'an identity that leaves and stays',
      'bad-identity',
      { leavers: [{ ...seatAt(4), identityPk: seatAt(1).identityPk }] },
    ],
    [
      'an address of who leaves for another',
      'malformed',
      { leavers: [{ ...seatAt(4), address: seatAt(1).address }] },
    ],
    ['a name of who leaves for another', 'malformed', { leavers: [{ ...seatAt(4), name: 'node-1' }] }],
    ['a leaver without a name that fits', 'malformed', { leavers: [{ ...seatAt(4), name: 'x'.repeat(65) }] }],
    [
      'a proposer who leaves without a share',
      'malformed',
      { proposer: four, change: { ...change, lost: [four] } },
    ],
  ];
  it.each(bad)('refuse %s as %s', (_, code, wrong) => {
    expect(codeOf(wrong, plan)).toBe(code);
  });

  it('refuse a refresh that names lost shares, and a repair that names none', () => {
    expect(codeOf({}, changeOf(lock, { ceremony: 'refresh', lost: [1] }))).toBe('malformed');
    expect(codeOf({}, changeOf(lock, { ceremony: 'repair' }))).toBe('malformed');
  });

  it('refuse more seats than a session has', () => {
    const many = Array.from({ length: 62 }, (_, i) => i + 5);
    expect(codeOf({}, changeOf(lock, { committee: [1, ...many], required: 40 }))).toBe('malformed');
    expect(codeOf({}, changeOf(lock, { committee: [1, ...many.slice(2)], required: 40 }))).toBe('good');
    expect(codeOf({ committee: [seatAt(1), { ...seatAt(2), identityPk: thirtyTwo('x') }] })).toBe(
      'bad-threshold',
    );
  });
});
