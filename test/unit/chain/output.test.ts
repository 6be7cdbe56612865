import { describe, expect, it } from 'vitest';

import { rootOfMessage } from '../../../src/chain/message-tree.ts';
import { l1MessageLeaf, l2MessageLeaf, outputRoot, proveWithdrawal } from '../../../src/chain/output.ts';
import type { L2Message } from '../../../src/ethereum/bridge-calls.ts';
import { ascii, concat, to0x, u64 } from '../../../src/crypto/bytes.ts';
import { keccak256, parseAddress } from '../../../src/ethereum/address.ts';
import { encodeAbiParameters } from 'viem/utils';

const sender = parseAddress('0x00000000000000000000000000000000000000aa');
const target = parseAddress('0x00000000000000000000000000000000000000bb');
const token = parseAddress('0x00000000000000000000000000000000000000cc');
const data = ascii('data');
const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

const abiHash = (types: readonly string[], values: readonly unknown[]): Uint8Array => {
  const hex = encodeAbiParameters(
    types.map((type) => ({ type })),
    values,
  );
  return keccak256(Uint8Array.from(Buffer.from(hex.slice(2), 'hex')));
};
const tag = (name: string): string => to0x(keccak256(ascii(`conclave/v1/${name}`)));

const message = (nonce: bigint): L2Message => ({ nonce, sender, target, token, amount: 5n, data });

describe('what both ends of the bridge hash', () => {
  it('is abi.encode of the tag and the fields, as in Messages.sol', () => {
    expect(l2MessageLeaf(message(7n))).toEqual(
      abiHash(
        ['bytes32', 'uint256', 'address', 'address', 'address', 'uint256', 'bytes32'],
        [tag('l2-msg'), 7n, sender, target, token, 5n, to0x(keccak256(data))],
      ),
    );
    expect(l1MessageLeaf({ nonce: 7n, sender, target, l2Gas: 9n, data })).toEqual(
      abiHash(
        ['bytes32', 'uint256', 'address', 'address', 'uint32', 'bytes32'],
        [tag('l1-msg'), 7n, sender, target, 9, to0x(keccak256(data))],
      ),
    );
    const output = { blockNumber: 3n, blockHash: hash(1), stateRoot: hash(2), messageTreeRoot: hash(3) };
    expect(outputRoot(71n, output)).toEqual(
      abiHash(
        ['bytes32', 'uint256', 'uint256', 'bytes32', 'bytes32', 'bytes32'],
        [tag('output'), 71n, 3n, to0x(hash(1)), to0x(hash(2)), to0x(hash(3))],
      ),
    );
  });

  it('proves a message under the root of all messages up to a block', () => {
    const messages = [0n, 1n, 2n].map(message);
    const leaves = messages.map(l2MessageLeaf);
    const block = { blockNumber: 3n, blockHash: hash(1), stateRoot: hash(2) };
    for (const one of messages) {
      const { output, path } = proveWithdrawal(one, leaves, block);
      expect(rootOfMessage(l2MessageLeaf(one), Number(one.nonce), path)).toEqual(output.messageTreeRoot);
      expect(output).toMatchObject(block);
    }
  });

  it('proves no message that is not there', () => {
    const block = { blockNumber: 3n, blockHash: hash(1), stateRoot: hash(2) };
    expect(() => proveWithdrawal(message(1n), [l2MessageLeaf(message(0n))], block)).toThrow(
      'stands at its nonce',
    );
    expect(() => proveWithdrawal(message(0n), [concat(u64(0n), new Uint8Array(24))], block)).toThrow(
      'stands',
    );
  });
});
