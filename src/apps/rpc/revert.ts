import { bytesToBigint, equalBytes, to0x } from '../../crypto/bytes.ts';
import type { CallResult } from '../../chain/execution.ts';
import { type RpcError as Refusal, RpcError, rpcCodes, serverError } from './rpc-error.ts';

/** `Error(string)` and `Panic(uint256)`. [Solidity, revert] */
const ERROR = Uint8Array.of(0x08, 0xc3, 0x79, 0xa0);
const PANIC = Uint8Array.of(0x4e, 0x48, 0x7b, 0x71);

/** Words for the codes that the compiler writes. [Solidity, panic via assert] */
const panics: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
]);

/** What a revert says in words; `undefined` where its data is none of the two that the compiler writes. */
export function revertReason(data: Uint8Array): string | undefined {
  const [selector, body] = [data.subarray(0, 4), data.subarray(4)];
  if (equalBytes(selector, ERROR)) return textIn(body);
  if (!equalBytes(selector, PANIC) || body.length < 32) return undefined;
  const code = bytesToBigint(body.subarray(0, 32));
  return panics.get(code) ?? `unknown panic code: 0x${code.toString(16)}`;
}

function textIn(body: Uint8Array): string | undefined {
  const numberAt = (at: number): number | undefined => {
    const word = body.subarray(at, at + 32);
    const value = word.length === 32 ? bytesToBigint(word) : BigInt(body.length);
    return value < BigInt(body.length) ? Number(value) : undefined;
  };
  const offset = numberAt(0);
  const length = offset === undefined ? undefined : numberAt(offset);
  if (offset === undefined || length === undefined) return undefined;
  const text = body.subarray(offset + 32, offset + 32 + length);
  return text.length === length ? new TextDecoder().decode(text) : undefined;
}

/** What a caller is told of an execution that did not succeed, in the words of execution clients. */
export function executionError({ fault, output }: CallResult): Refusal {
  if (fault !== 'revert') return serverError(faultText(fault ?? 'execution failed'));
  const reason = revertReason(output);
  const message = `execution reverted${reason === undefined ? '' : `: ${reason}`}`;
  return new RpcError(rpcCodes.reverted, message, to0x(output));
}

/** What a caller is told of an execution that took too long. [geth] */
export const executionAborted = (limitMs: number): Refusal =>
  serverError(`execution aborted (timeout = ${limitMs / 1_000}s)`);

/** Where the words of the machine are others than those that clients know. */
const faultText = (fault: string): string => (fault === 'invalid JUMP' ? 'invalid jump destination' : fault);
