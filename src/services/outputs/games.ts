import { type Move, moveIn } from '../../chain/dispute.ts';
import { outputRoot } from '../../chain/output.ts';
import { nowhere, placementOf } from '../../chain/placement.ts';
import type { Address } from '../../ethereum/address.ts';
import type { GameRecord } from '../../ethereum/bridge-views.ts';
import type { BlockPlacement, GameMove } from '../../ethereum/output-calls.ts';
import type { BatchRange, Log, OutputsL1, OwnChain } from '../../system/ports.ts';

/** Convinces a verifier of one step of L2; `undefined` where nobody can. Roots have 32 bytes. */
export type EvidenceOf = (
  step: Extract<Move, { readonly kind: 'judge' }>,
) => Promise<{ readonly verifier: Address; readonly evidence: Uint8Array } | undefined>;

/** What those work with who take part in disputes. */
export interface GameDeps {
  readonly l1: OutputsL1;
  readonly own: OwnChain;
  readonly evidenceOf: EvidenceOf;
  readonly log: Log;
}

/** The output root after a block by the own chain, 32 bytes; `undefined` beyond what follows from L1. */
export async function ownRoot(own: OwnChain, block: bigint): Promise<Uint8Array | undefined> {
  const output = await own.outputAfter(block);
  return output && outputRoot(own.l2ChainId, output);
}

/** Shows a block in its batch. */
export const placeIn = async (
  own: OwnChain,
  block: bigint,
  batch: BatchRange | undefined,
): Promise<BlockPlacement> =>
  batch === undefined
    ? nowhere
    : placementOf(block, batch, await own.hashes(batch.firstBlock, batch.lastBlock));

/** The games of one account, played by its own chain. */
export class Games {
  readonly #deps: GameDeps;
  /** Games up to here are over. */
  #over = 0n;

  constructor(deps: GameDeps) {
    this.#deps = deps;
  }

  /** Makes every move that is due; whether there was one. @throws as the ports */
  async play(): Promise<boolean> {
    const { l1 } = this.#deps;
    const last = await l1.lastGame();
    let hasMoved = false;
    for (let id = this.#over + 1n; id <= last; id++) {
      const game = await l1.game(id);
      if (game.phase === 'resolved') {
        if (id === this.#over + 1n) this.#over = id;
      } else if ([game.proposer, game.challenger].includes(l1.account))
        hasMoved = (await this.#moveIn(game)) || hasMoved;
    }
    return hasMoved;
  }

  async #moveIn(game: GameRecord): Promise<boolean> {
    const { l1, own, log } = this.#deps;
    const rootAfter = (block: bigint): Promise<Uint8Array | undefined> => ownRoot(own, block);
    const move = await moveIn(game, { account: l1.account, now: await l1.now(), rootAfter });
    const made = move && (await this.#made(game.id, move));
    if (made === undefined) return false;
    await l1.move(made);
    log.info('move in a dispute', { game: String(game.id), move: made.kind });
    return true;
  }

  /** The move as L1 takes it; `undefined` while something for it is missing. */
  async #made(id: bigint, move: Move): Promise<GameMove | undefined> {
    const { l1, own, evidenceOf } = this.#deps;
    if (move.kind === 'judge') {
      const found = await evidenceOf(move);
      return found && { kind: 'judge', id, ...found };
    }
    if (move.kind !== 'reveal') return { ...move, id };
    const output = await own.outputAfter(move.block);
    if (output === undefined) return undefined;
    return {
      kind: 'reveal',
      id,
      output,
      place: await placeIn(own, move.block, await l1.batchOf(move.block)),
    };
  }
}
