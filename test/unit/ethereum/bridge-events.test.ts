import { type Abi, encodeAbiParameters, encodeEventTopics } from 'viem';
import { expect, it } from 'vitest';

import { ascii, fromHex, to0x } from '../../../src/crypto/bytes.ts';
import { type Address, keccak256, parseAddress } from '../../../src/ethereum/address.ts';
import type { L1Log } from '../../../src/ethereum/abi.ts';
import { bridgeErrorOf } from '../../../src/ethereum/bridge-errors.ts';
import {
  bridgeTopics,
  depositsInitiated,
  forcedQueued,
  messagesPassed,
  messagesQueued,
} from '../../../src/ethereum/bridge-events.ts';
import { type ContractName, contracts } from '../../../src/ethereum/contracts.ts';

const account = (byte: string): Address => parseAddress(`0x${byte.repeat(20)}`);
const [a, b, c] = [account('11'), account('22'), account('33')];
const leaf = to0x(new Uint8Array(32).fill(9));

/** Its events have names that the compiler cannot know here. */
const abiOf = (name: ContractName): Abi => contracts[name].abi;

/** A log as the contract would write it. */
function logOf(
  name: ContractName,
  eventName: string,
  args: object,
  rest: readonly (readonly [type: string, value: unknown])[],
): L1Log {
  const topics = encodeEventTopics({ abi: abiOf(name), eventName, args });
  const types = rest.map(([type]) => ({ type }));
  const data = encodeAbiParameters(types, rest.map(([, value]) => value) as never);
  return { address: a, topics: topics.map((topic) => fromHex(String(topic))!), data: fromHex(data)! };
}

const passed = logOf('MessagePasser', 'MessagePassed', { nonce: 3n, leaf, sender: a }, [
  ...([
    ['address', b],
    ['address', c],
    ['uint256', 7n],
    ['bytes', '0x0102'],
  ] as const),
]);
const queued = logOf('Bridge', 'MessageQueued', { nonce: 4n, leaf, sender: a }, [
  ...([
    ['address', b],
    ['uint32', 8],
    ['bytes', '0x03'],
  ] as const),
]);

const deposited = logOf('Bridge', 'ERC20DepositInitiated', { l1Token: c, l2Token: b, from: a }, [
  ...([
    ['address', b],
    ['uint256', 6n],
    ['bytes', '0x'],
  ] as const),
]);
const forced = logOf('ForcedInbox', 'ForcedTxQueued', { nonce: 5n, txHash: leaf }, [
  ...([
    ['uint256', 12n],
    ['bytes', '0x020304'],
  ] as const),
]);

it('messages are read from the logs of both ends, and others are passed over', () => {
  const data = Uint8Array.of(1, 2);
  const logs = [queued, passed, { ...passed, topics: [] }];
  expect(messagesPassed(logs)).toEqual([{ nonce: 3n, sender: a, target: b, token: c, amount: 7n, data }]);
  expect(messagesQueued(logs)).toEqual([
    { nonce: 4n, sender: a, target: b, l2Gas: 8n, data: Uint8Array.of(3) },
  ]);
});

it('deposits and forced transactions are read from the logs of L1', () => {
  const logs = [deposited, queued, forced, { ...deposited, topics: [] }];
  expect(depositsInitiated(logs)).toEqual([{ token: c, from: a, to: b, amount: 6n }]);
  expect(forcedQueued(logs)).toEqual([Uint8Array.of(2, 3, 4)]);
});

it('logs are asked for by the first topic that they have', () => {
  expect(bridgeTopics).toEqual({
    ...{ messagePassed: passed.topics[0], messageQueued: queued.topics[0] },
    ...{ deposited: deposited.topics[0], forced: forced.topics[0] },
  });
});

it('an error is named where a contract of the bridge has it', () => {
  const selector = keccak256(ascii('NotFinal()')).subarray(0, 4);
  expect(bridgeErrorOf(selector)).toBe('NotFinal');
  const bad = fromHex(
    `${to0x(keccak256(ascii('BadIndex(uint64)')).subarray(0, 4))}${'5'.padStart(64, '0')}`,
  )!;
  expect(bridgeErrorOf(bad)).toBe('BadIndex(5)');
  expect(bridgeErrorOf(Uint8Array.of(1, 2, 3, 4))).toBeUndefined();
});
