import { encode } from '../src/crypto/codec.ts';
import { type EpochRecord, epochCodec, epochIdOf } from '../src/protocols/epoch.ts';
import { protos } from '../src/protocols/kernel/envelope.ts';
import type { ChangeKind, Size } from './cases.ts';
import { type GeneratedKey, type Member, drawMembers, generateKey, specBytes } from './committee.ts';
import { type Context, fastest, measureOn } from './context.ts';
import { cpuMsOf, phasesOf, repeat, rounded, sentBytesOf } from './measure.ts';
import { type Finished, type Seat, runSession } from './meter.ts';
import type { ReshareRow } from './rows.ts';
import { systemRng } from '../src/system/rng.ts';

/** Epoch changes of whole committees: a refresh, and as many members replaced as may be missing. */
export function benchReshare(context: Context): void {
  const { kinds, sizes, effort } = context.plan;
  for (const primitives of kinds) {
    measureOn(primitives);
    for (const size of sizes) {
      const key = fastest(() => generateKey(size));
      for (const change of ['refresh', 'reshare'] as const) {
        const replaced = replacedIn(size, change);
        const samples = repeat(() => ({ session: reshareOnce(key, replaced) }), effort).map(
          ({ session }) => session,
        );
        const row: ReshareRow = {
          ...{ bench: 'reshare', ...size, change, replaced, primitives },
          cpuMsPerParty: rounded(cpuMsOf(samples)),
          bytesPerParty: sentBytesOf(samples),
          runs: samples.length,
          phases: phasesOf(samples),
        };
        context.add(row, `${change}: ${row.cpuMsPerParty} ms, ${row.bytesPerParty} bytes a party`);
      }
    }
  }
}

const replacedIn = ({ n, t }: Size, change: ChangeKind): number => (change === 'refresh' ? 0 : n - t);

/** One session in which everybody deals, and the last members make room for others. */
function reshareOnce(key: GeneratedKey, replaced: number): Finished {
  const { size, members, record } = key;
  const joiners = drawMembers(replaced, size.n);
  const after = [...members.slice(0, size.n - replaced), ...joiners];
  const spec = specOf(record, [members, after, [...members, ...joiners]]);
  return runSession(
    [...members, ...joiners].map(({ index, seed: identity }): Seat => {
      const share = key.shares.get(index)?.slice();
      return [
        index,
        {
          ...{ kind: 'reshare', spec, self: index, identitySeed: identity.slice(), seed: systemRng(32) },
          record: encode(epochCodec, record),
          ...(share !== undefined && { share, chainCode: key.chainCode.slice() }),
        },
      ];
    }),
  );
}

function specOf(
  record: EpochRecord,
  [dealers, after, all]: readonly [readonly Member[], readonly Member[], readonly Member[]],
): Uint8Array {
  const indices = (members: readonly Member[]) => members.map(({ index }) => index);
  return specBytes(all, {
    ...{ proto: protos.reshare, threshold: record.threshold, keyId: record.keyId },
    epochId: epochIdOf(record),
    reshare: { dealers: indices(dealers), members: indices(after), threshold: record.threshold },
  });
}
