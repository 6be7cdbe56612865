import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../src/crypto/brand.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { seededRng } from '../../src/crypto/drbg.ts';
import { decodeSpec } from '../../src/protocols/kernel/spec.ts';
import { replayKeygen } from '../../src/protocols/keygen/replay.ts';
import { keygenBody, outputOf } from '../unit/protocols/support/keygen-run.ts';
import { runLockstep } from '../unit/protocols/support/lockstep.ts';
import { data } from './shared.ts';

/** A whole key generation: what every party starts with, says and ends with. All bytes in hex. */
interface DkgVector {
  readonly origin: string;
  readonly spec: string;
  readonly parties: readonly {
    readonly index: number;
    readonly identitySeed: string;
    /** Seed of the test generator that gives the party all its randomness. */
    readonly rngSeed: string;
    readonly share: string;
  }[];
  /** Broadcast envelopes by round. */
  readonly rounds: readonly (readonly string[])[];
  readonly chainCode: string;
  readonly epochId: string;
  readonly publicKey: string;
  readonly certificateHash: string;
}

const bytes = (hex: string): Uint8Array => {
  const value = fromHex(hex);
  if (value === undefined) throw new RangeError('a vector is no hex');
  return value;
};

describe('frozen key generations', () => {
  for (const name of ['dkg-3-2', 'dkg-4-3', 'dkg-5-3']) {
    const vector = data(`${name}.json`) as DkgVector;
    const spec = decodeSpec(bytes(vector.spec));

    it(`${name}: the same randomness says the same bytes and makes the same key`, () => {
      const players = vector.parties.map(({ index, identitySeed, rngSeed }) => {
        const [self, seed, rng] = [partyIndex(index), bytes(identitySeed), seededRng(bytes(rngSeed))];
        return { index: self, seed, rng, body: keygenBody(spec, self, seed, rng) };
      });
      const run = runLockstep(spec, players);
      expect(run.rounds.map((round) => round.map(toHex))).toEqual(vector.rounds);
      for (const { index, share } of vector.parties) {
        const output = outputOf(run, partyIndex(index));
        expect(toHex(output.share)).toBe(share);
        expect(toHex(output.chainCode)).toBe(vector.chainCode);
        expect(toHex(output.epochId)).toBe(vector.epochId);
        expect(toHex(output.certificateHash)).toBe(vector.certificateHash);
      }
    });

    it(`${name}: the transcript still decodes, and says the same key`, () => {
      const { result, findings, isCertified } = replayKeygen(
        spec,
        vector.rounds.map((round) => round.map(bytes)),
      );
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(isCertified).toBe(true);
      expect(toHex(result!.publicKey.toBytes())).toBe(vector.publicKey);
      expect(toHex(result!.epochId)).toBe(vector.epochId);
    });
  }
});
