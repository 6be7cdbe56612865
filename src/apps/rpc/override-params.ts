import type { AccountOverride, BlockOverride } from '../../chain/execution.ts';
import { fieldOf } from './json-text.ts';
import * as params from './params.ts';
import { invalidParams } from './rpc-error.ts';

/** The most accounts that one call finds otherwise than they are, and slots of one of them. */
const [MOST_ACCOUNTS, MOST_SLOTS] = [1_000, 10_000] as const;

/** Accounts as a call is to find them, by their address. @throws RpcError invalidParams */
export const accountOverrides: params.Read<readonly AccountOverride[]> = (value) => {
  const entries = Object.entries(params.anObject(value));
  if (entries.length > MOST_ACCOUNTS) throw invalidParams(`more than ${MOST_ACCOUNTS} accounts`);
  return entries.map(([name, given]) => {
    const object = params.anObject(given);
    refuseOthers(object, ['movePrecompileToAddress']);
    const field = <T>(key: string, read: params.Read<T>): T | undefined =>
      params.maybeField(object, key, read);
    const [whole, some] = [field('state', slots), field('stateDiff', slots)];
    if (whole !== undefined && some !== undefined)
      throw invalidParams(`account ${name} has both 'state' and 'stateDiff'`);
    return {
      account: params.address(name),
      ...{ nonce: field('nonce', params.aNumber), balance: field('balance', params.wei) },
      ...{ code: field('code', params.bytes), slots: whole ?? some ?? [], isWhole: whole !== undefined },
    };
  });
};

/** Fields of the block in which a call stands, also by older names. @throws RpcError invalidParams */
export const blockOverrides: params.Read<BlockOverride> = (value) => {
  const object = params.anObject(value);
  refuseOthers(object, ['difficulty', 'blobBaseFee', 'beaconRoot', 'withdrawals']);
  const field = <T>(names: readonly string[], read: params.Read<T>): T | undefined =>
    names.map((name) => params.maybeField(object, name, read)).find((found) => found !== undefined);
  return {
    number: field(['number'], params.aNumber),
    timestamp: field(['time'], params.aNumber),
    gasLimit: field(['gasLimit'], params.aNumber),
    coinbase: field(['feeRecipient', 'coinbase'], params.address),
    prevRandao: field(['prevRandao', 'random'], params.hash),
    baseFeePerGas: field(['baseFeePerGas', 'baseFee'], params.wei),
  };
};

const slots: params.Read<AccountOverride['slots']> = (value) => {
  const entries = Object.entries(params.anObject(value));
  if (entries.length > MOST_SLOTS) throw invalidParams(`more than ${MOST_SLOTS} slots`);
  return entries.map(([slot, word]) => [params.hash(slot), params.hash(word)] as const);
};

/** What would change a call, and is not done, is not passed over in silence. */
function refuseOthers(object: ReturnType<typeof params.anObject>, names: readonly string[]): void {
  const given = names.find((name) => (fieldOf(object, name) ?? null) !== null);
  if (given !== undefined) throw invalidParams(`field ${given} is not supported`);
}
