import { ascii } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import type {
  CeremonyEvent,
  CeremonyView,
  LogView,
  NodeApi,
  NodeStatus,
  SignReport,
  ExclusionView,
} from '../../../src/node/api.ts';
import type { GuardView } from '../../../src/node/guard-api.ts';

/** The status of a node that is ready. */
export const sampleStatus: NodeStatus = {
  name: 'amber-heron',
  identity: 'ed25519:x',
  version: '0.1.0',
  primitives: 'native',
  startedAtMs: '1',
  state: 'ready',
  members: [
    { index: 1, name: 'amber-heron', isSelf: true, state: 'self' },
    { index: 2, name: 'brisk-otter', isSelf: false, state: 'connecting', reason: 'refused' },
  ],
  presignatures: [{ signers: [1, 2, 3], ready: 4 }],
  guard: [{ lane: 'batch', highestRecorded: '7' }],
};

/** The register of that node. */
export const sampleGuard: GuardView = {
  entries: '9',
  rows: [{ lane: 'batch', scope: 'chain 1', scopeBytes: '0x02', low: '3', highestRecorded: '7' }],
};

/** A ceremony that was joined. */
export const sampleView: CeremonyView = {
  id: `0x${'ab'.repeat(32)}`,
  name: 'demo',
  state: 'proposed',
  attempt: 0,
  required: 3,
  members: [
    { index: 1, name: 'amber-heron', hasSigned: false },
    { index: 2, name: 'brisk-otter', hasSigned: false },
  ],
  folder: 'ceremonies/abababab',
};

/** An event of that ceremony. */
export const sampleEvent = (seq: number, type: string, fields: object = {}): CeremonyEvent => ({
  v: 1,
  seq: String(seq),
  t: String(1_000 + seq),
  ceremony: sampleView.id,
  attempt: '1',
  node: 'amber-heron',
  type,
  ...fields,
});

export const sampleReport: SignReport = {
  requestId: `0x${'01'.repeat(32)}`,
  signature: `0x${'02'.repeat(65)}`,
  signers: [1, 2, 3],
  attempts: 1,
  isWarm: true,
  phasesMs: { approve: 1, presign: 0, online: 5 },
  bytesSent: 1_000,
  folder: 'data/signatures/01',
};

export const sampleExclusion: ExclusionView = {
  ...{ member: 2, name: 'bo', reason: 'bad-opening', epoch: '0', session: `0x${'05'.repeat(32)}` },
  ...{ atMs: '1767225600000', evidence: 'data/evidence/0505050505050505-bad-opening.json' },
};

/** A node that does what it is told, and remembers it. */
export interface FakeNode extends NodeApi {
  state: NodeStatus['state'];
  view: CeremonyView | undefined;
  readonly calls: unknown[];
  /** Tells an event to who watches. */
  readonly tell: (event: CeremonyEvent) => void;
  readonly watching: () => number;
  signing: (progress: unknown) => Promise<SignReport>;
}

export const sampleLog: LogView = {
  ...{ logId: `0x${'11'.repeat(32)}`, size: 5, root: `0x${'22'.repeat(32)}`, waiting: 0, refusalsLeftOut: 0 },
  head: { size: 4, atMs: '1750000000000', countersignedBy: [1, 3] },
  alarms: [{ code: 'split-view', member: 3, evidence: 'data/evidence/x-split-view.json' }],
  ...{ logHeader: '{"kind":"conclave-log"}', headsHeader: '{"kind":"conclave-heads"}', heads: 1 },
};

export function fakeNode(): FakeNode {
  const listeners = new Set<(event: CeremonyEvent) => void>();
  const past: CeremonyEvent[] = [];
  const act = (...call: unknown[]): CeremonyView => {
    node.calls.push(call);
    if (node.view === undefined) throw new InputError('not-a-member', 'definition', 'no seat');
    return node.view;
  };
  const node: FakeNode = {
    state: 'ready',
    view: sampleView,
    calls: [],
    tell: (event) => {
      past.push(event);
      for (const listener of listeners) listener(event);
    },
    watching: () => listeners.size,
    signing: async () => sampleReport,
    status: () => ({ ...sampleStatus, state: node.state }),
    join: (definition) => act('join', definition),
    accept: async (id) => {
      node.tell(sampleEvent(past.length, 'preflight', { item: 'in time', status: 'pass', detail: 'yes' }));
      return act('accept', id);
    },
    reject: (id, why) => act('reject', id, why),
    execute: (id, options) => act('execute', id, options),
    abort: (id) => act('abort', id),
    ceremonies: () => (node.view === undefined ? [] : [node.view]),
    watch: (_, listener) => {
      for (const event of past) listener(event);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    sign: (_, options) => node.signing(options.onProgress),
    readmit: (member) => {
      node.calls.push(['readmit', member]);
      return sampleExclusion;
    },
    log: () => ({
      view: () => sampleLog,
      entries: (from, count) => ({ lines: [`entry ${from} of ${count}`], next: from + 1 }),
      heads: (from, count) => ({ lines: [`head ${from} of ${count}`] }),
    }),
    guard: () => ({
      view: () => sampleGuard,
      raise: (change) => {
        node.calls.push(['raise', change]);
        return sampleGuard;
      },
      export: () => ascii('a file'),
      release: async (request) => {
        node.calls.push(['release', request]);
        return sampleGuard;
      },
    }),
  };
  return node;
}
