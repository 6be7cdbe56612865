import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { equalBytes, toHex } from '../../../../src/crypto/bytes.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import { coinFlip } from '../../../../src/protocols/example/coin-flip.ts';
import {
  type HeaderFields,
  parseEnvelope,
  protos,
  sealEnvelope,
} from '../../../../src/protocols/kernel/envelope.ts';
import { type Protocol, at } from '../../../../src/protocols/kernel/protocol.ts';
import { Session } from '../../../../src/protocols/kernel/session.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import type { Spec } from '../../../../src/protocols/kernel/spec.ts';
import { Cluster, type Member, type Tamper, members, rngOf, specFor } from '../../../sim/cluster.ts';

const four = members(4);

function* flip(spec: Spec, { index }: Member, run: string): Protocol<Uint8Array> {
  return yield* coinFlip(yield* setup(spec, index, rngOf(run, index)));
}

function coinSessions(run = 'run', position = 0n): ReadonlyMap<PartyIndex, Session<Uint8Array>> {
  const spec = specFor(four, { proto: protos.coinFlip, threshold: 3, position });
  return new Map(
    four.map((member) => [
      member.index,
      new Session({
        spec,
        self: member.index,
        identitySeed: member.seed,
        rng: rngOf(`${run}/wire`, member.index),
        body: flip(spec, member, run),
        judge: () => ({ guilty: 'accused', because: 'two envelopes' }),
        outputHash: (coin) => taggedHash('test', coin),
        maxBodyBytes: 1 << 20,
      }),
    ]),
  );
}

/** Party 2 lies: changes the header or body of what it sends in a round to some receivers, and signs it. */
const lie =
  (
    round: number,
    receivers: readonly number[],
    change: (fields: HeaderFields, body: Uint8Array) => [HeaderFields, Uint8Array],
  ): Tamper =>
  (from, to, bytes) => {
    const envelope = parseEnvelope(bytes);
    const isIt = from === 2 && envelope.header.round === round && envelope.header.kind === 0;
    if (!isIt || !receivers.includes(to)) return [bytes];
    const [fields, body] = change(envelope.header, envelope.body);
    return [sealEnvelope(fields, body, at(new Map(four.map((m) => [m.index, m.seed])), from)).bytes];
  };

const flipBit = (body: Uint8Array): Uint8Array => body.map((byte, i) => (i === 0 ? byte ^ 1 : byte));

/** Whom the honest parties name: every one that names somebody, and at least one does. */
function namedBy(run: ReturnType<Cluster<Uint8Array>['run']>): readonly number[] {
  const aborts = abortsOf(run);
  expect(aborts.every((abort) => abort !== undefined)).toBe(true);
  return [...new Set(aborts.flatMap((abort) => abort?.culprits ?? []))];
}

function abortsOf(run: ReturnType<Cluster<Uint8Array>['run']>) {
  return [...run]
    .filter(([j]) => j !== partyIndex(2))
    .map(([, state]) => (state.kind === 'aborted' ? state.abort : undefined));
}

describe('a session', () => {
  it.each([1, 2, 3, 4, 5])('ends with one coin at all parties in any order of delivery (%i)', (seed) => {
    const cluster = new Cluster(coinSessions(), seed);
    const coins = [...cluster.run().values()].map((state) =>
      state.kind === 'done' ? toHex(state.output) : state.kind,
    );
    expect(new Set(coins).size).toBe(1);
    expect(coins[0]).toHaveLength(64);
  });

  it('gives honest parties the same root and the same broadcasts', () => {
    const sessions = coinSessions();
    const states = [...new Cluster(sessions, 7).run().values()];
    expect(new Set(states.map((s) => (s.kind === 'done' ? toHex(s.root) : s.kind))).size).toBe(1);
    const transcripts = [...sessions.values()].map((s) => s.transcript().broadcasts.flat().map(toHex).join());
    expect(new Set(transcripts).size).toBe(1);
    expect([...sessions.values()].every((s) => s.transcript().notices.length === 4)).toBe(true);
  });

  it('ignores identical duplicates and drops junk, strangers and other sessions, blaming nobody', () => {
    const other = [...coinSessions('other', 9n).values()].flatMap((s) => s.start()).map(({ bytes }) => bytes);
    const cluster = new Cluster(coinSessions(), 3, (_from, _to, bytes) => [
      bytes,
      bytes,
      bytes.slice(0, 50),
      flipBit(bytes),
      bytes.map((b, i) => (i === bytes.length - 1 ? b ^ 1 : b)),
      ...other,
    ]);
    expect([...cluster.run().values()].every(({ kind }) => kind === 'done')).toBe(true);
  });

  it.each([[[1]], [[1, 3]]])('finds who equivocates towards %j in each round', (receivers) => {
    for (const round of [1, 2]) {
      const tamper = lie(round, receivers, (fields, body) => [
        round === 2 ? { ...fields, view: flipBit(fields.view) } : fields,
        flipBit(body),
      ]);
      expect(namedBy(new Cluster(coinSessions(), round, tamper).run())).toEqual([2]);
    }
  });

  it('finds who sends two different round 0, though nobody agrees on the session id then', () => {
    const otherHello = [...coinSessions('second').values()][1]?.start()[0]?.bytes;
    if (otherHello === undefined) throw new RangeError('no message');
    const second = parseEnvelope(otherHello);
    const tamper = lie(0, [3], () => [second.header, second.body]);
    for (const abort of abortsOf(new Cluster(coinSessions(), 1, tamper).run()))
      expect(abort).toMatchObject({ code: 'equivocation', culprits: [2], grade: 'A' });
  });

  it('names who signs a view, a predecessor or a header field that is not so', () => {
    const wrong: ((fields: HeaderFields) => HeaderFields)[] = [
      (fields) => ({ ...fields, view: flipBit(fields.view) }),
      (fields) => ({ ...fields, prev: flipBit(fields.prev) }),
      (fields) => ({ ...fields, ph: flipBit(fields.ph) }),
      (fields) => ({ ...fields, suite: 2 }),
    ];
    for (const change of wrong) {
      const tamper = lie(2, [1, 3, 4], (fields, body) => [change(fields), body]);
      expect(namedBy(new Cluster(coinSessions(), 1, tamper).run())).toEqual([2]);
    }
  });

  it('ends at the deadline when a party is silent, and blames nobody', () => {
    const tamper: Tamper = (from, _to, bytes) =>
      from === 2 && parseEnvelope(bytes).header.round === 1 ? [] : [bytes];
    for (const abort of abortsOf(new Cluster(coinSessions(), 1, tamper).run()))
      expect(abort).toMatchObject({ culprits: [], grade: 'D' });
  });

  it('replays of another session neither fill a slot nor stop the session', () => {
    const before = new Cluster(coinSessions('before', 5n), 1);
    before.run();
    const sessions = coinSessions('now', 6n);
    const now = new Cluster(sessions, 2, (from, to, bytes) => [
      ...before.delivered.filter((old) => old.from === from && old.to === to).map((old) => old.bytes),
      bytes,
    ]);
    expect([...now.run().values()].every(({ kind }) => kind === 'done')).toBe(true);
    const [first, second] = [...sessions.values()];
    expect(equalBytes(first?.end.view ?? new Uint8Array(0), second?.end.view ?? new Uint8Array(1))).toBe(
      true,
    );
  });
});
