import { z } from 'zod';

import { fromHex } from '../crypto/bytes.ts';
import { inboxSelectors } from '../ethereum/abi.ts';
import type { Address } from '../ethereum/address.ts';
import { keyPurposes } from '../ethereum/key-pop.ts';
import { type GuardLimits, defaultGuardLimits } from '../node/guard-rules.ts';
import type { BatchingRule, Rule, SubmitBatchRule, UpdateKeyRule } from '../node/policy/verdict.ts';
import { isNickname } from '../protocols/ceremony/names.ts';
import { account, count, decimal, duration, inside, path, place, word } from './setting-kinds.ts';

/** The settings of one node, each with its type; what a group leaves out has its default. [product, 7] */
export interface Settings {
  readonly version: '1';
  readonly network: { readonly name: string; readonly l1_chain_id: bigint; readonly l2_chain_id: bigint };
  readonly paths: { readonly keys: string; readonly ceremonies: string; readonly data: string };
  readonly node: { readonly nickname?: string | undefined };
  /** `host:port` each. */
  readonly p2p: {
    readonly listen: string;
    readonly advertise?: string | undefined;
    /**
     * Links are encrypted and both ends show who they are; all the same, other machines are let in by name
     * only.
     */
    readonly beyond_loopback: boolean;
  };
  readonly keystore: { readonly password_file?: string | undefined };
  readonly monitoring?: { readonly listen: string } | undefined;
  readonly policy: { readonly default: 'deny'; readonly rules: readonly Rule[] };
  readonly guard: { readonly max_gap: GuardLimits['maxGap']; readonly fee_steps_max: number };
  readonly presign: {
    readonly target: number;
    readonly alternative: number;
    readonly low_water: number;
    /** Milliseconds. */
    readonly ttl: number;
  };
  readonly l1?: { readonly rpc: readonly string[]; readonly confirmations: number } | undefined;
  readonly log: {
    readonly level: 'error' | 'warn' | 'info' | 'debug';
    readonly format: 'console' | 'json';
  };
  /** `every` in milliseconds, 0 for never. */
  readonly refresh: { readonly every: number; readonly consent: boolean };
  /** When heads of the signature log are made: after so many entries, or so long, in milliseconds. */
  readonly signature_log: { readonly head_entries: number; readonly head_every: number };
  /** Milliseconds. */
  readonly sign: { readonly deadline: number; readonly round_timeout: number };
}

const selector = z
  .string()
  .regex(/^0x[0-9a-f]{8}$/, 'is not 0x and 8 hex digits')
  .transform((text) => fromHex(text) ?? new Uint8Array(4));

const batchRule = z.strictObject({
  id: word,
  kind: z.literal('submit-batch'),
  purpose: z.enum(['batch', 'blob']),
  da: z.enum(['calldata', 'blobs']),
  chain_id: decimal,
  l2_chain_id: decimal,
  to: z.array(account).length(1, 'names exactly one contract'),
  selector: selector.optional(),
  value_max: decimal.default(0n),
  gas_max: decimal,
  fee_cap: decimal,
  blob_fee_cap: decimal.default(0n),
  blobs_max: count(0, 3).default(0),
  data_max_bytes: count(1, 131_072).default(120_000),
});

/** Where the verifier of this node answers; `none` has to be said. */
const verifier = z
  .string({ error: 'is missing: where does the verifier of this node answer? "none" has to be said' })
  .regex(/^(none|https?:\/\/(127[.]0[.]0[.]1|localhost|\[::1\]):[0-9]{1,5})$/, 'is no http://127.0.0.1:port');
const blocksRule = batchRule.extend({
  kind: z.literal('submit-blocks'),
  da: z.enum(['calldata', 'blobs', 'committee']),
  verifier,
});

/** Two weeks of blocks of 12 seconds. */
const AHEAD_BLOCKS = 100_800n;
const keyPurpose = z.enum(keyPurposes);
const keyRule = z.strictObject({
  id: word,
  kind: z.literal('update-key'),
  purpose: keyPurpose,
  chain_id: decimal,
  registry: account,
  purposes: z.array(keyPurpose).max(keyPurposes.length),
  max_ahead_blocks: decimal
    .refine((blocks) => blocks < 2n ** 64n, 'is no number of blocks')
    .default(AHEAD_BLOCKS),
});

const rule = z
  .discriminatedUnion('kind', [batchRule, blocksRule, keyRule])
  .transform((text, context): Rule =>
    text.kind === 'update-key' ? keyRuleOf(text) : batchingRuleOf(text, context),
  );

/** A rule for blocks says the same as one for other batches, and who looks at the blocks. */
function batchingRuleOf(
  text: z.infer<typeof batchRule> | z.infer<typeof blocksRule>,
  context: z.RefinementCtx,
): BatchingRule {
  if (text.kind === 'submit-batch') return { kind: text.kind, da: text.da, ...ruleOf(text, context) };
  return { kind: text.kind, da: text.da, verifier: text.verifier, ...ruleOf(text, context) };
}

const keyRuleOf = (text: z.infer<typeof keyRule>): UpdateKeyRule => ({
  ...{ id: text.id, kind: text.kind, purpose: text.purpose, purposes: text.purposes },
  ...{ l1ChainId: text.chain_id, registry: text.registry, maxAheadBlocks: text.max_ahead_blocks },
});

