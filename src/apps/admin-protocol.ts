import { z } from 'zod';

import type {
  CeremonyEvent,
  CeremonyView,
  ExclusionView,
  LogPage,
  LogView,
  NodeStatus,
  SignProgress,
  SignReport,
} from '../node/api.ts';
import { MAX_PAGE } from '../node/log/log-desk.ts';
import type { GuardView, RaiseRequest, ReleaseRequest } from '../node/guard-api.ts';
import type { Failure } from './failure.ts';

/** The version of what goes over the admin socket. */
export const ADMIN_VERSION = 1;
/** The longest line of an answer, in characters. */
export const MAX_LINE = 4_194_304;

/** What can be asked over the admin socket: one verb a connection. */
export type AdminVerb =
  | 'status'
  | 'join'
  | 'accept'
  | 'reject'
  | 'execute'
  | 'abort'
  | 'ceremonies'
  | 'watch'
  | 'sign'
  | 'requests'
  | 'guard'
  | 'guard-raise'
  | 'guard-export'
  | 'release'
  | 'readmit'
  | 'log'
  | 'stop';

/** One question: the only line that a client sends. */
export interface AdminRequest {
  readonly v: typeof ADMIN_VERSION;
  readonly verb: AdminVerb;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A line of an answer. The last is a result or an error. */
export type AdminLine =
  | { readonly type: 'progress'; readonly event: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | Failure;

const bytes = z.string().regex(/^0x([0-9a-f]{2})*$/, 'is not 0x and pairs of hex digits');
const id = z.string().regex(/^(latest|(0x)?[0-9a-f]{4,64})$/, 'is no id');

/** Arguments of `join`. */
export const joinArgs: z.ZodType<{ readonly definition: string }> = z.strictObject({ definition: bytes });
/** Arguments of verbs that name a ceremony. */
export const idArgs: z.ZodType<{ readonly id: string }> = z.strictObject({ id });
/** Arguments of `reject`. */
export const rejectArgs: z.ZodType<{ readonly id: string; readonly why: string }> = z.strictObject({
  id,
  why: z.string().max(256),
});
/** Arguments of `execute`. */
export const executeArgs: z.ZodType<{ readonly id: string; readonly whenReady: boolean }> = z.strictObject({
  id,
  whenReady: z.boolean(),
});
/** Arguments of `sign`: the canonical bytes of a typed request. */
export const signArgs: z.ZodType<{
  readonly request: string;
  readonly signers?: readonly number[] | undefined;
  readonly deadlineMs: number;
}> = z.strictObject({
  request: bytes,
  signers: z.array(z.int().min(1).max(65_535)).min(2).max(64).optional(),
  deadlineMs: z.int().min(1).max(600_000),
});

const number = z.string().regex(/^(0|[1-9][0-9]{0,19})$/, 'is no whole number');

/** Arguments of `guard-raise`. */
export const raiseArgs: z.ZodType<RaiseRequest> = z.strictObject({
  lane: z.string().max(32),
  scope: z.string().max(514).optional(),
  low: number.optional(),
  high: number.nullable().optional(),
});
/** Arguments of `release`. */
export const releaseArgs: z.ZodType<ReleaseRequest> = z.strictObject({
  withoutL1: z.boolean(),
  isConfirmed: z.boolean(),
});

/** Arguments of `readmit`. */
export const readmitArgs: z.ZodType<{ readonly member: number }> = z.strictObject({
  member: z.int().min(1).max(65_535),
});

/** Arguments of `log`: the log at a glance, or a page of lines. */
export const logArgs: z.ZodType<
  | { readonly what: 'view' }
  | { readonly what: 'entries' | 'heads'; readonly from: number; readonly count: number }
> = z.union([
  z.strictObject({ what: z.literal('view') }),
  z.strictObject({
    what: z.enum(['entries', 'heads']),
    from: z.int().min(0),
    count: z.int().min(1).max(MAX_PAGE),
  }),
]);

/** A question. */
export const adminRequest: z.ZodType<AdminRequest> = z.strictObject({
  v: z.literal(ADMIN_VERSION),
  verb: z.enum([
    ...(['status', 'join', 'accept', 'reject', 'execute', 'abort', 'ceremonies'] as const),
    ...(['watch', 'sign', 'requests', 'stop'] as const),
    ...(['guard', 'guard-raise', 'guard-export', 'release', 'readmit', 'log'] as const),
  ]),
  args: z.record(z.string(), z.unknown()),
});

const text = z.string();
const member = z.object({
  index: z.number(),
  name: text,
  isSelf: z.boolean(),
  state: z.enum(['connected', 'connecting', 'refused', 'self']),
  reason: text.optional(),
  rttMs: z.number().optional(),
});

const ceremonyState = z.enum([
  ...(['proposed', 'accepted', 'gathering', 'executing', 'prepared', 'committed', 'checking'] as const),
  ...(['complete', 'left', 'rejected', 'aborted', 'timed-out', 'failed'] as const),
]);
const standing = z.object({
  index: z.number(),
  name: text,
  state: ceremonyState.optional(),
  hasPending: z.boolean().optional(),
  hasCommitLock: z.boolean().optional(),
  epoch: text.optional(),
});

/** A ceremony, as a node tells it. */
export const ceremonyView: z.ZodType<CeremonyView> = z.object({
  id: text,
  name: text,
  state: ceremonyState,
  attempt: z.number(),
  required: z.number(),
  members: z.array(z.object({ index: z.number(), name: text, hasSigned: z.boolean() })),
  folder: text,
  address: text.optional(),
  lockHash: text.optional(),
  transcriptRoot: text.optional(),
  change: z.object({ kind: z.enum(['refresh', 'reshare', 'repair']), before: text, after: text }).optional(),
  standings: z.array(standing).optional(),
  failure: text.optional(),
});

/** Ceremonies, newest last. */
export const ceremonyViews: z.ZodType<readonly CeremonyView[]> = z.array(ceremonyView);

/** Why a member is excluded, as a node tells it. */
export const exclusionView: z.ZodType<ExclusionView> = z.object({
  member: z.number(),
  name: text,
  reason: text,
  epoch: text,
  session: text,
  atMs: text,
  evidence: text,
});

const logStatus = {
  ...{ logId: text, size: z.number(), root: text, waiting: z.number(), refusalsLeftOut: z.number() },
  head: z.object({ size: z.number(), atMs: text, countersignedBy: z.array(z.number()) }).optional(),
  alarms: z.array(z.object({ code: text, member: z.number().optional(), evidence: text.optional() })),
};

/** A node at a glance, as it tells it. */
export const nodeStatus: z.ZodType<NodeStatus> = z.object({
  name: text,
  identity: text,
  version: text,
  primitives: text,
  startedAtMs: text,
  state: z.enum(['no-key', 'ready', 'too-few-peers', 'changing', 'left', 'quarantine', 'stopped']),
  key: z
    .object({
      address: text,
      keyId: text,
      epoch: text,
      purpose: text,
      required: z.number(),
      lockHash: text,
    })
    .optional(),
  members: z.array(member),
  exclusions: z.array(exclusionView).optional(),
  verifier: z.enum(['own', 'none']).optional(),
  presignatures: z.array(z.object({ signers: z.array(z.number()), ready: z.number() })),
  guard: z.array(z.object({ lane: text, highestRecorded: text })),
  ceremony: ceremonyView.optional(),
  log: z.object(logStatus).optional(),
});

/** One event of a ceremony; fields that are not known are kept. */
export const ceremonyEvent: z.ZodType<CeremonyEvent> = z.looseObject({
  v: z.literal(1),
  seq: text,
  t: text,
  ceremony: text,
  attempt: text,
  node: text,
  type: text,
});

/** One step of a signature. */
export const signProgress: z.ZodType<SignProgress> = z.object({
  type: z.enum(['approved', 'quorum', 'presign', 'online', 'retry']),
  attempt: z.number(),
  signers: z.array(z.number()),
  text,
});

/** What came of a request. */
export const signReport: z.ZodType<SignReport> = z.object({
  requestId: text,
  signature: text,
  signers: z.array(z.number()),
  attempts: z.number(),
  isWarm: z.boolean(),
  phasesMs: z.object({ approve: z.number(), presign: z.number(), online: z.number() }),
  bytesSent: z.number(),
  folder: text,
});

/** The register of a running node, as it tells it. */
export const guardView: z.ZodType<GuardView> = z.object({
  entries: text,
  rows: z.array(
    z.object({
      lane: text,
      scope: text,
      scopeBytes: text,
      low: text.optional(),
      highestRecorded: text.optional(),
      onL1: text.optional(),
      high: text.optional(),
      gap: text.optional(),
      lastAnswer: text.optional(),
    }),
  ),
  quarantine: z
    .object({
      why: text,
      from: z.array(text),
      required: z.number(),
      awaited: z.array(text),
      isL1Seen: z.boolean(),
      marks: z.array(z.object({ lane: text, scope: text, low: text, source: text })),
    })
    .optional(),
});

/** The signature log of a running node at a glance. */
export const logView: z.ZodType<LogView> = z.object({
  ...logStatus,
  ...{ logHeader: text, headsHeader: text, heads: z.number() },
});

/** A page of its lines. */
export const logPage: z.ZodType<LogPage> = z.object({ lines: z.array(text), next: z.number().optional() });

/** The interchange file of its register. */
export const guardFile: z.ZodType<{ readonly file: string }> = z.object({ file: text });

/** A request that was asked through this node since it started. */
export interface RequestSummary {
  readonly requestId: string;
  readonly state: 'running' | 'signed' | 'failed';
  /** Milliseconds since the epoch. */
  readonly askedAtMs: number;
  readonly report?: SignReport | undefined;
  readonly failure?: { readonly code: string; readonly message: string } | undefined;
}

/** Such requests, newest last. */
export const requestSummaries: z.ZodType<readonly RequestSummary[]> = z.array(
  z.object({
    requestId: text,
    state: z.enum(['running', 'signed', 'failed']),
    askedAtMs: z.number(),
    report: signReport.optional(),
    failure: z.object({ code: text, message: text }).optional(),
  }),
);

const failure: z.ZodType<Failure> = z.object({
  type: z.literal('error'),
  kind: z.enum(['input', 'operation', 'abort', 'bug']),
  code: text,
  path: text.optional(),
  level: z.enum(['retry', 'reset', 'fatal']).optional(),
  message: text,
  next: text.optional(),
  exit: z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
});

/** One line of an answer. */
export const adminLine: z.ZodType<AdminLine> = z.union([
  z.object({ type: z.literal('progress'), event: z.unknown() }),
  z.object({ type: z.literal('result'), result: z.unknown() }),
  failure,
]);
