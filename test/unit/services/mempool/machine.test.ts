import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import type { PoolState } from '../../../../src/services/mempool/draft.ts';
import { type Verdict, emptyPool, step } from '../../../../src/services/mempool/machine.ts';
import type { AccountNumbers } from '../../../../src/services/mempool/queue.ts';
import { type TxPlan, accountAt, content, poolOf, rich, tx, wide } from './samples.ts';

const arrive = (
  state: PoolState,
  plan: TxPlan,
  { account = rich, limits = wide } = {},
): { readonly next: PoolState; readonly verdict: Verdict | undefined; readonly left: readonly string[] } => {
  const { next, verdicts, entries } = step(
    state,
    { kind: 'arrived', group: [{ tx: tx(plan), account }] },
    limits,
  );
  const left = entries.flatMap((entry) => (entry.kind === 'left' ? [toHex(entry.hash)] : []));
  return { next, verdict: verdicts[0], left };
};
const ids = (...plans: readonly TxPlan[]): readonly string[] => plans.map((plan) => toHex(tx(plan).hash));
const refusedWith = (code: string, begins: string): unknown =>
  expect.objectContaining({ kind: 'refused', code, message: expect.stringMatching(`^${begins}`) });
const head = (
  accounts: readonly (readonly [number, AccountNumbers])[],
  mined: readonly string[] = [],
  baseFee = 50n,
) =>
  ({
    kind: 'head',
    ...{ baseFee, mined: new Set(mined) },
    accounts: new Map(accounts.map(([k, numbers]) => [accountAt(k), numbers])),
  }) as const;

describe('arrival', () => {
  it('puts transactions in the order of their nonces, and those behind a gap aside', () => {
    const state = poolOf([{ nonce: 0 }, { nonce: 3 }, { nonce: 1 }, { from: 1, nonce: 1 }]);
    expect(content(state)).toEqual(['0: 0,1|3', '1: |1']);
    expect(state).toMatchObject({ ready: 2, queued: 2, bytes: 400 });
    const filled = arrive(state, { nonce: 2 }).next;
    expect(content(filled)).toEqual(['0: 0,1,2,3|', '1: |1']);
  });

  it('tells one that is known already from a new one', () => {
    const state = poolOf([{}]);
    const again = arrive(state, {});
    expect(again.verdict).toEqual({ kind: 'known' });
    expect(again.next).toEqual(state);
  });

  it('refuses a nonce that is used', () => {
    const account = { nonce: 5n, balance: rich.balance };
    const { verdict, next } = arrive(emptyPool(0n), { nonce: 4 }, { account });
    expect(verdict).toEqual(refusedWith('pool-nonce-too-low', 'nonce too low: next nonce 5, tx nonce 4'));
    expect(next).toEqual(emptyPool(0n));
    expect(arrive(emptyPool(0n), { nonce: 5 }, { account }).verdict).toEqual({ kind: 'accepted' });
  });

  it('refuses what the account cannot pay: fee cap times gas limit, and value', () => {
    const cost = 21_000n * 100n + 7n;
    const poor = (balance: bigint) =>
      arrive(emptyPool(0n), { value: 7 }, { account: { nonce: 0n, balance } });
    expect(poor(cost).verdict).toEqual({ kind: 'accepted' });
    expect(poor(cost - 1n).verdict).toEqual(
      refusedWith('pool-no-funds', 'insufficient funds for gas \\* price \\+ value: balance 2100006'),
    );
  });

  it('counts what the other transactions of the account may cost, but not the one that is replaced', () => {
    const cost = 21_000n * 100n;
    const account = { nonce: 0n, balance: 2n * cost };
    const two = poolOf([{ nonce: 0 }, { nonce: 1 }]);
    expect(arrive(two, { nonce: 2 }, { account }).verdict).toEqual(
      refusedWith('pool-no-funds', 'insufficient funds'),
    );
    const dearer = { nonce: 1, cap: 110, tip: 11 };
    expect(arrive(two, dearer, { account }).verdict).toMatchObject({ code: 'pool-no-funds' });
    const enough = { nonce: 0n, balance: 2n * cost + 210_000n };
    expect(arrive(two, dearer, { account: enough }).verdict).toEqual({ kind: 'accepted' });
  });

  it('refuses more than 16 of an account, but a replacement takes no place', () => {
    const full = poolOf(Array.from({ length: 16 }, (_, nonce) => ({ nonce })));
    expect(arrive(full, { nonce: 16 }).verdict).toEqual(
      refusedWith('pool-account-full', 'account limit exceeded: pooled 16 txs'),
    );
    expect(arrive(full, { nonce: 15, cap: 110, tip: 11 }).verdict).toEqual({ kind: 'accepted' });
  });
});

