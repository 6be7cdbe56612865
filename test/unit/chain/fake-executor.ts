import { planBlock } from '../../../src/chain/attributes.ts';
import { type L2Block, type L2Header, blockHash } from '../../../src/chain/block.ts';
import type { BuildRequest, BuildResult, ExecutedBlock, HeadHashes } from '../../../src/chain/execution.ts';
import type { Rollup } from '../../../src/chain/rollup.ts';
import { emptyMessageTree, messageTreeRoot } from '../../../src/chain/message-tree.ts';
import { concat, toHex } from '../../../src/crypto/bytes.ts';
import { OperationError, assert } from '../../../src/crypto/errors.ts';
import { keccak256, parseAddress } from '../../../src/ethereum/address.ts';

const ZERO = new Uint8Array(32);
const COINBASE = parseAddress('0x4c32000000000000000000000000000000000004');

/** Block 0 of the chains of these tests. */
export const genesisHeader: L2Header = {
  ...{ parentHash: ZERO, number: 0n, timestamp: 1_000n, coinbase: COINBASE, gasLimit: 30_000_000n },
  ...{ gasUsed: 0n, baseFeePerGas: 1_000_000_000n, extraData: new Uint8Array(0), prevRandao: ZERO },
  ...{ parentBeaconBlockRoot: ZERO, stateRoot: ZERO, transactionsRoot: ZERO, receiptsRoot: ZERO },
  ...{ withdrawalsRoot: ZERO, logsBloom: new Uint8Array(256) },
};

/** An L1 block of which these chains know nothing but its number. */
export const l1Hash = (number: bigint, fork = 0): Uint8Array =>
  keccak256(concat(Uint8Array.of(fork), new TextEncoder().encode(`l1/${number}`)));

/** A rollup over the block 0 above, from L1 block 100 on. */
export const rollup: Rollup = {
  ...{ l1ChainId: 31_337n, l2ChainId: 71_001n },
  genesis: {
    ...{ hash: blockHash(genesisHeader), stateRoot: ZERO, timestamp: 1_000n },
    origin: {
      number: 100n,
      hash: l1Hash(100n),
      timestamp: 900n,
      messageRoot: messageTreeRoot(emptyMessageTree),
    },
  },
  inbox: parseAddress('0x00000000000000000000000000000000000000a1'),
  bridge: parseAddress('0x00000000000000000000000000000000000000a2'),
  forcedInbox: parseAddress('0x00000000000000000000000000000000000000a3'),
  outputs: parseAddress('0x00000000000000000000000000000000000000a4'),
  ...{ slotMs: 1_000, maxDrift: 120n, sequencingWindow: 10n, phase2Height: 0n },
};

/** An engine whose state is a hash over all that was ever executed; it refuses what it is told to refuse. */
export class FakeExecutor {
  readonly #blocks = new Map<string, ExecutedBlock>();
  readonly #refused = new Set<string>();
  #heads: HeadHashes;
  builds = 0;

  constructor() {
    const { hash } = rollup.genesis;
    const block: L2Block = { hash, header: genesisHeader, transactions: [], withdrawals: [] };
    this.#keep({ block, receipts: [], forcedCount: 0, carry: 0n, nextWithdrawal: 0n });
    this.#heads = { unsafe: hash, safe: hash, finalized: hash };
  }

  /** From now on a transaction cannot be executed. */
  readonly refuse = (raw: Uint8Array): void => void this.#refused.add(toHex(raw));

  readonly buildNow = ({ parent: name, attributes, ...request }: BuildRequest): BuildResult => {
    this.builds++;
    const transactions = [...request.transactions];
    const parent = this.#blocks.get(toHex(name));
    if (parent === undefined) throw new OperationError('engine-unknown-block', 'retry', toHex(name));
    const refused = transactions.findIndex(({ raw }) => this.#refused.has(toHex(raw)));
    if (refused >= 0) return { kind: 'not-executable', at: refused, reason: 'nonce-too-low' };
    const forced = attributes.forced.filter((raw) => !this.#refused.has(toHex(raw)));
    const all = [...forced, ...transactions.map(({ raw }) => raw)];
    const { hash, header: last } = parent.block;
    const plan = planBlock({ ...parent, hash, header: last }, attributes);
    const money = plan.withdrawals.map(({ gwei }) => new TextEncoder().encode(String(gwei)));
    const header: L2Header = {
      ...plan.header,
      ...{
        gasUsed: 21_000n * BigInt(all.length),
        stateRoot: keccak256(concat(last.stateRoot, ...all, ...money)),
      },
      ...{ transactionsRoot: keccak256(concat(...all)), receiptsRoot: ZERO },
      ...{ withdrawalsRoot: keccak256(concat(...money)), logsBloom: new Uint8Array(256) },
    };
    const { carry, nextWithdrawal, withdrawals } = plan;
    const block = { hash: blockHash(header), header, transactions: all, withdrawals };
    const executed = { block, receipts: [], forcedCount: forced.length, carry, nextWithdrawal };
    this.#keep(executed);
    return { kind: 'built', executed, refused: [] };
  };

  readonly build = (request: BuildRequest): Promise<BuildResult> =>
    new Promise((resolve) => {
      resolve(this.buildNow(request));
    });

  readonly block = (at: Uint8Array | bigint): Promise<ExecutedBlock | undefined> =>
    Promise.resolve(at instanceof Uint8Array ? this.#blocks.get(toHex(at)) : this.#canonical(at));

  readonly heads = (): Promise<HeadHashes> => Promise.resolve(this.#heads);

  readonly setHeads = (heads: HeadHashes): Promise<void> => {
    for (const hash of [heads.unsafe, heads.safe, heads.finalized])
      assert(this.#blocks.has(toHex(hash)), 'heads are known');
    this.#heads = heads;
    return Promise.resolve();
  };

  /** All that it is asked is the root of messages of a block, which is here that of its state. */
  readonly call = async (
    block: Uint8Array,
  ): Promise<{ isSuccess: boolean; output: Uint8Array; gasUsed: bigint; fault: undefined }> => {
    const found = await this.block(block);
    return {
      ...{ isSuccess: true, gasUsed: 0n, fault: undefined },
      output: found?.block.header.stateRoot ?? ZERO,
    };
  };

  #keep(executed: ExecutedBlock): void {
    this.#blocks.set(toHex(executed.block.hash), executed);
  }

  #canonical(number: bigint): ExecutedBlock | undefined {
    let at = this.#blocks.get(toHex(this.#heads.unsafe));
    while (at !== undefined && at.block.header.number > number)
      at = this.#blocks.get(toHex(at.block.header.parentHash));
    return at?.block.header.number === number ? at : undefined;
  }
}
