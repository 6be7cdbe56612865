import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { bytesToBigint, concat, toHex } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import { seededRng, sessionRng } from '../../src/crypto/drbg.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { hashToScalar } from '../../src/crypto/hash.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { actBase, invert, multiply, scalar, subtract } from '../../src/crypto/secp256k1.ts';
import { SessionHost } from '../../src/node/sessions/host.ts';
import { Sessions } from '../../src/node/sessions/sessions.ts';
import { inlineHost } from '../../src/node/sessions/worker-host.ts';
import { newUuid } from '../../src/node/sealed-file.ts';
import { Wal, type WalEntry } from '../../src/node/wal.ts';
import { judge } from '../../src/protocols/judge.ts';
import { bound } from '../../src/protocols/kernel/bound.ts';
import { parseEnvelope, protos } from '../../src/protocols/kernel/envelope.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import { Session } from '../../src/protocols/kernel/session.ts';
import { pidsOf, specCodec, specHash } from '../../src/protocols/kernel/spec.ts';
import { constantTermContext } from '../../src/protocols/keygen/joint.ts';
import type { KeygenOutput } from '../../src/protocols/keygen/keygen.ts';
import { revealCodec } from '../../src/protocols/keygen/messages.ts';
import { SimClock, settle } from '../sim/clock.ts';
import { Cluster, members, rngOf, specFor } from '../sim/cluster.ts';
import { memoryDisk, memoryLog, named, seededRng as testRng } from '../unit/node/helpers.ts';
import { keygenBody } from '../unit/protocols/support/keygen-run.ts';

const all = members(3);
const spec = specFor(all, { proto: protos.keygen, threshold: 2 });
const one = partyIndex(1);
const seed = named('seed of party 1');
/** `to` and eid of two direct messages behind their count. */
const DIRECTS_BYTES = 4 + 2 * 34;

/** A key generation in which party 1 draws from its seed, and the others from their own randomness. */
function generate(others: string, isBound = false) {
  const sessions = new Map(
    all.map(({ index, seed: identitySeed }): [PartyIndex, Session<KeygenOutput>] => {
      const own = sessionRng(seed);
      const rng = index === one ? own.rng : rngOf(others, index);
      const plain = keygenBody(spec, index, identitySeed, rng);
      const body = isBound && index === one ? bound(plain, own.mix) : plain;
      const outputHash = ({ epochId }: KeygenOutput): Uint8Array => epochId;
      const options = {
        spec,
        self: index,
        identitySeed,
        rng,
        body,
        judge,
        outputHash,
        maxBodyBytes: 100_000,
      };
      return [index, new Session<KeygenOutput>(options)];
    }),
  );
  new Cluster(sessions, 1).run();
  const { sid, broadcasts } = sessions.get(one)?.transcript() ?? { sid: undefined, broadcasts: [] };
  if (sid === undefined) throw new RangeError('no session');
  const said = (round: number, by: number): Uint8Array => broadcasts[round]?.[by - 1] ?? new Uint8Array(0);
  return { sid, said };
}
type Run = ReturnType<typeof generate>;

/** What party 1 shows of its polynomial, and the challenge of its proof. */
function shownIn({ sid, said }: Run) {
  const { F, pok } = decode(revealCodec(2), parseEnvelope(said(2, 1)).body.slice(DIRECTS_BYTES));
  const { tag, parts } = constantTermContext({ sid, index: one, pid: at(pidsOf(spec), one) }, F);
  const [X] = F;
  if (X === undefined) throw new RangeError('no constant term');
  return { X, pok, e: scalar(hashToScalar(tag, ...parts, X.toBytes(), pok.N.toBytes())) };
}

/** Party 1 as a node runs it, with a log in memory. */
function node(log: WalEntry[]) {
  const left: string[] = [];
  const sessions = new Sessions({
    ...{ clock: new SimClock(), log: memoryLog() },
    send: (to, bytes) => left.push(`${to} ${toHex(bytes)}`) > 0,
  });
  const host = inlineHost((emit) => new SessionHost({ emit, rngFor: () => seededRng(named('unused')) }));
  sessions.attach(host);
  const identitySeed = all[0]?.seed.slice() ?? named('x');
  const job = {
    kind: 'keygen',
    spec: encode(specCodec, spec),
    self: 1,
    identitySeed,
    seed: seed.slice(),
  } as const;
  const wal = { append: (...entries: readonly WalEntry[]) => void log.push(...entries) };
  const hooks = { others: [partyIndex(2), partyIndex(3)], roundTimeoutMs: 1_000, wal };
  const name = specHash(spec);
  return { left, sessions, host, job, hooks, name };
}

