import { describe, expect, test } from 'vitest';

import { type ReconciledL1, type SentL1, reconcile, reconcileChecks } from '../../../src/audit/reconcile.ts';
import type { SignedBatch } from '../../../src/audit/signed-batch.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { OperationError } from '../../../src/crypto/errors.ts';
import { type Address, addressFromBytes } from '../../../src/ethereum/address.ts';
import { thirtyTwo } from './support/folders.ts';
import { failures } from './support/logs.ts';

const address = addressFromBytes(new Uint8Array(20).fill(1));
const stranger = addressFromBytes(new Uint8Array(20).fill(2));
const account = { address, l1ChainId: 1n, missing: 0 };

/** A signature for a transaction number; `name` tells several for one number apart. */
const signed = (nonce: bigint, name = `tx ${nonce}`, change: Partial<SignedBatch> = {}): SignedBatch => ({
  ...{ path: name, requestId: name, presigId: name, l1ChainId: 1n, sender: address, inbox: stranger, nonce },
  ...{ batchIndex: nonce, batchDigest: thirtyTwo(name), txHash: thirtyTwo(name) },
  r: BigInt(`0x${Buffer.from(name).toString('hex')}`),
  mined: undefined,
  ...change,
});
const sent = ({ txHash, nonce, r }: SignedBatch, from: Address = address): SentL1 => ({
  ...{ hash: txHash, nonce, r, from },
});

/** A chain in which these transactions lie, one in every seventh block, among those of others. */
function chainOf(
  all: readonly SentL1[],
  change: Partial<ReconciledL1> = {},
): ReconciledL1 & { asked: () => number } {
  const blockOf = (i: number): bigint => 7n * BigInt(i + 1);
  let asked = 0;
  return {
    head: () => Promise.resolve(1000n),
    nonceAt: (of, block) => {
      asked += 1;
      const own = all.filter(({ from }, i) => from === of && blockOf(i) <= block);
      return Promise.resolve(BigInt(own.length));
    },
    minedIn: (hash) => {
      const i = all.findIndex((one) => String(one.hash) === String(hash));
      return Promise.resolve(i < 0 ? undefined : blockOf(i));
    },
    sentIn: (block) =>
      Promise.resolve(all.filter((_, i) => blockOf(i) === block).concat(sent(signed(0n, 'other'), stranger))),
    ...change,
    asked: () => asked,
  };
}
const judged = async (batches: readonly SignedBatch[], l1: ReconciledL1) => reconcile(account, batches, l1);

describe('all that L1 has of a key', () => {
  const three = [0n, 1n, 2n].map((nonce) => signed(nonce));

  test('is what was signed, and nobody needs to look for anything', async () => {
    const l1 = chainOf(three.map((one) => sent(one)));
    const report = await judged(three, l1);
    expect(report.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
      Object.keys(reconcileChecks).map((id) => `${id} pass`),
    );
    expect(report.facts).toMatchObject({ transactions: '3', mined: '3', replaced: '0', waiting: '0' });
    expect(l1.asked()).toBe(1);
  });

  test('may be one of several for a number, and less than was signed', async () => {
    const batches = [
      ...three,
      signed(1n, 'cheaper'),
      signed(3n),
      signed(5n),
      signed(0n, 'copy', { ...three[0] }),
    ];
    const report = await judged(batches, chainOf(three.map((one) => sent(one))));
    expect(report.ok).toBe(true);
    expect(report.facts).toMatchObject({ signed: '6', mined: '3', replaced: '1', waiting: '2' });
  });

  test('is not a transaction that nobody here has signed: it is found and named', async () => {
    for (const at of [0, 1, 2, 3]) {
      const stolen = signed(BigInt(at), 'stolen');
      const all = [...three.slice(0, at), stolen, ...three.slice(at)].map((one, i) => ({
        ...one,
        nonce: BigInt(i),
      }));
      const known = all.filter(({ path }) => path !== 'stolen');
      const found = failures([await judged(known, chainOf(all.map((one) => sent(one))))]);
      expect(found).toEqual([
        `N1: number ${at}: L1 holds ${to0x(stolen.txHash)} in block ${7 * (at + 1)}, ` +
          'which no session here has signed',
      ]);
    }
  });

  test('is not another content for a number than was signed', async () => {
    const other = signed(1n, 'other content');
    const l1 = chainOf([three[0], other, three[2]].flatMap((one) => (one === undefined ? [] : [sent(one)])));
    expect(failures([await judged(three, l1)])).toEqual([
      expect.stringMatching(/^N2: number 1: .*\(tx 1\)$/),
    ]);
  });

  test('may be with others, as long as too few have given their logs', async () => {
    const l1 = chainOf(
      [three[0], signed(1n, 'other'), signed(2n)].flatMap((one) => (one ? [sent(one)] : [])),
    );
    const part = await reconcile({ ...account, missing: 2 }, three.slice(0, 2), l1);
    expect(part.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'N1 skip',
      'N2 skip',
      'N3 pass',
    ]);
    expect(part.checks[0]?.detail).toContain('the exports of 2 more members decide');
    expect(l1.asked()).toBe(1);
    expect((await reconcile(account, three.slice(0, 2), l1)).ok).toBe(false);
  });

  test('is alarming where two signatures share a nonce, here or there', async () => {
    const again = signed(3n, 'again', { r: three[0]?.r ?? 0n });
    const l1 = chainOf(three.map((one) => sent(one)));
    expect(failures([await judged([...three, again], l1)])).toEqual(['N3: again has the same r as tx 0']);
    const there = chainOf([...three, again].map((one) => sent(one)));
    expect(failures([await judged(three, there)]).map((line) => line.slice(0, 2))).toEqual(['N1', 'N3']);
  });

  test('is all of an account of which no signature is here at all', async () => {
    expect((await judged([], chainOf([]))).ok).toBe(true);
    expect(failures([await judged([], chainOf([sent(signed(0n))]))])).toHaveLength(1);
    const foreign = [signed(0n, 'a', { sender: stranger }), signed(0n, 'b', { l1ChainId: 2n })];
    expect((await judged(foreign, chainOf([]))).facts).toMatchObject({ signed: '0' });
  });

  test('is alarming also where L1 has forgotten old blocks', async () => {
    const whole = chainOf([sent(signed(0n))]);
    const pruned: ReconciledL1 = {
      ...whole,
      nonceAt: (of, block) =>
        block === 1000n
          ? whole.nonceAt(of, block)
          : Promise.reject(new OperationError('l1-unreachable', 'retry', 'missing trie node')),
    };
    expect(failures([await judged([], pruned)])).toEqual([expect.stringContaining('this L1 does not name')]);
    const down = {
      ...whole,
      nonceAt: () => Promise.reject(new OperationError('l1-unreachable', 'retry', 'down')),
    };
    await expect(judged([], down)).rejects.toMatchObject({ code: 'l1-unreachable' });
    const mad = { ...whole, nonceAt: () => Promise.resolve(1n << 60n) };
    await expect(judged([], mad)).rejects.toMatchObject({ code: 'l1-unreachable' });
  });

  test('counts no transaction of a block behind the one that is looked at', async () => {
    const late = {
      ...chainOf([]),
      nonceAt: () => Promise.resolve(1n),
      minedIn: () => Promise.resolve(1001n),
    };
    expect(failures([await judged([signed(0n)], late)])).toEqual([expect.stringMatching(/^N2/)]);
  });
});
