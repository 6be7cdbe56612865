import { z } from 'zod';

import type { Address } from '../../ethereum/address.ts';
import { type PlaceChoice, placeChoices } from '../../services/batcher/place-choice.ts';
import {
  account,
  count,
  decimal,
  duration,
  inside,
  path,
  place,
  url,
  word,
  yesOrNo,
} from '../setting-kinds.ts';

/** The settings of a node of L2; durations in milliseconds, fees in wei per gas. */
export interface L2Settings {
  readonly version: '1';
  /** Below the data folder. */
  readonly files: { readonly rollup: string; readonly genesis: string };
  readonly l1: {
    readonly rpc: readonly string[];
    /** L1 blocks on top of one before a block of L2 refers to it. */
    readonly confirmations: number;
    readonly poll: number;
  };
  readonly rpc: {
    readonly listen: string;
    /** Web pages that may ask. */
    readonly origins: readonly string[];
    readonly beyond_loopback: boolean;
  };
  /** Who builds blocks. */
  readonly leader: Address;
  /** What a node that builds needs; absent on one that only follows. */
  readonly sequencer?: SequencerSettings | undefined;
  /** Where a node that follows gets blocks before they are on L1. */
  readonly follow?: { readonly rpc: string; readonly poll: number } | undefined;
  /** Whom a node that follows asks for payloads that are not on L1; milliseconds for an answer. */
  readonly committee?: Committee | undefined;
  /** An execution client that executes every block again. */
  readonly second_engine?: { readonly url: string; readonly jwt_file: string } | undefined;
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly format: 'console' | 'json' };
}

/** Who keeps payloads. */
export interface Committee {
  readonly members: readonly { readonly url: string; readonly account: Address }[];
  readonly timeout: number;
}

/** What a node that builds is told. */
export interface SequencerSettings {
  /** Of the leader: 64 hex digits, or the keystore of a wallet. */
  readonly key_file: string;
  readonly key_password_file?: string | undefined;
  /** How long nothing may happen before an empty block is built. */
  readonly idle: number;
  /** Blocks beyond the safe head at which building stops. */
  readonly max_unsafe: number;
  readonly min_tip: bigint;
  /** Whose transactions the pool takes; everybody's where it is left out. */
  readonly allow?: readonly Address[] | undefined;
  readonly batches: {
    readonly da: PlaceChoice;
    readonly max_age: number;
    readonly max_unfinal: number;
  };
  /** Data folders of signing nodes of this machine; the first that answers is asked. */
  readonly cluster: readonly string[];
  readonly fees: {
    readonly cap: bigint;
    readonly blob_cap: bigint;
    /** L1 blocks that a transaction waits before it is sent again with more fee. */
    readonly bump_after: number;
  };
  readonly sign_stale: number;
  readonly committee?: (Committee & { readonly required: number }) | undefined;
}

const GWEI = 1_000_000_000n;
const HOUR_MS = 3_600_000;

const batches = z.strictObject({
  da: z.enum(placeChoices).default('auto'),
  max_age: duration(24 * HOUR_MS).default(HOUR_MS / 2),
  max_unfinal: count(1, 64).default(4),
});
const fees = z.strictObject({
  cap: decimal.default(100n * GWEI),
  blob_cap: decimal.default(200n * GWEI),
  bump_after: count(1, 1_000).default(3),
});
const committee = z.strictObject({
  members: z.array(z.strictObject({ url, account })).min(1).max(64),
  timeout: duration(HOUR_MS).default(30_000),
});

const sequencer: z.ZodType<SequencerSettings> = z.strictObject({
  key_file: path,
  key_password_file: path.optional(),
  idle: duration(HOUR_MS).default(2_000),
  max_unsafe: count(1, 1_000_000).default(20_000),
  min_tip: decimal.default(1n),
  allow: z.array(account).max(10_000).optional(),
  batches: batches.prefault({}),
  cluster: z.array(path).min(1).max(16),
  fees: fees.prefault({}),
  sign_stale: duration(24 * HOUR_MS).default(HOUR_MS),
  committee: committee.extend({ required: count(1, 64) }).optional(),
});

/** The schema of `l2.yaml`: strict, every scalar given as text. */
export const l2SettingsSchema: z.ZodType<L2Settings> = z
  .strictObject({
    version: z.literal('1'),
    files: z
      .strictObject({ rollup: inside.default('rollup.json'), genesis: inside.default('genesis.json') })
      .prefault({}),
    l1: z.strictObject({
      rpc: z.array(url).min(1).max(8),
      confirmations: count(0, 1_000).default(2),
      poll: duration(60_000).default(2_000),
    }),
    rpc: z.strictObject({
      listen: place,
      origins: z.array(word).max(16).default([]),
      beyond_loopback: yesOrNo.default(false),
    }),
    leader: account,
    sequencer: sequencer.optional(),
    follow: z.strictObject({ rpc: url, poll: duration(60_000).default(250) }).optional(),
    committee: committee.optional(),
    second_engine: z.strictObject({ url, jwt_file: path }).optional(),
    log: z
      .strictObject({
        level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
        format: z.enum(['console', 'json']).default('console'),
      })
      .prefault({}),
  })
  .refine(
    (settings) => settings.sequencer === undefined || settings.follow === undefined,
    'names a sequencer and whom to follow: a node builds or follows',
  )
  .refine(
    (settings) => settings.sequencer === undefined || settings.committee === undefined,
    'names a committee beside its sequencer: that of a node that builds is sequencer.committee',
  )
  .refine(
    ({ sequencer: built }) => built?.batches.da !== 'committee' || built.committee !== undefined,
    'wants batches at a committee and names none',
  )
  .refine(({ sequencer: built }) => {
    const named = built?.committee;
    return named === undefined || named.required <= named.members.length;
  }, 'requires more members of the committee than it names');
