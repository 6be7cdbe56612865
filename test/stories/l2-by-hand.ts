import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { silent } from '../../src/apps/guard-folder.ts';
import { thisMachine } from '../../src/apps/l2/machine.ts';
import { originRoot } from '../../src/chain/attributes.ts';
import type { AppendedBatch, L1Facts } from '../../src/chain/l1-facts.ts';
import { emptyMessageTree, messageTreeRoot } from '../../src/chain/message-tree.ts';
import { bigintToBytes, equalBytes, to0x } from '../../src/crypto/bytes.ts';
import { OperationError, assert } from '../../src/crypto/errors.ts';
import type { Address } from '../../src/ethereum/address.ts';
import { type ContractCall, approveCall, depositCall, forceCall } from '../../src/ethereum/bridge-calls.ts';
import { memoryFiles } from '../../src/services/driver/memory-files.ts';
import { openDriver } from '../../src/services/driver/service.ts';
import { createExecutor } from '../../src/services/engine/executor.ts';
import type { Cluster } from '../../src/services/l1/service.ts';
import { systemClock } from '../../src/system/clock.ts';
import { batchCompressors } from '../../src/system/compression.ts';
import { devAccount, sendAs } from '../../src/system/dev-l1.ts';
import { connectL1Source } from '../../src/system/l1-client-source.ts';
import type { L1Source } from '../../src/system/ports.ts';
import { L2_CHAIN, Town, type TownNode, oneKey, until } from './l2-town.ts';

/** Lets the cluster sign, lets it wait, or has it refuse. */
export class Gate {
  #mode: 'open' | 'shut' | 'refuses' = 'shut';
  #waiting: (() => void)[] = [];

