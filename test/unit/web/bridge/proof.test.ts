import { expect, it } from 'vitest';

import { l2MessageLeaf, outputRoot, proveWithdrawal } from '../../../../src/chain/output.ts';
import type { L2Message } from '../../../../src/ethereum/bridge-calls.ts';
import { METIS } from '../../../../src/ethereum/bridge-calls.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { BadProof, checkProof } from '../../../../web/bridge/proof.ts';

const account = parseAddress(`0x${'22'.repeat(20)}`);
const messages: readonly L2Message[] = [0n, 1n, 2n].map((nonce) => ({
  ...{ nonce, sender: account, target: account, token: METIS, amount: 5n + nonce, data: new Uint8Array(0) },
}));
const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const [, message = messages[0]] = messages;
if (message === undefined) throw new Error('there is a message');
const { output, path } = proveWithdrawal(message, messages.map(l2MessageLeaf), {
  ...{ blockNumber: 9n, blockHash: word(1), stateRoot: word(2) },
});
const wanted = { l2ChainId: 7n, message, outputRoot: outputRoot(7n, output) };
const good = { message, output, path };

it('passes a proof that the contract would pass', () => {
  expect(() => checkProof(good, wanted)).not.toThrow();
});

it('refuses each part that is not what it must be', () => {
  const [first = word(0), ...rest] = path;
  for (const [bad, against] of [
    [{ ...good, message: { ...message, amount: 7n } }, wanted],
    [good, { ...wanted, outputRoot: word(9) }],
    [good, { ...wanted, l2ChainId: 8n }],
    [{ ...good, output: { ...output, stateRoot: word(3) } }, wanted],
    [{ ...good, path: [first.map((byte) => byte ^ 1), ...rest] }, wanted],
    [{ ...good, path: rest }, wanted],
  ] as const)
    expect(() => checkProof(bad, against)).toThrow(BadProof);
});
