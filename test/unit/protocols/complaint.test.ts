import { describe, expect, it } from 'vitest';

import { struct } from '../../../src/crypto/codec.ts';
import {
  type DealSlot,
  type SessionFacts,
  badShareFields,
  hasRightLength,
  isJust,
  sealedBytes,
  undecryptableFields,
} from '../../../src/protocols/complaint.ts';
import { SIGNED_BYTES, parseEnvelope } from '../../../src/protocols/kernel/envelope.ts';
import { identitiesOf } from '../../../src/protocols/kernel/spec.ts';
import { dealSlot } from '../../../src/protocols/keygen/messages.ts';
import { one, runKeygen, three, two } from './support/keygen-run.ts';

const run = runKeygen([3, 2]);
const direct = run.directs.get('2 1 2')!;
const signed = direct.bytes.slice(0, SIGNED_BYTES);
const facts: SessionFacts = {
  sid: parseEnvelope(run.rounds[1]![0]!).header.sid as SessionFacts['sid'],
  identityPks: identitiesOf(run.spec),
  epks: new Map(),
};
const bad = {
  kind: 'bad-share',
  against: one,
  signed,
  salt: new Uint8Array(32),
  plaintext: new Uint8Array(32),
} as const;
const isBad = (): boolean => true;

describe('the messages that may be complained about', () => {
  it('have one length, which their header states', () => {
    expect(sealedBytes(dealSlot)).toBe(80);
    expect(hasRightLength(dealSlot, signed)).toBe(true);
    expect(hasRightLength({ ...dealSlot, plaintextBytes: 33 }, signed)).toBe(false);
    expect(struct(badShareFields(dealSlot)).maxBytes).toBe(SIGNED_BYTES + 32 + 4 + 32);
    expect(struct(undecryptableFields(dealSlot)).maxBytes).toBe(4 + SIGNED_BYTES + 80 + 33 + 64);
  });
});

describe('a complaint', () => {
  const just = (slot: Partial<DealSlot>, change: Partial<typeof bad> = {}, by = two): boolean =>
    isJust({ ...bad, ...change }, by, facts, { ...dealSlot, ...slot, isBad });

  it('holds where the header shows another length than that of the round', () => {
    expect(just({ plaintextBytes: 33 })).toBe(true);
  });
  it('does not hold where what is shown is not what was sealed, whatever it says', () => {
    expect(just({})).toBe(false);
  });
  it('is about a message of its protocol, round and pair, signed by the accused, and not by itself', () => {
    const long = { plaintextBytes: 33 };
    expect(just({ ...long, proto: 4 })).toBe(false);
    expect(just({ ...long, round: 1 })).toBe(false);
    expect(just(long, {}, three)).toBe(false);
    expect(just(long, { against: three })).toBe(false);
    expect(just(long, { against: two })).toBe(false);
    expect(just(long, { signed: signed.map((byte, i) => (i === 250 ? byte ^ 1 : byte)) })).toBe(false);
    expect(just(long, { signed: signed.slice(1) })).toBe(false);
  });
});
