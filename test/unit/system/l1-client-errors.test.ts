import { CallExecutionError, HttpRequestError, RpcRequestError, TransactionReceiptNotFoundError } from 'viem';
import { TimeoutError } from 'viem';
import { describe, expect, it } from 'vitest';

import { OperationError } from '../../../src/crypto/errors.ts';
import { isKnownAlready, isNotFound, l1Error } from '../../../src/system/l1-client-errors.ts';

const url = 'http://127.0.0.1:1';
const refusal = (message: string, data?: string): RpcRequestError =>
  new RpcRequestError({ body: {}, url, error: { code: -32_000, message, ...(data && { data }) } });

describe('an error of L1', () => {
  // The wordings of geth, anvil, Nethermind and Erigon.
  it.each([
    ['nonce-too-low', 'nonce too low: next nonce 5, tx nonce 4'],
    ['nonce-too-low', 'OldNonce, Current nonce: 5, nonce is too low'],
    ['fee-too-low', 'replacement transaction underpriced'],
    ['fee-too-low', 'max fee per gas less than block base fee'],
    ['fee-too-low', 'max fee per blob gas less than block blob gas fee'],
    ['no-funds', 'insufficient funds for gas * price + value'],
    ['l1-reverted', 'execution reverted'],
    ['l1-rejected', 'the pool is closed today'],
  ])('is %s for: %s', (code, message) => {
    expect(l1Error('send', refusal(message))).toMatchObject({ code, name: 'OperationError' });
  });

  it('names the error of the contract where there is one, and its arguments', () => {
    const badIndex = '0xbe4db7b9' + '3'.padStart(64, '0');
    expect(l1Error('call', refusal('execution reverted', badIndex)).message).toBe('call: BadIndex(3)');
    const inner = refusal('execution reverted', '0xdeadbeef');
    const outer = new CallExecutionError(inner, {});
    expect(l1Error('call', outer)).toMatchObject({
      code: 'l1-reverted',
      message: 'call: revert data 0xdeadbeef',
    });
  });

  it('is a network that does not answer, and may be tried again, for everything below HTTP', () => {
    const unreachable = { code: 'l1-unreachable', level: 'retry' };
    expect(l1Error('head', new HttpRequestError({ url, details: 'nonce too low' }))).toMatchObject(
      unreachable,
    );
    expect(l1Error('head', new TimeoutError({ body: {}, url }))).toMatchObject(unreachable);
    expect(l1Error('head', new TypeError('broken pipe'))).toMatchObject(unreachable);
  });

  it('keeps its cause, and stays what it is if it is ours already', () => {
    const cause = refusal('nonce too low');
    expect(l1Error('send', cause).cause).toBe(cause);
    const own = new OperationError('wrong-chain', 'fatal', 'another chain');
    expect(l1Error('send', own)).toBe(own);
  });

  it('tells what is known and what is not found from what is refused', () => {
    expect(isKnownAlready(refusal('already known'))).toBe(true);
    expect(isKnownAlready(refusal('transaction already imported'))).toBe(true);
    expect(isKnownAlready(refusal('nonce too low'))).toBe(false);
    expect(isNotFound(new TransactionReceiptNotFoundError({ hash: '0x00' }))).toBe(true);
    expect(isNotFound(refusal('not found'))).toBe(false);
  });
});
