import { conclave } from '../scripts/lib/children.ts';
import { type Context, measureOn } from './context.ts';
import { quantile, rounded } from './measure.ts';
import { headNumber, runLoad, runTrickle, softMs, untilSafe } from './rollup-load.ts';
import {
  type BenchNode,
  BenchTown,
  type LoadKind,
  batchesOf,
  cpuMs,
  engineBytes,
  peakMb,
} from './rollup-town.ts';

/** How much is sent of each kind, before anything is measured and then; seconds of single users. */
const COUNTS = {
  whole: { warmUp: 2_000, transfers: 16_000, tokens: 6_000, softS: 20 },
  quick: { warmUp: 500, transfers: 2_000, tokens: 1_000, softS: 4 },
} as const;
/** Transfers a second of others, while single users wait for their receipts. */
const TRICKLE = 250;

/** Callers, and what each calls: a program that jumps to its beginning until a block's gas is used. */
const CALLERS = 8;
const ENDLESS = { data: '0x5b600056', gas: '0x1c9c380' } as const;

interface Nodes {
  readonly bench: BenchTown;
  readonly sequencer: BenchNode;
  readonly verifier: BenchNode;
}

/**
 * Users' transactions from JSON-RPC into blocks, onto L1, and out of L1 into a verifier's own derivation.
 * Sequencer, verifier, L1 and the load are processes of their own on this machine; one ordinary key signs the
 * batches.
 */
export async function benchRollup(context: Context): Promise<void> {
  const [size] = context.plan.sizes;
  const [primitives] = context.plan.kinds;
  if (size === undefined || primitives === undefined) return;
  measureOn(primitives);
  const counts = context.plan.effort.maxRuns > 5 ? COUNTS.whole : COUNTS.quick;
  context.say('rollup: an L1, contracts, a genesis of 1,000 accounts');
  const bench = await BenchTown.found();
  try {
    const sequencer = await bench.sequencer({ da: 'auto', maxAge: '2s' });
    const nodes = { bench, sequencer, verifier: await bench.verifier(sequencer) };
    context.say('rollup: accounts get tokens');
    await runLoad(sequencer.url, bench.deposits());
    for (const block of ['transfers', 'tokens'] as const) {
      await settled(nodes, await runLoad(sequencer.url, bench.transactions(block, counts.warmUp)));
      const run = await measured(nodes, block, counts[block]);
      const row = {
        bench: 'rollup',
        ...{ ...size, primitives, runs: counts[block], block, ...run },
        ...(await softTimes(nodes, counts.softS)),
        softP95CalledMs: await besideCalls(nodes, () => softTimes(nodes, counts.softS)),
        ...{ sequencerMb: peakMb(sequencer.pid), verifierMb: peakMb(nodes.verifier.pid) },
        deriveBlocksPerSecond: await deriveRate(nodes),
      } as const;
      context.add(row, `${block}: ${row.perSecond} a second into blocks, ${row.perSecondSafe} until safe`);
    }
  } finally {
    await bench.end();
  }
}

/** Waits until both nodes have derived a block from L1. */
async function settled({ sequencer, verifier }: Nodes, last: bigint): Promise<void> {
  await untilSafe(verifier.rpc, last);
  await untilSafe(sequencer.rpc, last);
}

async function measured(nodes: Nodes, block: LoadKind, count: number) {
  const { bench, sequencer, verifier } = nodes;
  const raws = bench.transactions(block, count);
  const from = await headNumber(sequencer.rpc);
  await settled(nodes, from);
  const cpuBefore = [cpuMs(sequencer.pid), cpuMs(verifier.pid)] as const;
  const diskBefore = engineBytes(verifier.folder);
  const start = performance.now();
  const last = await runLoad(sequencer.url, raws);
  const minedS = (performance.now() - start) / 1_000;
  await untilSafe(verifier.rpc, last);
  const safeS = (performance.now() - start) / 1_000;
  await untilSafe(sequencer.rpc, last);
  const { bytes } = await batchesOf(verifier.rpc, from + 1n, last);
  return {
    ...{ perSecond: Math.round(count / minedS), perSecondSafe: Math.round(count / safeS) },
    sequencerMsPerTx: rounded((cpuMs(sequencer.pid) - cpuBefore[0]) / count),
    verifierMsPerTx: rounded((cpuMs(verifier.pid) - cpuBefore[1]) / count),
    bytesPerTx: rounded(bytes / count),
    diskPerTx: Math.round((engineBytes(verifier.folder) - diskBefore) / count),
  };
}

/** What a user waits for who sends one transaction after another, while others send too. */
async function softTimes({ bench, sequencer }: Nodes, seconds: number) {
  const others = bench.transactions('transfers', TRICKLE * seconds);
  const times: number[] = [];
  let isOver = false;
  const trickle = runTrickle(sequencer.url, others, TRICKLE).finally(() => (isOver = true));
  while (!isOver) times.push(await softMs(sequencer.rpc, bench.probe()));
  await trickle;
  return { softP50Ms: rounded(quantile(times, 0.5)), softP95Ms: rounded(quantile(times, 0.95)) };
}

/** The slow end of soft times while others run programs that use up all gas, one call after another each. */
async function besideCalls(
  { sequencer: { rpc } }: Nodes,
  measure: () => Promise<{ readonly softP95Ms: number }>,
): Promise<number> {
  let isOver = false;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!isOver) await rpc('eth_call', [ENDLESS]).catch(() => undefined);
  });
  const { softP95Ms } = await measure();
  isOver = true;
  await Promise.all(callers);
  return softP95Ms;
}

/** Blocks a second of a command that makes the whole chain from L1 alone. */
async function deriveRate({ bench }: Nodes): Promise<number> {
  const derived = await conclave(['l2', 'derive', '--from-scratch', ...bench.files()]);
  return Number(derived['blocksPerSecond']);
}
