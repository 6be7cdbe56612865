import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type BatchBody, type BlockContent, encodeBody, readBody } from '../../../src/chain/batch-body.ts';
import { encodeVarint } from '../../../src/chain/varint.ts';
import { concat, u64, u8 } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { type L2Tx, decodeL2Tx } from '../../../src/ethereum/l2-tx.ts';
import { insecureTestAccount, makeTransactions, signTestTx } from '../../../scripts/lib/test-transactions.ts';

const l2ChainId = 71_001n;
const { secret } = insecureTestAccount('batch-body', 0);
const creation = signTestTx(
  {
    ...{ type: 2, chainId: l2ChainId, nonce: 0n, to: undefined, value: 0n, gasLimit: 100_000n },
    ...{ fee: 9n, tip: 1n, data: Uint8Array.of(0x60, 0) },
  },
  secret,
);
const pool: readonly L2Tx[] = [
  creation,
  ...makeTransactions({ seed: 'batch-body', l2ChainId, accounts: 4, transactions: 14 }),
].map((raw) => decodeL2Tx(raw, l2ChainId));
const coded = (code: string): unknown => expect.objectContaining({ code });

const block = (change: Partial<BlockContent<L2Tx>> = {}): BlockContent<L2Tx> => ({
  ...{ timestamp: 1_001n, origin: 7n, epoch: 3n, view: 0n, ordered: 2n, transactions: pool.slice(0, 3) },
  ...change,
});
const body = (change: Partial<BatchBody<L2Tx>> = {}): BatchBody<L2Tx> => ({
  ...{ l2ChainId, parentHash: new Uint8Array(32).fill(1), lastHash: new Uint8Array(32).fill(2) },
  ...{ baseTimestamp: 1_000n, baseOrigin: 7n, blocks: [block()] },
  ...change,
});
const rawBody = ({ blocks, ...rest }: BatchBody<L2Tx>): BatchBody<Uint8Array> => ({
  ...rest,
  blocks: blocks.map((one) => ({ ...one, transactions: one.transactions.map(({ raw }) => raw) })),
});

/** Blocks of random steps and sizes, over the transactions of the pool. */
const plans = fc
  .array(
    fc.record({
      seconds: fc.bigInt({ min: 0n, max: 1n << 40n }),
      advances: fc.boolean(),
      numbers: fc.tuple(...[1, 2, 3].map(() => fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))),
      picks: fc.array(fc.nat({ max: pool.length - 1 }), { maxLength: 9 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let [timestamp, origin] = [1_000n, 7n];
    return body({
      blocks: steps.map(({ seconds, advances, numbers, picks }) => {
        [timestamp, origin] = [timestamp + seconds, origin + (advances ? 1n : 0n)];
        const [epoch = 0n, view = 0n, ordered = 0n] = numbers;
        const transactions = picks.flatMap((i) => pool[i] ?? []);
        return { timestamp, origin, epoch, view, ordered, transactions };
      }),
    });
  });

describe('a body of blocks', () => {
  it('is read as it was written, every transaction to the byte', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(readBody(encodeBody(plan))).toEqual(rawBody(plan));
      }),
      { seed: 18, numRuns: 60 },
    );
  });

  it('has one form: what is read is written to the same bytes', () => {
    const two = pool.slice(0, 2).map((tx) => [tx]);
    const [first = [], second = []] = two;
    const bytes = encodeBody(
      body({
        blocks: [
          block({ transactions: first }),
          block({ timestamp: 1_003n, origin: 8n, transactions: second }),
        ],
      }),
    );
    const again = (changed: Uint8Array): Uint8Array => {
      const { blocks, ...rest } = readBody(changed);
      const read = blocks.map((one) => ({
        ...one,
        transactions: one.transactions.map((raw) => decodeL2Tx(raw, rest.l2ChainId)),
      }));
      return encodeBody({ ...rest, blocks: read });
    };
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        try {
          expect(again(changed), `bit ${bit} of byte ${at}`).toEqual(changed);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }
  });

  it('that is cut anywhere, or goes on, is refused', () => {
    const bytes = encodeBody(body());
    for (let length = 0; length < bytes.length; length++)
      expect(() => readBody(bytes.subarray(0, length)), `${length} bytes`).toThrow(InputError);
    expect(() => readBody(concat(bytes, u8(0)))).toThrow(coded('batch-malformed'));
  });

  const head = concat(u8(1), u64(l2ChainId), new Uint8Array(32), u64(0n), u64(0n), new Uint8Array(32));
  const one = (...counts: readonly (number | bigint)[]): Uint8Array =>
    concat(encodeVarint(1), encodeVarint(1), u8(0), ...counts.map(encodeVarint));

  it.each([
    ['another version', concat(u8(2), head.subarray(1)), 'batch-version'],
    ['no block', concat(head, encodeVarint(0)), 'batch-malformed'],
    ['more than 65,535 blocks', concat(head, encodeVarint(65_536)), 'batch-too-large'],
    ['more than 1,000 transactions in a block', concat(head, one(0, 0, 0, 1_001)), 'batch-too-large'],
    [
      'a bit behind its flags',
      concat(head, encodeVarint(1), encodeVarint(1), u8(2), new Uint8Array(4)),
      'batch-malformed',
    ],
    [
      'a time beyond 64 bits',
      concat(head.subarray(0, 41), u64((1n << 64n) - 1n), head.subarray(49), one(0, 0, 0, 0)),
      'batch-malformed',
    ],
  ])('with %s is refused', (_, bytes, code) => {
    expect(() => readBody(bytes)).toThrow(coded(code));
  });

  it('says how many transactions it promises, before it looks for them', () => {
    expect(() => readBody(concat(head, one(0, 0, 0, 1_000)))).toThrow('promise 1000 transactions');
  });

  it('with a transaction of another type, or of too many parts, is refused', () => {
    const bytes = encodeBody(body({ blocks: [block({ transactions: [pool[1] ?? pool[0]!] })] }));
    const at = bytes.length - (readRestLength(bytes) ?? 0);
    const other = bytes.slice();
    other[at] = 3;
    expect(() => readBody(other)).toThrow(coded('tx-type'));
    other[at] = 2;
    expect(() => readBody(other)).toThrow(coded('batch-malformed'));
  });
});

/** The rest of the only transaction is last; its length stands before it. */
function readRestLength(bytes: Uint8Array): number | undefined {
  for (let length = 1; length < 127; length++)
    if (bytes[bytes.length - length - 1] === length && (bytes[bytes.length - length] ?? 9) <= 2)
      return length;
  return undefined;
}
