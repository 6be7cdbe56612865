import { type GameDeps, Games, placeIn } from './games.ts';
import { proposalFor } from './machine.ts';

/** How often a proposer proposes. */
export interface ProposerRules {
  /** Blocks of L2 from one output to the next. */
  readonly every: bigint;
}

/**
 * Claims on L1 what L2 is, under a bond, and defends what it claimed. A step does what is due and ends; who
 * runs it repeats it. What it must know is on L1 and in its own chain, so there is nothing to keep.
 */
export class Proposer {
  readonly #deps: GameDeps;
  readonly #rules: ProposerRules;
  readonly #games: Games;

  constructor(deps: GameDeps, rules: ProposerRules) {
    this.#deps = deps;
    this.#rules = rules;
    this.#games = new Games(deps);
  }

  /** Moves in its games, then proposes if an output is due; whether it sent anything. @throws as the ports */
  async step(): Promise<boolean> {
    const hasMoved = await this.#games.play();
    return (await this.#propose()) || hasMoved;
  }

  async #propose(): Promise<boolean> {
    const { l1, own, log } = this.#deps;
    const last = await l1.last();
    const [standing, newestBatch, safe, bond] = await Promise.all([
      ...([this.#standing(last), l1.newestBatch(), own.safe(), l1.bond()] as const),
    ]);
    const due = proposalFor({ standing, newestBatch, safe, bond }, this.#rules.every);
    if (due.kind === 'wait') {
      if (due.why === 'no-bond') log.warn('no bond for an output', { needed: String(bond.needed) });
      return false;
    }
    const output = await own.outputAfter(due.block);
    // A reorg of L1 may have taken the block back since.
    if (output === undefined) return false;
    await l1.propose(last + 1n, output, await placeIn(own, due.block, due.batch));
    log.info('output proposed', { index: String(last + 1n), block: String(due.block) });
    return true;
  }

  /** The block of the newest output that is not rejected; that of the genesis never is. */
  async #standing(last: bigint): Promise<bigint> {
    for (let index = last; index > 0n; index--) {
      const { status, l2Block } = await this.#deps.l1.output(index);
      if (status !== 'rejected') return l2Block;
    }
    return 0n;
  }
}