describe('replacement', () => {
  const old = { cap: 100, tip: 10 };

  it.each([
    [{ cap: 110, tip: 11 }, true],
    [{ cap: 109, tip: 11 }, false],
    [{ cap: 110, tip: 10 }, false],
    [{ cap: 1000, tip: 10 }, false],
    [{ cap: 100, tip: 100 }, false],
  ])('by %j beside a cap of 100 and a tip of 10: %s', (fees, isTaken) => {
    const before = poolOf([old, { nonce: 1 }]);
    const { next, verdict, left } = arrive(before, fees);
    if (isTaken) {
      expect(verdict).toEqual({ kind: 'accepted' });
      expect(left).toEqual(ids(old));
      expect(next).toMatchObject({ ready: 2, bytes: 200 });
      expect([...next.byId.keys()]).not.toContain(ids(old)[0]);
    } else {
      expect(verdict).toEqual(
        refusedWith('pool-replacement-underpriced', 'replacement transaction underpriced'),
      );
      expect(next).toEqual(before);
    }
  });

  it('of fees so small that a tenth of them is nothing must be higher all the same', () => {
    const before = poolOf([{ cap: 0, tip: 0 }], wide, 0n);
    expect(arrive(before, { cap: 0, tip: 0, salt: 1 }).verdict).toMatchObject({
      code: 'pool-replacement-underpriced',
    });
    expect(arrive(before, { cap: 1, tip: 1 }).verdict).toEqual({ kind: 'accepted' });
  });
});

