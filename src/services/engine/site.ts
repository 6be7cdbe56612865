import type { ExecutedBlock } from '../../chain/execution.ts';
import type { Draft } from './draft.ts';
import { keyBytes } from './key.ts';
import type { Ancestors, Machine } from './machine.ts';
import type { State, WriteNode } from './state.ts';
import type { EngineStore } from './store.ts';

/** Where one block is executed: what comes before it, and where to put what it makes. */
export interface ExecutionSite {
  readonly store: EngineStore;
  readonly machine: Machine;
  readonly parent: ExecutedBlock;
  /** At the end of the parent. */
  readonly state: State;
  readonly ancestors: Ancestors;
  /** Collects the nodes that the new state adds. */
  readonly nodes: (readonly [hash: Uint8Array, bytes: Uint8Array])[];
  readonly write: WriteNode;
  /** Hears of the state of a block that is on disk. */
  readonly remember: (state: State, before: State) => void;
}

/** Stores a block that was executed at a site; from then on others can build on it. */
export async function kept(
  site: ExecutionSite,
  executed: ExecutedBlock,
  { state, draft }: { readonly state: State; readonly draft: Draft },
): Promise<void> {
  const codes = [...draft.codes].map(([name, code]) => [keyBytes(name), code] as const);
  await site.store.keep(executed, site.nodes, codes);
  site.remember(state, site.state);
}
