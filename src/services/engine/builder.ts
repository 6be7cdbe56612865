import { planBlock } from '../../chain/attributes.ts';
import { blockHash } from '../../chain/block.ts';
import type { BuildRequest, BuildResult, ExecutedBlock, TxRefusal } from '../../chain/execution.ts';
import { type Rollup, blockLimits } from '../../chain/rollup.ts';
import { BlockRun, type ProvenTx } from './block-run.ts';
import { type ExecutionSite, kept } from './site.ts';

/** A block that was executed, with what must be stored for it; or why there is none. */
export type Building = { readonly result: BuildResult; readonly store: () => Promise<void> };

const NOTHING_TO_STORE = (): Promise<void> => Promise.resolve();

/**
 * Executes a block on its parent: what L1 forces in, and then what the request brings. [sequencer, 8.3]
 */
export async function buildBlock(
  site: ExecutionSite,
  request: BuildRequest,
  { phase2Height }: Pick<Rollup, 'phase2Height'>,
): Promise<Building> {
  const { parent } = site;
  const { block, carry, nextWithdrawal } = parent;
  const plan = planBlock(
    { hash: block.hash, header: block.header, carry, nextWithdrawal },
    request.attributes,
  );
  const run = new BlockRun(site.machine, site.state, plan.header, site.ancestors);
  const forcedCount = await addForced(run, request.attributes.forced);
  const most = plan.header.number < phase2Height ? 1 : blockLimits.transactions;
  const refused = await addCandidates(run, request, most);
  const [first] = refused;
  if (request.mode === 'exact' && first !== undefined)
    return { result: { kind: 'not-executable', ...first }, store: NOTHING_TO_STORE };
  const closed = run.close(plan.withdrawals, site.write);
  const header = { ...plan.header, ...closed.results };
  const executed: ExecutedBlock = {
    block: {
      ...{ hash: blockHash(header), header, transactions: run.transactions, withdrawals: plan.withdrawals },
    },
    ...{ receipts: run.receipts, forcedCount, carry: plan.carry, nextWithdrawal: plan.nextWithdrawal },
  };
  return { result: { kind: 'built', executed, refused }, store: () => kept(site, executed, closed) };
}

/** What cannot be executed at its place, or does not fit, is left out. */
async function addForced(run: BlockRun, forced: readonly Uint8Array[]): Promise<number> {
  for (const raw of forced) {
    const tx = run.check({ raw });
    if (typeof tx !== 'string' && run.hasGasFor(tx)) await run.add(tx);
  }
  return run.transactions.length;
}

interface Refused {
  readonly at: number;
  readonly reason: TxRefusal;
}

async function addCandidates(
  run: BlockRun,
  { transactions, mode, budget }: BuildRequest,
  most: number,
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  let [at, count, bytes] = [-1, 0, 0];
  const isFull = (): boolean =>
    !run.hasGas || count >= most || (budget !== undefined && budget.elapsedMs() >= budget.blockMs);
  const fits = (tx: ProvenTx): boolean =>
    !isFull() && run.hasGasFor(tx) && bytes + tx.raw.length <= blockLimits.bytes;
  for (const candidate of transactions) {
    at += 1;
    const tx = run.check(candidate);
    const reason = typeof tx === 'string' ? tx : fits(tx) ? undefined : 'block-full';
    if (reason !== undefined) refused.push({ at, reason });
    // What asks for more than is left must not end the block: asking costs nothing.
    if (reason !== undefined && (mode === 'exact' || isFull())) break;
    if (reason !== undefined || typeof tx === 'string') continue;
    if (!(await run.add(tx, budget))) {
      refused.push({ at, reason: 'too-slow' });
      continue;
    }
    [count, bytes] = [count + 1, bytes + tx.raw.length];
  }
  return refused;
}