describe('a pool that is full', () => {
  const limits = { ...wide, ready: 3, queued: 2 };

  it('makes room for a better tip: the worst leaves, and of equals the last to come', () => {
    const state = poolOf(
      [
        { from: 0, tip: 5 },
        { from: 1, tip: 4 },
        { from: 2, tip: 4 },
      ],
      limits,
    );
    const { next, verdict, left } = arrive(state, { from: 3, tip: 6 }, { limits });
    expect(verdict).toEqual({ kind: 'accepted' });
    expect(left).toEqual(ids({ from: 2, tip: 4 }));
    expect(content(next)).toEqual(['0: 0|', '1: 0|', '3: 0|']);
  });

  it('refuses what would be the first to leave, and stays as it was', () => {
    const state = poolOf(
      [
        { from: 0, tip: 5 },
        { from: 1, tip: 4 },
        { from: 2, tip: 4 },
      ],
      limits,
    );
    const { next, verdict } = arrive(state, { from: 3, tip: 4 }, { limits });
    expect(verdict).toEqual(refusedWith('pool-underpriced', 'transaction underpriced'));
    expect(next).toEqual(state);
  });

  it('counts the tip that the base fee leaves', () => {
    const state = poolOf(
      [
        { from: 0, tip: 5 },
        { from: 1, tip: 4 },
        { from: 2, cap: 52, tip: 52 },
      ],
      limits,
    );
    expect(arrive(state, { from: 3, tip: 3 }, { limits }).left).toEqual(ids({ from: 2, cap: 52, tip: 52 }));
  });

  it('takes no more from an account than its end: no gap opens, though the first pays least', () => {
    const state = poolOf(
      [
        { from: 0, tip: 1 },
        { from: 0, nonce: 1, tip: 40 },
        { from: 1, tip: 20 },
      ],
      limits,
    );
    const { next, left } = arrive(state, { from: 2, tip: 2 }, { limits });
    expect(left).toEqual(ids({ from: 0, nonce: 1, tip: 40 }));
    expect(content(next)).toEqual(['0: 0|', '1: 0|', '2: 0|']);
  });

  it('behind gaps has its own limit', () => {
    const state = poolOf(
      [
        { from: 0, nonce: 1, tip: 5 },
        { from: 1, nonce: 1, tip: 6 },
      ],
      limits,
    );
    const worse = arrive(state, { from: 2, nonce: 1, tip: 5 }, { limits });
    expect(worse.verdict).toEqual(refusedWith('pool-full', 'txpool is full'));
    expect(worse.next).toEqual(state);
    const better = arrive(state, { from: 2, nonce: 1, tip: 7 }, { limits });
    expect(better.left).toEqual(ids({ from: 0, nonce: 1, tip: 5 }));
  });

  it('by bytes sends away first what is behind a gap, then what pays least', () => {
    const tight = { ...wide, bytes: 350 };
    const state = poolOf(
      [
        { from: 0, tip: 1 },
        { from: 1, nonce: 1, tip: 90 },
        { from: 2, tip: 3 },
      ],
      tight,
    );
    const { next, left } = arrive(state, { from: 3, tip: 2 }, { limits: tight });
    expect(left).toEqual(ids({ from: 1, nonce: 1, tip: 90 }));
    expect(arrive(next, { from: 4, tip: 2, size: 150 }, { limits: tight }).left).toEqual(
      ids({ from: 0, tip: 1 }),
    );
    const large = arrive(next, { from: 4, tip: 2, size: 300 }, { limits: tight });
    expect(large.verdict).toMatchObject({ code: 'pool-underpriced' });
    expect(large.next).toEqual(next);
  });

  it('lets one that fills a gap in, though what it makes ready has no room', () => {
    const state = poolOf(
      [
        { from: 0, tip: 30 },
        { from: 1, tip: 1 },
        { from: 2, tip: 30 },
      ],
      limits,
    );
    const gapped = arrive(state, { from: 3, nonce: 1, tip: 20 }, { limits }).next;
    const { next, verdict, left } = arrive(gapped, { from: 3, nonce: 0, tip: 20 }, { limits });
    expect(verdict).toEqual({ kind: 'accepted' });
    expect(left).toEqual(ids({ from: 1, tip: 1 }, { from: 3, nonce: 1, tip: 20 }));
    expect(content(next)).toEqual(['0: 0|', '2: 0|', '3: 0|']);
  });
});

