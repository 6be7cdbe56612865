import { decodeErrorResult } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import { bridgeAbi } from './contracts/bridge.ts';
import { bridgedTokenAbi } from './contracts/bridged-token.ts';
import { disputeGameAbi } from './contracts/dispute-game.ts';
import { forcedInboxAbi } from './contracts/forced-inbox.ts';
import { l2TokenBridgeAbi } from './contracts/l2-token-bridge.ts';
import { messagePasserAbi } from './contracts/message-passer.ts';
import { messengerAbi } from './contracts/messenger.ts';
import { metisTokenAbi } from './contracts/metis-token.ts';
import { outputsAbi } from './contracts/outputs.ts';

/** What viem finds; an error without arguments has none, whatever the type says. */
interface DecodedError {
  readonly errorName: string;
  readonly args?: readonly unknown[] | undefined;
}

/** Whoever may refuse a call of the bridge, of outputs, or of a dispute, on either end. */
const refusing = [
  ...bridgeAbi,
  ...forcedInboxAbi,
  ...metisTokenAbi,
  ...outputsAbi,
  ...disputeGameAbi,
  ...messagePasserAbi,
  ...messengerAbi,
  ...l2TokenBridgeAbi,
  ...bridgedTokenAbi,
].filter(({ type }) => type === 'error');

/** The custom error that revert data names, as people read it; `undefined` if it names none of these. */
export function bridgeErrorOf(data: Uint8Array): string | undefined {
  try {
    const decoded: DecodedError = decodeErrorResult({ abi: refusing, data: to0x(data) });
    const { errorName, args = [] } = decoded;
    return args.length === 0 ? errorName : `${errorName}(${args.join(', ')})`;
  } catch {
    return undefined; // no error of these contracts
  }
}
