import { encodeAbiParameters, encodeEventTopics } from 'viem';
import { describe, expect, it } from 'vitest';

import { rootOfMessage } from '../../../../src/chain/message-tree.ts';
import { l2MessageLeaf, outputRoot } from '../../../../src/chain/output.ts';
import type { L2Message } from '../../../../src/ethereum/bridge-calls.ts';
import { fromHex, to0x } from '../../../../src/crypto/bytes.ts';
import { messagePasserAbi } from '../../../../src/ethereum/contracts/message-passer.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import { CHAIN_ID, FakeWorld, alice, bob, contract, known, signed } from './fake-world.ts';

const message = (nonce: bigint): L2Message => ({
  ...{ nonce, sender: known(alice), target: known(bob), token: contract, amount: 10n ** 20n + nonce },
  data: new Uint8Array(Number(nonce) * 40).fill(7),
});

/** The event of a message, as the contract writes it. */
function logOf(one: L2Message) {
  const leaf = to0x(l2MessageLeaf(one));
  const args = { nonce: one.nonce, leaf, sender: one.sender };
  const topics = encodeEventTopics({ abi: messagePasserAbi, eventName: 'MessagePassed', args });
  const types = [{ type: 'address' }, { type: 'address' }, { type: 'uint256' }, { type: 'bytes' }] as const;
  const data = encodeAbiParameters(types, [one.target, one.token, one.amount, to0x(one.data)]);
  return {
    ...{ address: predeploys.MessagePasser, data: fromHex(data)! },
    topics: (topics as string[]).map((topic) => fromHex(topic)!),
  };
}

async function world() {
  const made = new FakeWorld();
  made.extend([{ raw: await signed(0), logs: [logOf(message(0n)), logOf(message(1n))] }]);
  made.extend([{ raw: await signed(1), logs: [logOf(message(2n))] }]);
  return { made, call: made.rpc().call };
}

describe('the way out of L2', () => {
  it('is proven under the output of any block that comes after', async () => {
    const { made, call } = await world();
    for (const [nonce, ref] of [
      [0n, '0x1'],
      [1n, '0x1'],
      [1n, 'latest'],
      [2n, '0x2'],
    ] as const) {
      const proof = (await call('conclave_getWithdrawalProof', `0x${nonce}`, ref)) as Proof;
      const { output, path } = proof;
      const root = rootOfMessage(
        l2MessageLeaf(message(nonce)),
        Number(nonce),
        path.map((one) => fromHex(one)!),
      );
      expect(to0x(root)).toBe(output['messageTreeRoot']);
      const { header, hash } = made.canonical[Number(output['blockNumber'])]!.block;
      const content = { blockNumber: header.number, blockHash: hash, stateRoot: header.stateRoot };
      expect(output['outputRoot']).toBe(to0x(outputRoot(CHAIN_ID, { ...content, messageTreeRoot: root })));
      expect(output).toEqual(await call('conclave_getOutput', ref));
      expect(proof.message).toEqual({
        ...{ nonce: `0x${nonce}`, sender: alice.address.toLowerCase(), target: bob.address.toLowerCase() },
        ...{ token: contract.toLowerCase(), amount: `0x${message(nonce).amount.toString(16)}` },
        data: to0x(message(nonce).data),
      });
    }
  });

  it('is not open to a message that came later', async () => {
    const { call } = await world();
    for (const [nonce, ref] of [
      ['0x2', '0x1'],
      ['0x0', 'earliest'],
      ['0xffffffffffffffff', 'latest'],
    ] as const)
      await expect(call('conclave_getWithdrawalProof', nonce, ref)).rejects.toMatchObject({
        ...{ code: -32000, message: expect.stringContaining('was passed up to this block') },
      });
  });
});

interface Proof {
  readonly message: Readonly<Record<string, string>>;
  readonly output: Readonly<Record<string, string>>;
  readonly path: readonly string[];
}
