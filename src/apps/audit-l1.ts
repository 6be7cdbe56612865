import type { Audit } from '../audit/audit.ts';
import { readMined, signedTransaction } from '../audit/l1-file.ts';
import { type CheckTable, type Report, type Result, fail, pass, reportOf, skip } from '../audit/report.ts';
import { equalBytes, to0x } from '../crypto/bytes.ts';
import { decodeSigned } from '../ethereum/l1-tx.ts';
import { systemClock } from '../system/clock.ts';
import { connectL1 } from '../system/l1-client.ts';
import type { L1 } from '../system/ports.ts';

const checks: CheckTable = {
  L1: {
    title: 'mined as signed',
    meaning: 'The transaction on L1 is, byte for byte, the one that was signed, and its sender is the key.',
  },
};

/** Compares every signature that says where it was mined with L1. @throws OperationError l1-unreachable | wrong-chain */
export async function auditOnL1(url: string, audit: Audit): Promise<readonly Report[]> {
  const reports: Report[] = [];
  let l1: L1 | undefined;
  for (const { folder, audit: one } of audit.signatures) {
    const request = one.signed?.request;
    const bytes = folder.files.get('l1.json');
    const subject = { kind: 'signature', path: folder.path } as const;
    if (one.signed === undefined || request?.kind !== 'submit-batch' || bytes === undefined) {
      reports.push(reportOf(subject, checks, [skip('L1', 'nothing says that it was mined')], {}));
      continue;
    }
    l1 ??= await connectL1({ url, chainId: request.l1ChainId }, { clock: systemClock });
    const { txHash } = readMined(bytes, `${folder.path}/l1.json`);
    const tx = signedTransaction(request, one.signed.signature);
    reports.push(
      reportOf(subject, checks, [await compared(l1, txHash, tx.raw)], { transaction: to0x(txHash) }),
    );
  }
  return reports;
}

async function compared(l1: L1, txHash: Uint8Array, expected: Uint8Array): Promise<Result> {
  const raw = await l1.rawTransaction(txHash);
  if (raw === undefined) return fail('L1', `L1 has no transaction ${to0x(txHash)}`);
  if (!equalBytes(raw, expected))
    return fail('L1', `transaction ${to0x(txHash)} is another than the one signed`);
  const receipt = await l1.receipt(txHash);
  if (receipt?.status !== 'success')
    return fail('L1', `transaction ${to0x(txHash)} is not mined, or reverted`);
  return pass('L1', `block ${receipt.block}, sender ${decodeSigned(raw).sender}`);
}
