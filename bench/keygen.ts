import { generateKey } from './committee.ts';
import { type Context, measureOn } from './context.ts';
import { cpuMsOf, phasesOf, repeat, rounded, sentBytesOf } from './measure.ts';
import { shareFileBytes } from './share-file.ts';

/** Key generation of whole committees. */
export function benchKeygen(context: Context): void {
  const { kinds, sizes, effort } = context.plan;
  for (const primitives of kinds) {
    measureOn(primitives);
    for (const size of sizes) {
      const keys = repeat(() => generateKey(size), effort);
      const [key] = keys;
      const samples = keys.map(({ session }) => session);
      const row = {
        bench: 'keygen',
        ...size,
        cpuMsPerParty: rounded(cpuMsOf(samples)),
        bytesPerParty: sentBytesOf(samples),
        shareFileBytes: shareFileBytes(key),
        primitives,
        runs: samples.length,
        phases: phasesOf(samples),
      } as const;
      context.add(row, `${row.cpuMsPerParty} ms, ${row.bytesPerParty} bytes a party`);
    }
  }
}
