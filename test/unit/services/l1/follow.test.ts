import { describe, expect, it } from 'vitest';

import { toHex } from '../../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { followTxs } from '../../../../src/services/l1/follow.ts';
import { type Ledger, emptyLedger, post } from '../../../../src/services/l1/ledger.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import {
  Draft,
  type L1Seen,
  type SeenReceipt,
  type Submitter,
  restored,
} from '../../../../src/services/l1/state.ts';
import { batcher, sealed, settings } from './sim-l1.ts';

const account = batcher.address;
const raw = Uint8Array.of(2);
const hash = keccak256(raw);
const other = new Uint8Array(32).fill(9);
const base: JournalRecord = { kind: 'base', account, nonce: 0n };
const signed = (index: bigint, nonce = index - 1n): readonly JournalRecord[] => [
  { kind: 'assigned', account, nonce, index, place: 'calldata', content: new Uint8Array(32) },
  { kind: 'requested', account, nonce, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 0n },
  { kind: 'signed', account, nonce, raw: index === 1n ? raw : Uint8Array.of(2, Number(index)) },
];
const final = (nonce: bigint): JournalRecord => ({ kind: 'final', account, nonce, cost: 1n, atMs: 0n });

const stateOf = (...records: readonly JournalRecord[]): Submitter => ({
  ...restored(records.reduce<Ledger>(post, emptyLedger)),
  batches: new Map([1n, 2n, 3n].map((index) => [index, sealed(index)])),
});
const nonces = (latest: bigint, pending = latest, finalized = latest): L1Seen['accounts'] =>
  new Map([[account, { latest, pending, finalized, balance: 10n ** 18n }]]);
const calm: L1Seen = {
  ...{ head: 10n, finalized: 5n, fees: { baseFee: 1n, tip: 1n, blobBaseFee: 1n }, lastIndex: 0n },
  ...{ accounts: nonces(0n), receipts: new Map(), derived: new Map() },
};
const receipt = { block: 5n, blockHash: other, isSuccess: true, cost: 1n };
const mined = (change: Partial<SeenReceipt> = {}): Partial<L1Seen> => ({
  receipts: new Map([[toHex(hash), { ...receipt, ...change }]]),
  accounts: nonces(1n),
});

/** What one look makes of a state. */
function follow(state: Submitter, seen: Partial<L1Seen> = {}): Draft {
  const draft = new Draft(state);
  followTxs(draft, { ...calm, ...seen }, { nowMs: 0, monotonicMs: 0, options: settings });
  return draft;
}
const records = ({ effects }: Draft): readonly string[] =>
  effects.map((effect) => (effect.kind === 'record' ? effect.record.kind : effect.kind));
const sent = (last: bigint): Submitter['sent'] => new Map([[toHex(hash), { first: last, last }]]);
const alarms = ({ state }: Draft): readonly string[] => [...state.alarms.keys()];

describe('a transaction that L1 has', () => {
  const state = { ...stateOf(base, ...signed(1n)), sent: sent(10n) };
  const ours = new Map([[1n, { isTaken: true, l1Hash: hash }]]);

  it('is final from the last block that cannot go away, and not in the one after it', () => {
    expect(records(follow(state, { ...mined(), derived: ours }))).toEqual(['mined', 'final']);
    expect(records(follow(state, { ...mined({ block: 6n }), derived: ours }))).toEqual(['mined']);
    const reverted = follow(state, { ...mined({ isSuccess: false }) });
    expect(records(reverted)).toEqual(['mined', 'failed']);
    expect(reverted.state.ledger.txs[0]?.mined?.isSuccess).toBe(false);
  });

  it('is written down once for each block and each price, and taken back once', () => {
    const seen = mined({ block: 6n });
    const before = follow(state, seen).state;
    expect(records(follow(before, seen))).toEqual([]);
    expect(records(follow(before, mined({ block: 6n, blockHash: hash })))).toEqual(['mined']);
    const dear = Uint8Array.of(2, 2);
    const [, requested] = signed(1n);
    const raised = [requested!, { kind: 'signed', account, nonce: 0n, raw: dear } as const];
    const twice = { ...before, ledger: raised.reduce<Ledger>(post, before.ledger) };
    const receipts = new Map([[toHex(keccak256(dear)), { ...receipt, block: 6n }]]);
    expect(records(follow(twice, { ...seen, receipts }))).toEqual(['mined']);
    expect(records(follow(before))).toEqual(['unmined']);
    expect(records(follow(state))).toEqual([]);
  });

  it('is called taken or not derivable only where the own driver says so of it', () => {
    const read = (l1Hash: Uint8Array, isTaken = true) => new Map([[1n, { isTaken, l1Hash }]]);
    expect(alarms(follow(state, { ...mined(), derived: ours }))).toEqual([]);
    expect(alarms(follow(state, mined()))).toEqual([]);
    expect(alarms(follow(state, { ...mined(), derived: read(other, false) }))).toEqual(['index-taken']);
    expect(alarms(follow(state, { ...mined(), derived: read(hash, false) }))).toEqual([
      'batch-not-derivable',
    ]);
    const reverted = { ...mined({ isSuccess: false }), derived: read(other) };
    expect(alarms(follow(state, reverted))).toEqual(['batch-reverted']);
  });
});

