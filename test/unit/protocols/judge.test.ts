import { describe, expect, it } from 'vitest';

import { decode, encode } from '../../../src/crypto/codec.ts';
import { add, scalar } from '../../../src/crypto/secp256k1.ts';
import { judge } from '../../../src/protocols/judge.ts';
import {
  type Envelope,
  type HeaderFields,
  SIGNED_BYTES,
  directsCodec,
  envelopeKinds,
  parseEnvelope,
  sealEnvelope,
} from '../../../src/protocols/kernel/envelope.ts';
import { type Evidence, encodeEvidence } from '../../../src/protocols/kernel/evidence.ts';
import { abortCodec } from '../../../src/protocols/kernel/notices.ts';
import { helloCodec } from '../../../src/protocols/kernel/setup.ts';
import { specHash } from '../../../src/protocols/kernel/spec.ts';
import type { Undecryptable } from '../../../src/protocols/complaint.ts';
import { confirmationCodec, dealCodec } from '../../../src/protocols/keygen/messages.ts';
import { members } from '../../sim/cluster.ts';
import { abortOf, cheating, dealing, one, revealing, runKeygen, three, two } from './support/keygen-run.ts';
import type { Moment } from './support/lockstep.ts';

const run = runKeygen([4, 3]);
const [setup = []] = run.rounds;
const broadcast = (round: number, j: number): Envelope => parseEnvelope(run.rounds[round]![j - 1]!);
const seedOf = (j: number): Uint8Array => members(4)[j - 1]!.seed;
const signed = ({ bytes }: Envelope): Uint8Array => bytes.slice(0, SIGNED_BYTES);
/** Another message of party 2 that it signed as well. */
const again = (of: Envelope, change: Partial<HeaderFields>, body: Uint8Array = of.body): Envelope =>
  sealEnvelope({ ...of.header, ...change }, body, seedOf(of.header.from));
const verdict = (evidence: Evidence, shown: readonly Uint8Array[] = setup): string =>
  judge(evidence, run.spec, shown).guilty;
const accusing =
  (kind: 'malformed' | 'equivocation' | 'public-check' | 'false-accusation', check: string) =>
  (...envelopes: readonly Uint8Array[]): Evidence => ({ kind, accused: two, check, envelopes });

describe('E1, a malformed broadcast', () => {
  const malformed = accusing('malformed', 'V11');
  it('acquits the sender of an honest one, in every round', () => {
    for (let round = 0; round <= 4; round++)
      expect(verdict(malformed(broadcast(round, 2).bytes))).toBe('accuser');
  });
  it('convicts by a body of another form, in every round', () => {
    for (let round = 0; round <= 4; round++) {
      const { body } = broadcast(round, 2);
      expect(verdict(malformed(again(broadcast(round, 2), {}, body.subarray(1)).bytes))).toBe('accused');
    }
  });
  it('convicts by a list of direct messages that leaves one out, or has another order', () => {
    const { body } = broadcast(2, 2);
    const entries = decode(directsCodec, body.subarray(0, 4 + 34 * 3));
    const message = again(
      broadcast(2, 2),
      {},
      Uint8Array.from([...encode(directsCodec, [...entries].reverse()), ...body.subarray(4 + 34 * 3)]),
    );
    expect(verdict(malformed(message.bytes))).toBe('accused');
  });
  it('convicts by fields that mean nothing in a broadcast, and by a round that does not exist', () => {
    expect(verdict(malformed(again(broadcast(1, 2), { suite: 2 }).bytes))).toBe('accused');
    expect(verdict(malformed(again(broadcast(1, 2), { ph: new Uint8Array(32).fill(1) }).bytes))).toBe(
      'accused',
    );
    expect(verdict(malformed(again(broadcast(1, 2), { round: 9 }).bytes))).toBe('accused');
  });
  it('does not count what somebody else signed, or what was said in another session', () => {
    const bad = again(broadcast(1, 2), {}, new Uint8Array(3));
    expect(verdict({ ...malformed(bad.bytes), accused: three })).toBe('accuser');
    const forged = sealEnvelope(bad.header, bad.body, seedOf(3));
    expect(verdict(malformed(forged.bytes))).toBe('accuser');
    const elsewhere = again(broadcast(1, 2), { sid: new Uint8Array(32) }, new Uint8Array(3));
    expect(verdict(malformed(elsewhere.bytes))).toBe('accuser');
    expect(verdict(malformed(again(broadcast(1, 2), { proto: 2 }, new Uint8Array(3)).bytes))).toBe('accuser');
    const otherEpoch = again(broadcast(1, 2), { epochId: new Uint8Array(32).fill(1) }, new Uint8Array(3));
    expect(verdict(malformed(otherEpoch.bytes))).toBe('accuser');
  });
  it('needs round 0, from which the session id follows, and finds it in the evidence too', () => {
    const bad = again(broadcast(1, 2), {}, new Uint8Array(3)).bytes;
    expect(verdict(malformed(bad), [])).toBe('accuser');
    expect(verdict(malformed(bad, ...setup), [])).toBe('accused');
    expect(verdict(malformed(bad, ...setup.slice(1)), [])).toBe('accuser');
  });
  it('is not misled by a session of the same parties with another threshold', () => {
    const spec = { ...run.spec, threshold: 4 };
    expect(judge(malformed(broadcast(2, 2).bytes), spec, setup).guilty).toBe('accuser');
  });
  it('convicts by an abort that does not decode, and acquits one that does', () => {
    const fields = { ...broadcast(1, 2).header, kind: envelopeKinds.abort, sid: specHash(run.spec) };
    const notice = { code: 'stopped', check: '', accused: [], evidence: new Uint8Array(0) };
    const abort = (body: Uint8Array): Uint8Array => sealEnvelope(fields, body, seedOf(2)).bytes;
    expect(verdict(malformed(abort(encode(abortCodec, notice))))).toBe('accuser');
    expect(verdict(malformed(abort(new Uint8Array(1))))).toBe('accused');
    expect(verdict(malformed(abort(encode(abortCodec, { ...notice, evidence: new Uint8Array(1) }))))).toBe(
      'accused',
    );
  });
  it('acquits where nothing, or no body, is shown', () => {
    expect(verdict(malformed())).toBe('accuser');
    expect(verdict(malformed(signed(again(broadcast(1, 2), {}, new Uint8Array(3)))))).toBe('accuser');
    expect(verdict(malformed(new Uint8Array(500)))).toBe('accuser');
  });
});

