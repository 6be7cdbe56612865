import { to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { isRuntimeOf } from '../../ethereum/contracts.ts';
import { type DeploymentCheck, isExpected, powerChecksOf } from '../../ethereum/deployment-checks.ts';
import type { DeploymentSettings } from '../../ethereum/deployment-init.ts';
import type { DeploymentPlan } from '../../ethereum/deployment-plan.ts';
import { valueChecksOf } from '../../ethereum/deployment-values.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';

/** What was asked of the chain, and whether the answer was right. */
export interface CheckRow {
  readonly subject: string;
  readonly rule: string;
  /** Code, power, or a value that a contract was given. */
  readonly kind: 'code' | 'power' | 'value';
  readonly ok: boolean;
  /** The answer, where it is another one. */
  readonly found?: string;
  /** Whether a vote can have made it another one: then it is no fault. */
  readonly changed?: true;
}

type Chain = Pick<DeploymentL1, 'code' | 'call' | 'slot'>;

/** All questions to the chain, but for those about code. */
export const checksOf = (
  plan: DeploymentPlan,
  settings: DeploymentSettings,
): readonly (DeploymentCheck & { readonly kind: 'power' | 'value' })[] => [
  ...powerChecksOf(plan, settings.deployer).map((check) => ({ ...check, kind: 'power' as const })),
  ...valueChecksOf(plan, settings).map((check) => ({ ...check, kind: 'value' as const })),
];

/**
 * Compares what the chain holds with what was planned: code, proxies, roles, values. Right after a deployment
 * (`isNew`) every value must be as planned; later a vote may have changed a parameter.
 */
export const checkDeployment = (
  plan: DeploymentPlan,
  settings: DeploymentSettings,
  chain: { readonly l1: Chain; readonly isNew: boolean },
): Promise<readonly CheckRow[]> => checkStanding(plan.code, checksOf(plan, settings), chain);

/** The same for any code and any questions. */
export async function checkStanding(
  code: DeploymentPlan['code'],
  checks: readonly (DeploymentCheck & Pick<CheckRow, 'kind'>)[],
  { l1, isNew }: { readonly l1: Chain; readonly isNew: boolean },
): Promise<readonly CheckRow[]> {
  const rows: CheckRow[] = [];
  for (const { name, contract, at } of code) {
    const ok = isRuntimeOf(contract, await l1.code(at));
    rows.push({ subject: name, rule: `its code is that of ${contract}`, kind: 'code', ok });
  }
  for (const check of checks) {
    const found = await answer(check, l1);
    const { subject, rule, kind } = check;
    if (isExpected(check, found)) rows.push({ subject, rule, kind, ok: true });
    else rows.push({ subject, rule, kind, ...judged(check, found, isNew) });
  }
  return rows;
}

/** A parameter that is read well, of code that is checked apart, can only be another one by a vote. */
function judged(
  check: DeploymentCheck,
  answered: Uint8Array,
  isNew: boolean,
): Pick<CheckRow, 'ok' | 'found' | 'changed'> {
  const read = readable(check, answered);
  const found = read ?? (answered.length === 0 ? 'no answer' : to0x(answered));
  const isChanged = check.isParameter === true && read !== undefined && !isNew;
  return { ok: isChanged, found, ...(isChanged && { changed: true }) };
}

function readable({ read }: DeploymentCheck, answered: Uint8Array): string | undefined {
  try {
    return read?.(answered);
  } catch {
    return undefined; // bytes that are no answer of this view
  }
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
