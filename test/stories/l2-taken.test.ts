import { join } from 'node:path';

import { encodeFunctionData } from 'viem/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { askAdmin } from '../../src/apps/admin-client.ts';
import { type SequencerStatus, sequencerStatus } from '../../src/apps/l2/control-protocol.ts';
import {
  type BatchingRequest,
  decodeRequest,
  encodeRequest,
  isBatching,
  transactionOf,
} from '../../src/chain/duty.ts';
import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { OperationError, assert } from '../../src/crypto/errors.ts';
import { decodeInboxCall, recordOf } from '../../src/ethereum/abi.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { isOrdinary } from '../../src/node/supervise.ts';
import type { Cluster } from '../../src/services/l1/service.ts';
import { certifyBySet0, devAccount, fund, sendAs } from '../../src/system/dev-l1.ts';
import { RealSigners } from './l2-cluster.ts';
import { receiptAt } from './l2-look.ts';
import { type TownNode, Town, headsAt, until } from './l2-town.ts';

/** Whom the inbox believes: the sender of a batch, or a certificate, which only a stranger has here. */
const modes = { sender: 0, quorum: 1 } as const;
const { abi } = contracts.BatchInbox;

const signers = new RealSigners();
/** Whether the cluster signs, loses its answer on the way back, or is not reached at all. */
let cluster: 'signs' | 'loses' | 'away' = 'loses';
const asked: BatchingRequest[] = [];
const between: Cluster = {
  key: signers.cluster.key,
  sign: async (bytes) => {
    const request = decodeRequest(bytes);
    assert(isBatching(request), 'a sequencer asks for batches');
    if (cluster === 'away') asked.push(request);
    if (cluster === 'away') throw new OperationError('no-node', 'retry', 'the cluster is away');
    const isLost = cluster === 'loses';
    const signature = await signers.sign(bytes);
    asked.push(request);
    if (isLost) throw new OperationError('deadline', 'retry', 'the answer is lost');
    return signature;
  },
};

let town: Town;
let sequencer: TownNode;
let verifier: TownNode;
beforeAll(async () => {
  town = await Town.found({ isUnnamed: true, cluster: between, l1Epoch: 2 });
  sequencer = await town.sequencer();
  verifier = await town.verifier('verifier', sequencer);
  await signers.settle(town, verifier, { count: 4, required: 3 });
}, 120_000);
afterAll(async () => {
  await town.end();
  await signers.stop();
});

type Verb = 'sequencer-status' | 'sequencer-pause' | 'sequencer-resume' | 'sequencer-clear';
const tell = async (verb: Verb, args: Readonly<Record<string, string>> = {}): Promise<SequencerStatus> =>
  sequencerStatus.parse(await askAdmin(join(town.folder, 'sequencer'), verb, { args }));
const batching = async (): Promise<NonNullable<SequencerStatus['batching']>> => {
  const { batching: found } = await tell('sequencer-status');
  assert(found !== undefined, 'a sequencer makes batches');
  return found;
};
const phaseOf = async (index: bigint): Promise<string> => {
  const found = (await batching()).batches.findLast((one) => one.index === String(index));
  return found === undefined ? 'none' : `${found.phase} ${found.nonce ?? ''}`;
};
const alarms = async (): Promise<ReadonlyMap<string, string>> =>
  new Map((await batching()).alarms.map(({ alarm, detail }) => [alarm, detail]));

/** A vote of governance. */
async function vote(mode: keyof typeof modes): Promise<void> {
  const from = town.contracts.at('Timelock');
  await fund(town.anvil, from, 10n ** 18n);
  await town.anvil.rpc('anvil_impersonateAccount', [from]);
  const data = encodeFunctionData({ abi, functionName: 'setAuthMode', args: [modes[mode]] });
  await sendAs(town.anvil, { from, to: town.rollup.inbox, data });
}

