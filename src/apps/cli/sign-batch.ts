import { join } from 'node:path';

import { signedTransaction, writeMined } from '../../audit/l1-file.ts';
import type { SubmitBatchRequest } from '../../chain/duty.ts';
import { to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { parseAddress } from '../../ethereum/address.ts';
import { networkForm } from '../../ethereum/blob-tx.ts';
import { type SignedL1Tx, decodeSigned } from '../../ethereum/l1-tx.ts';
import type { SignReport } from '../../node/api.ts';
import { batchRules } from '../../node/policy/verdict.ts';
import { versionedHashesOf, sidecarOf } from '../../system/blob-sidecar.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { kzg } from '../../system/kzg.ts';
import { connectL1 } from '../../system/l1-client.ts';
import type { L1, L1Receipt } from '../../system/ports.ts';
import { readBatchFile } from '../batch-file.ts';
import { batchRequest } from '../batch-request.ts';
import type { Config } from '../config.ts';
import { shortDuration } from '../duration.ts';
import { progress, result } from '../output.ts';
import type { Cli, SignBatchFlags } from './context.ts';
import { askToSign, signatureIn, signedBy } from './sign-ask.ts';
import { statusOf } from './status.ts';

/** Numbers that replace those of L1. */
export interface BatchNumbers {
  readonly index: bigint | undefined;
  readonly nonce: bigint | undefined;
}

/** How long one waits for a block. */
const MINED_MS = 120_000;

/** Reads, packs, has it signed, and with `--submit` sends it and waits for the block. */
export async function signBatch(cli: Cli, flags: SignBatchFlags, numbers: BatchNumbers): Promise<void> {
  const started = systemClock.monotonicMs();
  const config = await cli.config();
  const { network } = config.settings;
  const transactions = await readBatchFile(flags.file, network.l2_chain_id);
  const { key } = await statusOf(cli);
  if (key === undefined) throw new InputError('key-unknown', 'key', 'this node has no key yet');
  const l1 = await l1Of(config);
  const inbox = inboxOf(config, flags);
  const plan = {
    ...{ transactions, key, inbox, da: flags.da, ...numbers },
    l1ChainId: network.l1_chain_id,
    l2ChainId: network.l2_chain_id,
  };
  const made = await batchRequest(plan, l1, async (payload) => versionedHashesOf(await kzg(), payload));
  const { request } = made;
  const packedMs = systemClock.monotonicMs() - started;
  progress(
    cli.output,
    { type: 'packed', transactions: transactions.length, bytes: request.payload.length, da: flags.da },
    `  ${transactions.length} transactions in ${request.payload.length} bytes (${made.compression}), ` +
      `batch ${request.batchIndex}, nonce ${request.nonce}`,
  );
  const report = await askToSign(cli, made.bytes, config, flags.signers);
  const signature = signatureIn(report);
  const tx = signedTransaction(request, signature);
  const common = { ...summary(request, report, tx), transactions: transactions.length, packedMs };
  if (flags.submit !== true) {
    result(cli.output, { ...common, raw: to0x(tx.raw) }, [
      ...signedLines(cli, request, report, tx),
      to0x(tx.raw),
    ]);
    return;
  }
  const sentAt = systemClock.monotonicMs();
  const receipt = await submit(l1, request, tx);
  const submitMs = systemClock.monotonicMs() - sentAt;
  const sender = decodeSigned((await l1.rawTransaction(tx.hash)) ?? tx.raw).sender;
  keepMined(cli.dataDir, report.folder, receipt);
  result(
    cli.output,
    { ...common, block: String(receipt.block), from: sender, gasUsed: String(receipt.gasUsed), submitMs },
    [
      ...signedLines(cli, request, report, tx),
      `${cli.output.paint('good', '✔')} mined in block ${receipt.block} after ${shortDuration(submitMs)}, ` +
        `gas ${receipt.gasUsed}; sender on chain ${sender}`,
      `records          ${join(cli.dataDir, report.folder)}`,
    ],
  );
}

function inboxOf({ policy }: Config, { inbox, da }: SignBatchFlags): SubmitBatchRequest['inbox'] {
  if (inbox !== undefined) return parseAddress(inbox.toLowerCase(), '--inbox');
  const rules = batchRules(policy);
  const rule = rules.find((one) => one.da === da) ?? rules[0];
  if (rule !== undefined) return rule.inbox;
  throw new InputError('rule-missing', 'policy', 'the policy of this node has no rule for batches');
}

async function l1Of({ settings }: Config): Promise<L1> {
  const [url] = settings.l1?.rpc ?? [];
  if (url === undefined)
    throw new InputError('config-invalid', 'l1', 'no L1 endpoint is configured: add l1.rpc to conclave.yaml');
  return connectL1({ url, chainId: settings.network.l1_chain_id, pollMs: 100 }, { clock: systemClock });
}

/** Blobs travel with their transaction, but are not part of what was signed. */
async function submit(l1: L1, request: SubmitBatchRequest, tx: SignedL1Tx): Promise<L1Receipt> {
  const raw =
    request.da === 'blobs' ? networkForm(tx.raw, await sidecarOf(await kzg(), request.payload)) : tx.raw;
  await l1.send({ raw, hash: tx.hash });
  return l1.mined(tx.hash, MINED_MS);
}

/** Where it was mined, beside the records of the signature: an audit compares it with L1. */
function keepMined(dataDir: string, folder: string, { hash, block }: L1Receipt): void {
  const disk = openDisk({ folder: dataDir, sweep: false });
  const path = `${folder}/l1.json`;
  if (disk.read(path) === undefined) disk.create(path, writeMined({ txHash: hash, blockNumber: block }));
}

const summary = (request: SubmitBatchRequest, report: SignReport, tx: SignedL1Tx): object => ({
  ...report,
  txHash: to0x(tx.hash),
  batchIndex: String(request.batchIndex),
  nonce: String(request.nonce),
  da: request.da,
  payloadBytes: request.payload.length,
  blobs: request.blobVersionedHashes.length,
  sender: request.sender,
});

function signedLines(
  { output }: Cli,
  { da, batchIndex }: SubmitBatchRequest,
  report: SignReport,
  tx: SignedL1Tx,
): readonly string[] {
  return [
    `${output.paint('good', '✔')} batch ${batchIndex} signed as ${da} ${signedBy(report)}`,
    `transaction      ${to0x(tx.hash)}`,
  ];
}
