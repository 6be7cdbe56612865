import { outputRoot } from '../../../../src/chain/output.ts';
import type { Address } from '../../../../src/ethereum/address.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import type { OpenedOutput } from '../../../../src/ethereum/bridge-calls.ts';
import type { GameRecord, OutputRecord } from '../../../../src/ethereum/bridge-views.ts';
import type { BlockPlacement, GameMove } from '../../../../src/ethereum/output-calls.ts';
import type { BatchRange, OutputsL1, OwnChain } from '../../../../src/system/ports.ts';

/** The account that takes part, and another one. */
export const own: Address = parseAddress(`0x${'11'.repeat(20)}`);
export const other: Address = parseAddress(`0x${'22'.repeat(20)}`);
const L2 = 7n;
const word = (value: bigint): Uint8Array => new Uint8Array(32).fill(Number(value));

/** What the honest chain has after a block. */
export const outputAfter = (blockNumber: bigint): OpenedOutput => ({
  ...{ blockNumber, blockHash: word(blockNumber) },
  ...{ stateRoot: word(blockNumber + 100n), messageTreeRoot: word(0n) },
});
export const rootAfter = (block: bigint): Uint8Array => outputRoot(L2, outputAfter(block));

/** An honest chain up to a safe block that a test moves. */
export class FakeChain implements OwnChain {
  readonly l2ChainId: bigint = L2;
  safeBlock = 60n;
  readonly safe: OwnChain['safe'] = async () => this.safeBlock;
  readonly outputAfter: OwnChain['outputAfter'] = async (block) =>
    block > this.safeBlock ? undefined : outputAfter(block);
  readonly hashes: OwnChain['hashes'] = async (from, to) =>
    Array.from({ length: Number(to - from) + 1 }, (_, i) => word(from + BigInt(i)));
}

/** An L1 that holds what a test has put there, and what was sent. */
export class FakeOutputs implements OutputsL1 {
  readonly account: Address = own;
  time = 1_000n;
  free = 10n;
  final = 0n;
  outputs: OutputRecord[] = [];
  games: GameRecord[] = [];
  batches: BatchRange[] = [];
  readonly moves: GameMove[] = [];
  readonly proposed: (readonly [bigint, OpenedOutput, BlockPlacement])[] = [];
  readonly asked: bigint[] = [];
  readonly now: OutputsL1['now'] = async () => this.time;
  readonly last: OutputsL1['last'] = async () => BigInt(this.outputs.length);
  readonly lastFinal: OutputsL1['lastFinal'] = async () => this.final;
  readonly output: OutputsL1['output'] = async (index) => this.outputs[Number(index) - 1]!;
  readonly lastGame: OutputsL1['lastGame'] = async () => BigInt(this.games.length);
  readonly game: OutputsL1['game'] = async (id) => {
    this.asked.push(id);
    return this.games[Number(id) - 1]!;
  };
  bond: OutputsL1['bond'] = async () => ({ free: this.free, needed: 10n });
  readonly newestBatch: OutputsL1['newestBatch'] = async () => this.batches.at(-1);
  readonly batchOf: OutputsL1['batchOf'] = async (block) =>
    this.batches.find(({ firstBlock, lastBlock }) => firstBlock <= block && block <= lastBlock);
  readonly propose: OutputsL1['propose'] = async (...given) => void this.proposed.push(given);
  readonly move: OutputsL1['move'] = async (move) => void this.moves.push(move);
}

/** An output of somebody that can be disputed until second 1,000. */
export const outputOf = (l2Block: bigint, change: Partial<OutputRecord> = {}): OutputRecord => ({
  ...{ outputRoot: rootAfter(l2Block), l2Block, windowEnd: 1_000n, status: 'proposed' },
  ...{ proposer: other, bond: 10n },
  ...change,
});

/** A game in which the own account has claimed something, and is to publish. */
export const gameOf = (change: Partial<GameRecord> = {}): GameRecord => ({
  ...{ id: 1n, outputIndex: 1n, low: 0n, high: 20n, deadline: 1_000n, phase: 'publish' },
  ...{ lowRoot: rootAfter(0n), highRoot: rootAfter(20n), midRoot: rootAfter(10n) },
  ...{ proposer: own, challenger: other },
  ...change,
});
