import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { MAX_NOTED } from '../../../../src/node/blame/demands.ts';
import { type BlameMessage, blameMessageCodec, encodeBlame } from '../../../../src/node/blame/messages.ts';
import {
  SIGNED_BYTES,
  envelopeKinds,
  parseEnvelope,
  parseSigned,
  protos,
  sealEnvelope,
  zero32,
} from '../../../../src/protocols/kernel/envelope.ts';
import { decodeSpec, specCodec, specHash } from '../../../../src/protocols/kernel/spec.ts';
import { type SignedDemand, askedBy, demandHash, signDemand } from '../../../../src/protocols/demand.ts';
import { roundNumbers } from '../../../../src/protocols/presign/messages.ts';
import { type Letter, Runtimes, request } from '../../../sim/runtimes.ts';
import { named } from '../helpers.ts';

const quorum = [1, 2, 3].map((i) => partyIndex(i));

/** Member 2 says nothing more to some of the others from R2 of a presign session on. */
const silentTo =
  (...victims: readonly number[]) =>
  (letter: Letter): readonly Letter[] => {
    if (letter.from !== 2 || letter.channel !== 'session' || !victims.includes(letter.to)) return [letter];
    const { header } = parseEnvelope(letter.bytes.slice(32));
    const isKept = header.proto === protos.presign && header.round >= roundNumbers.extend;
    return isKept && header.kind !== envelopeKinds.abort ? [] : [letter];
  };

async function timedOut(nodes: Runtimes): Promise<void> {
  const signing = nodes.seat(1).runtime.sign(request(nodes.key), { signers: quorum, deadlineMs: 60_000 });
  await expect(nodes.ending(signing)).rejects.toMatchObject({ code: 'signing-failed' });
  await nodes.clock.advance(3_000);
  await nodes.pump();
}

/** Which members each node has recorded as unresponsive. */
const silences = (nodes: Runtimes): readonly (readonly number[])[] =>
  nodes.seats.map(({ blamed }) =>
    blamed.flatMap((one) => (one.kind === 'unresponsive' ? [one.silence.member] : [])),
  );
const excluded = (nodes: Runtimes): number =>
  nodes.seats.reduce((sum, { key }) => sum + key.exclusions.members.size, 0);

describe('a member that was awaited in vain', () => {
  it('is recorded by all as unresponsive behind the deadline of a demand, and never excluded', async () => {
    const nodes = new Runtimes({ tamper: silentTo(1, 3) });
    const mute = nodes.tamper;
    nodes.tamper = (letter) => (letter.from === 2 && letter.channel === 'blame' ? [] : mute(letter));
    await timedOut(nodes);
    expect(silences(nodes)).toEqual([[], [], [], []]);
    await nodes.clock.advance(31_000);
    expect(silences(nodes)).toEqual([[2], [], [2], [2]]);
    expect(excluded(nodes)).toBe(0);
  });

  it('answers the demand with what it has said, and nothing is recorded', async () => {
    const nodes = new Runtimes({ tamper: silentTo(1, 3) });
    await timedOut(nodes);
    await nodes.clock.advance(31_000);
    expect(silences(nodes)).toEqual([[], [], [], []]);
    expect(nodes.seat(4).log.lines.map(({ event }) => event)).toContain('demand answered');
  });

  it('is not asked for a session that it has never joined', async () => {
    const nodes = new Runtimes();
    nodes.away.add(2);
    await timedOut(nodes);
    await nodes.clock.advance(31_000);
    expect(silences(nodes)).toEqual([[], [], [], []]);
  });
});

