import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { askAdmin } from '../../../../src/apps/admin-client.ts';
import { type ControlledBatching, sequencerControl } from '../../../../src/apps/l2/control.ts';
import { sequencerStatus } from '../../../../src/apps/l2/control-protocol.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { addressFromBytes } from '../../../../src/ethereum/address.ts';
import { type FolderLease, takeFolder } from '../../../../src/system/folder-lease.ts';
import { memoryLog } from '../../node/helpers.ts';

const account = addressFromBytes(new Uint8Array(20).fill(9));
const position = (number: bigint) => ({
  ...{ number, hash: new Uint8Array(32).fill(Number(number)), timestamp: 0n, origin: 0n },
  ...{ epoch: 0n, view: 0n, orderedUpTo: 0n },
});
const heads = { unsafe: position(9n), safe: position(7n), finalized: position(5n), l1: position(30n) };

let folder: string;
let lease: FolderLease;
let told: string[];
let batching: ControlledBatching | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'control-'));
  lease = await takeFolder(folder, 1);
  told = [];
  const say = (what: string) => () => void told.push(what);
  batching = {
    endpointFaults: () => new Map([['http://one', 'l1-unreachable: silence']]),
    batcher: {
      flush: say('flush'),
      status: () => ({
        ...{ choice: 'auto', setting: 'auto', isFlush: told.includes('flush') },
        ...{ lastIndex: 3n, alarm: 'no parent' },
      }),
    },
    choose: async (place) => void told.push(`place ${place}`),
    submitter: {
      ...{ pause: say('pause'), resume: say('resume') },
      retry: () => Promise.reject(new InputError('nothing-failed', 'batch', 'no batch has failed')),
      clear: (who, nonce) => Promise.resolve(void told.push(`clear ${who} ${nonce}`)),
      status: () => ({
        ...{ isPaused: told.includes('pause'), open: 1 },
        batches: [{ index: 3n, phase: 'mined', da: 'blobs', nonce: 2n, rungs: 1, txHash: '0x12', block: 8n }],
        accounts: [{ account, nextNonce: 3n, isStopped: true, balance: 10n ** 18n, runwayDays: undefined }],
        alarms: new Map([['foreign-nonce', 'somebody']] as const),
      }),
    },
  };
  lease.serve(
    sequencerControl({
      ...{ account, heads: () => heads, log: memoryLog() },
      ...{ batching: () => batching, waitsFor: () => 'l1-unreachable: nothing answers' },
    }),
  );
});
afterEach(async () => {
  await lease.release();
  rmSync(folder, { recursive: true });
});

describe('the admin socket of a sequencer', () => {
  it('tells heads, batches, accounts and alarms', async () => {
    const status = sequencerStatus.parse(await askAdmin(folder, 'sequencer-status'));
    expect(status).toMatchObject({ account, heads: { safe: { number: '7' } }, l1: { number: '30' } });
    expect(status.batching).toEqual({
      ...{ isPaused: false, isFlush: false, place: 'auto' },
      batches: [{ index: '3', phase: 'mined', place: 'blobs', nonce: '2', tx: '0x12', l1Block: '8' }],
      accounts: [{ account, nextNonce: '3', isStopped: true, balance: '1000000000000000000' }],
      alarms: [
        { alarm: 'foreign-nonce', detail: 'somebody' },
        { alarm: 'l1-endpoint', detail: 'http://one: l1-unreachable: silence' },
        { alarm: 'batcher', detail: 'no parent' },
      ],
    });
  });

  it('pauses, resumes, flushes and clears, and answers with what has come of it', async () => {
    expect(await askAdmin(folder, 'sequencer-pause')).toMatchObject({ batching: { isPaused: true } });
    expect(await askAdmin(folder, 'sequencer-flush')).toMatchObject({ batching: { isFlush: true } });
    await askAdmin(folder, 'sequencer-resume');
    await askAdmin(folder, 'sequencer-clear', { args: { account, nonce: '12' } });
    await askAdmin(folder, 'sequencer-place', { args: { place: 'blobs' } });
    expect(told).toEqual(['pause', 'flush', 'resume', `clear ${account} 12`, 'place blobs']);
  });

  it('says why it does not do what it is told', async () => {
    await expect(askAdmin(folder, 'sequencer-retry')).rejects.toMatchObject({ code: 'nothing-failed' });
    batching = undefined;
    await expect(askAdmin(folder, 'sequencer-pause')).rejects.toMatchObject({
      code: 'batching-not-begun',
      message: expect.stringContaining('nothing answers'),
    });
    expect(await askAdmin(folder, 'sequencer-status')).toMatchObject({
      waitsFor: 'l1-unreachable: nothing answers',
    });
  });

  it('does not understand a signer, nor arguments that are none', async () => {
    const refused = { code: 'admin-protocol' };
    await expect(askAdmin(folder, 'status')).rejects.toThrow('a sequencer runs here');
    for (const args of [{}, { account, nonce: '-1' }, { account: '0x12', nonce: '1' }])
      await expect(askAdmin(folder, 'sequencer-clear', { args })).rejects.toMatchObject(refused);
    for (const args of [{}, { place: 'nowhere' }])
      await expect(askAdmin(folder, 'sequencer-place', { args })).rejects.toMatchObject(refused);
    await expect(askAdmin(folder, 'sequencer-pause', { args: { now: true } })).rejects.toMatchObject(refused);
  });
});
