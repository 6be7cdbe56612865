import type { Address } from '../../src/ethereum/address.ts';
import {
  isSpent,
  lastFinalOutput,
  lastOutput,
  outputAt,
  tokenBalance,
} from '../../src/ethereum/bridge-views.ts';
import type { Heads } from '../explorer/answers.ts';
import * as calls from '../explorer/calls.ts';
import { certainty } from '../explorer/parts.ts';
import { type L1Head, ask, getL1Block } from './answers.ts';
import { lowest } from './bisect.ts';
import { type ReadOutput, outputCovering } from './covering.ts';
import type { Ends } from './flows.ts';
import { History } from './history.ts';
import {
  type Movement,
  depositLogs,
  depositsOf,
  forcedLogs,
  forcedOf,
  withdrawalLogs,
  withdrawalsOf,
} from './movements.ts';
import { type State, depositState, forcedDeadline, forcedState, withdrawalState } from './states.ts';

/** A movement, and how far it is. */
export interface Placed {
  readonly movement: Movement;
  readonly state: State;
  /** Of a withdrawal: the output that proves it. */
  readonly output: bigint | undefined;
}

/** What an account has, and what of it is on the way. */
export interface Overview {
  /** Wei. */
  readonly balances: { readonly l1: bigint; readonly l1Fees: bigint; readonly l2: bigint };
  readonly movements: readonly Placed[];
  /** How many more there are that are not listed. */
  readonly leftOut: number;
  /** The oldest blocks that were read; undefined where all were. */
  readonly readTo: { readonly l1: bigint; readonly l2: bigint } | undefined;
}

/** Blocks that are asked for at once: what public endpoints of L1 allow, and what a node of L2 does. */
const [L1_SPAN, L2_SPAN] = [2_000n, 10_000n];
/** Spans that are read back unasked: a week and more of L1, a day and more of L2. */
const UNASKED = 25;
/** Of those, so many between two looks. */
const AT_ONCE = 5;
/** Most that are listed of each kind: the newest. */
const LISTED = 20;

/** What both chains say at one look. */
interface Look {
  readonly head: L1Head;
  readonly heads: Heads;
  /** The L1 block that the newest block of L2 knows of. */
  readonly origin: bigint;
  /** The L1 block of the newest batch that was taken; 0 for none. */
  readonly lastBatch: bigint;
  readonly outputs: { readonly last: bigint; readonly final: bigint };
}

/** The bridge as one account sees it; it keeps what cannot change. */
export class AccountBridge {
  readonly #ends: Ends;
  readonly #account: Address;
  readonly #histories: readonly [deposits: History, withdrawals: History, forced: History];
  /** The blocks of L2 that credited deposits, by their L1 block: of final ones only. */
  readonly #credited = new Map<bigint, bigint>();
  #wanted = UNASKED;

  constructor(ends: Ends, account: Address) {
    [this.#ends, this.#account] = [ends, account];
    const { l1, l2, rollup, token } = ends;
    const l1Rules = { first: rollup.genesis.origin.number, span: L1_SPAN };
    this.#histories = [
      new History(l1, depositLogs(rollup, token, account), l1Rules),
      new History(l2, withdrawalLogs(account), { first: 1n, span: L2_SPAN }),
      new History(l1, forcedLogs(rollup), l1Rules),
    ];
  }

  /** Reads further back than it would by itself. */
  lookBack(): void {
    this.#wanted += UNASKED;
  }

