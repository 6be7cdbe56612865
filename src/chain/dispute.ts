import { ascii, concat, equalBytes } from '../crypto/bytes.ts';
import { contractTags } from '../crypto/tags.ts';
import { type Address, keccak256 } from '../ethereum/address.ts';
import type { GameRecord, OutputRecord } from '../ethereum/bridge-views.ts';
import { abiWord } from '../ethereum/contract-digest.ts';

/** Who plays, and when. */
export interface Disputant {
  readonly account: Address;
  /** Unix seconds, as the newest block of L1 has it. */
  readonly now: bigint;
  /** The output root after a block by its own chain, 32 bytes; `undefined` where that has not come. */
  readonly rootAfter: (block: bigint) => Promise<Uint8Array | undefined>;
}

/** What a party does next in a game. `reveal` and `judge` want more than a root to be made. */
export type Move =
  | { readonly kind: 'publish'; readonly middle: bigint; readonly root: Uint8Array }
  | { readonly kind: 'choose'; readonly isLowerHalf: boolean }
  | { readonly kind: 'reveal'; readonly block: bigint }
  | {
      readonly kind: 'judge';
      readonly block: bigint;
      readonly preRoot: Uint8Array;
      readonly postRoot: Uint8Array;
    }
  | { readonly kind: 'claim-timeout' }
  | { readonly kind: 'give-up' };

const middleOf = ({ low, high }: GameRecord): bigint => low + (high - low) / 2n;

/** The account whose move a game awaits; `undefined` where it awaits a verdict, or nothing. */
export function turnOf({ phase, proposer, challenger }: GameRecord): Address | undefined {
  if (phase === 'publish' || phase === 'reveal') return proposer;
  return phase === 'choose' ? challenger : undefined;
}

/** The move that a party makes; `undefined` where it waits. [DisputeGame.sol] */
export async function moveIn(
  game: GameRecord,
  { account, now, rootAfter }: Disputant,
): Promise<Move | undefined> {
  const isLate = now > game.deadline;
  const turn = turnOf(game);
  if (turn !== undefined && turn !== account) return isLate ? { kind: 'claim-timeout' } : undefined;
  if (game.phase === 'judge' && isLate) return { kind: 'give-up' };
  // L1 refuses a move that is late.
  if (isLate) return undefined;
  if (game.phase === 'reveal') return { kind: 'reveal', block: game.high };
  if (game.phase === 'judge') {
    const [preRoot, postRoot] = await Promise.all([rootAfter(game.low), rootAfter(game.high)]);
    if (preRoot === undefined || postRoot === undefined) return undefined;
    return { kind: 'judge', block: game.high, preRoot, postRoot };
  }
  const middle = middleOf(game);
  const root = turn === undefined ? undefined : await rootAfter(middle);
  if (root === undefined) return undefined;
  return game.phase === 'publish'
    ? { kind: 'publish', middle, root }
    : { kind: 'choose', isLowerHalf: !equalBytes(root, game.midRoot) };
}

/** What a challenger holds of an output: `wrong` with the root that it should have. */
export type Opinion =
  | { readonly kind: 'right' | 'closed' | 'unknown' }
  | { readonly kind: 'wrong'; readonly counterRoot: Uint8Array };

/** Judges an output by its own chain; one whose time is over, or that is disputed, is closed. */
export async function opinionOf(
  output: OutputRecord,
  { now, rootAfter }: Omit<Disputant, 'account'>,
): Promise<Opinion> {
  if (output.status !== 'proposed' || now > output.windowEnd) return { kind: 'closed' };
  const root = await rootAfter(output.l2Block);
  if (root === undefined) return { kind: 'unknown' };
  return equalBytes(root, output.outputRoot) ? { kind: 'right' } : { kind: 'wrong', counterRoot: root };
}

/** What convinces a verifier that believes anybody, for tests: what the step leads to. [StubValidity.sol] */
export const stubEvidence = ({
  preRoot,
  block,
  postRoot,
}: Extract<Move, { readonly kind: 'judge' }>): Uint8Array =>
  concat(keccak256(ascii(contractTags.stubProof)), preRoot, abiWord(block), postRoot);
