import type { PrimitivesKind, Size } from './cases.ts';
import { presignBatch } from './committee.ts';
import { type Context, measureOn } from './context.ts';
import { cpuMsOf, phasesOf, repeat, rounded, sentBytesOf } from './measure.ts';
import type { Finished } from './meter.ts';
import type { PresignRow } from './rows.ts';

interface Case extends Size {
  readonly batch: number;
}

/** Presign sessions of one quorum, by size of the committee and of the batch. */
export function benchPresign(context: Context): void {
  for (const primitives of context.plan.kinds) {
    measureOn(primitives);
    const forecast = new Forecast();
    for (const size of context.plan.sizes)
      for (const batch of context.plan.batches) {
        const each = { ...size, batch };
        const expectedMs = forecast.wallMs(each);
        if (primitives === 'pure' && expectedMs > context.plan.pureLimitMs) {
          const why = `about ${Math.round(expectedMs / 1000)} s for one session`;
          context.leave({ bench: 'presign', ...each, primitives, why });
          continue;
        }
        const key = context.keyOf(size);
        const made = repeat(() => presignBatch(key, batch), context.plan.effort);
        const samples = made.map(({ session }) => session);
        forecast.learn(each, Math.min(...samples.map(({ wallMs }) => wallMs)));
        if (primitives === 'native') made.slice(-1).forEach((last) => context.keepPresigned(last));
        const row = rowOf(each, primitives, samples);
        const { cpuMsPerPartyPerPresig: ms, bytesPerPeerPerPresig: bytes } = row;
        context.add(row, `batch ${batch}: ${ms} ms a party, ${bytes} bytes a peer and presignature`);
      }
  }
}

const rowOf = (
  { batch, ...size }: Case,
  primitives: PrimitivesKind,
  samples: readonly Finished[],
): PresignRow => ({
  bench: 'presign',
  ...size,
  batch,
  cpuMsPerPartyPerPresig: rounded(cpuMsOf(samples) / batch),
  bytesPerPeerPerPresig: Math.round(sentBytesOf(samples) / (size.t - 1) / batch),
  primitives,
  runs: samples.length,
  phases: phasesOf(samples, batch),
});

/** A session with one peer costs as much as this many instances, at least, before any of them. */
const PAIR_IN_INSTANCES = 12;

/**
 * How long a session takes: so much an ordered pair of parties, and so much more for every instance of it.
 */
class Forecast {
  readonly #known: { readonly batch: number; readonly msOfPair: number }[] = [];

  learn({ t, batch }: Case, wallMs: number): void {
    this.#known.push({ batch, msOfPair: wallMs / (t * (t - 1)) });
  }

  /** 0 while nothing is known. */
  wallMs({ t, batch }: Case): number {
    const [first] = this.#known;
    if (first === undefined) return 0;
    const larger = this.#known.filter((one) => one.batch > first.batch).at(-1);
    const perInstance =
      larger === undefined
        ? first.msOfPair / PAIR_IN_INSTANCES
        : (larger.msOfPair - first.msOfPair) / (larger.batch - first.batch);
    return t * (t - 1) * (first.msOfPair + perInstance * (batch - first.batch));
  }
}
