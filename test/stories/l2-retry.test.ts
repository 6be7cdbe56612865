import { join } from 'node:path';

import { encodeFunctionData } from 'viem/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { askAdmin } from '../../src/apps/admin-client.ts';
import { type SequencerStatus, sequencerStatus } from '../../src/apps/l2/control-protocol.ts';
import {
  type BatchingRequest,
  contentHashOf,
  decodeRequest,
  encodeRequest,
  isBatching,
} from '../../src/chain/duty.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { assert } from '../../src/crypto/errors.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { fund, sendAs } from '../../src/system/dev-l1.ts';
import { RealSigners } from './l2-cluster.ts';
import { receiptAt } from './l2-look.ts';
import { type TownNode, Town, headsAt, until } from './l2-town.ts';

/** Whom the inbox believes: the sender of a batch, or a certificate, which batches here do not have. */
const modes = { sender: 0, quorum: 1 } as const;

const signers = new RealSigners();
let town: Town;
let sequencer: TownNode;
let verifier: TownNode;
beforeAll(async () => {
  town = await Town.found({ isUnnamed: true, cluster: signers.cluster, l1Epoch: 2 });
  sequencer = await town.sequencer();
  verifier = await town.verifier('verifier', sequencer);
  await signers.settle(town, verifier, { count: 4, required: 3 });
}, 120_000);
afterAll(async () => {
  await town.end();
  await signers.stop();
});

type Batching = NonNullable<SequencerStatus['batching']>;
const tell = async (verb: 'sequencer-status' | 'sequencer-retry'): Promise<SequencerStatus> =>
  sequencerStatus.parse(await askAdmin(join(town.folder, 'sequencer'), verb));
const batches = async (): Promise<Batching['batches']> =>
  (await tell('sequencer-status')).batching?.batches ?? [];
const phases = async (): Promise<string> =>
  (await batches()).map(({ index, phase, nonce }) => `${index} ${phase} ${nonce ?? ''}`).join(', ');

/** A vote of governance. */
async function vote(mode: keyof typeof modes): Promise<void> {
  const from = town.contracts.at('Timelock');
  await fund(town.anvil, from, 10n ** 18n);
  await town.anvil.rpc('anvil_impersonateAccount', [from]);
  const { abi } = contracts.BatchInbox;
  const data = encodeFunctionData({ abi, functionName: 'setAuthMode', args: [modes[mode]] });
  await sendAs(town.anvil, { from, to: town.rollup.inbox, data });
}

/** What was asked for under an index, oldest first. */
const askedFor = (index: bigint): readonly BatchingRequest[] =>
  signers.asked
    .map((bytes) => decodeRequest(bytes))
    .filter((one) => isBatching(one))
    .filter(({ batchIndex }) => batchIndex === index);

/** How the last transaction of a batch ended on L1, and whose it is. */
async function onL1(index: string): Promise<string> {
  const tx = (await batches()).findLast((one) => one.index === index)?.tx;
  const found = await town.anvil.rpc('eth_getTransactionReceipt', [tx]);
  const { status, from } = found as { readonly status: string; readonly from: string };
  return `${status} ${from}`;
}

test('what failed for good goes to L1 under another nonce, signed by the same guards', async () => {
  await vote('quorum');
  const hash = await town.send(sequencer, 0, {});
  await receiptAt(sequencer, hash);
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  await until(phases, (text) => text.startsWith('1 mined 0'), 40_000);
  const own = signers.account.toLowerCase();
  expect(await onL1('1')).toBe(`0x0 ${own}`);
  await expect(tell('sequencer-retry')).rejects.toMatchObject({ code: 'nothing-failed' });
  const [asked] = askedFor(1n);
  assert(asked !== undefined, 'batch 1 was asked for');
  // Whoever asks the nodes for it: while a reorg may bring the first to another end, there is no second.
  const early = encodeRequest({ ...asked, nonce: asked.nonce + 8n });
  await expect(signers.sign(early)).rejects.toMatchObject({ code: 'reissue-unsupported' });

  const isOver = (text: string) => /^1 failed 0(, \d+ failed \d+)*(, \d+ sealed )*$/.test(text);
  const failed = await until(phases, isOver, 40_000);
  await vote('sender');
  await tell('sequencer-retry');
  const taken = await until(phases, (text) => text.includes('1 final'), 40_000);

  // Behind all nonces that were spent in vain, and with what was behind it then behind it again.
  const spent = BigInt(failed.match(/failed/g)?.length ?? 0);
  expect(taken).toContain(`1 final ${spent}`);
  expect(await onL1('1')).toBe(`0x1 ${own}`);
  const again = askedFor(1n);
  expect(again.at(-1)?.nonce).toBe(spent);
  expect(new Set(again.map((one) => toHex(contentHashOf(one))))).toHaveLength(1);
  await until(
    async () => (await headsAt(verifier)).finalized.number,
    (number) => BigInt(number) > 0n,
  );
  expect(await receiptAt(verifier, hash)).toMatchObject({ status: '0x1' });
  expect(town.words.filter(({ level }) => level === 'error')).toEqual([]);
  const faults = signers.residents.flatMap(({ log }) => log.lines.filter(({ level }) => level === 'error'));
  expect(faults).toEqual([]);
}, 180_000);
