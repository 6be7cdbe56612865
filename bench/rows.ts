import { type BenchName, type ChangeKind, type PrimitivesKind, benchNames } from './cases.ts';

/** What every row says of itself beside its numbers. */
interface RowBase {
  readonly n: number;
  readonly t: number;
  readonly primitives: PrimitivesKind;
  /** How many measured runs, or requests, the medians are of. */
  readonly runs: number;
}

/** One key generation; CPU and bytes of one party, the bytes as they leave its links. */
export interface KeygenRow extends RowBase {
  readonly bench: 'keygen';
  readonly cpuMsPerParty: number;
  readonly bytesPerParty: number;
  /** The sealed share, as the keystore writes it. */
  readonly shareFileBytes: number;
  readonly phases: Phases;
}
/** One epoch change, up to the acknowledgements; CPU and bytes of one party, who stays, comes or goes. */
export interface ReshareRow extends RowBase {
  readonly bench: 'reshare';
  readonly change: ChangeKind;
  /** Members that are replaced. */
  readonly replaced: number;
  readonly cpuMsPerParty: number;
  readonly bytesPerParty: number;
  readonly phases: Phases;
}
/** One presign session, shared out over its presignatures. */
export interface PresignRow extends RowBase {
  readonly bench: 'presign';
  readonly batch: number;
  readonly cpuMsPerPartyPerPresig: number;
  /** Everything that one party sends to one peer in the session, divided by the batch. */
  readonly bytesPerPeerPerPresig: number;
  readonly phases: Phases;
}
/** One online session with a presignature that is ready. */
export interface OnlineRow extends RowBase {
  readonly bench: 'online-sign';
  readonly cpuMsPerParty: number;
  readonly bytesPerPeer: number;
  readonly phases: Phases;
}
/** The offline audit of signatures that share one presign session, which is replayed once for all of them. */
export interface AuditRow extends RowBase {
  readonly bench: 'audit';
  readonly cpuMsPerSignature: number;
  /** The first signature alone, with the replay of the whole presign session. */
  readonly cpuMsFirstSignature: number;
  readonly signatures: number;
  readonly batch: number;
  readonly transactions: number;
}
/** The audit of a whole log, and of the folder of each signature that it names. */
export interface AuditLogRow extends RowBase {
  readonly bench: 'audit-log';
  readonly signatures: number;
  /** How many of them are real; the others are copies. */
  readonly distinct: number;
  readonly cpuSeconds: number;
  /** With the replay of one presign session for every 64 signatures. */
  readonly cpuSecondsDistinct: number;
  /** What the process grows by, megabytes. */
  readonly peakMb: number;
}
/** The same audit by the page in a browser: by the clock, with the pure primitives, in a worker. */
export interface AuditPageRow extends RowBase {
  readonly bench: 'audit-page';
  readonly msPerSignature: number;
  /** The first signature alone, with the replay of the whole presign session. */
  readonly msFirstSignature: number;
  readonly signatures: number;
  readonly batch: number;
  /**
   * Most memory of the process of the page, megabytes, the browser's own part too; 0 where it is not known.
   */
  readonly peakMb: number;
}
/** One entry of the signature log, by the clock: with the disk, it is durable. */
export interface LogRow extends RowBase {
  readonly bench: 'log';
  readonly cpuMsPerEntry: number;
  readonly diskMsPerEntry: number;
  /** Bytes of the entry of a signature with three signers. */
  readonly entryBytes: number;
  /** How many were in the log before. */
  readonly entries: number;
}
/** Signing by real processes on loopback, from the request at the admin socket to the signature. */
export interface ClusterRow extends RowBase {
  readonly bench: 'cluster-sign';
  readonly pool: 'warm' | 'cold';
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Medians of what the node says of its own steps, milliseconds. */
  readonly phases: Phases;
}
/** An epoch change by real processes on loopback, by the clock; `runs` of them, one after the other. */
export interface ClusterReshareRow extends RowBase {
  readonly bench: 'cluster-reshare';
  readonly change: ChangeKind;
  readonly replaced: number;
  /** Median from the first message of the session until the next epoch is in service on every member. */
  readonly inServiceMs: number;
  /** Median until every member has the whole lock, with test signatures and countersignatures. */
  readonly completeMs: number;
  /** Median time in which no request is signed: from the first commitment to the first new epoch. */
  readonly frozenMs: number;
}
/** Transfers that the pool of the sequencer takes, by the clock, in one thread. */
export interface PoolRow extends RowBase {
  readonly bench: 'pool';
  /** Decoding with the recovery of the sender. */
  readonly readMsPerTx: number;
  readonly perSecond: number;
  /** Into a full pool, where each drives out a cheaper one. */
  readonly perSecondFull: number;
  /** Each durable when it is acknowledged. */
  readonly perSecondOnDisk: number;
}
/** The methods that are measured: a number, a state, an execution, a transaction for the disk. */
export const rpcMethods = [
  'eth_blockNumber',
  'eth_getBalance',
  'eth_call',
  'eth_sendRawTransaction',
] as const;
/** One of them. */
export type RpcMethod = (typeof rpcMethods)[number];
/** One method of JSON-RPC while all methods together are called so often, by the clock. */
export interface RpcRow extends RowBase {
  readonly bench: 'rpc';
  readonly method: RpcMethod;
  /** Calls of all methods. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
/** Blocks of one kind of transaction that the embedded engine builds and stores, by the clock. */
export interface ExecutionRow extends RowBase {
  readonly bench: 'execution';
  readonly block: 'transfers' | 'tokens';
  /** Transactions of a block. */
  readonly transactions: number;
  /** From the request until the block is on disk and canonical; the senders are known. */
  readonly msPerBlock: number;
  /** As many a second as that makes. */
  readonly perSecond: number;
  /** The same where the engine recovers the senders. */
  readonly msPerBlockUnknown: number;
  readonly phases: Phases;
}
/** Users' transactions end to end: sequencer, verifier, L1 and the load are processes on one machine. */
export interface RollupRow extends RowBase {
  readonly bench: 'rollup';
  readonly block: 'transfers' | 'tokens';
  /** From the first request until all are in blocks. */
  readonly perSecond: number;
  /** Until the verifier has derived all of them from L1. */
  readonly perSecondSafe: number;
  /** From sending one transaction to its receipt, while others send. */
  readonly softP50Ms: number;
  readonly softP95Ms: number;
  /** While eight callers have endless programs run for 30,000,000 gas each time. */
  readonly softP95CalledMs: number;
  /** CPU of the process, all its threads, until it has derived them from L1. */
  readonly sequencerMsPerTx: number;
  readonly verifierMsPerTx: number;
  /** Payload on L1. */
  readonly bytesPerTx: number;
  /** By which the engine's folder of the verifier has grown; LevelDB has not merged the newest of it. */
  readonly diskPerTx: number;
  /** Most memory of the process so far, megabytes. */
  readonly sequencerMb: number;
  readonly verifierMb: number;
  /** By `conclave l2 derive --from-scratch`, of the whole chain so far. */
  readonly deriveBlocksPerSecond: number;
}
/** Where payloads can be. */
export const rollupPlaces = ['calldata', 'blobs', 'committee'] as const;
/** One of them. */
export type RollupPlace = (typeof rollupPlaces)[number];
/** What a transfer costs on L1, by the place of the payload; from the receipts of the batches there. */
export interface RollupDaRow extends RowBase {
  readonly bench: 'rollup-da';
  readonly place: RollupPlace;
  readonly batches: number;
  readonly bytesPerTx: number;
  readonly l1GasPerTx: number;
  readonly blobGasPerTx: number;
  /** At the stated prices of a gas and of a blob gas. */
  readonly gweiPerTx: number;
}
/** One line of the result. */
export type Row =
  | KeygenRow
  | ReshareRow
  | PresignRow
  | OnlineRow
  | AuditRow
  | AuditLogRow
  | AuditPageRow
  | LogRow
  | ClusterReshareRow
  | ClusterRow
  | PoolRow
  | RpcRow
  | ExecutionRow
  | RollupRow
  | RollupDaRow;

/** CPU milliseconds of one party by step of its session, the same total as the row. */
export type Phases = Readonly<Record<string, number>>;

/** A case that was not run, and why. */
export interface LeftOut {
  readonly bench: BenchName;
  readonly n: number;
  readonly t: number;
  readonly batch?: number;
  readonly primitives: PrimitivesKind;
  readonly why: string;
}

/** What `--json` prints: one object. */
export interface Output {
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** How many threads wanted to run in the minute before: what else the machine had to do. */
  readonly load: number;
  /** ISO 8601. */
  readonly date: string;
  readonly results: readonly Row[];
  readonly leftOut: readonly LeftOut[];
}

const numbers: Readonly<Record<BenchName, readonly string[]>> = {
  keygen: ['n', 't', 'cpuMsPerParty', 'bytesPerParty', 'shareFileBytes'],
  reshare: ['n', 't', 'cpuMsPerParty', 'bytesPerParty'],
  presign: ['n', 't', 'batch', 'cpuMsPerPartyPerPresig', 'bytesPerPeerPerPresig'],
  'online-sign': ['n', 't', 'cpuMsPerParty'],
  audit: ['n', 't', 'cpuMsPerSignature'],
  'audit-log': ['n', 't', 'signatures', 'cpuSeconds', 'cpuSecondsDistinct', 'peakMb'],
  'audit-page': ['n', 't', 'msPerSignature', 'msFirstSignature'],
  log: ['n', 't', 'cpuMsPerEntry', 'diskMsPerEntry', 'entryBytes'],
  'cluster-reshare': ['n', 't', 'inServiceMs', 'completeMs'],
  'cluster-sign': ['n', 't', 'p50Ms', 'p95Ms'],
  pool: ['n', 't', 'readMsPerTx', 'perSecond', 'perSecondFull', 'perSecondOnDisk'],
  rpc: ['n', 't', 'perSecond', 'p50Ms', 'p99Ms'],
  execution: ['n', 't', 'transactions', 'msPerBlock', 'perSecond', 'msPerBlockUnknown'],
  rollup: ['n', 't', 'perSecond', 'perSecondSafe', 'softP50Ms', 'softP95Ms', 'bytesPerTx'],
  'rollup-da': ['n', 't', 'batches', 'bytesPerTx', 'l1GasPerTx', 'gweiPerTx'],
};

/** What is wrong with an output of `--json`; empty for one that other programs can read. */
export function outputProblems(output: unknown): readonly string[] {
  if (!isObject(output)) return ['it is no object'];
  const heads = ['commit', 'node', 'cpu'].filter((key) => typeof output[key] !== 'string' || !output[key]);
  const { results } = output;
  if (!Array.isArray(results)) return [...heads.map((key) => `${key} is no text`), 'results is no list'];
  return [
    ...heads.map((key) => `${key} is no text`),
    ...results.flatMap((row: unknown, i) => rowProblems(row).map((what) => `results[${i}]: ${what}`)),
  ];
}

function rowProblems(row: unknown): readonly string[] {
  if (!isObject(row)) return ['it is no object'];
  const name = benchNames.find((known) => known === row['bench']);
  if (name === undefined) return [`no bench is called ${String(row['bench'])}`];
  const isGood = (value: unknown): boolean =>
    typeof value === 'number' && Number.isFinite(value) && value > 0;
  const problems = numbers[name]
    .filter((key) => !isGood(row[key]))
    .map((key) => `${key} is no number above 0`);
  const isChange = row['change'] === 'refresh' || row['change'] === 'reshare';
  if (name.endsWith('reshare') && !isChange) return [...problems, 'change is neither refresh nor reshare'];
  const isBlock = row['block'] === 'transfers' || row['block'] === 'tokens';
  if ((name === 'execution' || name === 'rollup') && !isBlock)
    return [...problems, 'block is of no kind that is measured'];
  const isPlace = rollupPlaces.some((known) => known === row['place']);
  if (name === 'rollup-da' && !isPlace) return [...problems, 'place is none that is measured'];
  const isMethod = rpcMethods.some((known) => known === row['method']);
  if (name === 'rpc' && !isMethod) return [...problems, 'method is none that is measured'];
  const isPool = row['pool'] === 'warm' || row['pool'] === 'cold';
  return name === 'cluster-sign' && !isPool ? [...problems, 'pool is neither warm nor cold'] : problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
