import { describe, expect, it } from 'vitest';

import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { bigintToBytes, bytesToBigint, u32 } from '../../../../src/crypto/bytes.ts';
import * as dleq from '../../../../src/crypto/proofs/dleq.ts';
import { directKey } from '../../../../src/crypto/seal.ts';
import { G, act, actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import {
  type Envelope,
  SIGNED_BYTES,
  parseEnvelope,
  sealEnvelope,
} from '../../../../src/protocols/kernel/envelope.ts';
import { Channel } from '../../../../src/protocols/kernel/channel.ts';
import { type Party, mapParties } from '../../../../src/protocols/kernel/protocol.ts';
import { identitiesOf } from '../../../../src/protocols/kernel/spec.ts';
import type { Complaint } from '../../../../src/protocols/complaint.ts';
import { type Facts, inspectDeal, isJustComplaint } from '../../../../src/protocols/keygen/complaint.ts';
import { revealCodec } from '../../../../src/protocols/keygen/messages.ts';
import { behindDirects, decodedBy } from '../../../../src/protocols/replay.ts';
import { members } from '../../../sim/cluster.ts';
import { dealing, one, runKeygen, three, two } from '../support/keygen-run.ts';

/** A finished run, with the secrets of its parties as they were before they were wiped. */
function scene(cheat = dealing(two, one, (bytes) => bytes)) {
  const parties = new Map<PartyIndex, Party>();
  const run = runKeygen([3, 2], (sending, moment) => {
    const { party, from } = moment;
    if (party !== undefined && !parties.has(from))
      parties.set(from, { ...party, keys: { ...party.keys, esk: party.keys.esk.slice() } });
    return cheat(sending, moment);
  });
  const revealed = new Map(
    run.rounds[2]!.map((bytes) => parseEnvelope(bytes)).map((e) => [e.header.from, e]),
  );
  const reveals = mapParties(decodedBy(behindDirects(revealCodec(2), 2), revealed), (_, { rest }) => rest);
  const facts: Facts = {
    sid: parties.get(one)!.sid,
    identityPks: identitiesOf(run.spec),
    epks: parties.get(one)!.keys.epks,
    F: mapParties(reveals, (_, { F }) => F),
  };
  return { run, parties, facts };
}

/** The direct message of R2, and how its receiver opens it. */
function directOf({ run, parties, facts }: ReturnType<typeof scene>, from: PartyIndex, to: PartyIndex) {
  const envelope = run.directs.get(`2 ${from} ${to}`)!;
  const { esk, epks } = parties.get(to)!.keys;
  const shared = act(scalar(bytesToBigint(esk)), epks.get(from)!);
  const channel = new Channel(new Uint8Array(32), () => new Uint8Array(32));
  const sharedX = new Map([[from, bigintToBytes(shared.x, 32)]]);
  channel.bind({ ...parties.get(to)!, keys: { ...parties.get(to)!.keys, sharedX } });
  const delivery = channel.open(envelope, to);
  expect(directKey(sharedX.get(from)!, facts.sid, from, to)).toHaveLength(32);
  return { envelope, shared, delivery };
}

const formA = (
  envelope: Envelope,
  salt: Uint8Array,
  plaintext: Uint8Array,
  against: PartyIndex,
): Complaint => ({
  kind: 'bad-share',
  against,
  signed: envelope.bytes.slice(0, SIGNED_BYTES),
  salt,
  plaintext,
});

function formB(
  at: ReturnType<typeof scene>,
  from: PartyIndex,
  by: PartyIndex,
  bytes?: Uint8Array,
): Complaint {
  const { envelope, shared } = directOf(at, from, by);
  const { esk, epks } = at.parties.get(by)!.keys;
  const context = { tag: 'dleq', parts: [at.facts.sid, u32(from), u32(by)] } as const;
  const pairs = [
    { base: G, image: epks.get(by)! },
    { base: epks.get(from)!, image: shared },
  ];
  const proof = dleq.prove(context, { pairs }, { x: scalar(bytesToBigint(esk)) }, at.parties.get(by)!.rng);
  return { kind: 'undecryptable', against: from, envelope: bytes ?? envelope.bytes, D: shared, proof };
}

const flipLast = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

describe('a complaint about an honest dealer (P44)', () => {
  const at = scene();
  const { envelope, delivery } = directOf(at, two, one);
  if (delivery.kind !== 'opened') throw new RangeError('an honest message opens');
  const { salt, plaintext } = delivery;

  const lies: Readonly<Record<string, Complaint>> = {
    'shows the good message': formA(envelope, salt, plaintext, two),
    'shows another share': formA(envelope, salt, flipLast(plaintext), two),
    'shows another salt': formA(envelope, flipLast(salt), plaintext, two),
    'shows no share at all': formA(envelope, salt, new Uint8Array(0), two),
    'shows a message to somebody else': formA(directOf(at, two, three).envelope, salt, plaintext, two),
    'shows a message of somebody else': formA(directOf(at, three, one).envelope, salt, plaintext, two),
    'accuses itself': formA(envelope, salt, plaintext, one),
    'shows an altered signature': {
      ...formA(envelope, salt, flipLast(plaintext), two),
      signed: flipLast(envelope.bytes.slice(0, SIGNED_BYTES)),
    } as Complaint,
    'opens the good message with the true key': formB(at, two, one),
    'opens an altered message with the true key': formB(at, two, one, flipLast(envelope.bytes)),
    'shows no message': formB(at, two, one, new Uint8Array(0)),
    'shows a header without the message': formB(at, two, one, envelope.bytes.slice(0, SIGNED_BYTES)),
    'shows another key': { ...formB(at, two, one), D: actBase(scalar(9n)) } as Complaint,
    'shows the key of another pair': {
      ...formB(at, two, one),
      D: directOf(at, three, one).shared,
    } as Complaint,
  };
  for (const [what, complaint] of Object.entries(lies))
    it(`is false when it ${what}`, () => {
      expect(isJustComplaint(complaint, one, at.facts)).toBe(false);
    });

  it('is not made by an honest party', () => {
    const inspected = inspectDeal(at.parties.get(one)!, two, at.facts.F.get(two)!, delivery);
    expect(inspected.kind).toBe('share');
  });

  it('about a message of another session is false', () => {
    const other = { ...at.facts, sid: at.facts.sid.map((byte) => byte ^ 1) as typeof at.facts.sid };
    expect(isJustComplaint(formA(envelope, salt, flipLast(plaintext), two), one, other)).toBe(false);
  });

  it('is false where the dealer or its vector is not known', () => {
    const complaint = formA(envelope, salt, plaintext, two);
    expect(isJustComplaint(complaint, one, { ...at.facts, identityPks: new Map() })).toBe(false);
    expect(isJustComplaint(complaint, one, { ...at.facts, F: new Map() })).toBe(false);
    expect(isJustComplaint(formB(at, two, one), one, { ...at.facts, epks: new Map() })).toBe(false);
  });
});

describe('a complaint about a cheating dealer', () => {
  it('of form a is just when the content is off the polynomial', () => {
    const at = scene(dealing(two, one, flipLast));
    const { delivery } = directOf(at, two, one);
    const inspected = inspectDeal(at.parties.get(one)!, two, at.facts.F.get(two)!, delivery);
    expect(inspected.kind === 'complaint' && inspected.complaint.kind).toBe('bad-share');
    expect(inspected.kind === 'complaint' && isJustComplaint(inspected.complaint, one, at.facts)).toBe(true);
    expect(inspected.kind === 'complaint' && isJustComplaint(inspected.complaint, three, at.facts)).toBe(
      false,
    );
  });

  it('of form b is just when the message opens to something else than its header says', () => {
    const at = scene();
    const honest = directOf(at, two, one).envelope;
    const resealed = sealEnvelope(
      { ...honest.header, ph: new Uint8Array(32).fill(1) },
      honest.body,
      members(2)[1]!.seed,
    );
    const party = at.parties.get(one)!;
    const reveal = () => ({ shared: new Uint8Array(33), proof: new Uint8Array(64) });
    const delivery = { kind: 'undecryptable', envelope: resealed.bytes, reveal } as const;
    const inspected = inspectDeal(party, two, at.facts.F.get(two)!, delivery);
    expect(inspected.kind === 'complaint' && isJustComplaint(inspected.complaint, one, at.facts)).toBe(true);
  });

  it('is just by the header alone when the length is wrong', () => {
    for (const change of [
      (b: Uint8Array) => b.subarray(1),
      (b: Uint8Array) => Uint8Array.from([...b, ...b, ...b]),
    ]) {
      const at = scene(dealing(two, one, change));
      const { delivery } = directOf(at, two, one);
      const inspected = inspectDeal(at.parties.get(one)!, two, at.facts.F.get(two)!, delivery);
      const complaint = inspected.kind === 'complaint' ? inspected.complaint : undefined;
      expect(complaint?.kind === 'bad-share' && complaint.plaintext).toHaveLength(0);
      expect(complaint && isJustComplaint(complaint, one, at.facts)).toBe(true);
    }
  });
});
