import type { Row } from './rows.ts';

/** A target and whether a row meets it. */
export interface Target {
  readonly text: string;
  readonly value: number;
  readonly isMet: boolean;
}

const most = (value: number, limit: number, unit: string): Target => ({
  text: `≤ ${limit} ${unit}`,
  value,
  isMet: value <= limit,
});

const least = (value: number, limit: number, unit: string): Target => ({
  text: `≥ ${limit} ${unit}`,
  value,
  isMet: value >= limit,
});

/** What is aimed at, on two ordinary cores with the native primitives; empty where nothing is. */
export function targetOf(row: Row): readonly Target[] {
  const { n, t } = row;
  const isFour = n === 4 && t === 3;
  const isSixteen = n === 16 && t === 11;
  if (row.primitives === 'pure') return [];
  switch (row.bench) {
    case 'keygen':
      return [
        ...(isFour ? [most(row.cpuMsPerParty, 60, 'ms')] : []),
        ...(isSixteen ? [most(row.cpuMsPerParty, 500, 'ms'), most(row.shareFileBytes, 8192, 'bytes')] : []),
      ];
    case 'presign':
      return isFour && row.batch === 64
        ? [most(row.cpuMsPerPartyPerPresig, 20, 'ms'), most(row.bytesPerPeerPerPresig, 62_000, 'bytes')]
        : [];
    case 'reshare':
    case 'cluster-reshare':
    case 'audit-log':
    case 'audit-page':
    case 'log':
    case 'rpc':
      return [];
    case 'online-sign':
      return isFour ? [most(row.cpuMsPerParty, 3, 'ms')] : [];
    case 'audit':
      return isFour ? [most(row.cpuMsPerSignature, 50, 'ms')] : [];
    case 'pool':
      return [least(row.perSecondOnDisk, 2_000, 'a second'), most(row.readMsPerTx, 0.25, 'ms')];
    case 'execution':
      return [least(row.perSecond, row.block === 'transfers' ? 3_300 : 1_250, 'a second')];
    case 'rollup':
      return [
        least(row.perSecond, row.block === 'transfers' ? 1_000 : 500, 'a second'),
        most(row.softP50Ms, 300, 'ms'),
        ...(row.block === 'transfers' ? [most(row.bytesPerTx, 95, 'bytes')] : []),
      ];
    case 'rollup-da':
      return [most(row.bytesPerTx, 95, 'bytes')];
    case 'cluster-sign':
      return [most(row.p50Ms, row.pool === 'warm' ? 30 : 3000, 'ms')];
  }
}
