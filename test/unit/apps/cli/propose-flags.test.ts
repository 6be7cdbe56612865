import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import {
  type PlanFlags,
  type ProposeFlags,
  checkFlagsFit,
  numbersOf,
  withChangeFlags,
  withPlanFlags,
} from '../../../../src/apps/cli/propose-flags.ts';

const code = (wanted: string, path: string): unknown => expect.objectContaining({ code: wanted, path });
function parsed(...words: readonly string[]): ProposeFlags {
  const command = withChangeFlags(withPlanFlags(new Command().exitOverride()));
  return command.parse(['--out', 'plan.json', ...words], { from: 'user' }).opts<ProposeFlags>();
}
const keygen = { ...parsed('--name', 'x', '--required', '3'), kind: 'keygen', member: ['line'] } as const;

describe('the flags of a plan', () => {
  it('have times by default, and leave what may stay as it is', () => {
    const flags: PlanFlags = parsed();
    expect(flags.out).toBe('plan.json');
    expect(numbersOf(flags)).toEqual({
      ...{ required: undefined, sequence: undefined, acceptWithinMs: 86_400_000 },
      ...{ executeWithinMs: 86_400_000, roundTimeoutMs: 20_000 },
    });
    const numbers = numbersOf(parsed('--required', '4', '--sequence', '77', '--round-timeout', '5s'));
    expect(numbers).toMatchObject({ required: 4, sequence: 77n, roundTimeoutMs: 5_000 });
    expect(() => numbersOf(parsed('--required', 'three'))).toThrow(code('usage', '--required'));
  });

  it('name several members of a change, in their order', () => {
    const flags = parsed('--add', 'a', '--add', 'b', '--remove', '3', '--replace', '1=c', '--lost', '2');
    expect(flags).toMatchObject({ add: ['a', 'b'], remove: ['3'], replace: ['1=c'], lost: ['2'] });
  });

  it('are refused where they mean nothing, and missed where a key generation needs them', () => {
    expect(() => checkFlagsFit(keygen)).not.toThrow();
    expect(() => checkFlagsFit({ ...parsed('--add', 'a'), kind: 'reshare' })).not.toThrow();
    for (const flag of ['add', 'remove', 'replace', 'lost'] as const)
      expect(() => checkFlagsFit({ ...keygen, [flag]: ['x'] })).toThrow(code('usage', `--${flag}`));
    expect(() => checkFlagsFit({ ...keygen, kind: 'refresh' })).toThrow(code('usage', '--member'));
    expect(() => checkFlagsFit({ ...parsed(), kind: 'repair', purpose: 'batch' })).toThrow(
      code('usage', '--purpose'),
    );
    for (const flag of ['name', 'required', 'member'] as const)
      expect(() => checkFlagsFit({ ...keygen, [flag]: undefined })).toThrow(code('usage', `--${flag}`));
  });
});