describe('E2, equivocation', () => {
  const two2 = accusing('equivocation', 'V4');
  const first = broadcast(1, 2);
  const other = again(first, {}, new Uint8Array(32).fill(1));
  it('convicts by two headers of one slot', () => {
    expect(verdict(two2(signed(first), signed(other)))).toBe('accused');
    expect(verdict(two2(first.bytes, signed(other)))).toBe('accused');
  });
  it('convicts where the judge has not seen round 0, for a node may hear of it before', () => {
    expect(verdict(two2(signed(first), signed(other)), [])).toBe('accused');
  });
  it('convicts in round 0 without a session id', () => {
    const hello = broadcast(0, 2);
    expect(verdict(two2(signed(hello), signed(again(hello, {}, new Uint8Array(130)))), [])).toBe('accused');
  });
  it('acquits by one message twice, two rounds, two kinds, two senders, two sessions', () => {
    expect(verdict(two2(signed(first), signed(first)))).toBe('accuser');
    expect(verdict(two2(signed(first)))).toBe('accuser');
    expect(verdict(two2(signed(first), signed(broadcast(3, 2))))).toBe('accuser');
    expect(verdict(two2(signed(first), signed(broadcast(1, 3))))).toBe('accuser');
    expect(verdict(two2(signed(first), signed(again(first, { sid: new Uint8Array(32) }))))).toBe('accuser');
    expect(verdict(two2(signed(first), signed(again(first, { kind: envelopeKinds.abort }))))).toBe('accuser');
  });
  it('acquits by a second valid signature on one header', () => {
    const twin = first.bytes.slice();
    twin[SIGNED_BYTES - 1] = (twin[SIGNED_BYTES - 1] ?? 0) ^ 1;
    expect(verdict(two2(signed(first), twin.slice(0, SIGNED_BYTES)))).toBe('accuser');
  });
  it('convicts by a direct message that the broadcast does not name (V9)', () => {
    const direct = run.directs.get('2 2 1')!;
    const beside = again(direct, { ph: new Uint8Array(32).fill(1) });
    expect(verdict(two2(broadcast(2, 2).bytes, signed(beside)))).toBe('accused');
    expect(verdict(two2(broadcast(2, 2).bytes, signed(direct)))).toBe('accuser');
    expect(verdict(two2(signed(broadcast(2, 2)), signed(beside)))).toBe('accuser');
    expect(verdict(two2(signed(direct), broadcast(2, 2).bytes))).toBe('accuser');
  });
  it('convicts nobody by a list that is cut to the size of another session', () => {
    const spec = { ...run.spec, participants: run.spec.participants.slice(0, 2) };
    const direct = run.directs.get('2 2 1')!;
    const shown = two2(broadcast(2, 2).bytes, signed(direct));
    expect(judge(shown, spec, setup).guilty).toBe('accuser');
  });
  it('convicts by a direct message that stands on another history', () => {
    const direct = run.directs.get('2 2 1')!;
    for (const change of [{ view: new Uint8Array(32) }, { prev: new Uint8Array(32) }, { suite: 2 }])
      expect(verdict(two2(broadcast(2, 2).bytes, signed(again(direct, change))))).toBe('accused');
  });
});