describe('a demand', () => {
  it('is recorded once, however often it is made, and not before its time', async () => {
    const { nodes, bytes } = await made();
    const { runtime } = nodes.seat(4);
    for (let i = 0; i < 5; i++) runtime.blame.receive(partyIndex(1), bytes);
    await nodes.clock.advance(31_000);
    for (let i = 0; i < 5; i++) runtime.blame.receive(partyIndex(1), bytes);
    await nodes.clock.advance(31_000);
    expect(silences(nodes)[3]).toEqual([2]);
  });

  it('counts only while there is time to answer it', async () => {
    const { nodes, bytes } = await made();
    await nodes.clock.advance(20_000);
    nodes.seat(4).runtime.blame.receive(partyIndex(1), bytes);
    expect(nodes.seat(4).log.lines.at(-1)).toMatchObject({ event: 'demand refused' });
  });

  /** The demand that node 1 makes of node 2, kept away from everybody. */
  async function made(): Promise<{ nodes: Runtimes; bytes: Uint8Array }> {
    const demands: Uint8Array[] = [];
    const nodes = new Runtimes({ tamper: silentTo(1, 3) });
    const mute = nodes.tamper;
    nodes.tamper = (letter) => {
      if (letter.channel !== 'blame') return mute(letter);
      if (letter.from === 1) demands.push(letter.bytes);
      return [];
    };
    await timedOut(nodes);
    const [bytes] = demands;
    if (bytes === undefined) throw new RangeError('nothing was demanded');
    return { nodes, bytes };
  }

  it('counts only from the member that has signed it, and in its time', async () => {
    const { nodes, bytes } = await made();
    const { runtime, log } = nodes.seat(4);
    runtime.blame.receive(partyIndex(3), bytes);
    expect(log.lines.at(-1)).toMatchObject({ event: 'demand refused' });
    await nodes.clock.advance(31_000);
    runtime.blame.receive(partyIndex(1), bytes);
    await nodes.clock.advance(31_000);
    expect(silences(nodes)[3]).toEqual([]);
  });

  it('is of a session of members: nobody is recorded by one that was made up under another key', async () => {
    const { nodes, bytes } = await made();
    const { runtime, log } = nodes.seat(4);
    const real = demandIn(bytes);
    const forger = named('a key of the forger');
    const spec = decodeSpec(real.spec);
    const forgedAt = (index: number): SignedDemand => {
      const participants = spec.participants.map((one) =>
        one.index === index ? { ...one, identityPk: identityPublicKey(forger) } : one,
      );
      const forged = { ...spec, participants };
      const hello = {
        ...{ kind: envelopeKinds.broadcast, proto: spec.proto, suite: 1, sid: specHash(forged), round: 0 },
        ...{ epochId: spec.epochId, from: partyIndex(3), to: 0, prev: zero32, view: zero32, ph: zero32 },
      };
      const seedOf = (at: number): Uint8Array =>
        nodes.key.members.find((member) => member.index === at)?.seed ?? named('nobody');
      const joined = sealEnvelope(hello, new Uint8Array(0), index === 3 ? forger : seedOf(3)).bytes;
      const demand = { ...real, spec: encode(specCodec, forged), joined: joined.slice(0, SIGNED_BYTES) };
      return signDemand(demand, index === 1 ? forger : seedOf(1));
    };
    for (const index of [1, 2, 3]) {
      const forged = forgedAt(index);
      expect(askedBy(forged)).toMatchObject({ member: 3 }); // where nobody looks into the registry
      runtime.blame.receive(partyIndex(1), encodeBlame({ kind: 'demand', ...forged }));
      expect(log.lines.at(-1)).toMatchObject({ event: 'demand refused' });
    }
    await nodes.clock.advance(31_000);
    expect(silences(nodes)[3]).toEqual([]);
  });

  it('fills no log: of one member only so many are taken in a time', async () => {
    const { nodes, bytes } = await made();
    const { runtime } = nodes.seat(4);
    const real = demandIn(bytes);
    const [asker, liar] = [partyIndex(1), partyIndex(3)];
    const seedOf = (at: number): Uint8Array =>
      nodes.key.members.find(({ index }) => index === at)?.seed ?? named('nobody');
    const { header } = parseSigned(real.joined);
    /** What a second liar has not said, in a session that both have made up. */
    const demandOf = (n: number): Uint8Array => {
      const deadlineMs = BigInt(nodes.clock.nowMs()) + 20_000n;
      const spec = { ...decodeSpec(real.spec), position: BigInt(n), notAfterMs: deadlineMs };
      const hello = sealEnvelope(
        { ...header, from: liar, sid: specHash(spec) },
        new Uint8Array(0),
        seedOf(3),
      );
      const joined = hello.bytes.slice(0, SIGNED_BYTES);
      const asked = { spec: encode(specCodec, spec), joined, round: 1, by: asker, deadlineMs };
      return encodeBlame({ kind: 'demand', ...signDemand(asked, seedOf(1)) });
    };
    const rounds = async (from: number, count: number): Promise<number | undefined> => {
      for (let round = from; round < from + count; round++) {
        for (let i = 0; i < 16; i++) runtime.blame.receive(asker, demandOf(round * 16 + i));
        await nodes.clock.advance(21_000);
      }
      return silences(nodes)[3]?.length;
    };
    expect(await rounds(0, 3)).toBe(48);
    expect(await rounds(3, 10)).toBe(MAX_NOTED);
    await nodes.clock.advance(600_000);
    expect(await rounds(20, 1)).toBe(MAX_NOTED + 16);
  });

  it('is not met by an answer with another message', async () => {
    const { nodes, bytes } = await made();
    const { runtime } = nodes.seat(4);
    runtime.blame.receive(partyIndex(1), bytes);
    const transcript = Uint8Array.of(1, 2, 3);
    runtime.blame.receive(
      partyIndex(2),
      encodeBlame({ kind: 'answer', demand: demandHash(demandIn(bytes)), envelope: transcript }),
    );
    await nodes.clock.advance(31_000);
    expect(silences(nodes)[3]).toEqual([2]);
  });
});

function demandIn(bytes: Uint8Array) {
  const message: BlameMessage = decode(blameMessageCodec, bytes, 'message');
  if (message.kind !== 'demand') throw new RangeError(`a ${message.kind}`);
  return message;
}
