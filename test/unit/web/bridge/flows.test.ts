import { expect, it } from 'vitest';

import { to0x } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { METIS } from '../../../../src/ethereum/bridge-calls.ts';
import { allowanceOf, bridgeFee, outputAt, tokenBalance } from '../../../../src/ethereum/bridge-views.ts';
import { BadAmount } from '../../../../web/bridge/amount.ts';
import {
  type Ends,
  type Flow,
  depositFlow,
  finishFlow,
  rawFlow,
  withdrawFlow,
} from '../../../../web/bridge/flows.ts';
import { BadProof } from '../../../../web/bridge/proof.ts';
import type { Call, L2Node } from '../../../../web/explorer/node.ts';

const at = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const [from, token, bridge, outputs] = [at('11'), at('22'), at('33'), at('44')];
const word = (value: bigint): string => value.toString(16).padStart(64, '0');
const rollup: Ends['rollup'] = {
  ...{ l1ChainId: 1n, l2ChainId: 2n, bridge, outputs, forcedInbox: at('55'), sequencingWindow: 60n },
  genesis: { origin: { number: 0n } },
};
const data = (view: { readonly data: Uint8Array }): string => to0x(view.data);

/** A chain that answers calls by their bytes, and methods by their name. */
const nodeOf = (answers: ReadonlyMap<string, unknown>): L2Node => {
  const ask = async <T>({ method, params: [call], read }: Call<T>): Promise<T> => {
    const key = method === 'eth_call' ? (call as { data: string }).data : method;
    return read(answers.get(key), method);
  };
  return { ask, askAll: (all) => Promise.all(all.map(ask)) };
};
const l1With = (
  balance: bigint,
  allowance: bigint,
  ...more: readonly (readonly [string, string])[]
): L2Node =>
  nodeOf(
    new Map([
      [data(tokenBalance(from)), `0x${word(balance)}`],
      [data(allowanceOf(from, bridge)), `0x${word(allowance)}`],
      [data(bridgeFee()), `0x${word(6n)}`],
      ...more,
    ]),
  );
const endsOf = (l1: L2Node, l2: L2Node = nodeOf(new Map())): Ends => ({ l1, l2, rollup, token });

async function titles({ next }: Flow): Promise<readonly string[]> {
  const found: string[] = [];
  for (let step = await next([]); step !== undefined; step = await next(found.map(() => '0xab')))
    found.push(`${step.on} ${step.title} ${step.call.value}`);
  return found;
}

it('a deposit asks for leave where the bridge has none, and pays the fee', async () => {
  const wanted = { from, to: from, wei: 10n };
  const flow = depositFlow(endsOf(l1With(10n, 9n)), wanted);
  expect((await flow.next([]))?.call.to).toBe(token);
  expect(await titles(depositFlow(endsOf(l1With(10n, 9n)), wanted))).toEqual([
    ...['l1 Let the bridge take it 0', 'l1 Deposit 6'],
  ]);
  expect(await titles(depositFlow(endsOf(l1With(10n, 10n)), wanted))).toEqual(['l1 Deposit 6']);
  await expect(depositFlow(endsOf(l1With(9n, 10n)), wanted).next([])).rejects.toThrow(BadAmount);
});

it('a withdrawal takes its METIS along', async () => {
  expect(await titles(withdrawFlow({ to: from, wei: 7n }))).toEqual(['l2 Leave L2 7']);
});

it('nothing is finished by a proof of something else', async () => {
  const message = {
    nonce: 0n,
    sender: from,
    target: from,
    token: METIS,
    amount: 5n,
    data: new Uint8Array(0),
  };
  const record = [
    word(9n),
    word(40n),
    word(99n),
    word(0n),
    word(1n),
    word(0n),
    word(0n),
    word(BigInt(from)),
    word(1n),
  ];
  const l1 = l1With(0n, 0n, [data(outputAt(3n)), `0x${record.join('')}`]);
  const root = `0x${word(1n)}`;
  const proof = {
    message: { nonce: '0x0', sender: from, target: from, token: METIS, amount: '0x5', data: '0x' },
    output: { blockNumber: '0x28', blockHash: root, stateRoot: root, messageTreeRoot: root },
    path: Array.from({ length: 32 }, () => root),
  };
  const l2 = nodeOf(new Map([['conclave_getWithdrawalProof', proof]]));
  const flow = finishFlow(endsOf(l1, l2), { message, index: 3n });
  await expect(flow.next([])).rejects.toThrow(BadProof);
});

it('nothing is queued that L2 would never execute', async () => {
  for (const raw of ['', '1234', '0x1', '0x', '0x1234', '0x02c0'])
    await expect(rawFlow(endsOf(l1With(0n, 0n)), raw).next([]), raw).rejects.toThrow(InputError);
});
