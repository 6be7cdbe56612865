import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { concat } from '../../../../src/crypto/bytes.ts';
import { type BlameMessage, encodeBlame, evidenceName } from '../../../../src/node/blame/messages.ts';
import {
  type HeaderFields,
  envelopeKinds,
  parseEnvelope,
  protos,
  sealEnvelope,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { type Evidence, encodeEvidence } from '../../../../src/protocols/kernel/evidence.ts';
import { type Spec, decodeSpec, specCodec, specHash } from '../../../../src/protocols/kernel/spec.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { roundNumbers } from '../../../../src/protocols/presign/messages.ts';
import { type Letter, Runtimes, type Seat, request } from '../../../sim/runtimes.ts';
import { named } from '../helpers.ts';

const quorum = [1, 2, 3].map((i) => partyIndex(i));
const [liar, bystander] = [partyIndex(2), partyIndex(4)];

/** Member 2 opens other nonces in R3 than it has committed to, to everybody alike, and signs what it says. */
function cheated(nodes: () => Runtimes): (letter: Letter) => readonly Letter[] {
  return (letter) => {
    if (letter.from !== liar || letter.channel !== 'session') return [letter];
    const name = letter.bytes.slice(0, 32); // of the session, before the envelope
    const { header, body } = parseEnvelope(letter.bytes.slice(32));
    const isReveal =
      header.proto === protos.presign &&
      header.kind === envelopeKinds.broadcast &&
      header.round === roundNumbers.multiply;
    if (!isReveal) return [letter];
    const seed = nodes().key.members.find(({ index }) => index === liar)?.seed ?? named('nobody');
    const salted = body.slice();
    salted[4 + 34 * 2] = (salted[4 + 34 * 2] ?? 0) ^ 1;
    return [{ ...letter, bytes: concat(name, sealEnvelope(header, salted, seed).bytes) }];
  };
}

function withALiar(): Runtimes {
  const nodes: Runtimes = new Runtimes({ tamper: cheated(() => nodes) });
  return nodes;
}

async function failing(nodes: Runtimes): Promise<void> {
  const signing = nodes.seat(1).runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 });
  await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'signing-failed' });
  await nodes.clock.advance(3_000);
  await nodes.pump();
}

const helloOf = (spec: Spec): HeaderFields => ({
  ...{ kind: envelopeKinds.broadcast, proto: spec.proto, suite: 1, sid: specHash(spec), round: 0 },
  ...{ epochId: spec.epochId, from: partyIndex(1), to: 0, prev: zero32, view: zero32, ph: zero32 },
});
const excludedAt = ({ key }: Seat): readonly number[] => [...key.exclusions.members];
const say = (nodes: Runtimes, from: number, to: number, message: BlameMessage): void => {
  nodes.seat(to).runtime.blame.receive(partyIndex(from), encodeBlame(message));
};