  readonly cluster: Cluster = {
    key: oneKey.key,
    sign: async (request) => {
      if (this.#mode === 'refuses')
        throw new OperationError('quorum-unavailable', 'retry', 'too few signers are here');
      if (this.#mode === 'shut') await new Promise<void>((resolve) => void this.#waiting.push(resolve));
      return oneKey.sign(request);
    },
  };

  readonly set = (mode: 'open' | 'shut' | 'refuses'): void => {
    this.#mode = mode;
    if (mode !== 'open') return;
    for (const go of this.#waiting) go();
    this.#waiting = [];
  };
}

/** Where a chain ends. */
export interface End {
  readonly number: bigint;
  readonly hash: string;
}

/** The origins of a town by hand are on the tree of no messages. */
const NO_MESSAGES = messageTreeRoot(emptyMessageTree);
const FEE = 10n ** 18n;
/** Blocks of L1 on one that is final. */
const FINAL_AFTER = 32n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** A town whose L1 stands still but for what a story does with it, and whose chain then does so too. */
export class TownByHand {
  readonly town: Town;
  readonly gate: Gate;
  readonly source: L1Source;
  readonly #dev: Address;
  /** How far the clocks of the nodes are ahead of this machine's. */
  readonly #ahead: { ms: number };
  /** Counts the branches that L1 has had. */
  #branch = 0n;

  private constructor(
    parts: Pick<TownByHand, 'town' | 'gate' | 'source'>,
    dev: Address,
    ahead: { ms: number },
  ) {
    this.town = parts.town;
    this.gate = parts.gate;
    this.source = parts.source;
    this.#dev = dev;
    this.#ahead = ahead;
  }

  /** Founds one, with the contracts on its L1. */
  static async found(): Promise<TownByHand> {
    const gate = new Gate();
    const ahead = { ms: 0 };
    const clock = { ...thisMachine.clock, nowMs: () => thisMachine.clock.nowMs() + ahead.ms };
    const town = await Town.found({
      ...{ slotMs: 50, l1Epoch: Number(FINAL_AFTER) / 2, cluster: gate.cluster },
      machine: { ...thisMachine, clock },
      settings: (text) =>
        text
          .replace('poll: 500ms', 'poll: 50ms')
          .replace('idle: 2s', 'idle: 1h')
          .replace('max_age: 2s', 'max_age: 1s, max_unfinal: 64')
          .replace('follow: { rpc', 'follow: { poll: 50ms, rpc'),
    });
    const { anvil, contracts, rollup } = town;
    const dev = await devAccount(anvil);
    const { to, data } = approveCall(contracts.at('MetisToken'), rollup.bridge, 10n ** 24n);
    await sendAs(anvil, { from: dev, to, data: to0x(data) });
    await anvil.rpc('evm_setAutomine', [false]);
    const l1 = await connectL1Source({ urls: [anvil.url], rollup }, { clock: systemClock, log: silent });
    const source = { ...l1, facts: readOnce(l1, town) };
    return new TownByHand({ town, gate, source }, dev, ahead);
  }

  /** So many blocks of L1 at once. Each is a second later: the clocks of the nodes go on with it. */
  readonly mine = async (count = 1): Promise<void> => {
    await this.town.mine(count);
    const { timestamp } = (await this.town.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as {
      readonly timestamp: string;
    };
    this.#ahead.ms = Math.max(this.#ahead.ms, Number(timestamp) * 1_000 - thisMachine.clock.nowMs());
  };

  /** The number of the newest block of L1. */
  readonly l1Head = async (): Promise<bigint> => (await this.source.head('latest')).number;

  /** What blocks of L1 say, from one number to another. */
  readonly facts = async (from: bigint, to: bigint): Promise<readonly L1Facts[]> => {
    const found: L1Facts[] = [];
    for (let number = from; number <= to; number++) {
      const facts = await this.source.facts(number);
      assert(facts !== undefined, `L1 has a block ${number}`);
      found.push(facts);
    }
    return found;
  };

  /** All batches that L1 has now. */
  readonly batches = async (): Promise<readonly AppendedBatch[]> =>
    (await this.facts(1n, await this.l1Head())).flatMap(({ batches }) => batches);

  /** METIS for an account, in the next block of L1. @returns the hash of the transaction */
  readonly deposit = (to: Address, gwei: bigint): Promise<string> => {
    const { rollup, contracts } = this.town;
    const token = contracts.at('MetisToken');
    const amount = gwei * 10n ** 9n;
    return this.#send(
      depositCall({ bridge: rollup.bridge, l2ChainId: L2_CHAIN, token, to, amount, l2Gas: 0, fee: 0n }),
    );
  };

  /** A signed transaction of L2 that nobody may leave out, in the next block of L1. */
  readonly force = (raw: Uint8Array): Promise<string> =>
    this.#send(forceCall(this.town.rollup.forcedInbox, raw, FEE));

  async #send({ to, data, value = 0n }: ContractCall): Promise<string> {
    const sent = { from: this.#dev, to, data: to0x(data), value: hex(value), gas: hex(500_000n) };
    return String(await this.town.anvil.rpc('eth_sendTransaction', [sent]));
  }

  /** A transaction of L1 as it was sent. */
  readonly rawTx = async (hash: string): Promise<string> =>
    String(await this.town.anvil.rpc('eth_getRawTransactionByHash', [hash]));

  /** Replaces so many blocks of L1 by as many others, with transactions `[raw, at]` at their places. */
  readonly reorg = async (
    depth: number,
    again: readonly (readonly [raw: string, at: number])[],
  ): Promise<void> => {
    const head = await this.source.head('latest');
    // Empty blocks of the same seconds would be the same blocks: whoever makes them tells them apart.
    this.#branch += 1n;
    await this.town.anvil.rpc('anvil_setCoinbase', [to0x(bigintToBytes(this.#branch, 20))]);
    await this.town.anvil.rpc('anvil_reorg', [depth, again]);
    const now = await this.source.head('latest');
    assert(
      now.number === head.number && !equalBytes(now.hash, head.hash),
      `L1 has another branch: ${depth} blocks, ${head.number}, ${now.number}`,
    );
  };

  /** Until nodes stand on the newest block of L1 that may be an origin, in the branch that L1 has now. */
  readonly settled = async (nodes: readonly TownNode[]): Promise<End> => {
    const [facts] = await this.facts((await this.l1Head()) - 1n, (await this.l1Head()) - 1n);
    assert(facts !== undefined, 'the block below the head');
    const root = to0x(originRoot({ number: facts.number, hash: facts.hash, messageRoot: NO_MESSAGES }));
    const heads = await until(
      () => Promise.all(nodes.map((node) => blockAt(node, 'latest'))),
      ([first, ...others]) =>
        first?.root === root && first.waits === 0n && others.every(({ hash }) => hash === first.hash),
    );
    assert(heads[0] !== undefined, 'there is a node');
    return heads[0];
  };

  /** The head that somebody derives who has L1 alone. */
  readonly derived = async (): Promise<End> => {
    const folder = mkdtempSync(join(tmpdir(), 'conclave-fresh-'));
    const { genesis, rollup } = this.town;
    const executor = await createExecutor({ folder: join(folder, 'engine'), genesis, rollup });
    try {
      const driver = await openDriver(
        { rollup, originDepth: 0n, pollMs: 1_000 },
        {
          ...{ l1: this.source, executor, disk: memoryFiles(), compressors: batchCompressors },
          ...{ clock: systemClock, log: silent },
        },
      );
      while (await driver.step());
      const { number, hash } = driver.heads().safe;
      return { number, hash: to0x(hash) };
    } finally {
      await executor.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/** What a block of L1 says is read once: by its hash, and by its number where no reorg comes any more. */
function readOnce({ facts }: L1Source, { anvil }: Town): L1Source['facts'] {
  const known = new Map<string, L1Facts>();
  let highest = 0n;
  const hashAt = async (number: bigint): Promise<string> => {
    const block = await anvil.rpc('eth_getBlockByNumber', [hex(number), false]);
    return (block as { readonly hash: string } | null)?.hash ?? '';
  };
  return async (number) => {
    const isFinal = number + FINAL_AFTER < highest;
    const held = known.get(isFinal ? String(number) : await hashAt(number));
    if (held !== undefined) return held;
    const found = await facts(number);
    if (found === undefined) return undefined;
    if (number > highest) highest = number;
    known.set(isFinal ? String(number) : to0x(found.hash), found);
    return found;
  };
}

/** A block of a node, with the root of its origin, and how many transactions its pool would put on it. */
export async function blockAt(
  { rpc }: TownNode,
  tag: string | bigint,
): Promise<End & { readonly root: string; readonly waits: bigint }> {
  const asked = typeof tag === 'bigint' ? hex(tag) : tag;
  const found = (await rpc('eth_getBlockByNumber', [asked, false])) as Record<string, string> | null;
  const pool = (await rpc('txpool_status').catch(() => ({ pending: '0x0' }))) as { readonly pending: string };
  return {
    ...{ number: BigInt(found?.['number'] ?? -1), hash: String(found?.['hash']) },
    ...{ root: String(found?.['parentBeaconBlockRoot']), waits: BigInt(pool.pending) },
  };
}

/** The block of L1 that a block of a node refers to. */
export const originOf = async ({ rpc }: TownNode, number: bigint): Promise<bigint> =>
  BigInt(String(await rpc('conclave_getOrigin', [hex(number)])));
