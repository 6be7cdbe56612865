/** How many hold a share, and how many of them sign. */
export interface Size {
  readonly n: number;
  readonly t: number;
}

/** Committees that are measured: the smallest, the default, and what a large cluster costs. */
export const sizes: readonly Size[] = [
  { n: 3, t: 2 },
  { n: 4, t: 3 },
  { n: 5, t: 3 },
  { n: 9, t: 6 },
  { n: 16, t: 11 },
];

/** Presignatures a session. */
export const batches: readonly number[] = [1, 16, 64];

/** Everything that is measured, in the order of a run. */
export const benchNames = [
  'keygen',
  'reshare',
  'presign',
  'online-sign',
  'audit',
  'audit-log',
  'audit-page',
  'log',
  'cluster-reshare',
  'cluster-sign',
  'pool',
  'rpc',
  'execution',
  'rollup',
  'rollup-da',
] as const;
/** The name of a bench, as `--only` takes it. */
export type BenchName = (typeof benchNames)[number];

/** How an epoch follows another: fresh shares for the same members, or with others in the place of some. */
export type ChangeKind = 'refresh' | 'reshare';

/** Which implementation of the hot operations runs. */
export type PrimitivesKind = 'native' | 'pure';

/** Shown to people. */
export const sizeText = ({ n, t }: Size): string => `(${n}, ${t})`;