describe('a member against whom there is proof', () => {
  it('is excluded by all, also by who was not there, and the next request goes without it', async () => {
    const nodes = withALiar();
    await failing(nodes);
    for (const index of [1, 3, 4]) expect(excludedAt(nodes.seat(index))).toEqual([2]);
    const { blamed } = nodes.seat(bystander);
    expect(blamed).toMatchObject([{ kind: 'excluded', exclusion: { member: 2, code: 'bad-opening' } }]);
    const signing = nodes.seat(1).runtime.sign(request(nodes.key), { deadlineMs: 60_000 });
    expect((await nodes.ending(signing)).signers).toEqual([1, 3, 4]);
  });

  it('comes back by the word of an operator only, each for its own node', async () => {
    const nodes = withALiar();
    await failing(nodes);
    const { runtime, blamed } = nodes.seat(1);
    expect(runtime.readmit(liar)).toMatchObject({ code: 'bad-opening' });
    expect(blamed.map(({ kind }) => kind)).toEqual(['excluded', 'readmitted']);
    nodes.seat(4).runtime.blame.linked(partyIndex(1)); // what it was forgiven is not held against it again
    await nodes.pump();
    expect([excludedAt(nodes.seat(1)), excludedAt(nodes.seat(3))]).toEqual([[], [2]]);
    expect(() => runtime.readmit(liar)).toThrow(expect.objectContaining({ code: 'not-excluded' }));
  });

  it('is not excluded again by a session of before it came back; by a later one it is', async () => {
    const nodes = withALiar();
    await failing(nodes);
    const { runtime, key, kept } = nodes.seat(1);
    const seed = nodes.key.members.find(({ index }) => index === liar)?.seed ?? named('nobody');
    const [found] = kept;
    if (found === undefined) throw new RangeError('nothing is kept');
    /** Two words of the member for one slot, in a session that could be joined until then. */
    const twoWords = (notAfterMs: bigint): Extract<BlameMessage, { kind: 'case' }> => {
      const spec = { ...decodeSpec(found.spec), notAfterMs };
      const envelopes = [1, 2].map(
        (body) => sealEnvelope({ ...helloOf(spec), from: liar }, Uint8Array.of(body), seed).bytes,
      );
      const proof: Evidence = { kind: 'equivocation', accused: liar, check: 'V4', envelopes };
      const made = { spec: encode(specCodec, spec), evidence: encodeEvidence(proof) };
      return { kind: 'case', reason: 'equivocation', ...made };
    };
    const show = (one: Extract<BlameMessage, { kind: 'case' }>): readonly number[] => {
      const item = { name: evidenceName(one), accused: liar, session: specHash(decodeSpec(one.spec)) };
      say(nodes, 3, 1, { kind: 'held', items: [item] });
      say(nodes, 3, 1, one);
      return [...key.exclusions.members];
    };
    runtime.readmit(liar);
    const now = BigInt(nodes.clock.nowMs());
    expect(show(twoWords(now))).toEqual([]);
    expect(show(twoWords(0n))).toEqual([2]); // says no time: only what was known is behind it
    runtime.readmit(liar);
    expect(show(twoWords(now + 1n))).toEqual([2]);
  });

  it('is excluded by who was away, once it has a link to one that holds the evidence', async () => {
    const nodes = withALiar();
    nodes.away.add(4);
    await failing(nodes);
    expect(excludedAt(nodes.seat(4))).toEqual([]);
    nodes.away.delete(4);
    nodes.seat(3).runtime.linksChanged(bystander);
    await nodes.pump();
    expect(excludedAt(nodes.seat(4))).toEqual([2]);
  });
});

