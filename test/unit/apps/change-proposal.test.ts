import { describe, expect, it } from 'vitest';

import {
  type ChangeWish,
  changeOf,
  committeeOf,
  isChangePlan,
  memberOf,
  previewOfPlan,
  titleOf,
} from '../../../src/apps/change-proposal.ts';
import { keyRefOf } from '../../../src/chain/change.ts';
import { readDefinition, writeDefinition } from '../../../src/chain/definition-file.ts';
import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import { type Invitation, nameOf } from '../../../src/protocols/ceremony/names.ts';
import { makeCeremony } from '../audit/support/folders.ts';

const { lock } = makeCeremony(4, 3);
const old = lock.definition.definition.committee;
const guest = (i: number): Invitation => ({
  identityPk: identityPublicKey(new Uint8Array(32).fill(100 + i)),
  host: '127.0.0.1',
  port: 8_000 + i,
});
const [five, six] = [guest(5), guest(6)];
const wish: ChangeWish = {
  kind: 'reshare',
  name: 'a change',
  previous: lock,
  self: memberOf(old, '1').identityPk,
  ...{ add: [], remove: [], replace: [], lost: [] },
  policyHash: new Uint8Array(32).fill(9),
  nowMs: 1_000_000,
  acceptWithinMs: 1_000,
  executeWithinMs: 500,
  roundTimeoutMs: 5_000,
};
const change = (wanted: Partial<ChangeWish>) => changeOf({ ...wish, ...wanted });
const indices = (seats: readonly { readonly index: number }[]): readonly number[] =>
  seats.map(({ index }) => index);

describe('the plan of an epoch change', () => {
  it('gives new members the indices behind all that were used, and everybody else its own', () => {
    const plan = change({ add: [five, six], remove: ['node-2'], required: 4 });
    expect(indices(plan.committee)).toEqual([1, 3, 4, 5, 6]);
    expect(indices(plan.leavers)).toEqual([2]);
    expect(plan.change).toEqual({ remaining: [1, 3, 4], joining: [5, 6], leaving: [2], lost: [] });
    expect(plan.committee.at(-1)).toMatchObject({
      name: nameOf(six.identityPk),
      address: '127.0.0.1:8006',
    });
    expect([plan.required, plan.proposer, plan.sequence]).toEqual([4, 1, 1_000_000n]);
  });

  it('names the key by its newest lock, and brings that lock in its file', () => {
    const definition = change({ add: [five] });
    expect(definition.key).toEqual(keyRefOf(lock));
    expect(definition.required).toBe(3);
    const plan = readDefinition(writeDefinition({ definition, signatures: [], previous: lock }), 'file');
    expect(isChangePlan(plan)).toBe(true);
    expect(isChangePlan(lock.definition)).toBe(false);
  });

  it('replaces a member by name or index, and says for people what happens to whom', () => {
    const replace = [{ former: '4', by: five }];
    const plan = change({ replace });
    expect([indices(plan.committee), indices(plan.leavers)]).toEqual([[1, 2, 3, 5], [4]]);
    expect(titleOf({ ...wish, replace })).toBe('replace a member');
    expect(titleOf({ ...wish, add: [five, six], remove: ['3'] })).toBe('add 2 members, remove a member');
    expect(titleOf({ ...wish, kind: 'refresh' })).toBe('refresh');
  });

  it('shows what it changes', () => {
    const preview = previewOfPlan(change({ add: [five] }), lock);
    expect(preview.before.members).toEqual(committeeOf(lock).members);
    expect(indices(preview.joining)).toEqual([5]);
    expect(preview.worse).toEqual(['equivocatingNodesTolerated']);
  });

  it('may be proposed by who joins and by who leaves, unless that one has no share to deal', () => {
    expect(change({ add: [five], self: five.identityPk }).proposer).toBe(5);
    expect(change({ replace: [{ former: '1', by: five }] }).proposer).toBe(1);
    expect(() => change({ replace: [{ former: '1', by: five }], lost: ['1'] })).toThrow(/proposer/);
  });

  it('makes new shares for the same members in a refresh, and for one without a share in a repair', () => {
    expect(change({ kind: 'refresh' }).change).toEqual({
      ...{ remaining: [1, 2, 3, 4], joining: [], leaving: [], lost: [] },
    });
    expect(change({ kind: 'repair', lost: ['node-3'] }).change.lost).toEqual([3]);
  });

  it.each<[string, Partial<ChangeWish>, string, RegExp]>([
    ['nobody is known by that name', { remove: ['node-9'] }, 'member-unknown', /it has 1 node-1, 2 node-2/],
    [
      'a member is invited',
      { add: [{ ...five, identityPk: wish.self }] },
      'bad-identity',
      /in the committee/,
    ],
    ['one node is invited twice', { add: [five, five] }, 'bad-identity', /invitation 2/],
    ['a member leaves twice', { remove: ['4', 'node-4'] }, 'usage', /twice/],
    ['a stranger proposes', { add: [five], self: six.identityPk }, 'bad-identity', /cannot propose/],
    ['nothing changes', {}, 'usage', /--kind refresh/],
    ['a refresh adds', { kind: 'refresh', add: [five] }, 'usage', /--kind reshare/],
    ['a refresh changes how many sign', { kind: 'refresh', required: 4 }, 'usage', /--kind reshare/],
    ['a refresh is to repair', { kind: 'refresh', lost: ['1'] }, 'usage', /--kind repair/],
    ['a repair repairs nobody', { kind: 'repair' }, 'usage', /--lost/],
    ['too few are left for so many signers', { remove: ['3', '4'] }, 'bad-threshold', /choose 2 to 2/],
    ['half of them could sign', { add: [five, six] }, 'bad-threshold', /choose 4 to 6/],
    [
      'too few hold a share',
      { kind: 'repair', lost: ['3', '4'] },
      'change-mismatch',
      /only 2 of the present/,
    ],
    ['it is older than the key', { add: [five], sequence: 1n }, 'change-mismatch', /older/],
  ])('is refused where %s', (_, wanted, code, message) => {
    expect(() => change(wanted)).toThrow(expect.objectContaining({ code }));
    expect(() => change(wanted)).toThrow(message);
  });
});
