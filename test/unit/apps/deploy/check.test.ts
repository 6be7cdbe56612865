import { describe, expect, it } from 'vitest';

import { checkDeployment } from '../../../../src/apps/deploy/check.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { checksOf } from '../../../../src/ethereum/deployment-checks.ts';
import { planDeployment } from '../../../../src/ethereum/deployment-plan.ts';
import { deployedL1, sampleStart, testDeployer } from './fake-l1.ts';

const plan = planDeployment(sampleStart().settings);
const checks = checksOf(plan, testDeployer);
const wrong = async (l1: ReturnType<typeof deployedL1>): Promise<readonly string[]> =>
  (await checkDeployment(plan, testDeployer, l1))
    .filter(({ ok }) => !ok)
    .map(({ subject, rule }) => `${subject}: ${rule}`);

describe('the check of a deployment', () => {
  it('finds nothing wrong where everything is as planned', async () =>
    expect(await wrong(deployedL1(plan))).toEqual([]));

  it.each(plan.code)('finds other code of $name', async ({ name, contract, at }) =>
    expect(await wrong(deployedL1(plan, { code: at }))).toEqual([`${name}: its code is that of ${contract}`]),
  );

  it.each(checks.map(({ subject, rule }, answer) => ({ subject, rule, answer })))(
    'finds that it is not so: $subject: $rule',
    async ({ subject, rule, answer }) =>
      expect(await wrong(deployedL1(plan, { answer }))).toEqual([`${subject}: ${rule}`]),
  );

  it('counts a call that reverts as wrong, and passes on that L1 does not answer', async () => {
    const failing = (code: string) => ({
      ...deployedL1(plan),
      call: () => Promise.reject(new OperationError(code, 'fatal', code)),
    });
    expect(await wrong(failing('l1-reverted'))).toHaveLength(
      checks.filter(({ ask }) => ask.kind === 'call').length,
    );
    await expect(wrong(failing('l1-unreachable'))).rejects.toMatchObject({ code: 'l1-unreachable' });
  });
});
