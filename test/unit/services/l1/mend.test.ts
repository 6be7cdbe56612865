import { describe, expect, it } from 'vitest';

import { type Ledger, emptyLedger, post } from '../../../../src/services/l1/ledger.ts';
import {
  clear,
  failedOf,
  refuseToClear,
  refuseToRetry,
  sendAgain,
} from '../../../../src/services/l1/mend.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import { Draft, type Submitter, restored } from '../../../../src/services/l1/state.ts';
import { batcher, blobber } from './sim-l1.ts';

const account = batcher.address;
const content = new Uint8Array(32);
const assigned = (nonce: bigint, index: bigint): JournalRecord => ({
  ...({ kind: 'assigned', account, nonce, index } as const),
  ...{ place: 'calldata', content },
});
const stateOf = (...records: readonly JournalRecord[]): Submitter =>
  restored([{ kind: 'base', account, nonce: 0n } as const, ...records].reduce<Ledger>(post, emptyLedger));
const stopped: JournalRecord = { kind: 'stopped', account, nonce: 0n };
const signed = (nonce: bigint): readonly JournalRecord[] => [
  { kind: 'requested', account, nonce, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 0n },
  { kind: 'signed', account, nonce, raw: Uint8Array.of(2) },
];
const failed = (nonce: bigint): JournalRecord => ({ kind: 'failed', account, nonce });

describe('an account that stopped', () => {
  const calm = { latest: 3n, pending: 3n, finalized: 3n, lastIndex: 0n, isLastFinal: true };

  it('goes on where nothing of it can change, at the nonce that L1 says', () => {
    const state = stateOf(stopped);
    expect(() => refuseToClear(state, { account, nonce: 3n }, calm)).not.toThrow();
    const refusal = (seen: object, nonce = 3n) => {
      return () => refuseToClear(state, { account, nonce }, { ...calm, ...seen });
    };
    expect(refusal({}, 2n)).toThrow(expect.objectContaining({ code: 'nonce-differs' }));
    expect(refusal({ pending: 4n })).toThrow(expect.objectContaining({ code: 'account-busy' }));
    expect(refusal({ finalized: 2n })).toThrow(expect.objectContaining({ code: 'account-busy' }));
    expect(refusal({ lastIndex: 4n, isLastFinal: false })).toThrow('batch 4 is on L1, and not final there');
  });

  it('is one that stopped, or whose batch is on L1 from elsewhere', () => {
    const running = stateOf();
    const ask = (state: Submitter) => () => refuseToClear(state, { account, nonce: 3n }, calm);
    expect(ask(running)).toThrow(expect.objectContaining({ code: 'not-stopped' }));
    expect(ask({ ...running, alarms: new Map([['index-taken', '']]) })).not.toThrow();
    expect(ask(restored(emptyLedger))).toThrow(expect.objectContaining({ code: 'not-stopped' }));
    const awaited = { ...stateOf(stopped), signing: { account, nonce: 0n, sinceMs: 0 } };
    expect(ask(awaited)).not.toThrow();
  });

  it('goes on behind its own transactions that wait, and behind the batches that L1 has', () => {
    const draft = new Draft(stateOf(assigned(0n, 1n), assigned(1n, 2n), ...signed(1n), stopped));
    clear(draft, { account, nonce: 1n, lastIndex: 5n });
    const { ledger } = draft.state;
    expect(ledger.accounts.get(account)).toEqual({ next: 2n, isStopped: false });
    expect(ledger.txs.map(({ end }) => end)).toEqual(['failed', undefined]);
    expect(ledger.elsewhere).toBe(5n);
    expect(failedOf(draft.state)).toEqual([]);
  });
});

