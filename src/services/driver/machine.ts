import { type DerivationState, originAt } from '../../chain/derivation-state.ts';
import type { HeadHashes } from '../../chain/execution.ts';
import type { L1Facts } from '../../chain/l1-facts.ts';
import type { L2Position } from '../../chain/l2-position.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';

/** A block of L1, by what tells it from others of its number. */
export interface L1Point {
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
}

/** What the driver knows. */
export interface DriverState {
  /** One for each block of L1 that may still go, oldest first, and the one before them; never empty. */
  readonly snapshots: readonly DerivationState[];
  readonly unsafe: L2Position;
}

/** Where L2 stands. [sequencer, 8.1] */
export interface Heads {
  readonly unsafe: L2Position;
  readonly safe: L2Position;
  readonly finalized: L2Position;
  /** The last block of L1 that was read. */
  readonly l1: L1Point;
}

/** What happened. */
export type DriverEvent =
  /** The next block of L1 was read. `isKept` says whether the unsafe chain holds its safe head. */
  | { readonly kind: 'derived'; readonly state: DerivationState; readonly isKept: boolean }
  /** The last block of L1 that was read is none any more. */
  | { readonly kind: 'orphaned' }
  /** L1 replaced even what it had called final: all begins anew. */
  | { readonly kind: 'reset'; readonly start: DerivationState }
  /** L1 will not go back behind this block. */
  | { readonly kind: 'finalized'; readonly l1: L1Point }
  /** The unsafe chain ends here: a block was added, or some were taken back. */
  | { readonly kind: 'unsafe'; readonly head: L2Position };

/** What is to be done for it, in this order. */
export type DriverEffect =
  /** Write a snapshot, before anything else is told of it. */
  | { readonly kind: 'save'; readonly state: DerivationState }
  /** Remove the snapshot of a block of L1 that is final and not the newest such. */
  | { readonly kind: 'forget'; readonly l1: bigint }
  /** Remove what was written of a block of L1 that is none any more. */
  | { readonly kind: 'undo'; readonly l1: bigint }
  /** Tell the engines which blocks count. */
  | { readonly kind: 'heads'; readonly hashes: HeadHashes };

/** The newest snapshot. */
export function tipOf({ snapshots }: Pick<DriverState, 'snapshots'>): DerivationState {
  const tip = snapshots.at(-1);
  assert(tip !== undefined, 'there is always a snapshot');
  return tip;
}

/** Where L2 stands. */
export function headsOf(state: DriverState): Heads {
  const { safe, l1 } = tipOf(state);
  return { unsafe: state.unsafe, safe, finalized: (state.snapshots[0] ?? tipOf(state)).safe, l1 };
}

/** What comes of an event. */
export function transition(
  state: DriverState,
  event: DriverEvent,
): { readonly next: DriverState; readonly effects: readonly DriverEffect[] } {
  switch (event.kind) {
    case 'derived': {
      const { safe } = event.state;
      const unsafe = event.isKept && state.unsafe.number >= safe.number ? state.unsafe : safe;
      const next = { snapshots: [...state.snapshots, event.state], unsafe };
      return withHeads(state, next, [{ kind: 'save', state: event.state }]);
    }
    case 'orphaned': {
      assert(state.snapshots.length > 1, 'a final block of L1 is never taken back');
      const [gone, snapshots] = [tipOf(state), state.snapshots.slice(0, -1)];
      // What L1 made alone goes with it: no sequencer has signed these blocks, and one that signed others in
      // their place must not be asked for its signature over them as if they were its own.
      const isAlone = gone.lastFallback === gone.l1.number;
      const next = { snapshots, unsafe: isAlone ? tipOf({ snapshots }).safe : state.unsafe };
      return withHeads(state, next, [{ kind: 'undo', l1: gone.l1.number }]);
    }
    case 'reset': {
      const undone = state.snapshots.map(({ l1 }): DriverEffect => ({ kind: 'undo', l1: l1.number }));
      const next = { ...state, snapshots: [event.start] };
      return withHeads(state, next, [...undone, { kind: 'save', state: event.start }]);
    }
    case 'finalized':
      return finalize(state, event.l1);
    case 'unsafe':
      return withHeads(state, { ...state, unsafe: event.head }, []);
  }
}

/** Only a block that was read itself counts: an endpoint may call another one final than it served. */
function finalize(state: DriverState, l1: L1Point): ReturnType<typeof transition> {
  const at = state.snapshots.findIndex((one) => one.l1.number === l1.number);
  const found = state.snapshots[at];
  if (found === undefined || !equalBytes(found.l1.hash, l1.hash)) return { next: state, effects: [] };
  const gone = state.snapshots.slice(0, at);
  const effects = gone.map((one): DriverEffect => ({ kind: 'forget', l1: one.l1.number }));
  return withHeads(state, { ...state, snapshots: state.snapshots.slice(at) }, effects);
}

function withHeads(
  before: DriverState,
  next: DriverState,
  effects: readonly DriverEffect[],
): ReturnType<typeof transition> {
  const [old, hashes] = [hashesOf(before), hashesOf(next)];
  const isSame = (['unsafe', 'safe', 'finalized'] as const).every((head) =>
    equalBytes(old[head], hashes[head]),
  );
  return { next, effects: isSame ? effects : [...effects, { kind: 'heads', hashes }] };
}

/** As engines are told. */
export function hashesOf(state: DriverState): HeadHashes {
  const { unsafe, safe, finalized } = headsOf(state);
  return { unsafe: unsafe.hash, safe: safe.hash, finalized: finalized.hash };
}

/** What to do about L1, by its head and, where the head is beyond, the block behind the last one read. */
export function moveFor(
  state: DriverState,
  head: L1Point,
  next: L1Facts | undefined,
): 'derive' | 'orphaned' | 'wait' {
  const { l1 } = tipOf(state);
  if (head.number <= l1.number) {
    // An endpoint that lags behind is no reorg.
    const own = state.snapshots.find((one) => one.l1.number === head.number);
    return own === undefined || equalBytes(own.l1.hash, head.hash) ? 'wait' : 'orphaned';
  }
  if (next === undefined) return 'wait';
  return equalBytes(next.parentHash, l1.hash) ? 'derive' : 'orphaned';
}

/** The origin behind one that a block refers to; `gone` where L1 has another block of that number. */
export function originAfter(
  state: DriverState,
  after: L1Point,
  depth: bigint,
): DerivationState['origins'][number] | 'gone' | undefined {
  const tip = tipOf(state);
  const own = originAt(tip, after.number);
  // Behind the origin of the safe head everything is gone from the list, and nobody builds there.
  if (own === undefined ? after.number <= tip.l1.number : !equalBytes(own.origin.hash, after.hash))
    return 'gone';
  const next = originAt(tip, after.number + 1n);
  return next !== undefined && next.origin.number + depth <= tip.l1.number ? next : undefined;
}
