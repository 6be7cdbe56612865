import { anything, signOnce } from './committee.ts';
import { type Context, measureOn } from './context.ts';
import { cpuMsOf, phasesOf, repeat, rounded, sentBytesOf } from './measure.ts';

/**
 * Online sessions, each of which uses one presignature up. Large batches take long to make, so few are
 * used.
 */
export function benchOnlineSign(context: Context): void {
  const { kinds, sizes, effort } = context.plan;
  for (const primitives of kinds) {
    measureOn(primitives);
    for (const size of sizes) {
      const [warmUpRuns, maxRuns] = size.t > 3 ? [3, 5] : [8, 8];
      const { presigned, places } = context.take(size, warmUpRuns + maxRuns);
      const rest = [...places];
      const samples = repeat(() => ({ session: signOnce(presigned, rest.shift() ?? -1, anything()) }), {
        ...effort,
        warmUpRuns: Math.min(warmUpRuns, effort.warmUpRuns),
        maxRuns: Math.min(maxRuns, effort.maxRuns),
      }).map(({ session }) => session);
      const row = {
        bench: 'online-sign',
        ...size,
        cpuMsPerParty: rounded(cpuMsOf(samples)),
        bytesPerPeer: Math.round(sentBytesOf(samples) / (size.t - 1)),
        primitives,
        runs: samples.length,
        phases: phasesOf(samples),
      } as const;
      context.add(row, `${row.cpuMsPerParty} ms a party`);
    }
  }
}
