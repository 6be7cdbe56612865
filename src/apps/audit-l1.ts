import type { Audit } from '../audit/audit.ts';
import { reconcile } from '../audit/reconcile.ts';
import {
  type CheckTable,
  type Report,
  type Result,
  fail,
  pass,
  reportOf,
  skip,
  unless,
} from '../audit/report.ts';
import type { SignedBatch } from '../audit/signed-batch.ts';
import { concat, equalBytes, to0x, u8 } from '../crypto/bytes.ts';
import { attempt } from '../crypto/codec.ts';
import { batchesAppended } from '../ethereum/abi.ts';
import { keccak256 } from '../ethereum/address.ts';
import { decodeSigned } from '../ethereum/l1-tx.ts';
import { decodeRlp, encodeRlp } from '../ethereum/rlp.ts';
import type { L1, L1History, L1Receipt } from '../system/ports.ts';

/** What is compared with L1. Only these checks need a network. */
export const l1Checks: CheckTable = {
  L1: { title: 'mined', meaning: 'The signed transaction is in a block of L1, and was carried out.' },
  L2: {
    title: 'same bytes',
    meaning: 'L1 holds exactly the transaction that was signed, and the key sent it.',
  },
  L3: { title: 'batch', meaning: 'The inbox on L1 took this very batch, under its number, from the key.' },
};

/** The first byte of a transaction with blobs. */
const BLOB_TYPE = 3;

/** What of L1 the audit reads. */
export type AuditedL1 = Pick<L1, 'receipt' | 'rawTransaction' | 'batchAt'>;

/** The L1 chains of the keys that are here, and on which signatures that hold were to land. */
export const chainsOf = ({ batches, accounts }: Pick<Audit, 'batches' | 'accounts'>): readonly bigint[] => [
  ...new Set([...accounts, ...batches].map(({ l1ChainId }) => l1ChainId)),
];

/**
 * A report on everything that each account has sent on this chain: what was signed, and nothing else.
 * @throws OperationError l1-unreachable
 */
export async function reconcileOnL1(
  { batches, accounts }: Pick<Audit, 'batches' | 'accounts'>,
  chainId: bigint,
  l1: L1History,
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  for (const account of accounts)
    if (account.l1ChainId === chainId) reports.push(await reconcile(account, batches, l1));
  return reports;
}

/** A report on each signature that holds and was for this chain. @throws OperationError l1-unreachable */
export async function auditOnL1(
  { batches }: Pick<Audit, 'batches'>,
  chainId: bigint,
  l1: AuditedL1,
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  for (const batch of batches) if (batch.l1ChainId === chainId) reports.push(await auditOne(batch, l1));
  return reports;
}

async function auditOne(batch: SignedBatch, l1: AuditedL1): Promise<Report> {
  const subject = { kind: 'l1', path: batch.path } as const;
  const receipt = await l1.receipt(batch.txHash);
  const facts = {
    txHash: to0x(batch.txHash),
    ...(receipt === undefined ? {} : { l1Block: receipt.block.toString(), sender: receipt.from }),
  };
  if (receipt === undefined) return reportOf(subject, l1Checks, notMined(batch), facts);
  const results = [
    recheckReceipt(batch, receipt),
    await recheckBytes(batch, receipt, l1),
    await recheckBatch(batch, receipt, l1),
  ];
  return reportOf(subject, l1Checks, results, facts);
}

/**
 * A signature whose transaction was replaced by one with higher fees is never mined; one with `l1.json`
 * was.
 */
function notMined({ mined, txHash }: SignedBatch): readonly Result[] {
  if (mined !== undefined) return [fail('L1', `L1 does not know ${to0x(txHash)}, which l1.json names`)];
  const why = 'L1 does not know this transaction, and no l1.json says that it should';
  return Object.keys(l1Checks).map((id) => skip(id, why));
}

function recheckReceipt({ mined }: SignedBatch, { status, block }: L1Receipt): Result {
  const problems: string[] = status === 'success' ? [] : [`it reverted in block ${block}`];
  if (mined !== undefined && mined.value?.blockNumber !== block)
    problems.push(`it is in block ${block}, l1.json says another`);
  return unless('L1', problems, `in block ${block}`);
}

/** The hash on L1 binds every byte; the bytes are compared all the same, where L1 hands them out. */
async function recheckBytes(
  { sender, txHash }: SignedBatch,
  receipt: L1Receipt,
  l1: AuditedL1,
): Promise<Result> {
  if (receipt.from !== sender) return fail('L2', `L1 says that ${receipt.from} sent it, not ${sender}`);
  const found = await l1.rawTransaction(txHash);
  if (found === undefined) return skip('L2', 'this L1 does not hand out the bytes of transactions');
  const held = withoutBlobs(found);
  if (!equalBytes(keccak256(held), txHash))
    return fail('L2', 'L1 holds other bytes than those that were signed');
  const recovered = decodeSigned(held).sender;
  return unless(
    'L2',
    recovered === sender ? [] : [`the bytes on L1 were signed by ${recovered}`],
    `${held.length} bytes, signed by ${recovered}`,
  );
}

/**
 * Some nodes hand out a transaction with its blobs beside it, as it is sent: [tx, …]. Only tx is signed.
 * [EIP-4844]
 */
function withoutBlobs(found: Uint8Array): Uint8Array {
  if (found[0] !== BLOB_TYPE) return found;
  const outer = attempt(() => decodeRlp(found.subarray(1), 'tx'));
  const inner = outer === undefined || outer instanceof Uint8Array ? undefined : outer[0];
  return inner === undefined || inner instanceof Uint8Array ? found : concat(u8(BLOB_TYPE), encodeRlp(inner));
}

/** What the inbox holds of a batch is its digest, which binds all that was signed of it. */
async function recheckBatch(
  { inbox, batchIndex, batchDigest, sender }: SignedBatch,
  receipt: L1Receipt,
  l1: AuditedL1,
): Promise<Result> {
  const event = batchesAppended(receipt.logs, inbox).find(({ index }) => index === batchIndex);
  if (event === undefined) return fail('L3', `the inbox did not say that it took batch ${batchIndex}`);
  if (event.submitter !== sender) return fail('L3', `the inbox took it from ${event.submitter}`);
  if (!equalBytes(event.digest, batchDigest))
    return fail('L3', `the inbox took another batch ${batchIndex} than the one that was signed`);
  const held = await l1.batchAt(inbox, batchIndex);
  if (held === undefined || !equalBytes(held.digest, batchDigest))
    return fail('L3', `the inbox holds another batch ${batchIndex} now`);
  return pass('L3', `batch ${batchIndex} at ${inbox}`);
}