describe('an account that goes on', () => {
  const mined = (nonce: bigint): JournalRecord => ({
    ...({ kind: 'mined', account, nonce, hash: content, block: 1n } as const),
    ...{ blockHash: content, success: 1 },
  });
  const others: readonly JournalRecord[] = [
    { kind: 'base', account: blobber.address, nonce: 0n },
    { ...assigned(0n, 2n), account: blobber.address } as JournalRecord,
  ];

  it('has failed with what another transaction took the nonce of, and with nothing else', () => {
    const draft = new Draft(stateOf(assigned(0n, 1n), ...signed(0n), mined(0n), ...others, stopped));
    clear(draft, { account, nonce: 1n, lastIndex: 0n });
    expect(draft.state.ledger.txs.map(({ end }) => end)).toEqual([undefined, undefined]);
  });

  it('forgets what was strange of it, and of no other', () => {
    const strange = new Map([account, blobber.address].map((name) => [name, 7n]));
    const draft = new Draft({ ...stateOf(stopped), strange });
    clear(draft, { account, nonce: 1n, lastIndex: 0n });
    expect([...draft.state.strange.keys()]).toEqual([blobber.address]);
  });

  it('calls nothing brought from elsewhere that it brought itself', () => {
    const final: JournalRecord = { kind: 'final', account, nonce: 0n, cost: 1n, atMs: 0n };
    for (const lastIndex of [1n, 2n]) {
      const draft = new Draft(stateOf(assigned(0n, 1n), ...signed(0n), mined(0n), final, stopped));
      clear(draft, { account, nonce: 1n, lastIndex });
      expect(draft.state.ledger.elsewhere).toBe(lastIndex === 1n ? 0n : 2n);
    }
  });
});

describe('a batch that was asked for in vain, and that L1 has from elsewhere', () => {
  const taken = [assigned(0n, 1n), ...signed(0n), assigned(1n, 2n)];
  const seen = { latest: 1n, pending: 1n, finalized: 1n, lastIndex: 2n, isLastFinal: true };
  const ask = (state: Submitter) => () => refuseToClear(state, { account, nonce: 1n }, seen);

  it('is given up when its account goes on, and its nonce is the next one', () => {
    const draft = new Draft({
      ...stateOf(...taken),
      retry: { atMs: 9, pauseMs: 9, code: 'below-watermark' },
    });
    clear(draft, { account, nonce: 1n, lastIndex: 2n });
    const { ledger } = draft.state;
    expect(draft.state.retry).toEqual({ atMs: 0, pauseMs: 0 });
    expect(ledger.accounts.get(account)).toEqual({ next: 1n, isStopped: false });
    expect(ledger.txs).toHaveLength(1);
    expect([...ledger.givenUp.keys()]).toEqual([2n]);
  });

  it('is not given up where L1 does not have it, or its account is another', () => {
    for (const change of [{ lastIndex: 1n }, { account: blobber.address, nonce: 0n }]) {
      const draft = new Draft(stateOf(...taken));
      clear(draft, { account, nonce: 1n, lastIndex: 2n, ...change });
      expect(draft.state.ledger.txs).toHaveLength(2);
    }
  });

  it('is not given up while a signature for it is awaited', () => {
    const state: Submitter = { ...stateOf(...taken), alarms: new Map([['index-taken', '']]) };
    expect(ask(state)).not.toThrow();
    const awaited = { account, nonce: 1n, sinceMs: 0 };
    expect(ask({ ...state, signing: awaited })).toThrow('a signature for batch 2 is awaited');
    expect(ask({ ...state, signing: { ...awaited, nonce: 0n } })).not.toThrow();
  });
});

it('an account never goes on at a nonce that was given to a batch, whatever became of it', () => {
  const draft = new Draft(stateOf(assigned(0n, 1n), assigned(1n, 2n), failed(1n), stopped));
  clear(draft, { account, nonce: 1n, lastIndex: 0n });
  expect(draft.state.ledger.accounts.get(account)?.next).toBe(2n);
});

describe('batches that failed', () => {
  it('are sent again when nothing is on its way and L1 waits for the first', () => {
    const state = stateOf(assigned(0n, 1n), assigned(1n, 2n), failed(0n), failed(1n));
    const final = new Map([[account, 2n]]);
    const early = new Map([[account, 1n]]);
    expect(() => refuseToRetry(state, 0n, early)).toThrow('has not used nonce 1 of batch 2 for good');
    expect(() => refuseToRetry(state, 0n, final)).not.toThrow();
    expect(() => refuseToRetry(state, 1n, final)).toThrow(expect.objectContaining({ code: 'index-on-l1' }));
    expect(() => refuseToRetry(stateOf(), 0n, final)).toThrow(
      expect.objectContaining({ code: 'nothing-failed' }),
    );
    const open = stateOf(assigned(0n, 1n), assigned(1n, 2n), failed(0n));
    expect(() => refuseToRetry(open, 0n, final)).toThrow(expect.objectContaining({ code: 'account-busy' }));
    const draft = new Draft(state);
    sendAgain(draft);
    expect(draft.effects).toHaveLength(2);
    expect(failedOf(draft.state)).toEqual([]);
  });
});
