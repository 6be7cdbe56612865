import { existsSync } from 'node:fs';

import { fromHex, latin1, to0x } from '../../crypto/bytes.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import { approveCall, depositCall, forceCall } from '../../ethereum/bridge-calls.ts';
import { allowanceOf, bridgeFee, forcedFeePerGas } from '../../ethereum/bridge-views.ts';
import { type L2Tx, decodeL2Tx } from '../../ethereum/l2-tx.ts';
import type { Account } from '../bridge/account.ts';
import { type Tools, l1Of, l2Of, withTools } from '../bridge/open.ts';
import type { DeploymentRecord } from '../deploy/record.ts';
import { result } from '../output.ts';
import { readUserFile } from '../user-file.ts';
import { type Cli, type DepositFlags, type ForceFlags, numberFlag, usage } from './context.ts';
import { weiFlag } from './wei-flag.ts';

/** METIS of a deployment. */
export const metisOf = ({ start, at }: DeploymentRecord): Address => start.settings.token ?? at('MetisToken');

/** Lets the bridge take what is deposited, and no more, and deposits it. */
export const deposit = (cli: Cli, flags: DepositFlags): Promise<void> =>
  withTools(flags, async ({ record, on }) => {
    const account = on(await l1Of(record, flags.l1));
    const [bridge, amount] = [record.at('Bridge'), weiFlag('--wei', flags.wei)];
    if (amount === 0n) throw usage('--wei', 'nothing is to be deposited');
    const token = flags.token === undefined ? metisOf(record) : parseAddress(flags.token, '--token');
    const to = flags.to === undefined ? account.address : parseAddress(flags.to, '--to');
    const fee = await account.chain.ask(bridge, bridgeFee());
    await allow(account, token, { spender: bridge, amount });
    const { l2ChainId } = record.start.settings;
    const l2Gas = numberFlag('--l2-gas', flags.l2Gas);
    const { hash, block } = await account.send(
      depositCall({ bridge, l2ChainId, token, to, amount, l2Gas, fee }),
    );
    const value = { hash: to0x(hash), l1Block: String(block), token, to, wei: String(amount) };
    const next =
      token === metisOf(record)
        ? `It is credited in the first block of L2 whose origin is the L1 block ${block}.`
        : `Once L2 knows the L1 block ${block}, anybody delivers it: conclave bridge relay`;
    result(cli.output, value, [`${amount} wei of ${token} are on their way to ${to}: ${value.hash}`, next]);
  });

/** Lets somebody take an amount of a token, where that is not so already. */
export async function allow(
  { address, chain, send }: Account,
  token: Address,
  { spender, amount }: { readonly spender: Address; readonly amount: bigint },
): Promise<void> {
  if ((await chain.ask(token, allowanceOf(address, spender))) >= amount) return;
  await send(approveCall(token, spender, amount));
}

/** Forces a transaction of L2 in. */
export const force = (cli: Cli, flags: ForceFlags): Promise<void> =>
  withTools(flags, async (tools) => {
    const { record, on } = tools;
    const account = on(await l1Of(record, flags.l1));
    const tx = await forcedTx(flags, tools);
    const inbox = record.at('ForcedInbox');
    const fee = (await account.chain.ask(inbox, forcedFeePerGas())) * tx.gasLimit;
    const { hash, block } = await account.send(forceCall(inbox, tx.raw, fee));
    const value = { hash: to0x(hash), l1Block: String(block), l2Hash: to0x(tx.hash), fee: String(fee) };
    result(cli.output, value, [
      `${value.l2Hash} is queued in the L1 block ${block}: ${value.hash}`,
      'The first block of L2 whose origin that is begins with it, if it can be executed there.',
    ]);
  });

/** The transaction of a file or a flag, or a new one of the same key. */
async function forcedTx(
  flags: ForceFlags,
  { record, on }: Tools,
): Promise<L2Tx & { readonly raw: Uint8Array }> {
  const { l2ChainId } = record.start.settings;
  if (flags.raw !== undefined) {
    const text = existsSync(flags.raw) ? latin1(readUserFile(flags.raw)).trim() : flags.raw;
    const raw = hexFlag('--raw', text);
    return { ...decodeL2Tx(raw, l2ChainId, '--raw'), raw };
  }
  if (flags.l2 === undefined || flags.to === undefined)
    throw usage('--raw', 'name a transaction, or --l2 and --to of one that is to be made');
  const account = on(await l2Of(record, flags.l2));
  const { raw } = await account.sign({
    ...{ to: parseAddress(flags.to, '--to'), data: hexFlag('--data', flags.data) },
    value: weiFlag('--wei', flags.wei),
  });
  return { ...decodeL2Tx(raw, l2ChainId), raw };
}

function hexFlag(flag: string, text: string): Uint8Array {
  const bytes = text.startsWith('0x') ? fromHex(text) : undefined;
  if (bytes !== undefined) return bytes;
  throw usage(flag, `${text.slice(0, 40)} is not 0x and pairs of hex digits`);
}
