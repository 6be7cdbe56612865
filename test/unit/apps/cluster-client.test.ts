import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { adminServer } from '../../../src/apps/admin-server.ts';
import { clusterClient } from '../../../src/apps/cluster-client.ts';
import { encodeRequest } from '../../../src/chain/duty.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../../src/crypto/errors.ts';
import type { NodeApi, SignReport } from '../../../src/node/api.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { takeFolder } from '../../../src/system/folder-lease.ts';
import { memoryLog } from '../node/helpers.ts';
import { blocksRequest } from '../chain/blocks-samples.ts';
import { fakeNode, sampleStatus } from './fake-node.ts';

const request = encodeRequest(blocksRequest);
const signature = new Uint8Array(65).fill(7);
const report: SignReport = {
  ...{ requestId: to0x(new Uint8Array(32)), signature: to0x(signature), signers: [1, 2, 3], attempts: 1 },
  ...{ isWarm: true, phasesMs: { approve: 1, presign: 0, online: 2 }, bytesSent: 5, folder: 'f' },
};

const key = {
  ...{ keyId: to0x(new Uint8Array(32).fill(3)), epoch: '2', address: `0x${'04'.repeat(20)}` },
  ...{ purpose: 'batch', required: 3, lockHash: to0x(new Uint8Array(32)) },
};

async function signer(sign: NodeApi['sign'] | undefined): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  if (sign === undefined) return folder;
  const lease = await takeFolder(folder, 1);
  onTestFinished(() => lease.release());
  const node = { ...fakeNode(), sign, status: () => ({ ...sampleStatus, key }) };
  lease.serve(adminServer({ node, clock: systemClock, log: memoryLog(), stop: () => undefined }).handle);
  return folder;
}

it('asks the next signer where one is down, and takes a refusal to nobody else', async () => {
  const asked: string[] = [];
  const down = await signer(undefined);
  const refusing = await signer(async () => {
    asked.push('refusing');
    throw new OperationError('verifier-refused', 'fatal', 'not mine');
  });
  const good = await signer(async (bytes) => {
    asked.push(bytes.length === request.length ? 'good' : 'cut');
    return report;
  });
  const client = clusterClient({ dataDirs: [down, good, refusing], deadlineMs: 5_000 });
  expect(await client.sign(request)).toEqual(signature);
  expect(asked).toEqual(['good']);
  const other = clusterClient({ dataDirs: [refusing, good], deadlineMs: 5_000 });
  await expect(other.sign(request)).rejects.toMatchObject({ code: 'verifier-refused' });
  expect(asked).toEqual(['good', 'refusing']);
  const none = clusterClient({ dataDirs: [down], deadlineMs: 5_000 });
  await expect(none.sign(request)).rejects.toMatchObject({ code: 'no-node' });
  await expect(clusterClient({ dataDirs: [], deadlineMs: 1 }).key()).rejects.toMatchObject({
    code: 'no-node',
  });
});

it('has another lead where one is bound by its guard, and tells of that where nobody signs', async () => {
  const bound = (code: string) =>
    signer(async () => {
      throw code === 'below-watermark'
        ? new InputError(code, 'request', 'batch 1 is on L1')
        : new OperationError(code, 'fatal', 'nonce 0 holds another');
    });
  const free = await signer(async () => report);
  const down = await signer(undefined);
  for (const code of ['guard-conflict', 'below-watermark']) {
    const holder = await bound(code);
    const client = clusterClient({ dataDirs: [holder, free], deadlineMs: 5_000 });
    expect(await client.sign(request)).toEqual(signature);
    const none = clusterClient({ dataDirs: [holder, down], deadlineMs: 5_000 });
    await expect(none.sign(request)).rejects.toMatchObject({ code });
  }
});

it('knows the key in service', async () => {
  const good = await signer(async () => report);
  const { keyId, keyEpoch } = await clusterClient({ dataDirs: [good], deadlineMs: 5_000 }).key();
  expect(keyId).toEqual(new Uint8Array(32).fill(3));
  expect(keyEpoch).toBe(2);
});
