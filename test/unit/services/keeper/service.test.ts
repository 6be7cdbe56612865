import { describe, expect, it } from 'vitest';

import { silent } from '../../../../src/apps/guard-folder.ts';
import {
  messageTreeRoot,
  appendMessages,
  emptyMessageTree,
  rootOfMessage,
} from '../../../../src/chain/message-tree.ts';
import { l1MessageLeaf } from '../../../../src/chain/output.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import type { ArrivingMessage, Checkpoint } from '../../../../src/ethereum/bridge-calls.ts';
import { type KeeperPorts, relayRound } from '../../../../src/services/keeper/service.ts';

const account = (byte: string) => parseAddress(`0x${byte.repeat(20)}`);
const message = (nonce: number): ArrivingMessage => ({
  ...{ nonce: BigInt(nonce), sender: account('11'), target: account('22'), l2Gas: 7n },
  data: Uint8Array.of(nonce),
});
const all = [0, 1, 2, 3].map((nonce) => ({ message: message(nonce), block: BigInt(10 + nonce) }));
const leaves = all.map((found) => l1MessageLeaf(found.message));

/** A chain that checks what it is given as Messenger does. */
class FakeMessenger implements KeeperPorts {
  readonly proven = new Set<string>();
  readonly relayedLeaves = new Set<string>();
  readonly refuses = new Map<bigint, string>();
  readonly checkpoints: Checkpoint[] = [];
  origin = 12n;
  readonly messages: KeeperPorts['messages'] = async () => all;
  readonly originHash: KeeperPorts['originHash'] = async (block) => new Uint8Array(32).fill(Number(block));
  readonly head: KeeperPorts['head'] = async () => ({ timestamp: 1_000n, origin: this.origin });
  readonly isRelayed: KeeperPorts['isRelayed'] = async (leaf) => this.relayedLeaves.has(to0x(leaf));
  readonly isProven: KeeperPorts['isProven'] = async (root) => this.proven.has(to0x(root));
  readonly checkpoint: KeeperPorts['checkpoint'] = async (checkpoint) => {
    this.checkpoints.push(checkpoint);
    this.proven.add(to0x(checkpoint.messageRoot));
  };
  readonly relay: KeeperPorts['relay'] = async (given, path) => {
    const leaf = l1MessageLeaf(given);
    const code = this.refuses.get(given.nonce);
    if (code !== undefined) throw new OperationError(code, 'fatal', 'no');
    const isKnown = this.proven.has(to0x(rootOfMessage(leaf, Number(given.nonce), path)));
    if (!isKnown || this.relayedLeaves.has(to0x(leaf))) throw new Error('Messenger would refuse it');
    this.relayedLeaves.add(to0x(leaf));
  };
}

describe('a round of the keeper', () => {
  it('proves the messages up to the origin, and delivers them', async () => {
    const ports = new FakeMessenger();
    expect(await relayRound(ports, silent)).toEqual({ relayed: [0, 1, 2], refused: [] });
    const messageRoot = messageTreeRoot(appendMessages(emptyMessageTree, leaves.slice(0, 3)));
    const originHash = new Uint8Array(32).fill(12);
    expect(ports.checkpoints).toEqual([{ timestamp: 1_000n, originNumber: 12n, originHash, messageRoot }]);
  });

  it('does nothing a second time, and goes on with the next origin', async () => {
    const ports = new FakeMessenger();
    await relayRound(ports, silent);
    expect(await relayRound(ports, silent)).toEqual({ relayed: [], refused: [] });
    expect(ports.checkpoints).toHaveLength(1);
    ports.origin = 13n;
    expect(await relayRound(ports, silent)).toEqual({ relayed: [3], refused: [] });
  });

  it('goes past a message that its target refuses, and tries it again', async () => {
    const ports = new FakeMessenger();
    ports.refuses.set(1n, 'l1-reverted');
    expect(await relayRound(ports, silent)).toEqual({ relayed: [0, 2], refused: [1] });
    ports.refuses.clear();
    expect(await relayRound(ports, silent)).toEqual({ relayed: [1], refused: [] });
  });

  it('stops where the chain fails', async () => {
    const ports = new FakeMessenger();
    ports.refuses.set(0n, 'l1-unreachable');
    await expect(relayRound(ports, silent)).rejects.toThrow(
      expect.objectContaining({ code: 'l1-unreachable' }),
    );
  });
});
