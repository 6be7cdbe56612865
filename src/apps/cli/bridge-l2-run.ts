import { l2MessageLeaf } from '../../chain/output.ts';
import { fromHex, to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { parseAddress } from '../../ethereum/address.ts';
import { type L2Message, METIS, finalizeCall, withdrawCall } from '../../ethereum/bridge-calls.ts';
import { isSpent } from '../../ethereum/bridge-views.ts';
import { l1Of, l2Of, withTools } from '../bridge/open.ts';
import {
  type NumberedOutput,
  type Withdrawal,
  outputCovering,
  proveAgainst,
  withdrawalIn,
} from '../bridge/withdrawals.ts';
import { type DeploymentRecord, readRecord } from '../deploy/record.ts';
import { document, result } from '../output.ts';
import type { BridgeChain } from '../../system/l1-client-chain.ts';
import { type Cli, type FinalizeFlags, type StatusFlags, type WithdrawFlags, usage } from './context.ts';
import { weiFlag } from './wei-flag.ts';

/** Lets METIS or a token leave L2. */
export const withdraw = (cli: Cli, flags: WithdrawFlags): Promise<void> =>
  withTools(flags, async ({ record, on }) => {
    const account = on(await l2Of(record, flags.l2));
    const amount = weiFlag('--wei', flags.wei);
    if (amount === 0n) throw usage('--wei', 'nothing is to leave');
    const token = flags.token === undefined ? METIS : parseAddress(flags.token, '--token');
    const to = flags.to === undefined ? account.address : parseAddress(flags.to, '--to');
    const { hash, block } = await account.send(withdrawCall(token, to, amount));
    const value = { hash: to0x(hash), l2Block: String(block), to, wei: String(amount) };
    result(cli.output, value, [
      `${amount} wei left L2 in block ${block}: ${value.hash}`,
      `L1 releases them once an output of that block is final: conclave bridge finalize ${value.hash}`,
    ]);
  });

/** What left in a transaction, and the output that says so. */
interface Found {
  readonly l1: BridgeChain;
  readonly l2: BridgeChain;
  readonly left: Withdrawal;
  readonly output: NumberedOutput | undefined;
}

async function find(record: DeploymentRecord, text: string, flags: StatusFlags): Promise<Found> {
  const hash = fromHex(text);
  if (hash?.length !== 32) throw usage('hash', `${text.slice(0, 70)} is no hash of a transaction`);
  const [l1, l2] = [await l1Of(record, flags.l1), await l2Of(record, flags.l2)];
  const left = await withdrawalIn(l2, hash);
  return { l1, l2, left, output: await outputCovering(l1, record.at('Outputs'), left.block) };
}

/** @throws OperationError not-final */
function needFinal({ output, left }: Pick<Found, 'output' | 'left'>): NumberedOutput {
  if (output?.isFinal === true) return output;
  const state =
    output === undefined
      ? 'no output says anything of it yet'
      : `output ${output.index} ${untilFinal(output)}`;
  throw new OperationError('not-final', 'retry', `it left in block ${left.block} of L2, and ${state}`);
}

const untilFinal = ({ status, windowEnd }: NumberedOutput): string =>
  status === 'disputed' ? 'is disputed' : `can be disputed until ${windowEnd} (Unix seconds)`;

/** Prints the proofs of a withdrawal. */
export async function prove(cli: Cli, hash: string, flags: StatusFlags): Promise<void> {
  const found = await find(readRecord(flags.record), hash, flags);
  const { output, left, l2 } = found;
  if (output === undefined) needFinal(found);
  else {
    const proofs = await Promise.all(
      left.messages.map(async (message) => {
        const { output: opened, path } = await proveAgainst(l2, message, output);
        return {
          message: messageJson(message),
          output: {
            ...{ blockNumber: String(opened.blockNumber), blockHash: to0x(opened.blockHash) },
            ...{ stateRoot: to0x(opened.stateRoot), messageTreeRoot: to0x(opened.messageTreeRoot) },
          },
          path: path.map(to0x),
        };
      }),
    );
    const value = { outputIndex: String(output.index), isFinal: output.isFinal, proofs };
    document(cli.output, value, [JSON.stringify(value, undefined, 2)]);
  }
}

const messageJson = ({ nonce, sender, target, token, amount, data }: L2Message): object => ({
  ...{ nonce: String(nonce), sender, target, token, amount: String(amount), data: to0x(data) },
});

/** Releases on L1 what a transaction let leave, each message that was not released yet. */
export const finalize = (cli: Cli, hash: string, flags: FinalizeFlags): Promise<void> =>
  withTools(flags, async ({ record, on }) => {
    const found = await find(record, hash, flags);
    const { l1, l2, left } = found;
    const output = needFinal(found);
    const [account, bridge] = [on(l1), record.at('Bridge')];
    const released: string[] = [];
    for (const message of left.messages) {
      if (await l1.ask(bridge, isSpent(l2MessageLeaf(message)))) continue;
      const proof = await proveAgainst(l2, message, output);
      const sent = await account.send(finalizeCall({ bridge, message, outputIndex: output.index, ...proof }));
      released.push(to0x(sent.hash));
    }
    if (released.length === 0)
      throw new OperationError('already-released', 'fatal', `all that left in ${hash} was released before`);
    const value = { outputIndex: String(output.index), released };
    result(cli.output, value, [`released by output ${output.index}:`, ...released]);
  });

/** Says how far a withdrawal has come. */
export async function status(cli: Cli, hash: string, flags: StatusFlags): Promise<void> {
  const record = readRecord(flags.record);
  const { l1, left, output } = await find(record, hash, flags);
  const spent = await Promise.all(
    left.messages.map((message) => l1.ask(record.at('Bridge'), isSpent(l2MessageLeaf(message)))),
  );
  const stage = stageOf(output, spent);
  const value = {
    ...{ stage, l2Block: String(left.block), outputIndex: output && String(output.index) },
    ...{ windowEnd: output && String(output.windowEnd), messages: left.messages.map(messageJson) },
  };
  result(cli.output, value, [
    `${stage}: it left in block ${left.block} of L2`,
    ...(output === undefined || output.isFinal ? [] : [`output ${output.index} ${untilFinal(output)}`]),
  ]);
}

type Stage = 'initiated' | 'disputed' | 'window-running' | 'finalizable' | 'released';

function stageOf(output: NumberedOutput | undefined, spent: readonly boolean[]): Stage {
  if (spent.every((isDone) => isDone)) return 'released';
  if (output === undefined) return 'initiated';
  if (output.isFinal) return 'finalizable';
  return output.status === 'disputed' ? 'disputed' : 'window-running';
}
