import { describe, expect, it } from 'vitest';

import { decode, encode, fixed } from '../../../src/crypto/codec.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { parseEnvelope, sealEnvelope } from '../../../src/protocols/kernel/envelope.ts';
import {
  behindDirects,
  decodedBy,
  isFrom,
  reads,
  recheckSetup,
  showing,
} from '../../../src/protocols/replay.ts';
import { members } from '../../sim/cluster.ts';
import { one, runKeygen, three, two } from './support/keygen-run.ts';

const run = runKeygen([3, 2]);
const all = run.rounds.flat().map((bytes) => parseEnvelope(bytes));
const seedOf = (j: number): Uint8Array => members(3)[j - 1]!.seed;

describe('bytes', () => {
  it('read as a value, or not', () => {
    expect(reads(fixed(2), new Uint8Array(2))).toBe(true);
    expect(reads(fixed(2), new Uint8Array(1))).toBe(false);
  });
});

describe('what is shown of a session', () => {
  it('is sorted by round and index, whatever the order', () => {
    const shown = showing(run.spec, [...all].reverse());
    expect(shown.rounds.slice(0, 6).map((round) => [...round.keys()])).toEqual([
      [one, two, three],
      [one, two, three],
      [one, two, three],
      [one, two, three],
      [one, two, three],
      [],
    ]);
    expect(shown.setup?.sid).toEqual(all.at(-1)?.header.sid);
  });

  it('has no session id, and so no later round, without round 0 of everybody', () => {
    const shown = showing(run.spec, all.slice(1));
    expect(shown.setup).toBeUndefined();
    expect(shown.rounds[1]?.size).toBe(0);
    expect(shown.rounds[0]?.size).toBe(2);
  });

  it('leaves out forgeries and messages of other sessions, epochs and protocols', () => {
    const first = all.find(({ header }) => header.round === 1 && header.from === one)!;
    const without = all.filter((envelope) => envelope !== first);
    const others = [
      sealEnvelope(first.header, first.body, seedOf(2)),
      sealEnvelope({ ...first.header, sid: new Uint8Array(32) }, first.body, seedOf(1)),
      sealEnvelope({ ...first.header, proto: 2 }, first.body, seedOf(1)),
      sealEnvelope({ ...first.header, epochId: new Uint8Array(32).fill(1) }, first.body, seedOf(1)),
      sealEnvelope({ ...first.header, kind: 1 }, first.body, seedOf(1)),
    ];
    for (const other of others)
      expect([...showing(run.spec, [...without, other]).rounds[1]!.keys()]).toEqual([two, three]);
    expect(isFrom(run.spec, first)).toBe(true);
    expect(isFrom(run.spec, sealEnvelope(first.header, first.body, seedOf(2)))).toBe(false);
  });

  it('passes over a body that does not decode', () => {
    const round = showing(run.spec, all).rounds[1]!;
    expect(decodedBy(fixed(32), round).size).toBe(3);
    expect(decodedBy(fixed(31), round).size).toBe(0);
  });

  it('finds round 0 in order, and names a party whose hello does not decode', () => {
    expect(recheckSetup(showing(run.spec, all)).map(({ check, ok }) => [check, ok])).toEqual([
      ['P2', true],
      ['P2', true],
      ['P2', true],
    ]);
    const bad = sealEnvelope(all[1]!.header, new Uint8Array(1), seedOf(2));
    const [finding] = recheckSetup(showing(run.spec, [bad]));
    expect([finding?.check, finding?.accused, finding?.ok]).toEqual(['V11', two, false]);
  });
});

describe('a body behind the list of direct messages', () => {
  const codec = behindDirects(fixed(5), 2);
  const value = {
    directs: [1, 2].map((i) => ({ to: i as typeof one, eid: new Uint8Array(32) })),
    rest: new Uint8Array(5),
  };
  it('has one encoding', () => {
    const bytes = encode(codec, value);
    expect(bytes).toHaveLength(4 + 2 * 34 + 5);
    expect(encode(codec, decode(codec, bytes))).toEqual(bytes);
    expect(() => decode(codec, bytes.subarray(1))).toThrow(InputError);
    expect(() => decode(codec, Uint8Array.from([...bytes, 0]))).toThrow(InputError);
  });
  it('refuses a list of another length', () => {
    const bytes = encode(codec, { ...value, directs: value.directs.slice(1) });
    expect(() => decode(codec, bytes)).toThrow(InputError);
  });
});