describe('ATK-P50: a ceremony that is resumed with other messages than before', () => {
  const [first, second] = [generate('first'), generate('second')];

  it('ATK-P50: ends before it says anything to them', async () => {
    const log: WalEntry[] = [];
    const before = node(log);
    void before.sessions.start(before.name, before.job, before.host, before.hooks);
    for (const from of [2, 3])
      before.sessions.receive(partyIndex(from), concat(before.name, first.said(0, from)));
    expect(before.left).toHaveLength(4); // round 0 and the commitment of round 1, to both
    before.sessions.stop();
    let from = 1;
    const altered = log.map((entry): WalEntry => {
      if (entry.kind !== 'received') return entry;
      from += 1;
      return { ...entry, bytes: second.said(0, from) };
    });
    const [honest, fooled] = [node([]), node([])];
    void honest.sessions.resume(honest.name, honest.job, honest.host, { ...honest.hooks, entries: log });
    expect(honest.left).toEqual(before.left);
    const entries = altered;
    const end = fooled.sessions.resume(fooled.name, fooled.job, fooled.host, { ...fooled.hooks, entries });
    expect((await end).ending).toMatchObject({ kind: 'aborted', code: 'replay-differs', grade: 'D' });
    await settle();
    expect(fooled.left).toEqual(before.left.slice(0, 2)); // round 0, which depends on nobody
  });

  it('ATK-P50: gives nothing away even where its log was set back, and nobody compares', () => {
    const [a, b] = [generate('first', true), generate('second', true)].map(shownIn);
    expect(a?.pok.N.equals(b?.pok.N ?? a.pok.N)).toBe(false);
    expect(a?.X.equals(b?.X ?? a.X)).toBe(false);
    const again = shownIn(generate('first', true));
    expect(again.pok.N.equals(a?.pok.N ?? again.X)).toBe(true);
  });

  it('ATK-P50: one seed under two sets of messages gives its secret away (positive control)', () => {
    const [a, b] = [shownIn(first), shownIn(second)];
    expect(first.sid).not.toEqual(second.sid);
    expect(a.pok.N.equals(b.pok.N)).toBe(true);
    const secret = multiply(subtract(a.pok.z, b.pok.z), invert(subtract(a.e, b.e)));
    expect(actBase(secret).equals(a.X)).toBe(true);
    expect(bytesToBigint(a.X.toBytes())).toBe(bytesToBigint(b.X.toBytes()));
  });
});

describe('ATK-S16: a write-ahead log that was cut, reordered, or taken from another session', () => {
  const deps = () => ({
    ...{ disk: memoryDisk(), rng: testRng('wal'), identityPk: named('node') },
    master: { uuid: newUuid(testRng('m')), secret: new Secret('master', named('master')) },
  });
  const headerOf = (position: bigint) => ({
    ...({ kind: 'keygen', self: one, seed: new Secret('s', seed.slice()) } as const),
    spec: encode(specCodec, { ...spec, position }),
  });
  /** Two logs of three records each, with the places of the records in the file of the first. */
  function logs() {
    const own = deps();
    const [mine, other] = [Wal.create(own, 'wal', headerOf(1n)), Wal.create(own, 'wal', headerOf(2n))];
    const places: number[] = [];
    for (const code of ['a', 'b', 'c']) {
      places.push(own.disk.files.get(`${mine.folder}/records.log`)?.length ?? 8);
      for (const wal of [mine, other]) wal.append({ kind: 'aborted', code });
    }
    return { own, mine: mine.folder, other: other.folder, places };
  }
  const code = (action: () => unknown): string => {
    try {
      action();
      return 'opened';
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.code;
    }
  };

  it('ATK-S16: is refused, unless it only lacks its end, of which nothing was ever used', () => {
    const swapped = logs();
    const path = `${swapped.mine}/records.log`;
    const whole = swapped.own.disk.files.get(path) ?? new Uint8Array(0);
    const [, b = 0, c = 0] = swapped.places;
    const put = (bytes: Uint8Array): string => {
      swapped.own.disk.files.set(path, bytes);
      return code(() => Wal.open(swapped.own, swapped.mine));
    };
    expect(put(concat(whole.slice(0, 8), whole.slice(b, c), whole.slice(8, b), whole.slice(c)))).toBe(
      'wal-damaged',
    );
    expect(put(concat(whole.slice(0, b), whole.slice(c)))).toBe('wal-damaged');
    expect(put(whole.slice(8))).toBe('wal-damaged');
    expect(put(whole.slice(0, -1))).toBe('opened');
    expect(put(whole)).toBe('opened');
    const foreign = logs();
    const files = foreign.own.disk.files;
    files.set(path, files.get(`${foreign.other}/records.log`) ?? new Uint8Array(0));
    expect(code(() => Wal.open(foreign.own, foreign.mine))).toBe('wal-damaged');
    for (const name of ['seed.json', 'records.log'])
      files.set(`${foreign.mine}/${name}`, files.get(`${foreign.other}/${name}`) ?? new Uint8Array(0));
    expect(code(() => Wal.open(foreign.own, foreign.mine))).toBe('wal-damaged');
  });
});