describe('an account', () => {
  it('begins only where nothing of it waits', () => {
    const waits = follow(stateOf(), { accounts: nonces(3n, 4n) });
    expect([records(waits), alarms(waits)]).toEqual([[], ['foreign-nonce']]);
    const begun = follow(stateOf(), { accounts: nonces(3n) });
    expect([begun.state.ledger.accounts.get(account)?.next, alarms(begun)]).toEqual([3n, []]);
  });

  it('stops at the second block after a strange use, once, and not where that goes away', () => {
    const first = follow(stateOf(base), { accounts: nonces(1n), head: 10n });
    const early = follow(first.state, { accounts: nonces(1n), head: 11n });
    expect([records(first), records(early)]).toEqual([[], []]);
    const late = follow(early.state, { accounts: nonces(1n), head: 12n });
    expect([records(late), alarms(late)]).toEqual([['stopped'], ['foreign-nonce']]);
    expect(records(follow(late.state, { accounts: nonces(1n), head: 13n }))).toEqual([]);
    const back = follow(early.state, { accounts: nonces(0n), head: 12n });
    const again = follow(back.state, { accounts: nonces(1n), head: 13n });
    expect([records(back), records(again)]).toEqual([[], []]);
  });
});

describe('a transaction that L1 does not have', () => {
  const state = stateOf(base, ...signed(1n));

  it('is sent at once, and again after its pause in blocks', () => {
    expect(records(follow(state))).toEqual(['send']);
    const head = 10n + settings.resendAfter;
    expect(records(follow({ ...state, sent: sent(10n) }, { head: head - 1n }))).toEqual([]);
    expect(records(follow({ ...state, sent: sent(10n) }, { head }))).toEqual(['send']);
  });

  it('is not sent before its batch is handed over again', () => {
    expect(records(follow({ ...state, batches: new Map() }))).toEqual([]);
  });
});

describe('a batch is let go of', () => {
  const kept = (...all: readonly JournalRecord[]) => [...follow(stateOf(base, ...all)).state.batches.keys()];
  const elsewhere = (index: bigint): JournalRecord => ({ kind: 'elsewhere', index });

  it('where it is final, and where L1 has it from elsewhere and nobody signed it here', () => {
    expect(kept(...signed(1n), final(0n))).toEqual([2n, 3n]);
    expect(kept(elsewhere(2n))).toEqual([3n]);
  });

  it('and not where its nonce has to be used, or L1 does not have it', () => {
    expect(kept(...signed(1n), ...signed(2n), elsewhere(2n))).toEqual([1n, 2n, 3n]);
    expect(kept(...signed(1n), final(0n), ...signed(2n), elsewhere(2n))).toEqual([2n, 3n]);
    expect(kept(...signed(1n), { kind: 'failed', account, nonce: 0n })).toEqual([1n, 2n, 3n]);
  });

  it('and what was sent of it is forgotten with it alone', () => {
    const names = (...all: readonly JournalRecord[]) => [
      ...follow({ ...stateOf(base, ...all), sent: sent(10n) }).state.sent.keys(),
    ];
    expect(names(...signed(1n))).toEqual([toHex(hash)]);
    expect(names(...signed(1n), final(0n))).toEqual([]);
  });
});
