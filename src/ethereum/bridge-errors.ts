import { bridgeAbi } from './contracts/bridge.ts';
import { bridgedTokenAbi } from './contracts/bridged-token.ts';
import { disputeGameAbi } from './contracts/dispute-game.ts';
import { forcedInboxAbi } from './contracts/forced-inbox.ts';
import { l2TokenBridgeAbi } from './contracts/l2-token-bridge.ts';
import { messagePasserAbi } from './contracts/message-passer.ts';
import { messengerAbi } from './contracts/messenger.ts';
import { metisTokenAbi } from './contracts/metis-token.ts';
import { outputsAbi } from './contracts/outputs.ts';
import { errorNamed } from './revert-data.ts';

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
export const bridgeErrorOf = (data: Uint8Array): string | undefined => errorNamed(refusing, data);
