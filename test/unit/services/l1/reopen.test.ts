import { describe, expect, it } from 'vitest';

import { OperationError } from '../../../../src/crypto/errors.ts';
import type { L1Reads } from '../../../../src/system/ports.ts';
import { type Ledger, emptyLedger, post } from '../../../../src/services/l1/ledger.ts';
import type { JournalRecord } from '../../../../src/services/l1/records.ts';
import { reopen, reopenedOf } from '../../../../src/services/l1/reopen.ts';
import { Draft, type L1Seen, type Submitter, restored } from '../../../../src/services/l1/state.ts';
import { batcher, blobber, sealed } from './sim-l1.ts';
import { World, all } from './world.ts';

/** Batch 1 is signed and swallowed, and the endpoint says that it was reverted in a block that is final. */
async function swallowed(world: World, nonces: bigint): Promise<void> {
  world.l1.isStuck = true;
  await world.blocks(10);
  world.service.submit(sealed(1n));
  await world.service.look();
  await world.block();
  world.l1.drop();
  const { hash: blockHash, number: block } = world.l1.blocks[1]!;
  world.l1.lie = ({ fees }: L1Reads) => ({
    receipt: async (hash) => ({
      ...{ status: 'reverted', hash, block, blockHash, from: batcher.address, gasUsed: 1n },
      ...{ gasPrice: (await fees()).baseFee, blobGasUsed: 0n, logs: [] },
    }),
    nonce: async () => nonces,
  });
  await world.blocks(2);
}

it('a receipt alone ends nothing: the nonce has to be used for good', async () => {
  const world = new World(1);
  await swallowed(world, 0n);
  expect(world.phases).toBe('1 mined');
  [world.l1.lie, world.l1.isStuck] = [undefined, false];
  await world.blocks(14);
  expect([world.phases, world.l1.batches]).toEqual(['1 final', [1n]]);
});

it('what a lie has ended goes on where L1 has not used its nonce, before a retry and after', async () => {
  for (const isRetried of [false, true]) {
    const world = new World(2);
    await swallowed(world, 1n);
    expect(world.phases).toBe('1 failed');
    const { sign } = world.cluster;
    if (isRetried) {
      const refusal = new OperationError('reissue-unsupported', 'fatal', 'not final');
      Object.assign(world.cluster, { sign: () => Promise.reject(refusal) });
      await world.service.retry();
      await world.blocks(2);
      expect(world.phases).toBe('1 failed, 1 requested');
    }
    Object.assign(world.cluster, { sign });
    [world.l1.lie, world.l1.isStuck] = [undefined, false];
    await expect(world.service.retry()).rejects.toMatchObject({
      code: isRetried ? 'nothing-failed' : 'account-busy',
    });
    await world.blocks(2);
    for (const batch of all(2)) world.service.submit(batch);
    await world.blocks(14);
    expect([world.phases, world.l1.batches]).toEqual(['1 final, 2 final', [1n, 2n]]);
    expect([world.cluster.conflicts, world.deaths]).toEqual([0, []]);
  }
});

describe('what failed for good', () => {
  const account = batcher.address;
  const content = new Uint8Array(32);
  const assigned = (nonce: bigint, index: bigint, from = account): JournalRecord => ({
    ...({ kind: 'assigned', account: from, nonce, index } as const),
    ...{ place: 'calldata', content },
  });
  const requested: JournalRecord = {
    ...({ kind: 'requested', account, nonce: 1n } as const),
    ...{ maxFeePerGas: 2n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 0n },
  };
  const base = [account, blobber.address].map(
    (name) => ({ kind: 'base', account: name, nonce: 0n }) as const,
  );
  const failed = { kind: 'failed', account, nonce: 0n } as const;
  const again = [assigned(0n, 1n), failed, { kind: 'again', account, nonce: 0n } as const, assigned(1n, 1n)];
  const stateOf = (...records: readonly JournalRecord[]): Submitter =>
    restored([...base, ...records].reduce<Ledger>(post, emptyLedger));
  const seen = (latest: bigint, of = account): L1Seen => ({
    ...{ head: 9n, finalized: 9n, fees: { baseFee: 1n, tip: 1n, blobBaseFee: 1n }, lastIndex: 0n },
    accounts: new Map([[of, { latest, pending: latest, finalized: latest, balance: 1n }]]),
    ...{ receipts: new Map(), derived: new Map() },
  });
  const reopened = (state: Submitter, l1 = seen(0n)): readonly string[] => {
    const draft = new Draft(state);
    reopen(draft, l1);
    return draft.effects.map((effect) => (effect.kind === 'record' ? effect.record.kind : effect.kind));
  };

  it('is followed again where L1 has not used its nonce, and was asked', () => {
    expect(reopened(stateOf(...again))).toEqual(['given-up', 'reopened']);
    expect(reopened(stateOf(...again), seen(1n))).toEqual([]);
    expect(reopened(stateOf(...again), seen(0n, blobber.address))).toEqual([]);
    expect(reopened(stateOf(assigned(0n, 1n), failed, assigned(1n, 2n)))).toEqual(['reopened']);
    const named = [assigned(0n, 1n), failed, assigned(0n, 2n, blobber.address)];
    expect(reopened(stateOf(...named))).toEqual(['reopened']);
    const behind = stateOf(...again, assigned(0n, 2n, blobber.address));
    expect(reopened(behind)).toEqual(['given-up', 'given-up', 'reopened']);
  });

  it('stays so where what took its place is signed, or may be soon', () => {
    const signed: JournalRecord = { kind: 'signed', account, nonce: 1n, raw: Uint8Array.of(2) };
    expect(reopened(stateOf(...again, requested, signed))).toEqual([]);
    const asked = stateOf(...again, requested);
    const signing = (nonce: bigint, from = account) => ({ account: from, nonce, sinceMs: 0 });
    expect(reopened({ ...asked, signing: signing(1n) })).toEqual([]);
    expect(reopened({ ...asked, signing: signing(2n) })).toEqual(['given-up', 'reopened']);
    expect(reopened({ ...asked, signing: signing(1n, blobber.address) })).toEqual(['given-up', 'reopened']);
  });

  it('is named once it is followed again', () => {
    const before = stateOf(assigned(0n, 1n), failed, assigned(1n, 2n), assigned(0n, 3n, blobber.address));
    const draft = new Draft(before);
    reopen(draft, seen(0n));
    expect(reopenedOf(before, draft.state)).toMatchObject([{ account, nonce: 0n, index: 1n }]);
    expect(reopenedOf(before, before)).toEqual([]);
  });
});
