import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { type Codec, decode, encode, leavesOf } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { G, actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import { sealedBytes } from '../../../../src/protocols/complaint.ts';
import {
  Acknowledge,
  type Opinion,
  acknowledgingCodec,
  complaintIn,
  dealCodec,
  dealPairs,
  dealRound,
  dealSlot,
  dealingCodec,
  voteRound,
  votingCodec,
} from '../../../../src/protocols/reshare/messages.ts';
import { seats } from '../support/reshare-run.ts';

const P = actBase(scalar(5n));
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i + 1);

/** Bytes there and back, no truncation, nothing behind the end; a flip is refused or is other bytes. */
function suite<T>(codec: Codec<T>, value: T, length: number): void {
  const encoded = encode(codec, value as never);
  expect(encoded).toHaveLength(length);
  expect(encode(codec, decode(codec, encoded) as never)).toEqual(encoded);
  for (let end = 0; end < encoded.length; end++)
    expect(() => decode(codec, encoded.subarray(0, end)), `cut at ${end}`).toThrow(InputError);
  expect(() => decode(codec, Uint8Array.from([...encoded, 0]))).toThrow(InputError);
  for (let i = 0; i < encoded.length; i++) {
    const changed = encoded.map((byte, at) => (at === i ? byte ^ 1 : byte));
    let again: Uint8Array;
    try {
      again = encode(codec, decode(codec, changed) as never);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      continue;
    }
    expect(again).toEqual(changed);
  }
}

const opinions: readonly Opinion[] = [
  { kind: 'ok' },
  { kind: 'bad-share', signed: bytes(271), salt: bytes(32), plaintext: bytes(64) },
  {
    kind: 'undecryptable',
    envelope: bytes(271 + sealedBytes(dealSlot)),
    D: P,
    proof: { e: scalar(1n), z: scalar(2n) },
  },
];

describe('each message', () => {
  it('R1: a vector of the new threshold, or nothing', () => {
    suite(dealingCodec(3), { kind: 'dealt', F: [G, P, G] }, 100);
    suite(dealingCodec(3), { kind: 'nothing' }, 1);
  });
  it('R1: a scalar and the chain code', () => {
    suite(dealCodec, { share: scalar(0n), chainCode: bytes(32) }, 64);
    expect(sealedBytes(dealSlot)).toBe(112);
  });
  it('R2: an opinion of each dealer, or nothing', () => {
    suite(votingCodec(3), { kind: 'vote', opinions }, 1 + 1 + (1 + 371) + (1 + 4 + 383 + 33 + 64));
    suite(votingCodec(3), { kind: 'nothing' }, 1);
  });
  it('R3: an acknowledgement, or nothing', () => {
    const proof = { N: P, z: scalar(3n) };
    suite(acknowledgingCodec, { kind: 'acknowledged', certHash: bytes(32), proof }, 98);
    suite(acknowledgingCodec, { kind: 'nothing' }, 1);
  });
  it('describes itself down to its leaves', () => {
    const encoded = encode(votingCodec(3), { kind: 'vote', opinions });
    const paths = leavesOf(votingCodec(3).schema, encoded).map(({ path }) => path);
    expect(paths).toContain('.vote.opinions[1].bad-share.plaintext');
    expect(paths).toContain('.vote.opinions[2].undecryptable.proof.z');
  });
});

describe('the rounds', () => {
  it('have names, and direct messages from dealers to new members only', () => {
    const pairs = dealPairs({ dealers: seats(1, 2), members: seats(2, 3) });
    const round = dealRound(2, pairs);
    expect([round.name, voteRound(2).name, Acknowledge.name]).toEqual([
      ...['reshare/deal', 'reshare/vote', 'reshare/acknowledge'],
    ]);
    const all = seats(1, 2, 3).flatMap((i) => seats(1, 2, 3).map((j) => [i, j] as const));
    expect(all.filter(([i, j]) => i !== j && round.pairs?.(i, j) === true)).toEqual([
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
  });
  it('a complaint is about the dealer in whose place it stands', () => {
    const [ok, bad] = opinions;
    expect(complaintIn(ok!, partyIndex(4))).toBeUndefined();
    expect(complaintIn(bad!, partyIndex(4))).toEqual({ ...bad, against: 4 });
  });
});
