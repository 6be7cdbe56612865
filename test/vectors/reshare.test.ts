import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../src/crypto/brand.ts';
import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import { seededRng } from '../../src/crypto/drbg.ts';
import { decodeEpoch } from '../../src/protocols/epoch.ts';
import { decodeSpec } from '../../src/protocols/kernel/spec.ts';
import { ackCodec, holdsNewShare, preparedCodec } from '../../src/protocols/reshare/activation.ts';
import { replayReshare } from '../../src/protocols/reshare/replay.ts';
import { runLockstep } from '../unit/protocols/support/lockstep.ts';
import { outputOf, reshareBody } from '../unit/protocols/support/reshare-run.ts';
import { data } from './shared.ts';

/** A whole reshare: what every party starts with, says and ends with. All bytes in hex. */
interface ReshareVector {
  readonly origin: string;
  readonly spec: string;
  /** The epoch that is left. */
  readonly record: string;
  readonly chainCode: string;
  readonly parties: readonly {
    readonly index: number;
    readonly identitySeed: string;
    /** Seed of the test generator that gives the party all its randomness. */
    readonly rngSeed: string;
    /** Of a dealer. */
    readonly oldShare: string | null;
    /** Of a new member. */
    readonly newShare: string | null;
  }[];
  /** Broadcast envelopes by round. */
  readonly rounds: readonly (readonly string[])[];
  readonly prepared: string;
  readonly certHash: string;
  readonly acks: readonly string[];
}

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? expect.fail('a vector is no hex');

describe('frozen reshares', () => {
  for (const name of ['reshare-4-3-4-3', 'reshare-4-3-7-5', 'reshare-7-5-4-3']) {
    const vector = data(`${name}.json`) as ReshareVector;
    const spec = decodeSpec(bytes(vector.spec));
    const record = decodeEpoch(bytes(vector.record));

    it(`${name}: the same randomness says the same bytes and prepares the same epoch`, () => {
      const seats = vector.parties.map((one) => ({ ...one, index: partyIndex(one.index) }));
      const epoch = {
        record,
        chainCode: bytes(vector.chainCode),
        shares: new Map(seats.flatMap(({ index, oldShare }) => (oldShare ? [[index, bytes(oldShare)]] : []))),
        people: new Map(seats.map(({ index, identitySeed }) => [index, bytes(identitySeed)])),
      };
      const players = seats.map(({ index, identitySeed, rngSeed }) => {
        const rng = seededRng(bytes(rngSeed));
        return { index, seed: bytes(identitySeed), rng, body: reshareBody(epoch, spec, index, rng) };
      });
      const run = runLockstep(spec, players);
      expect(run.rounds.map((round) => round.map(toHex))).toEqual(vector.rounds);
      for (const { index, newShare } of seats) {
        const { mine, prepared, certHash, acks } = outputOf(run, index);
        expect(mine === undefined ? null : toHex(mine.share)).toBe(newShare);
        expect(toHex(encode(preparedCodec, prepared))).toBe(vector.prepared);
        expect(toHex(certHash)).toBe(vector.certHash);
        expect(acks.map((ack) => toHex(encode(ackCodec, ack)))).toEqual(vector.acks);
      }
    });

    it(`${name}: the transcript still decodes, and says the same epoch`, () => {
      const replay = replayReshare(
        spec,
        record,
        vector.rounds.map((round) => round.map(bytes)),
      );
      const prepared = decode(preparedCodec, bytes(vector.prepared));
      expect(replay.findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(replay.result && toHex(replay.result.certHash)).toBe(vector.certHash);
      expect(replay.acks.every((ack) => holdsNewShare(prepared, ack))).toBe(true);
      expect(replay.acks.map((ack) => toHex(encode(ackCodec, ack)))).toEqual(vector.acks);
    });
  }
});