/** A stranger brings a batch that the cluster was asked for, as whoever may after long silence. */
async function bringFirst(request: BatchingRequest): Promise<void> {
  const call = decodeInboxCall(transactionOf(request).data);
  assert(call.kind === 'submit-batch', 'its payload is in calldata');
  const header = recordOf(call.header);
  const { inbox: to } = town.rollup;
  const question = encodeFunctionData({ abi, functionName: 'batchDigest', args: [header] });
  const digest = fromHex(String(await town.anvil.rpc('eth_call', [{ to, data: question }, 'latest'])));
  assert(digest !== undefined, 'the inbox gives a digest');
  const args = [header, to0x(call.payload), to0x(await certifyBySet0(digest))] as const;
  await vote('quorum');
  const data = encodeFunctionData({ abi, functionName: 'submitBatch', args });
  await sendAs(town.anvil, { from: await devAccount(town.anvil), to, data });
  await vote('sender');
}

const codeOf = (error: unknown): string => (isOrdinary(error) ? error.code : String(error));

/** Until the signers' own views of L1 have it: then nobody signs it anew. */
const isSeen = (request: BatchingRequest): Promise<unknown> =>
  until(
    () => signers.sign(encodeRequest({ ...request, nonce: request.nonce + 8n })).then(() => 'signed', codeOf),
    (code) => code === 'below-watermark',
    20_000,
  );

const lastAsked = (index: bigint): BatchingRequest => {
  const request = asked.findLast(({ batchIndex }) => batchIndex === index);
  assert(request !== undefined, `batch ${index} was asked for`);
  return request;
};

test('signers that hold what a stranger brought use its nonce up, and the next batch goes on', async () => {
  await receiptAt(sequencer, await town.send(sequencer, 0, {}));
  await until(
    async () => asked.length,
    (count) => count > 0,
    40_000,
  );
  await bringFirst(lastAsked(1n));
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  await until(alarms, (found) => found.has('index-taken'), 20_000);
  await isSeen(lastAsked(1n));
  expect(await phaseOf(1n)).toBe('requested 0');

  cluster = 'signs';
  const hash = await town.send(sequencer, 1, {});
  await until(
    () => phaseOf(1n),
    (phase) => phase === 'failed 0',
    60_000,
  );
  await until(
    () => phaseOf(2n),
    (phase) => phase === 'final 1',
    60_000,
  );
  expect(await receiptAt(verifier, hash)).toMatchObject({ status: '0x1' });
}, 180_000);

test('what nobody holds is let go of, and its nonce is that of the next batch', async () => {
  cluster = 'away';
  await receiptAt(sequencer, await town.send(sequencer, 2, {}));
  await until(alarms, (found) => found.has('sign-refused'), 60_000);
  const index = asked.at(-1)?.batchIndex ?? 0n;
  const request = lastAsked(index);
  await bringFirst(request);
  await isSeen(request);
  cluster = 'signs';
  await until(alarms, (found) => found.has('index-taken'), 20_000);
  await until(alarms, (found) => found.get('sign-refused')?.includes('no-node') === false, 60_000);

  await tell('sequencer-pause');
  const { account } = signers;
  const nonce = String(request.nonce);
  const clear = (): Promise<string> =>
    tell('sequencer-clear', { account, nonce }).then(() => 'cleared', codeOf);
  await until(clear, (answer) => answer === 'cleared', 40_000);
  await tell('sequencer-resume');
  const hash = await town.send(sequencer, 3, {});
  await until(
    () => phaseOf(index + 1n),
    (phase) => phase === `final ${nonce}`,
    60_000,
  );
  expect(await receiptAt(verifier, hash)).toMatchObject({ status: '0x1' });
  await until(
    async () => (await headsAt(verifier)).finalized.number,
    (number) => BigInt(number) > 0n,
  );
  expect(town.words.filter(({ level }) => level === 'error')).toEqual([]);
  const faults = signers.residents.flatMap(({ log }) => log.lines.filter(({ level }) => level === 'error'));
  expect(faults).toEqual([]);
}, 180_000);
