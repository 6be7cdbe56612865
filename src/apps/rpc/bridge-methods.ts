import { ascii, bytesToBigint, to0x } from '../../crypto/bytes.ts';
import type { ExecutedBlock, PlacedLog } from '../../chain/execution.ts';
import { appendMessages, emptyMessageTree, messageTreeRoot } from '../../chain/message-tree.ts';
import { type OutputContent, outputRoot, proveWithdrawal } from '../../chain/output.ts';
import type { L2Message } from '../../ethereum/bridge-calls.ts';
import { addressFromBytes, keccak256 } from '../../ethereum/address.ts';
import { predeploys } from '../../ethereum/l2-genesis.ts';
import { type Backend, needBlock } from './backend.ts';
import type { Methods } from './method.ts';
import { plain, quantity } from './output.ts';
import * as params from './params.ts';
import { limitExceeded, serverError } from './rpc-error.ts';

/** What L1 must be shown to let something out of L2. [Bridge.sol, finalizeWithdrawal] */
export function bridgeMethods(backend: Backend): Methods {
  const { l2ChainId } = backend.chain.rollup;
  return {
    conclave_getOutput: {
      most: 1,
      isHeavy: true,
      run: async (list) => {
        const block = await needBlock(backend, list.at(0, params.blockRef));
        const leaves = (await messagesUpTo(backend, block)).map(leafOf);
        const messageRoot = messageTreeRoot(appendMessages(emptyMessageTree, leaves));
        return renderOutput(l2ChainId, { ...contentOf(block), messageTreeRoot: messageRoot });
      },
    },
    conclave_getWithdrawalProof: {
      most: 2,
      isHeavy: true,
      run: async (list) => {
        const nonce = list.at(0, params.aNumber);
        const block = await needBlock(backend, list.at(1, params.blockRef));
        const logs = await messagesUpTo(backend, block);
        const log = nonce < BigInt(logs.length) ? logs[Number(nonce)] : undefined;
        if (log === undefined) throw serverError(`no message ${nonce} was passed up to this block`);
        const message = messageOf(nonce, log);
        const { output, path } = proveWithdrawal(message, logs.map(leafOf), contentOf(block));
        return {
          message: renderMessage(message),
          output: renderOutput(l2ChainId, output),
          path: path.map(to0x),
        };
      },
    },
  };
}

const MESSAGE_PASSED = keccak256(
  ascii('MessagePassed(uint256,bytes32,address,address,address,uint256,bytes)'),
);
/** Messages that one call goes through. */
const MAX_MESSAGES = 100_000;

/** Every message since the genesis, in the order of the nonces. */
async function messagesUpTo({ executor }: Backend, { block }: ExecutedBlock): Promise<readonly PlacedLog[]> {
  const range = { from: 0n, to: block.header.number };
  const filter = { ...range, addresses: [predeploys.MessagePasser], topics: [[MESSAGE_PASSED]] };
  const logs = await executor.logs(filter, MAX_MESSAGES);
  if (logs.length > MAX_MESSAGES) throw limitExceeded(`more than ${MAX_MESSAGES} messages were passed`);
  return logs;
}

const leafOf = ({ topics }: PlacedLog): Uint8Array => topics[2] ?? new Uint8Array(32);

/** The data is that of the contract: target, token, amount, and where the bytes begin. */
function messageOf(nonce: bigint, { topics, data }: PlacedLog): L2Message {
  const word = (index: number): Uint8Array => data.subarray(32 * index, 32 * index + 32);
  const length = Number(bytesToBigint(word(4)));
  return {
    nonce,
    sender: addressFromBytes((topics[3] ?? new Uint8Array(32)).subarray(12)),
    target: addressFromBytes(word(0).subarray(12)),
    token: addressFromBytes(word(1).subarray(12)),
    amount: bytesToBigint(word(2)),
    data: data.subarray(160, 160 + length),
  };
}

const contentOf = ({ block }: ExecutedBlock): Omit<OutputContent, 'messageTreeRoot'> => ({
  ...{ blockNumber: block.header.number, blockHash: block.hash, stateRoot: block.header.stateRoot },
});

const renderOutput = (l2ChainId: bigint, output: OutputContent): Readonly<Record<string, unknown>> => ({
  ...{ outputRoot: to0x(outputRoot(l2ChainId, output)), blockNumber: quantity(output.blockNumber) },
  ...{ blockHash: to0x(output.blockHash), stateRoot: to0x(output.stateRoot) },
  messageTreeRoot: to0x(output.messageTreeRoot),
});

const renderMessage = (message: L2Message): Readonly<Record<string, unknown>> => ({
  ...{ nonce: quantity(message.nonce), sender: plain(message.sender), target: plain(message.target) },
  ...{ token: plain(message.token), amount: quantity(message.amount), data: to0x(message.data) },
});