describe('E3, a public check', () => {
  it('convicts by a broken chain, and acquits by a whole one (V7)', () => {
    const chain = accusing('public-check', 'V7');
    const forked = again(broadcast(2, 2), { prev: new Uint8Array(32) });
    expect(verdict(chain(signed(broadcast(1, 2)), signed(forked)))).toBe('accused');
    expect(verdict(chain(signed(broadcast(1, 2)), signed(broadcast(2, 2))))).toBe('accuser');
    expect(verdict(chain(signed(broadcast(0, 2)), signed(broadcast(2, 2))))).toBe('accuser');
    expect(verdict(chain(signed(broadcast(0, 2)), signed(broadcast(1, 2))))).toBe('accuser');
    expect(verdict(chain(signed(broadcast(1, 2))))).toBe('accuser');
  });
  it('acquits by an honest transcript, whatever check is named', () => {
    for (const check of ['P2', 'K1', 'K4', 'K5', 'K8', 'K9', 'K10', 'K11', 'V11', 'nonsense'])
      expect(verdict(accusing('public-check', check)(...run.rounds.flat()))).toBe('accuser');
  });
  it('convicts by an ephemeral key without its secret (P2), before there is a session id', () => {
    const hello = decode(helloCodec, broadcast(0, 2).body);
    const body = encode(helloCodec, { ...hello, pok: { ...hello.pok, z: add(hello.pok.z, scalar(1n)) } });
    const bad = again(broadcast(0, 2), {}, body);
    expect(verdict(accusing('public-check', 'P2')(bad.bytes), [])).toBe('accused');
  });
  it('convicts who copies an ephemeral key, and not its owner (P2)', () => {
    const copied = again(broadcast(0, 2), {}, broadcast(0, 1).body).bytes;
    const evidence = accusing('public-check', 'P2')(copied, broadcast(0, 1).bytes);
    expect(verdict(evidence, [])).toBe('accused');
    expect(verdict({ ...evidence, accused: one }, [])).toBe('accuser');
  });
  it('does not let a dealer that signed two vectors convict who confirmed one of them', () => {
    const second = again(broadcast(2, 3), { suite: 2 }).bytes;
    const shown = [broadcast(2, 1).bytes, broadcast(2, 2).bytes, second, broadcast(2, 4).bytes];
    for (const check of ['K8', 'K9', 'K10'])
      expect(verdict(accusing('public-check', check)(...shown, broadcast(3, 2).bytes))).toBe('accuser');
  });
});

describe('E4, a direct message', () => {
  const bad = runKeygen(
    [4, 3],
    dealing(two, one, (bytes) => bytes.map((b, i) => (i === 31 ? b ^ 1 : b))),
  );
  const [badSetup = []] = bad.rounds;
  const complaint = decode(confirmationCodec, parseEnvelope(bad.rounds[3]![0]!).body);
  if (complaint.kind !== 'bad-share') throw new RangeError('the victim complains');
  const opening: Extract<Evidence, { kind: 'opening' }> = {
    kind: 'opening',
    accused: two,
    check: 'K6',
    envelopes: [complaint.signed, bad.rounds[2]![1]!],
    salt: complaint.salt,
    plaintext: complaint.plaintext,
  };
  it('convicts by an opening off the polynomial (form a)', () => {
    expect(judge(opening, bad.spec, badSetup).guilty).toBe('accused');
  });
  it('acquits by an opening that is not what was sent', () => {
    expect(judge({ ...opening, salt: new Uint8Array(32) }, bad.spec, badSetup).guilty).toBe('accuser');
    expect(
      judge({ ...opening, plaintext: encode(dealCodec, { share: scalar(1n) }) }, bad.spec, badSetup).guilty,
    ).toBe('accuser');
    expect(judge({ ...opening, accused: three }, bad.spec, badSetup).guilty).toBe('accuser');
    expect(judge({ ...opening, envelopes: [] }, bad.spec, badSetup).guilty).toBe('accuser');
    expect(judge({ ...opening, envelopes: [bad.rounds[2]![1]!] }, bad.spec, badSetup).guilty).toBe('accuser');
  });

  it('convicts by a message that does not open (form b), and acquits by one that does', () => {
    const cut = runKeygen([4, 3], undefined, {
      bend: (envelope, round) =>
        round === 2 && envelope.header.from === two && envelope.header.to === one
          ? sealEnvelope(
              envelope.header,
              envelope.body.map((b) => b ^ 1),
              seedOf(2),
            )
          : envelope,
    });
    const shown = decode(confirmationCodec, parseEnvelope(cut.rounds[3]![0]!).body) as Undecryptable;
    const evidence: Extract<Evidence, { kind: 'undecryptable' }> = {
      kind: 'undecryptable',
      accused: two,
      check: 'V10',
      envelopes: [shown.envelope],
      shared: shown.D.toBytes(),
      proof: Uint8Array.from([...scalarBytes(shown.proof.e), ...scalarBytes(shown.proof.z)]),
    };
    expect(judge(evidence, cut.spec, cut.rounds[0]).guilty).toBe('accused');
    const honest = cut.directs.get('2 3 1')!.bytes;
    expect(judge({ ...evidence, accused: three, envelopes: [honest] }, cut.spec, cut.rounds[0]).guilty).toBe(
      'accuser',
    );
    expect(judge({ ...evidence, shared: new Uint8Array(33) }, cut.spec, cut.rounds[0]).guilty).toBe(
      'accuser',
    );
    expect(judge({ ...evidence, proof: new Uint8Array(64) }, cut.spec, cut.rounds[0]).guilty).toBe('accuser');
    expect(judge({ ...evidence, proof: new Uint8Array(3) }, cut.spec, cut.rounds[0]).guilty).toBe('accuser');
    expect(abortOf(cut, three).culprits).toEqual([two]);
  });
});

