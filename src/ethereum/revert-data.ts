import type { Abi } from 'viem';
import { decodeErrorResult } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';

/** What viem finds; an error without arguments has none, whatever the type says. */
interface DecodedError {
  readonly errorName: string;
  readonly args?: readonly unknown[] | undefined;
}

/** The error of an ABI that revert data names, as people read it; `undefined` if it names none of them. */
export function errorNamed(abi: Abi, data: Uint8Array): string | undefined {
  try {
    const decoded: DecodedError = decodeErrorResult({ abi, data: to0x(data) });
    const { errorName, args = [] } = decoded;
    return args.length === 0 ? errorName : `${errorName}(${args.join(', ')})`;
  } catch {
    return undefined; // no error of these contracts
  }
}