describe('a new head', () => {
  it('takes out what is mined, without a word in the journal, and makes the next ready', () => {
    const state = poolOf([{ nonce: 0 }, { nonce: 1 }, { nonce: 3 }]);
    const one = step(state, head([[0, { ...rich, nonce: 1n }]], ids({ nonce: 0 })), wide);
    expect(content(one.next)).toEqual(['0: 1|3']);
    expect(one.entries).toEqual([]);
    // Others, which L1 forced in, have taken nonces 1 and 2.
    const three = step(one.next, head([[0, { ...rich, nonce: 3n }]]), wide);
    expect(content(three.next)).toEqual(['0: 3|']);
    expect(three.entries).toEqual([{ kind: 'left', hash: tx({ nonce: 1 }).hash }]);
    expect(content(step(state, head([[0, { ...rich, nonce: 9n }]]), wide).next)).toEqual([]);
  });

  it('takes out what can no longer be paid; what stood behind it waits', () => {
    const state = poolOf([{ nonce: 0 }, { nonce: 1, value: 500 }, { nonce: 2 }]);
    const { next, entries } = step(state, head([[0, { nonce: 0n, balance: 2_100_499n }]]), wide);
    expect(content(next)).toEqual(['0: 0|2']);
    expect(entries).toEqual([{ kind: 'left', hash: tx({ nonce: 1, value: 500 }).hash }]);
  });

  it('leaves alone the accounts of which it says nothing, and what a higher base fee makes wait', () => {
    const state = poolOf([{ from: 0 }, { from: 1 }]);
    const { next } = step(state, head([[7, rich]], [], 1_000n), wide);
    expect(content(next)).toEqual(['0: 0|', '1: 0|']);
    expect(next.baseFee).toBe(1_000n);
  });

  it('with an older nonce puts those that follow behind a gap, until the missing ones return', () => {
    const state = step(poolOf([{ nonce: 0 }, { nonce: 1 }]), head([[0, { ...rich, nonce: 1n }]]), wide).next;
    const back = step(state, head([[0, rich]]), wide).next;
    expect(content(back)).toEqual(['0: |1']);
    const returned = {
      kind: 'returned',
      txs: [tx({ nonce: 0 })],
      accounts: new Map([[accountAt(0), rich]]),
    } as const;
    const { next, entries } = step(back, returned, wide);
    expect(content(next)).toEqual(['0: 0,1|']);
    expect(entries).toEqual([{ kind: 'added', raw: tx({ nonce: 0 }).raw }]);
  });
});

describe('what returns from blocks that are gone', () => {
  const accounts = new Map([[accountAt(0), { ...rich, nonce: 2n }]]);
  const back = (plans: readonly TxPlan[], numbers = accounts) =>
    ({ kind: 'returned', txs: plans.map(tx), accounts: numbers }) as const;

  it('comes in beyond the places of its account, but not for one that is there or mined', () => {
    const nonces = Array.from({ length: 20 }, (_, k) => ({ nonce: k }));
    const { next } = step(emptyPool(50n), back([...nonces, { nonce: 5 }, { nonce: 6, salt: 1 }]), wide);
    expect(next.ready).toBe(18);
    expect(next.byId.has(ids({ nonce: 6 })[0] ?? '')).toBe(true);
  });

  it('is dropped where the account has no longer the funds', () => {
    const poor = new Map([[accountAt(0), { nonce: 0n, balance: 5n }]]);
    const { next, entries } = step(emptyPool(50n), back([{}], poor), wide);
    expect(content(next)).toEqual([]);
    expect(entries.map(({ kind }) => kind)).toEqual(['added', 'left']);
  });
});

describe('what is useless', () => {
  it('leaves by its hash, and what is behind it waits', () => {
    const state = poolOf([{ nonce: 0 }, { nonce: 1 }, { nonce: 2 }]);
    const gone = new Set([...ids({ nonce: 1 }), 'nobody']);
    const { next, entries } = step(state, { kind: 'useless', ids: gone }, wide);
    expect(content(next)).toEqual(['0: 0|2']);
    expect(entries).toEqual([{ kind: 'left', hash: tx({ nonce: 1 }).hash }]);
  });
});

describe('what a journal gives back', () => {
  it('is what it holds, the newer of two for one nonce, within the limits of now', () => {
    const accounts = new Map([accountAt(0), accountAt(1)].map((address) => [address, rich]));
    const plans = [{ nonce: 0 }, { nonce: 0, cap: 200, tip: 20 }, { from: 1, tip: 1 }, { nonce: 1 }];
    const event = { kind: 'restored', txs: plans.map(tx), accounts } as const;
    const { next, entries } = step(emptyPool(50n), event, wide);
    expect(content(next)).toEqual(['0: 0,1|', '1: 0|']);
    expect(next.byId.has(ids({ nonce: 0, cap: 200, tip: 20 })[0] ?? '')).toBe(true);
    expect(entries).toEqual([]);
    expect(content(step(emptyPool(50n), event, { ...wide, ready: 2 }).next)).toEqual(['0: 0,1|']);
  });
});
