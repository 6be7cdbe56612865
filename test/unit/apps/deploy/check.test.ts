import { describe, expect, it } from 'vitest';

import { type CheckRow, checkDeployment, checksOf } from '../../../../src/apps/deploy/check.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { planDeployment } from '../../../../src/ethereum/deployment-plan.ts';
import { deployedL1, sampleStart } from './fake-l1.ts';

const { settings } = sampleStart();
const plan = planDeployment(settings);
const checks = checksOf(plan, settings);
const standing = (change?: Parameters<typeof deployedL1>[2]) => deployedL1(plan, settings, change);
type Chain = ReturnType<typeof standing>;
const rows = (l1: Chain, isNew = true): Promise<readonly CheckRow[]> =>
  checkDeployment(plan, settings, { l1, isNew });
const wrong = async (l1: Chain, isNew = true): Promise<readonly string[]> =>
  (await rows(l1, isNew)).filter(({ ok }) => !ok).map(({ subject, rule }) => `${subject}: ${rule}`);
const numbered = checks.map(({ subject, rule, isParameter }, answer) => ({
  ...{ subject, rule, isParameter, answer },
}));

describe('the check of a deployment', () => {
  it('finds nothing wrong where everything is as planned', async () =>
    expect(await wrong(standing())).toEqual([]));

  it('asks nothing twice', () => {
    const asked = checks.map(({ ask }) =>
      JSON.stringify(ask.kind === 'call' ? [ask.to, [...ask.data]] : [ask.of, [...ask.slot]]),
    );
    expect(new Set(asked).size).toBe(asked.length);
  });

  it.each(plan.code)('finds other code of $name', async ({ name, contract, at }) =>
    expect(await wrong(standing({ code: at }))).toEqual([`${name}: its code is that of ${contract}`]),
  );

  it.each(numbered)('finds that it is not so: $subject: $rule', async ({ subject, rule, answer }) =>
    expect(await wrong(standing({ answer }))).toEqual([`${subject}: ${rule}`]),
  );

  it.each(numbered.filter(({ isParameter }) => isParameter !== true))(
    'finds later too that it is not so: $subject: $rule',
    async ({ subject, rule, answer }) =>
      expect(await wrong(standing({ answer }), false)).toEqual([`${subject}: ${rule}`]),
  );

  it('shows what a vote can have changed since, and does not call it wrong', async () => {
    const found = numbered.filter(({ rule }) => /^(exitDelayPeriod|settings|rateSchedule\(1\)) /.test(rule));
    expect(found).toHaveLength(3);
    for (const { answer, rule } of found) {
      const row = (await rows(standing({ answer }), false)).find((one) => one.rule === rule);
      expect(row).toMatchObject({ ok: true, changed: true });
      expect(row?.found).toMatch(/[0-9]/);
    }
  });

  it('counts a call that reverts as wrong, and passes on that L1 does not answer', async () => {
    const failing = (code: string) => ({
      ...standing(),
      call: () => Promise.reject(new OperationError(code, 'fatal', code)),
    });
    const calls = checks.filter(({ ask }) => ask.kind === 'call').length;
    expect(await wrong(failing('l1-reverted'))).toHaveLength(calls);
    expect(await wrong(failing('l1-reverted'), false)).toHaveLength(calls);
    await expect(wrong(failing('l1-unreachable'))).rejects.toMatchObject({ code: 'l1-unreachable' });
  });
});
