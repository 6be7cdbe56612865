import { equalBytes } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { isRuntimeOf } from '../../ethereum/contracts.ts';
import { type DeploymentCheck, checksOf } from '../../ethereum/deployment-checks.ts';
import type { DeploymentPlan } from '../../ethereum/deployment-plan.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';

/** What was asked of the chain, and whether the answer was right. */
export interface CheckRow {
  readonly subject: string;
  readonly rule: string;
  readonly ok: boolean;
}

type Chain = Pick<DeploymentL1, 'code' | 'call' | 'slot'>;

/** Compares what the chain holds with what was planned: code, proxies, roles. */
export async function checkDeployment(
  plan: DeploymentPlan,
  deployer: Address,
  l1: Chain,
): Promise<readonly CheckRow[]> {
  const rows: CheckRow[] = [];
  for (const { name, contract, at } of plan.code) {
    const ok = isRuntimeOf(contract, await l1.code(at));
    rows.push({ subject: name, rule: `its code is that of ${contract}`, ok });
  }
  for (const check of checksOf(plan, deployer)) {
    const { subject, rule, expected } = check;
    rows.push({ subject, rule, ok: equalBytes(await answer(check, l1), expected) });
  }
  return rows;
}

async function answer({ ask }: DeploymentCheck, l1: Chain): Promise<Uint8Array> {
  try {
    return ask.kind === 'call' ? await l1.call(ask.to, ask.data) : await l1.slot(ask.of, ask.slot);
  } catch (error) {
    // What reverts is no right answer either.
    if (error instanceof OperationError && error.code === 'l1-reverted') return new Uint8Array(0);
    throw error;
  }
}
