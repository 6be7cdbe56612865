import { InputError } from '../../crypto/errors.ts';

/** Numbers of JSON-RPC, and those that execution clients add. [JSON-RPC 2.0, 5.1; EIP-1474] */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Everything that is not said more exactly; clients read the message. */
  server: -32000,
  timeout: -32002,
  responseTooLarge: -32003,
  limit: -32005,
  /** What was executed reverted; `data` is what it returned. */
  reverted: 3,
} as const;

/** What a caller gets in place of a result. `data` is printed as it is. */
export class RpcError extends InputError {
  readonly rpcCode: number;
  readonly data: unknown;
  constructor(rpcCode: number, message: string, data?: unknown) {
    super('rpc-refused', 'request', message);
    this.rpcCode = rpcCode;
    this.data = data;
  }
}

/** A parameter that is not what the method takes. */
export const invalidParams = (message: string): RpcError => new RpcError(rpcCodes.invalidParams, message);

/** A failure that clients tell from others by its text alone. */
export const serverError = (message: string, data?: unknown): RpcError =>
  new RpcError(rpcCodes.server, message, data);

/** More was asked for than one call gives. */
export const limitExceeded = (message: string): RpcError => new RpcError(rpcCodes.limit, message);
