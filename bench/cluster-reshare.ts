import { OperationError } from '../src/crypto/errors.ts';
import type { ChangeKind, Size } from './cases.ts';
import type { Context } from './context.ts';
import { median, rounded } from './measure.ts';
import { hasNative } from './primitives.ts';
import { Processes } from './processes.ts';
import type { ClusterReshareRow } from './rows.ts';

/** Most processes that are started at once on this bench: beyond, they measure how two cores are shared. */
const MAX_PROCESSES = 10;

/** Epoch changes by real processes: refreshes, then changes in which a new member replaces the oldest. */
export async function benchClusterReshare(context: Context): Promise<void> {
  const primitives = hasNative ? 'native' : 'pure';
  const { changes } = context.plan;
  for (const size of context.plan.changeSizes) {
    if (size.n + 1 > MAX_PROCESSES) {
      const why = `${size.n + 1} processes would share the cores: see reshare for the cost of a party`;
      context.leave({ bench: 'cluster-reshare', ...size, primitives, why });
      continue;
    }
    context.say(`cluster-reshare (${size.n}, ${size.t}): starting ${size.n} processes`);
    const processes = await Processes.make(size);
    try {
      await processes.start(0);
      await processes.runCeremony();
      await measure(context, size, { change: 'refresh', count: changes.refresh + 1 }, processes);
      await measure(context, size, { change: 'reshare', count: changes.reshare }, processes);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      context.leave({ bench: 'cluster-reshare', ...size, primitives, why: error.message });
    } finally {
      await processes.remove();
    }
  }
}

/** The first refresh is not counted: every process has the code to load and to compile. */
async function measure(
  context: Context,
  size: Size,
  { change, count }: { readonly change: ChangeKind; readonly count: number },
  processes: Processes,
): Promise<void> {
  const samples = [];
  for (let i = 0; i < count; i++) samples.push(await processes.changeEpoch(change));
  const counted = change === 'refresh' ? samples.slice(1) : samples;
  const middle = (key: 'inServiceMs' | 'completeMs' | 'frozenMs'): number =>
    rounded(median(counted.map((sample) => sample[key])));
  const row: ClusterReshareRow = {
    ...{ bench: 'cluster-reshare', ...size, change, replaced: change === 'refresh' ? 0 : 1 },
    ...{ inServiceMs: middle('inServiceMs'), completeMs: middle('completeMs'), frozenMs: middle('frozenMs') },
    primitives: hasNative ? 'native' : 'pure',
    runs: counted.length,
  };
  context.add(row, `${change}: in service after ${row.inServiceMs} ms, complete after ${row.completeMs} ms`);
}
