import { describe, expect, test } from 'vitest';

import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { Dispute } from '../../../../src/protocols/kernel/dispute.ts';
import {
  type Envelope,
  SIGNED_BYTES,
  isSignedBy,
  sealEnvelope,
} from '../../../../src/protocols/kernel/envelope.ts';
import { broadcastOf, exhibitOf, fieldsOf, identityOf, party, seedOf, sid } from '../support/envelopes.ts';

const ROUND = 1;
const others = [2, 3, 4].map(party);
const held = new Map([1, 2, 3, 4].map((j) => [party(j), broadcastOf(j, ROUND)]));
const signed = ({ bytes }: Envelope): Uint8Array => bytes.slice(0, SIGNED_BYTES);
const same = [...held.values()].map(signed);
const second = broadcastOf(2, ROUND, 1);
const nobody = (): boolean => false;

function open(): Dispute {
  const dispute = new Dispute({
    others,
    isAuthentic: (j, envelope) => isSignedBy(envelope, identityOf(j)),
    sidOfRound: (round) => (round === 0 ? undefined : sid),
  });
  dispute.open(ROUND, held);
  return dispute;
}

/** A dispute in which everybody has shown this, and one that somebody has shown instead. */
function shown(shows: (j: PartyIndex) => readonly Uint8Array[], round = ROUND): Dispute {
  const dispute = open();
  for (const j of others) dispute.hear(exhibitOf(j, round, shows(j)));
  return dispute;
}

/** What party 3 shows of party 2 instead of what everybody else has. */
const instead = (one: Uint8Array): Dispute =>
  shown((j) => (j === party(3) ? same.map((bytes, i) => (i === 1 ? one : bytes)) : same));

const inconclusive = { code: 'view-mismatch', culprits: [], grade: 'C' };

describe('a dispute', () => {
  test('is open once we have shown what we hold, in the order of the parties', () => {
    const dispute = new Dispute({ others, isAuthentic: nobody, sidOfRound: () => sid });
    expect([dispute.isOpen, dispute.round, dispute.settle(nobody)]).toEqual([false, undefined, undefined]);
    expect(dispute.open(ROUND, new Map([...held].reverse()))).toEqual(same);
    expect([dispute.isOpen, dispute.round]).toEqual([true, ROUND]);
  });

  test('knows the earliest round that somebody else disputes', () => {
    const dispute = open();
    expect(dispute.askedRound).toBeUndefined();
    dispute.hear(exhibitOf(2, 3, []));
    dispute.hear(exhibitOf(3, ROUND, same));
    dispute.hear(exhibitOf(2, 0, []));
    expect(dispute.askedRound).toBe(ROUND);
  });

  test('finds who sent two, before everybody has shown what it holds', () => {
    const dispute = open();
    dispute.hear(exhibitOf(3, ROUND, [signed(second)]));
    expect(dispute.settle(nobody)).toMatchObject({
      ...{ code: 'equivocation', culprits: [2], grade: 'A', check: 'V4' },
      evidence: { kind: 'equivocation', envelopes: [same[1], signed(second)] },
    });
  });

  test('waits for everybody otherwise', () => {
    const dispute = open();
    for (const j of [2, 3]) dispute.hear(exhibitOf(j, ROUND, same));
    expect(dispute.settle(nobody)).toBeUndefined();
    dispute.hear(exhibitOf(4, ROUND, same));
    expect(dispute.settle(nobody)).toMatchObject(inconclusive);
  });

  test('passes over what is shown of a round whose session id is not known', () => {
    const dispute = shown(() => [signed(broadcastOf(2, 0, 1))], 0);
    expect(dispute.askedRound).toBe(0);
    expect(dispute.settle(nobody)).toMatchObject(inconclusive);
  });

  test('passes over an entry that proves nothing', () => {
    const asOther = sealEnvelope(fieldsOf(2, ROUND), Uint8Array.of(1), seedOf(3));
    const entries = [
      signed(broadcastOf(2, ROUND, 1, { sid: new Uint8Array(32) })),
      signed(broadcastOf(2, ROUND + 1, 1)),
      signed(broadcastOf(2, ROUND, 1, { kind: 2 })),
      signed(asOther),
    ];
    for (const entry of entries) expect(instead(entry).settle(nobody)).toMatchObject(inconclusive);
    expect(instead(signed(second)).settle(nobody)).toMatchObject({ code: 'equivocation' });
  });

  test('does not compare what was shown of another round', () => {
    const later = [1, 2, 3, 4].map((j) => signed(broadcastOf(j, 2)));
    expect(shown(() => later, 2).settle(nobody)).toMatchObject(inconclusive);
  });

  test('takes one exhibit of each, the first, and none that does not decode', () => {
    const dispute = open();
    dispute.hear(sealEnvelope(fieldsOf(2, 0, 'exhibit'), Uint8Array.of(1, 2, 3), seedOf(2)));
    expect(dispute.askedRound).toBeUndefined();
    dispute.hear(exhibitOf(3, ROUND, same));
    dispute.hear(exhibitOf(3, ROUND, [signed(second)]));
    expect(dispute.settle(nobody)).toBeUndefined();
  });

  test('names, when all sets agree, whose view is not explained by them', () => {
    const verdict = shown(() => same).settle((j) => j === party(4));
    expect(verdict).toMatchObject({ code: 'view-mismatch', culprits: [4], grade: 'B', check: 'V8' });
  });

  test('waits for nobody who has stopped, and does not name it for the set it did not show', () => {
    const dispute = open();
    for (const j of [2, 3]) dispute.hear(exhibitOf(j, ROUND, same));
    dispute.excuse(party(4));
    expect(dispute.settle((j) => j === party(4))).toMatchObject(inconclusive);
  });
});
