import type { Receipt } from '../explorer/answers.ts';
import { moment } from '../explorer/words.ts';

/** How far a movement is. */
export interface State {
  readonly word: string;
  readonly tone: 'open' | 'ready' | 'sure' | 'wrong';
  /** What it waits for, or where it ended. */
  readonly detail: string;
}

/** The degree of certainty of a block of L2. */
type Certainty = 'soft' | 'safe' | 'finalized';

const WAITING = 'waiting for L1 confirmations';

const comesTo = (origin: bigint, l1Block: bigint): string =>
  `L2 has come to the L1 block ${origin}, of ${l1Block}.`;

/** A deposit: it is credited in the first block of L2 whose origin is its L1 block. */
export function depositState(
  { l1Block }: { readonly l1Block: bigint },
  l2: { readonly origin: bigint; readonly block: bigint | undefined; readonly certainty: Certainty },
): State {
  if (l2.block === undefined) return { word: WAITING, tone: 'open', detail: comesTo(l2.origin, l1Block) };
  return { word: 'done', tone: 'sure', detail: `Credited in the L2 block ${l2.block}, ${l2.certainty}.` };
}

/** The output that covers a withdrawal. */
export interface Covering {
  readonly index: bigint;
  readonly status: 'none' | 'proposed' | 'disputed' | 'rejected';
  /** Unix seconds. */
  readonly windowEnd: bigint;
  readonly isFinal: boolean;
}

/** A withdrawal: an output must cover its block, and the challenge window of that must be over. */
export function withdrawalState(
  { l2Block }: { readonly l2Block: bigint },
  l1: {
    readonly isSpent: boolean;
    readonly output: Covering | undefined;
    /** Unix seconds, of the newest block. */
    readonly time: bigint;
  },
): State {
  const { isSpent, output, time } = l1;
  if (isSpent) return { word: 'done', tone: 'sure', detail: 'L1 has paid it out.' };
  if (output === undefined)
    return {
      word: 'waiting for an output',
      tone: 'open',
      detail: `None covers the L2 block ${l2Block} yet.`,
    };
  const name = `Output ${output.index}`;
  if (output.isFinal) return { word: 'ready', tone: 'ready', detail: `${name} is final: finish it on L1.` };
  if (output.status === 'disputed')
    return {
      word: 'disputed',
      tone: 'wrong',
      detail: `${name} is disputed; if it falls, a later one counts.`,
    };
  if (output.windowEnd < time)
    return { word: 'window over', tone: 'open', detail: `${name} waits for an older one that is disputed.` };
  const end = moment(Number(output.windowEnd) * 1_000).replace('.000', '');
  return { word: 'in the challenge window', tone: 'open', detail: `${name} can be disputed until ${end}.` };
}

/**
 * The L1 block by which a forced transaction is in, or left out for good, whatever the sequencer does: window
 * and grace after it was queued, or after the last batch. [docs/rollup.md]
 */
export function forcedDeadline(
  l1Block: bigint,
  { lastBatch, window }: { readonly lastBatch: bigint; readonly window: bigint },
): bigint {
  const start = lastBatch > l1Block ? lastBatch : l1Block;
  return start + window + (window + 7n) / 8n;
}

/** A forced transaction: the first block of L2 with that origin begins with it, if it can be executed. */
export function forcedState(
  { l1Block, deadline }: { readonly l1Block: bigint; readonly deadline: bigint },
  l2: { readonly origin: bigint; readonly receipt: Pick<Receipt, 'status'> | null },
): State {
  if (l2.receipt?.status === 1n) return { word: 'included', tone: 'sure', detail: 'It was executed on L2.' };
  if (l2.receipt !== null)
    return { word: 'included, failed', tone: 'wrong', detail: 'L2 has executed it, and it failed there.' };
  if (l2.origin >= l1Block)
    return { word: 'left out', tone: 'wrong', detail: 'It could not be executed there: nonce or balance.' };
  const by = `It is in with the L1 block ${deadline} at the latest.`;
  return { word: WAITING, tone: 'open', detail: `${comesTo(l2.origin, l1Block)} ${by}` };
}