const scalarBytes = (value: bigint): Uint8Array =>
  Uint8Array.from(
    value
      .toString(16)
      .padStart(64, '0')
      .match(/../gu)!
      .map((pair) => parseInt(pair, 16)),
  );

describe('a false accusation', () => {
  const abort = (evidence: Evidence, from = 2): Uint8Array =>
    sealEnvelope(
      { ...broadcast(1, from).header, kind: envelopeKinds.abort, sid: specHash(run.spec) },
      encode(abortCodec, { code: 'x', check: 'y', accused: [one], evidence: encodeEvidence(evidence) }),
      seedOf(from),
    ).bytes;
  const lie: Evidence = { kind: 'malformed', accused: one, check: 'V11', envelopes: [broadcast(1, 1).bytes] };
  const proof: Evidence = {
    kind: 'malformed',
    accused: one,
    check: 'V11',
    envelopes: [again(broadcast(1, 1), {}, new Uint8Array(1)).bytes],
  };
  const lied = accusing('false-accusation', 'abort');
  it('convicts who made it', () => {
    expect(verdict(lied(abort(lie)))).toBe('accused');
  });
  it('acquits who was right, who said something else, and who did not say it', () => {
    expect(verdict(lied(abort(proof)))).toBe('accuser');
    expect(verdict(lied(broadcast(1, 2).bytes))).toBe('accuser');
    expect(verdict(lied(abort(lie, 3)))).toBe('accuser');
    expect(verdict(lied())).toBe('accuser');
  });
  it('convicts who calls a truth a lie', () => {
    const inner: Evidence = {
      kind: 'false-accusation',
      accused: three,
      check: 'abort',
      envelopes: [abort(proof, 3)],
    };
    expect(verdict(lied(abort(inner)))).toBe('accused');
  });
});

describe('the judge', () => {
  it('says why', () => {
    const cheat = cheating(two, 'keygen/commit', (sending, _moment: Moment) => ({
      ...sending,
      broadcast: new Uint8Array(32),
    }));
    const cheated = runKeygen([4, 3], cheat);
    const { because } = judge(abortOf(cheated, one).evidence!, cheated.spec, cheated.rounds[0]);
    expect(because).toContain('committed to');
    expect(
      judge({ ...abortOf(cheated, one).evidence!, envelopes: [] }, cheated.spec, cheated.rounds[0]).because,
    ).toContain('party 2');
  });
  it('convicts nobody of having seen another round than the one that is shown', () => {
    const other = runKeygen(
      [4, 3],
      revealing(two, 3, (reveal) => ({ ...reveal, salt: new Uint8Array(32) })),
    );
    const reveals = run.rounds[2]!.map((bytes, i) => (i === 1 ? other.rounds[2]![1]! : bytes));
    const envelopes = [...reveals, ...run.rounds[3]!];
    for (const check of ['K2', 'K8', 'K9', 'K10'])
      for (const accused of [one, two, three]) {
        const evidence: Evidence = { kind: 'public-check', accused, check, envelopes };
        expect([check, judge(evidence, run.spec, run.rounds[0]).guilty]).toEqual([check, 'accuser']);
      }
  });
});
