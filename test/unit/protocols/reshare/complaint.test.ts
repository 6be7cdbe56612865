import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { decode } from '../../../../src/crypto/codec.ts';
import type { Delivery, Party } from '../../../../src/protocols/kernel/protocol.ts';
import { identitiesOf } from '../../../../src/protocols/kernel/spec.ts';
import { type Facts, inspectDeal, isJustComplaint } from '../../../../src/protocols/reshare/complaint.ts';
import { type Voting, dealingCodec, votingCodec } from '../../../../src/protocols/reshare/messages.ts';
import { flipAt } from '../../../sim/cheating.ts';
import type { Cheat } from '../support/lockstep.ts';
import { dealing, heldEpoch, runReshare, seats, terms } from '../support/reshare-run.ts';

const epoch = heldEpoch(2, seats(1, 2, 3));
const plan = terms(2, seats(2, 3, 4), seats(1, 2, 3));
const [one, two, four] = [partyIndex(1), partyIndex(2), partyIndex(4)];

/** A run, what is public of it, what party 4 was sent, and what it voted. */
function scene(cheat: Cheat) {
  let party: Party | undefined;
  let received: ReadonlyMap<PartyIndex, Delivery> = new Map();
  let voted: Voting | undefined;
  const F = new Map<PartyIndex, Facts['F'] extends ReadonlyMap<PartyIndex, infer T> ? T : never>();
  const run = runReshare(epoch, plan, {
    cheat: (sending, moment) => {
      if (moment.name === 'reshare/deal') {
        const said = decode(dealingCodec(2), sending.broadcast);
        if (said.kind === 'dealt') F.set(moment.from, said.F);
      }
      if (moment.name === 'reshare/vote' && moment.from === four) {
        party = moment.party;
        const copied = [...moment.received].map(([j, one]) => [
          j,
          one.kind === 'opened' ? { ...one, plaintext: one.plaintext.slice() } : one,
        ]);
        received = new Map(copied as [PartyIndex, Delivery][]);
        voted = decode(votingCodec(3), sending.broadcast);
      }
      return cheat(sending, moment);
    },
  });
  if (party === undefined || voted?.kind !== 'vote') throw new RangeError('party 4 did not vote');
  const { sid, keys } = party;
  const facts: Facts = { sid, identityPks: identitiesOf(run.spec), epks: keys.epks, F, old: epoch.record };
  return { party, facts, received, opinions: voted.opinions };
}

describe('a deal', () => {
  it('that fits is taken, from each dealer', () => {
    const { party, facts, received } = scene((sending) => sending);
    expect([...received].map(([j, one]) => inspectDeal(party, j, facts, one).kind)).toEqual([
      'deal',
      'deal',
      'deal',
    ]);
  });
  it.each([
    ['with another share', flipAt(31)],
    ['with another chain code', flipAt(-1)],
    ['that is no scalar', (bytes: Uint8Array) => bytes.map((byte, i) => (i < 32 ? 255 : byte))],
    ['of another length', (bytes: Uint8Array) => bytes.slice(2)],
  ])('%s is complained about, and the complaint holds for this dealer and receiver only', (_, change) => {
    const { party, facts, received, opinions } = scene(dealing(one, four, change));
    const found = inspectDeal(party, one, facts, received.get(one)!);
    if (found.kind !== 'complaint') expect.fail('the deal was taken');
    expect({ ...opinions[0], against: one }).toEqual(found.complaint);
    expect(opinions.slice(1)).toEqual([{ kind: 'ok' }, { kind: 'ok' }]);
    expect(isJustComplaint(found.complaint, four, facts)).toBe(true);
    expect(isJustComplaint(found.complaint, two, facts)).toBe(false);
    expect(isJustComplaint({ ...found.complaint, against: two }, four, facts)).toBe(false);
  });
  it('that fits can be complained about by a liar only', () => {
    const { facts, received } = scene((sending) => sending);
    const delivery = received.get(one);
    if (delivery?.kind !== 'opened') expect.fail('nothing was dealt');
    const { signed, salt, plaintext } = delivery;
    const lie = { kind: 'bad-share', against: one, signed, salt, plaintext } as const;
    expect(isJustComplaint(lie, four, facts)).toBe(false);
    expect(isJustComplaint(lie, four, { ...facts, F: new Map() })).toBe(false);
  });
});
