import { encodeErrorResult, parseAbi } from 'viem';
import { describe, expect, it } from 'vitest';

import { executionError, revertReason } from '../../../../src/apps/rpc/revert.ts';
import { fromHex, to0x } from '../../../../src/crypto/bytes.ts';

const abi = parseAbi(['error Error(string)', 'error Panic(uint256)', 'error Other(uint256)']);
const encoded = (errorName: 'Error' | 'Panic' | 'Other', arg: string | bigint): Uint8Array =>
  fromHex(
    errorName === 'Error'
      ? encodeErrorResult({ abi, errorName, args: [String(arg)] })
      : encodeErrorResult({ abi, errorName, args: [BigInt(arg)] }),
  )!;

describe('the reason of a revert', () => {
  it('is the text that a contract gave', () => {
    for (const text of ['', 'short', 'ünïcode', 'x'.repeat(500)])
      expect(revertReason(encoded('Error', text))).toBe(text);
  });

  it('is in words for the codes of the compiler', () => {
    expect(revertReason(encoded('Panic', 0x11n))).toBe('arithmetic underflow or overflow');
    expect(revertReason(encoded('Panic', 0x1234n))).toBe('unknown panic code: 0x1234');
  });

  it('is none for other data, for text that is cut, and for lengths that are lies', () => {
    const whole = encoded('Error', 'x'.repeat(40));
    expect(revertReason(new Uint8Array(0))).toBeUndefined();
    expect(revertReason(encoded('Other', 1n))).toBeUndefined();
    expect(revertReason(encoded('Panic', 1n).subarray(0, 30))).toBeUndefined();
    for (let length = 4; length < 4 + 64 + 40; length++)
      expect(revertReason(whole.subarray(0, length)), String(length)).toBeUndefined();
    for (const at of [4 + 20, 4 + 32 + 20]) {
      const lie = whole.slice();
      lie[at] = 0xff;
      expect(revertReason(lie)).toBeUndefined();
    }
  });
});

describe('an execution that failed', () => {
  const failed = (fault: string | undefined, output: Uint8Array = new Uint8Array(0)) =>
    executionError({ isSuccess: false, output, gasUsed: 0n, fault });

  it('is told with the number 3 and its data where it reverted', () => {
    const output = encoded('Error', 'no');
    const told = failed('revert', output);
    expect([told.rpcCode, told.message, told.data]).toEqual([3, 'execution reverted: no', to0x(output)]);
    const silent = failed('revert');
    expect([silent.rpcCode, silent.message, silent.data]).toEqual([3, 'execution reverted', '0x']);
  });

  it('is told in words for every other fault', () => {
    expect([failed('out of gas').rpcCode, failed('out of gas').message]).toEqual([-32000, 'out of gas']);
    expect(failed('invalid JUMP').message).toBe('invalid jump destination');
    expect(failed(undefined).message).toBe('execution failed');
  });
});
