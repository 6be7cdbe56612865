import { describe, expect, it } from 'vitest';

import {
  type BatchBlock,
  BATCH_PREFIX_BYTES,
  blockPayloadBytes,
  encodeBlockBatch,
  maxBlockPayload,
  nameOfByte,
  PLACE_BYTES,
  readBlockBatch,
  readPrefix,
} from '../../../src/chain/block-batch.ts';
import { type L2Header, encodeExtra } from '../../../src/chain/block.ts';
import type { L2Position } from '../../../src/chain/l2-position.ts';
import { concat, toHex } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import { batchCompressors, brotli } from '../../../src/system/compression.ts';
import { deflateSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { pool } from './derive-world.ts';
import { genesisHeader } from './fake-executor.ts';

const coded = (code: string): unknown => expect.objectContaining({ code });
const l2ChainId = 71_001n;
const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const parent: L2Position = {
  ...{ number: 40n, hash: hash(0x22), timestamp: 1_700_000_000n, origin: 100n },
  ...{ epoch: 7n, view: 0n, orderedUpTo: 9n },
};

interface Wish {
  readonly seconds: bigint;
  readonly advance: boolean;
  readonly epoch: bigint;
  readonly view: bigint;
  readonly ordered: bigint;
  readonly forced: readonly Uint8Array[];
  readonly transactions: readonly Uint8Array[];
}

/** Blocks of which nothing matters but what a batch says of them. */
function blocksOf(wishes: readonly Wish[]): readonly BatchBlock[] {
  let { timestamp, origin, orderedUpTo } = parent;
  return wishes.map(({ seconds, advance, epoch, view, ordered, forced, transactions }, i) => {
    [timestamp, origin, orderedUpTo] = [
      timestamp + seconds,
      origin + (advance ? 1n : 0n),
      orderedUpTo + ordered,
    ];
    const header: L2Header = {
      ...genesisHeader,
      ...{ number: parent.number + 1n + BigInt(i), timestamp },
      extraData: encodeExtra({ epoch, view, orderedUpTo, origin }),
    };
    const last = i === wishes.length - 1 ? hash(0x33) : hash(i);
    return {
      block: { hash: last, header, transactions: [...forced, ...transactions] },
      forcedCount: forced.length,
    };
  });
}

const quiet: Wish = {
  ...{ seconds: 1n, advance: false, epoch: 7n, view: 0n, ordered: 0n, forced: [], transactions: [] },
};
const [first = hash(0), second = hash(0)] = pool;
const content = (wishes: readonly Wish[], da: 'calldata' | 'blobs' | 'committee' = 'calldata') => ({
  ...{ index: 5n, da, l2ChainId, parent, blocks: blocksOf(wishes) },
});
const example = content([quiet, { ...quiet, advance: true, ordered: 1n, transactions: [first] }]);
const never = { ...brotli, compress: (bytes: Uint8Array): Uint8Array => concat(bytes, bytes) };

describe('a batch of blocks', () => {
  it('is the vector of docs/batch-format.md, to the byte', () => {
    const page = readFileSync('docs/batch-format.md', 'utf8');
    const stated = /```vector\n(?<hex>[0-9a-f\s]+)```/.exec(page)?.groups?.['hex'] ?? '';
    const payload = encodeBlockBatch(example, never);
    expect(toHex(payload)).toBe(stated.replaceAll(/\s/g, ''));
    expect(page).toContain(toHex(keccak256(payload)));
  });

  it('is read as it was written, without what L1 forced in', () => {
    const forced = content([{ ...quiet, advance: true, forced: [second], transactions: [first] }]);
    const read = readBlockBatch(encodeBlockBatch(forced, brotli), batchCompressors);
    expect(read).toMatchObject({ da: 0, index: 5n, firstBlock: 41n, count: 1 });
    expect(read.body.blocks).toEqual([
      { timestamp: 1_700_000_001n, origin: 101n, epoch: 7n, view: 0n, ordered: 0n, transactions: [first] },
    ]);
    expect(read.body).toMatchObject({
      l2ChainId,
      parentHash: hash(0x22),
      lastHash: hash(0x33),
      baseOrigin: 100n,
    });
  });

  it('is compressed where that makes it shorter, and only there', () => {
    const long = content(Array.from({ length: 50 }, () => quiet));
    const plain = encodeBlockBatch(long, never);
    const packed = encodeBlockBatch(long, brotli);
    expect([plain[1], packed[1]]).toEqual([0, 12]);
    expect(packed.length).toBeLessThan(plain.length);
    expect(blockPayloadBytes(long, brotli)).toBe(packed.length);
    expect(blockPayloadBytes(long, never)).toBe(plain.length);
    const { body } = readBlockBatch(packed, batchCompressors);
    expect(body).toEqual(readBlockBatch(plain, batchCompressors).body);
  });

  it('is read from zlib as well, which nobody here writes', () => {
    const plain = encodeBlockBatch(example, never);
    const zlib = concat(
      ...[plain.subarray(0, 1), Uint8Array.of(11), plain.subarray(2, BATCH_PREFIX_BYTES)],
      new Uint8Array(deflateSync(plain.subarray(BATCH_PREFIX_BYTES))),
    );
    expect(readBlockBatch(zlib, batchCompressors).body).toEqual(readBlockBatch(plain, batchCompressors).body);
    expect(() => readBlockBatch(concat(zlib, Uint8Array.of(0)), batchCompressors)).toThrow(
      coded('batch-compression'),
    );
    expect(() => readBlockBatch(zlib.subarray(0, -1), batchCompressors)).toThrow(coded('batch-compression'));
  });

  it('must fit its place; that of a committee as one in calldata, so that it can be posted', () => {
    expect(maxBlockPayload('committee')).toBe(maxBlockPayload('calldata'));
    expect(maxBlockPayload('blobs')).toBeGreaterThan(380_000);
    const grown = { ...brotli, compress: (bytes: Uint8Array) => bytes.subarray(1) };
    const wide = { ...quiet, transactions: Array.from({ length: 1_000 }, () => first) };
    expect(() => encodeBlockBatch(content([wide, wide]), grown)).toThrow(coded('batch-too-large'));
    expect(encodeBlockBatch(content([wide, wide], 'blobs'), grown).length).toBeGreaterThan(119_456);
    expect(() => readBlockBatch(new Uint8Array(119_457), batchCompressors)).toThrow(coded('batch-too-large'));
  });

  it.each([
    ['an unknown place', 0, 1, 'da is 1'],
    ['an unknown compression', 1, 13, 'compression is 13'],
    ['an index beyond 64 bits', 2, 1, 'index is longer'],
    ['a first block beyond 64 bits', 34, 1, 'firstBlock is longer'],
    ['another count than it has blocks', 69, 3, 'count is 3, but there are 2 blocks'],
  ])('with %s is refused', (_, at, byte, message) => {
    const payload = encodeBlockBatch(example, never);
    payload[at] = byte;
    expect(() => readBlockBatch(payload, batchCompressors)).toThrow(message);
  });

  it('has a prefix of 70 bytes, or none', () => {
    expect(() => readPrefix(new Uint8Array(69))).toThrow(coded('batch-malformed'));
    expect(readPrefix(new Uint8Array(70))).toMatchObject({ da: 0, index: 0n, count: 0 });
    expect(nameOfByte(PLACE_BYTES, 4)).toBe('committee');
    expect(nameOfByte(PLACE_BYTES, undefined)).toBeUndefined();
  });

  it('is made of blocks that follow one another, one at least', () => {
    const [one, two] = blocksOf([quiet, quiet]);
    expect(() => encodeBlockBatch({ ...example, blocks: [] }, brotli)).toThrow('a batch has a block');
    expect(() => encodeBlockBatch({ ...example, blocks: two && one ? [two, one] : [] }, brotli)).toThrow(
      'follow',
    );
  });

  it('survives 100,000 random bodies: what is read is what was written, and noise is refused by name', () => {
    let seed = 9;
    const below = (limit: number): number => {
      // A linear congruential generator: the same numbers on every machine, at no cost.
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % limit;
    };
    for (let run = 0; run < 100_000; run++) {
      const wishes = Array.from({ length: 1 + below(3) }, () => ({
        ...{ ...quiet, seconds: BigInt(below(4)), advance: below(2) === 1, epoch: BigInt(below(70_000)) },
        ...{ view: BigInt(below(300)), ordered: BigInt(below(9)) },
      }));
      const payload = encodeBlockBatch(content(wishes), never);
      const { body } = readBlockBatch(payload, batchCompressors);
      const isSame = body.blocks.every(
        ({ epoch, view, ordered }, i) =>
          wishes[i]?.epoch === epoch && wishes[i].view === view && wishes[i].ordered === ordered,
      );
      if (!isSame || body.blocks.length !== wishes.length) throw new Error(`run ${run} differs`);
      payload[below(payload.length)] = below(256);
      try {
        readBlockBatch(payload, batchCompressors);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }
  }, 60_000);
});
