import { opinionOf } from '../../chain/dispute.ts';
import { to0x } from '../../crypto/bytes.ts';
import { type GameDeps, Games, ownRoot } from './games.ts';

/**
 * Disputes every output that is not what its own chain gives, under a bond, and plays the game to its end. A
 * step does what is due and ends; who runs it repeats it.
 */
export class Challenger {
  readonly #deps: GameDeps;
  readonly #games: Games;

  constructor(deps: GameDeps) {
    this.#deps = deps;
    this.#games = new Games(deps);
  }

  /**
   * Moves in its games, then looks at every output that can fall; whether it sent anything.
   * @throws as the ports
   */
  async step(): Promise<boolean> {
    const hasMoved = await this.#games.play();
    return (await this.#dispute()) || hasMoved;
  }

  async #dispute(): Promise<boolean> {
    const { l1 } = this.#deps;
    const [last, final] = [await l1.last(), await l1.lastFinal()];
    for (let index = final + 1n; index <= last; index++) if (await this.#disputes(index)) return true;
    return false;
  }

  async #disputes(index: bigint): Promise<boolean> {
    const { l1, own, log } = this.#deps;
    const [output, now] = [await l1.output(index), await l1.now()];
    const opinion = await opinionOf(output, { now, rootAfter: (block) => ownRoot(own, block) });
    if (opinion.kind !== 'wrong') return false;
    const { counterRoot } = opinion;
    const about = { index: String(index), claimed: to0x(output.outputRoot), own: to0x(counterRoot) };
    log.error('an output is wrong', about);
    const { free } = await l1.bond();
    if (free < output.bond) {
      log.error('no bond for a dispute', { needed: String(output.bond), free: String(free) });
      return false;
    }
    await l1.move({ kind: 'open', outputIndex: index, counterRoot });
    log.warn('dispute opened', about);
    return true;
  }
}