describe('what a peer only says', () => {
  /** What the honest seat 1 has kept against the liar, in another form. */
  async function shown(): Promise<{ nodes: Runtimes; held: Extract<BlameMessage, { kind: 'case' }> }> {
    const nodes = withALiar();
    nodes.away.add(4);
    await failing(nodes);
    nodes.away.delete(4);
    const [exclusion] = nodes.seat(1).key.exclusions.standing;
    const found =
      exclusion && nodes.seat(1).kept.find((one) => evidenceName(one).join() === exclusion.evidence.join());
    if (found === undefined) throw new RangeError('nothing is kept');
    return { nodes, held: { kind: 'case', ...found } };
  }

  it('excludes nobody: evidence that was not asked for is not looked at', async () => {
    const { nodes, held } = await shown();
    say(nodes, 3, 4, held);
    expect(excludedAt(nodes.seat(4))).toEqual([]);
  });

  it('excludes nobody: a forged case proves nothing, and is not asked for again', async () => {
    const { nodes, held } = await shown();
    const forged = { ...held, evidence: held.evidence.slice() };
    forged.evidence[2] = 3; // the accused: member 3 in place of member 2
    const item = { name: evidenceName(forged), accused: partyIndex(3), session: named('any') };
    const asked = (): number => nodes.posted('blame', 4).length;
    say(nodes, 2, 4, { kind: 'held', items: [item] });
    expect(asked()).toBe(1);
    say(nodes, 2, 4, forged);
    expect(excludedAt(nodes.seat(4))).toEqual([]);
    expect(nodes.seat(4).log.lines.map(({ event }) => event)).toContain('evidence refused');
    say(nodes, 2, 4, { kind: 'held', items: [item] });
    expect(asked()).toBe(1);
  });

  it('excludes nobody by evidence of another key or epoch, and no reason is a path', async () => {
    const { nodes, held } = await shown();
    for (const reason of ['../../manifest', 'Bad Code', '']) {
      const item = { name: evidenceName(held), accused: liar, session: named('any') };
      say(nodes, 3, 4, { kind: 'held', items: [item] });
      say(nodes, 3, 4, { ...held, reason });
      expect(excludedAt(nodes.seat(4))).toEqual([]);
    }
    expect(nodes.seat(4).kept).toEqual([]);
  });

  it('asks one peer for two pieces at a time, and the others for what it does not show', async () => {
    const nodes = new Runtimes();
    const items = [1, 2, 3].map((i) => ({ name: named(`n${i}`), accused: liar, session: named(`s${i}`) }));
    say(nodes, 3, 4, { kind: 'held', items });
    expect(nodes.posted('blame', 4)).toHaveLength(2);
    say(nodes, 1, 4, { kind: 'held', items: items.slice(0, 1) });
    expect(nodes.posted('blame', 4)).toHaveLength(2);
    await nodes.clock.advance(5_000);
    expect(nodes.posted('blame', 4).map(({ to }) => to)).toEqual([3, 3, 1]);
  });

  it('is excluded all the same, where the first who holds the proof keeps it to itself', async () => {
    const { nodes, held } = await shown();
    const item = { name: evidenceName(held), accused: liar, session: named('any') };
    say(nodes, 2, 4, { kind: 'held', items: [item] }); // the culprit itself
    nodes.seat(3).runtime.linksChanged(bystander);
    nodes.tamper = (letter) => (letter.from === liar ? [] : [letter]);
    await nodes.pump();
    expect(excludedAt(nodes.seat(4))).toEqual([]);
    await nodes.clock.advance(5_000);
    await nodes.pump();
    expect(excludedAt(nodes.seat(4))).toEqual([2]);
  });

  it('costs so many judgements and no more: who proves nothing is ignored for a while', async () => {
    const { nodes, held } = await shown();
    for (let i = 0; i < 8; i++) {
      const forged = { ...held, evidence: held.evidence.slice() };
      forged.evidence[2] = 3;
      forged.evidence[forged.evidence.length - 1] = i;
      const item = { name: evidenceName(forged), accused: partyIndex(3), session: named(`s${i}`) };
      say(nodes, 2, 4, { kind: 'held', items: [item] });
      say(nodes, 2, 4, forged);
    }
    expect(nodes.posted('blame', 4)).toHaveLength(4);
    expect(excludedAt(nodes.seat(4))).toEqual([]);
  });

  it.each([
    ['prepares', protos.presign],
    ['signs', protos.sign],
    ['makes a key', protos.keygen],
    ['tosses a coin', protos.coinFlip],
    ['nobody knows', 9],
  ])('excludes nobody by a session that %s, made up under keys of its own', async (_, proto) => {
    const { nodes, held } = await shown();
    const spec = { ...decodeSpec(held.spec), proto };
    const forger = named('a key of the forger');
    const participants = spec.participants.map((one) =>
      one.index === 1 ? { ...one, identityPk: identityPublicKey(forger) } : one,
    );
    const forged = { ...spec, participants };
    const twice = [1, 2].map((body) => {
      const header = { ...helloOf(forged), from: partyIndex(1) };
      return sealEnvelope(header, Uint8Array.of(body), forger).bytes;
    });
    const proof: Evidence = { kind: 'equivocation', accused: partyIndex(1), check: 'V4', envelopes: twice };
    const made = { spec: encode(specCodec, forged), evidence: encodeEvidence(proof) };
    expect(judge(proof, forged).guilty).toBe('accused'); // where nobody looks into the registry
    const item = { name: evidenceName(made), accused: partyIndex(1), session: named('any') };
    say(nodes, 3, 4, { kind: 'held', items: [item] });
    say(nodes, 3, 4, { kind: 'case', reason: 'equivocation', ...made });
    expect(excludedAt(nodes.seat(4))).toEqual([]);
  });

  it('drops junk, and goes on', () => {
    const nodes = new Runtimes();
    nodes.seat(4).runtime.blame.receive(liar, Uint8Array.of(9, 9));
    expect(nodes.seat(4).log.lines).toMatchObject([{ event: 'message refused' }]);
  });
});
