import { describe, expect, it } from 'vitest';

import { encode } from '../../../../src/crypto/codec.ts';
import { add, scalar } from '../../../../src/crypto/secp256k1.ts';
import { parseEnvelope, sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { isLegibleKeygen, replayKeygen } from '../../../../src/protocols/keygen/replay.ts';
import { certificationCodec } from '../../../../src/protocols/keygen/messages.ts';
import { members } from '../../../sim/cluster.ts';
import {
  cheating,
  confirming,
  dealing,
  one,
  outputOf,
  revealing,
  runKeygen,
  two,
} from '../support/keygen-run.ts';

const honest = runKeygen([4, 3]);
const failed = (run: ReturnType<typeof runKeygen>): readonly string[] =>
  replayKeygen(run.spec, run.rounds)
    .findings.filter(({ ok }) => !ok)
    .map(({ check, accused }) => `${check} ${accused ?? '-'}`);

describe('the replay of a public transcript', () => {
  it('finds every check in order, each for every party, and the same key', () => {
    const { findings, result, isCertified } = replayKeygen(honest.spec, honest.rounds);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    const count = (check: string): number => findings.filter((found) => found.check === check).length;
    expect(
      Object.fromEntries(
        ['K1', 'P2', 'V11', 'K4', 'K5', 'K7', 'K12', 'K8', 'K9', 'K11'].map((c) => [c, count(c)]),
      ),
    ).toEqual({ K1: 1, P2: 4, V11: 16, K4: 4, K5: 4, K7: 1, K12: 1, K8: 4, K9: 4, K11: 4 });
    expect(result?.epochId).toEqual(outputOf(honest, one).epochId);
    expect(result?.publicKey.equals(outputOf(honest, one).publicKey)).toBe(true);
    expect(isCertified).toBe(true);
    for (const { meaning } of findings) expect(meaning.length).toBeGreaterThan(20);
  });

  it('finds the check and the party of every public cheat', () => {
    expect(
      failed(
        runKeygen(
          [4, 3],
          revealing(two, 3, (r) => ({ ...r, salt: new Uint8Array(32) })),
        ),
      ),
    ).toEqual(['K4 2']);
    const noKey = confirming(two, (said) =>
      said.kind === 'ok' ? { ...said, pop: { ...said.pop, z: add(said.pop.z, scalar(1n)) } } : said,
    );
    expect(failed(runKeygen([4, 3], noKey))).toEqual(['K9 2']);
    const otherKey = confirming(two, (said) =>
      said.kind === 'ok' ? { ...said, ok: new Uint8Array(32) } : said,
    );
    expect(failed(runKeygen([4, 3], otherKey))).toEqual(['K8 2']);
    expect(
      failed(
        runKeygen(
          [4, 3],
          dealing(two, one, () => new Uint8Array(32)),
        ),
      ),
    ).toEqual(['K10 2']);
    const unsigned = cheating(two, 'keygen/certify', (sending) => ({
      ...sending,
      broadcast: encode(certificationCodec, { signature: new Uint8Array(64) }),
    }));
    const run = runKeygen([4, 3], unsigned);
    expect(failed(run)).toEqual(['K11 2']);
    expect(replayKeygen(run.spec, run.rounds).isCertified).toBe(false);
  });

  it('finds a half-sized threshold', () => {
    const spec = { ...honest.spec, threshold: 2 };
    expect(replayKeygen(spec, []).findings.map(({ check, ok }) => [check, ok])).toEqual([['K1', false]]);
  });

  it('says what can be said of a transcript that breaks off', () => {
    for (let rounds = 0; rounds <= 5; rounds++) {
      const { result, isCertified, findings } = replayKeygen(honest.spec, honest.rounds.slice(0, rounds));
      expect(findings.every(({ ok }) => ok)).toBe(true);
      expect([rounds, result !== undefined, isCertified]).toEqual([rounds, rounds >= 3, rounds === 5]);
    }
  });

  it('holds nothing against a party whose signed view is not that of the set shown', () => {
    const [r0, r1, r2, r3] = honest.rounds as [Uint8Array[], Uint8Array[], Uint8Array[], Uint8Array[]];
    const second = parseEnvelope(r2[1]!);
    const exchanged = sealEnvelope({ ...second.header, suite: 2 }, second.body, members(2)[1]!.seed);
    const set = [r2[0]!, exchanged.bytes, r2[2]!, r2[3]!];
    const { findings } = replayKeygen(honest.spec, [r0, r1, set, r3]);
    expect(findings.filter(({ check }) => check === 'K8' || check === 'K9')).toEqual([]);
    expect(findings.filter(({ check, ok }) => check === 'K2' && !ok)).toHaveLength(4);
  });

  it('passes over what nobody of the session has signed', () => {
    const forged = honest.rounds.map((round, r) =>
      round.map((bytes, i) => {
        const { header, body } = parseEnvelope(bytes);
        return r === 2 && i === 1 ? sealEnvelope(header, body, members(1)[0]!.seed).bytes : bytes;
      }),
    );
    expect(replayKeygen(honest.spec, forged).result).toBeUndefined();
  });

  it('knows no form of a round that does not exist', () => {
    expect(isLegibleKeygen(honest.spec, 5, new Uint8Array(0))).toBe(false);
  });
});