  /** Looks at both chains. @throws NoAnswer, Refused, Malformed */
  async look(): Promise<Overview> {
    const { l1, l2, token } = this.#ends;
    const look = await this.#lookAtHeads();
    const [balances] = await Promise.all([
      Promise.all([
        l1.ask(ask(token, tokenBalance(this.#account))),
        l1.ask(calls.getBalance(this.#account)),
        l2.ask(calls.getBalance(this.#account)),
      ]),
      this.#read(look),
    ]);
    const [deposits, withdrawals, forced] = this.#histories;
    const all = [
      ...[withdrawalsOf(withdrawals.logs), depositsOf(deposits.logs)],
      forcedOf(forced.logs, this.#account),
    ];
    const listed = all.flatMap((one) => one.slice(0, LISTED));
    const movements = await Promise.all(listed.map((one) => this.#place(one, look)));
    const isWhole = this.#histories.every((one) => one.isWhole);
    return {
      ...{ balances: { l1: balances[0], l1Fees: balances[1], l2: balances[2] }, movements },
      leftOut: all.flat().length - listed.length,
      readTo: isWhole ? undefined : { l1: deposits.from, l2: withdrawals.from },
    };
  }

  async #lookAtHeads(): Promise<Look & { readonly l1Finalized: bigint }> {
    const { l1, l2, rollup } = this.#ends;
    const [heads, head, final, last, lastFinal] = await Promise.all([
      l2.ask(calls.getHeads),
      l1.ask(getL1Block('latest')),
      l1.ask(getL1Block('finalized')),
      l1.ask(ask(rollup.outputs, lastOutput())),
      l1.ask(ask(rollup.outputs, lastFinalOutput())),
    ]);
    const [origin, batch] = await Promise.all([
      l2.ask(calls.getOrigin(heads.unsafe.number)),
      l2.ask(calls.getBatchOf(heads.safe.number)),
    ]);
    return {
      ...{ heads, origin, head: head ?? { number: 0n, timestamp: 0n }, l1Finalized: final?.number ?? 0n },
      ...{ lastBatch: batch?.l1Block.number ?? 0n, outputs: { last, final: lastFinal } },
    };
  }

  /** Reads what is new, and a little of what is old. */
  async #read({ head, heads, l1Finalized }: Look & { readonly l1Finalized: bigint }): Promise<void> {
    const l1 = { head: head.number, finalized: l1Finalized };
    const l2 = { head: heads.unsafe.number, finalized: heads.finalized.number };
    const [deposits, withdrawals, forced] = this.#histories;
    await Promise.all([deposits.look(l1), withdrawals.look(l2), forced.look(l1)]);
    for (let i = 0; i < AT_ONCE && this.#wanted > 0; i++, this.#wanted--)
      await Promise.all(this.#histories.map((one) => one.older()));
  }

  async #place(movement: Movement, look: Look): Promise<Placed> {
    const { l1, l2, rollup } = this.#ends;
    const { origin, heads } = look;
    const readOutput: ReadOutput = (index) => l1.ask(ask(rollup.outputs, outputAt(index)));
    switch (movement.kind) {
      case 'deposit': {
        const block = await this.#creditedIn(movement.l1Block, look);
        const degree = certainty(block ?? 0n, heads);
        return placed(movement, depositState(movement, { origin, block, certainty: degree }));
      }
      case 'withdrawal': {
        const spent = await l1.ask(ask(rollup.bridge, isSpent(movement.leaf)));
        const output = spent ? undefined : await outputCovering(readOutput, movement.l2Block, look.outputs);
        const time = look.head.timestamp;
        return placed(movement, withdrawalState(movement, { isSpent: spent, output, time }), output?.index);
      }
      case 'forced': {
        const receipt = await l2.ask(calls.getReceipt(movement.l2Hash));
        const { lastBatch } = look;
        const deadline = forcedDeadline(movement.l1Block, { lastBatch, window: rollup.sequencingWindow });
        return placed(movement, forcedState({ l1Block: movement.l1Block, deadline }, { origin, receipt }));
      }
    }
  }

  /** The first block of L2 that knows an L1 block. */
  async #creditedIn(l1Block: bigint, { origin, heads }: Look): Promise<bigint | undefined> {
    const known = this.#credited.get(l1Block);
    if (known !== undefined || origin < l1Block) return known;
    const { l2 } = this.#ends;
    const hasIt = async (number: bigint): Promise<boolean> =>
      (await l2.ask(calls.getOrigin(number))) >= l1Block;
    const block = await lowest(1n, heads.unsafe.number, hasIt);
    if (block !== undefined && block <= heads.finalized.number) this.#credited.set(l1Block, block);
    return block;
  }
}

const placed = (movement: Movement, state: State, output?: bigint): Placed => ({ movement, state, output });