interface RuleText {
  readonly id: string;
  readonly purpose: 'batch' | 'blob';
  readonly da: string;
  readonly chain_id: bigint;
  readonly l2_chain_id: bigint;
  readonly to: readonly Address[];
  readonly selector?: Uint8Array | undefined;
  readonly value_max: bigint;
  readonly gas_max: bigint;
  readonly fee_cap: bigint;
  readonly blob_fee_cap: bigint;
  readonly blobs_max: number;
  readonly data_max_bytes: number;
}

function ruleOf(text: RuleText, context: z.RefinementCtx): Omit<SubmitBatchRule, 'kind' | 'da'> {
  const [inbox] = text.to;
  if (inbox === undefined) {
    context.addIssue('names no contract');
    return z.NEVER;
  }
  const call = text.da === 'blobs' ? 'submit-blob-batch' : 'submit-batch';
  return {
    id: text.id,
    purpose: text.purpose,
    l1ChainId: text.chain_id,
    l2ChainId: text.l2_chain_id,
    inbox,
    selector: text.selector ?? inboxSelectors[call],
    valueMax: text.value_max,
    gasMax: text.gas_max,
    feeCap: text.fee_cap,
    blobFeeCap: text.blob_fee_cap,
    blobsMax: text.blobs_max,
    dataMaxBytes: text.data_max_bytes,
  };
}

const DAY_MS = 86_400_000;
const gaps = z.strictObject({
  nonce: decimal.default(defaultGuardLimits.maxGap.nonce ?? 16n),
  batch: decimal.default(defaultGuardLimits.maxGap.batch ?? 4n),
});

/** The schema of `conclave.yaml`: strict, every scalar given as text. */
export const settingsSchema: z.ZodType<Settings> = z.strictObject({
  version: z.literal('1'),
  network: z.strictObject({
    name: z.string().regex(/^[a-z0-9-]{1,32}$/, 'is not 1 to 32 of a-z, 0-9 and -'),
    l1_chain_id: decimal,
    l2_chain_id: decimal,
  }),
  paths: z
    .strictObject({
      keys: inside.default('keys'),
      ceremonies: inside.default('ceremonies'),
      data: inside.default('data'),
    })
    .prefault({}),
  node: z
    .strictObject({
      nickname: z.string().refine(isNickname, 'is not 1 to 32 of a-z, 0-9 and -').optional(),
    })
    .prefault({}),
  p2p: z.strictObject({
    listen: place,
    advertise: place.optional(),
    beyond_loopback: z
      .enum(['yes', 'no'])
      .default('no')
      .transform((answer) => answer === 'yes'),
  }),
  keystore: z.strictObject({ password_file: path.optional() }).prefault({}),
  monitoring: z.strictObject({ listen: place }).optional(),
  policy: z
    .strictObject({ default: z.literal('deny').default('deny'), rules: z.array(rule).max(64).default([]) })
    .prefault({}),
  guard: z
    .strictObject({
      max_gap: gaps.prefault({}),
      fee_steps_max: count(0, 64).default(defaultGuardLimits.feeStepsMax),
    })
    .prefault({}),
  presign: z
    .strictObject({
      target: count(0, 256).default(64),
      alternative: count(0, 256).default(8),
      low_water: count(0, 256).default(16),
      ttl: duration(DAY_MS).default(3_600_000),
    })
    .prefault({}),
  l1: z
    .strictObject({
      rpc: z
        .array(z.string().regex(/^https?:\/\/[^\s]{1,512}$/, 'is no http(s) URL'))
        .min(1)
        .max(8),
      confirmations: count(0, 1_000).default(2),
    })
    .optional(),
  log: z
    .strictObject({
      level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
      format: z.enum(['console', 'json']).default('console'),
    })
    .prefault({}),
  refresh: z
    .strictObject({
      every: duration(1_000 * DAY_MS).default(0),
      consent: z
        .enum(['yes', 'no'])
        .default('no')
        .transform((answer) => answer === 'yes'),
    })
    .prefault({}),
  signature_log: z
    .strictObject({
      head_entries: count(1, 100_000).default(64),
      head_every: duration(DAY_MS).default(60_000),
    })
    .prefault({}),
  sign: z
    .strictObject({
      deadline: duration(600_000).default(60_000),
      round_timeout: duration(60_000).default(10_000),
    })
    .prefault({}),
});

/** Settings that a variable of the environment, or a flag, may replace: one value each, never a list. */
export const singleSettings: readonly string[] = [
  ...['network.name', 'network.l1_chain_id', 'network.l2_chain_id', 'paths.keys', 'paths.ceremonies'],
  ...['paths.data', 'node.nickname', 'p2p.listen', 'p2p.advertise', 'monitoring.listen'],
  ...['guard.max_gap.nonce', 'guard.max_gap.batch', 'guard.fee_steps_max', 'presign.target'],
  ...['presign.alternative', 'presign.low_water', 'presign.ttl', 'l1.confirmations', 'log.level'],
  ...['log.format', 'sign.deadline', 'sign.round_timeout', 'p2p.beyond_loopback'],
  ...['refresh.every', 'refresh.consent', 'signature_log.head_entries', 'signature_log.head_every'],
];
