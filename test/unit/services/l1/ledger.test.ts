import { describe, expect, it } from 'vitest';

import { Bug } from '../../../../src/crypto/errors.ts';
import {
  type Ledger,
  emptyLedger,
  openTxs,
  post,
  topSigned,
  unsigned,
} from '../../../../src/services/l1/ledger.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import { batcher, blobber } from './sim-l1.ts';

const account = batcher.address;
const content = new Uint8Array(32).fill(1);
const fees = { maxFeePerGas: 9n, maxPriorityFeePerGas: 8n, maxFeePerBlobGas: 0n };
const ledgerOf = (...records: readonly JournalRecord[]): Ledger => records.reduce(post, emptyLedger);
const begun: readonly JournalRecord[] = [
  { kind: 'base', account, nonce: 5n },
  { kind: 'assigned', account, nonce: 5n, index: 1n, place: 'calldata', content },
  { kind: 'requested', account, nonce: 5n, ...fees },
];

describe('the ledger', () => {
  it('counts nonces from the first, without a gap', () => {
    expect(ledgerOf(...begun).accounts.get(account)).toEqual({ next: 6n, isStopped: false });
    expect(() =>
      ledgerOf(...begun, { kind: 'assigned', account, nonce: 7n, index: 2n, place: 'blobs', content }),
    ).toThrow(Bug);
    expect(() => ledgerOf({ kind: 'unmined', account, nonce: 1n })).toThrow(Bug);
  });

  it('knows which price is signed, and which one is asked for', () => {
    const asked = ledgerOf(...begun).txs[0]!;
    expect(unsigned(asked)).toEqual({ fees });
    expect(topSigned(asked)).toBeUndefined();
    const signed = ledgerOf(...begun, { kind: 'signed', account, nonce: 5n, raw: Uint8Array.of(1) });
    expect(unsigned(signed.txs[0]!)).toBeUndefined();
    const raised = post(signed, { kind: 'requested', account, nonce: 5n, ...fees }).txs[0]!;
    expect(topSigned(raised)?.raw).toEqual(Uint8Array.of(1));
    expect(unsigned(raised)).toEqual({ fees });
  });

  it('forgets the bytes of what is final, and all but the last of them', () => {
    let ledger = ledgerOf({ kind: 'base', account, nonce: 0n });
    for (let nonce = 0n; nonce < 100n; nonce++) {
      ledger = post(ledger, {
        kind: 'assigned',
        account,
        nonce,
        index: nonce + 1n,
        place: 'calldata',
        content,
      });
      ledger = post(ledger, { kind: 'requested', account, nonce, ...fees });
      ledger = post(ledger, { kind: 'final', account, nonce, cost: 2n, atMs: 10n });
    }
    expect(ledger.txs).toHaveLength(32);
    expect(ledger.txs.at(-1)).toMatchObject({ nonce: 99n, rungs: [], end: 'final' });
    expect(openTxs(ledger)).toEqual([]);
    expect(ledger.spent).toHaveLength(100);
    const week = 7n * 86_400_000n;
    const later = [
      { kind: 'assigned', account, nonce: 100n, index: 101n, place: 'calldata', content },
      { kind: 'final', account, nonce: 100n, cost: 2n, atMs: 11n + week },
    ] as const;
    expect(later.reduce<Ledger>(post, ledger).spent).toHaveLength(1);
  });

  it('stops one account, lets it go on elsewhere, and keeps a pause', () => {
    const stopped = ledgerOf(...begun, { kind: 'stopped', account, nonce: 6n }, { kind: 'paused', on: 1 });
    expect(stopped.accounts.get(account)).toEqual({ next: 6n, isStopped: true });
    expect(stopped.accounts.get(blobber.address)).toBeUndefined();
    expect(stopped.isPaused).toBe(true);
    const cleared = post(stopped, { kind: 'cleared', account, nonce: 9n });
    expect(cleared.accounts.get(account)).toEqual({ next: 9n, isStopped: false });
    expect(post(cleared, { kind: 'paused', on: 0 }).isPaused).toBe(false);
  });
});
