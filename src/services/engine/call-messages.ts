import type { L2Header } from '../../chain/block.ts';
import type { CallRequest, CallResult } from '../../chain/execution.ts';
import type { Key } from './key.ts';

/** What a thread that makes calls is told. */
export type ToCallThread =
  | { readonly kind: 'hello'; readonly chainId: bigint; readonly memory: SharedArrayBuffer }
  | {
      readonly kind: 'call';
      readonly header: L2Header;
      /** Of the header, 32 bytes. */
      readonly hash: Uint8Array;
      readonly request: CallRequest;
    };

/** Something of the chain that a call needs: everything else it has been told. */
export type Read =
  | { readonly of: 'account'; readonly account: Key }
  | { readonly of: 'slot'; readonly account: Key; readonly slot: Key }
  | { readonly of: 'code'; readonly hash: Uint8Array }
  | { readonly of: 'ancestor'; readonly number: bigint };

/** What a thread says. After `read` it stands still until the answer is in the memory that both have. */
export type FromCallThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly read: Read }
  | { readonly kind: 'done'; readonly result: CallResult }
  | { readonly kind: 'failed'; readonly message: string };

/** As `isFromCallThread`, of what the thread hears. */
export const isToCallThread = (message: unknown): message is ToCallThread =>
  kindOf(message) === 'hello' || kindOf(message) === 'call';

const kindOf = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'kind' in message ? message.kind : undefined;

const KINDS: readonly unknown[] = ['ready', 'read', 'done', 'failed'] satisfies FromCallThread['kind'][];

/** The thread runs our own code: its kind tells a message from what the platform may put in between. */
export const isFromCallThread = (message: unknown): message is FromCallThread =>
  KINDS.includes(kindOf(message));
