import { InputError, OperationError } from '../crypto/errors.ts';
import { ProtocolAbort } from '../protocols/kernel/protocol.ts';
import { reasonOf } from './all-reasons.ts';

/** How the program `conclave` ends. [product, 4.5] */
export const exits = {
  done: 0,
  bug: 1,
  usage: 2,
  config: 3,
  denied: 4,
  guard: 5,
  unavailable: 6,
  verification: 7,
  overwrite: 8,
  inUse: 9,
  peer: 10,
  safety: 11,
} as const;

/** One of them. */
export type ExitCode = (typeof exits)[keyof typeof exits];

/** Codes whose exit does not follow from who can mend them. */
export const exitTable: Readonly<Partial<Record<ExitCode, readonly string[]>>> = {
  [exits.usage]: [
    'usage',
    'file-unreadable',
    'bad-signer-set',
    'weak-password',
    'no-node',
    'key-unknown',
    'no-key',
    'lane-unknown',
    'bad-recipient',
    'no-active-share',
    'batch-unknown',
  ],
  [exits.config]: [
    ...['config-invalid', 'unknown-environment-name', 'policy-invalid', 'insecure-keys-refused'],
    ...['not-loopback', 'bad-address', 'binary-missing', 'page-not-built'],
  ],
  [exits.denied]: [
    ...[
      'wrong-password',
      'wrong-backup-key',
      'bad-permissions',
      'rule-missing',
      'kind-purpose-mismatch',
      'key-denied',
    ],
    ...['wrong-key-epoch', 'wrong-target', 'tx-type', 'value-over-cap', 'content-mismatch', 'fee-invalid'],
    ...['gas-over-cap', 'fee-over-cap', 'data-too-large', 'too-many-blobs', 'nonce-mismatch', 'duty-unknown'],
    ...['non-canonical-tx', 'l1-reverted', 'l1-rejected', 'l1-no-inbox', 'nonce-too-low', 'fee-too-low'],
    ...['no-funds', 'preflight-failed', 'not-a-member', 'policy-mismatch', 'sequence-replayed'],
    ...['wrong-state', 'not-the-proposer', 'not-accepted', 'deployment-differs', 'deployment-diverged'],
    ...['key-taken', 'activation-past', 'activation-too-far', 'purpose-denied'],
    ...['account-not-named', 'not-at-committee', 'batch-foreign', 'wrong-chain'],
  ],
  [exits.guard]: [
    ...['guard-conflict', 'below-watermark', 'above-high-watermark', 'gap-too-large', 'fee-step-too-small'],
    ...['fee-steps-exhausted', 'reissue-unsupported', 'quarantine', 'release-refused'],
  ],
  [exits.unavailable]: [
    ...['quorum-unavailable', 'deadline', 'signing-failed', 'peer-unreachable', 'l1-unreachable'],
    ...[
      'receipt-timeout',
      'payload-not-found',
      'no-blobs',
      'timed-out',
      'peer-timeout',
      'operator-abort',
      'not-ready',
      'node-starting',
      'ceremony-in-progress',
      'node-stopped',
      'node-restarted',
      'write-failed',
      'kdf-failed',
      'disk-full',
      'disk-failed',
      'fsync-failed',
      'engine-write-failed',
    ],
  ],
  [exits.verification]: [
    ...[
      'audit-failed',
      'test-signature-failed',
      'definition-mismatch',
      'suite-mismatch',
      'bad-signature',
      'file-truncated',
    ],
    ...['file-damaged', 'file-tampered', 'wrong-master-key', 'identity-mismatch', 'stale-epoch'],
    ...['deployment-unsafe', 'bad-proof', 'not-a-set-member', 'certificate-weak'],
    'payload-differs',
    ...['engine-damaged', 'engine-other-chain', 'driver-damaged', 'trie-damaged', 'bad-answer'],
    'output-differs',
    ...['wrong-cluster', 'wrong-node', 'share-does-not-match-lock', 'identity-not-in-lock', 'backup-invalid'],
  ],
  [exits.overwrite]: [
    'would-overwrite',
    'folder-not-empty',
    'nothing-to-repair',
    'not-in-quarantine',
    'already-reposted',
    'already-released',
  ],
  [exits.inUse]: ['lease-held', 'port-in-use', 'engine-busy'],
  [exits.safety]: [
    ...['safety-state-missing', 'safety-state-damaged', 'rollback-detected', 'guard-unavailable'],
    'log-damaged',
  ],
};

const byCode: ReadonlyMap<string, ExitCode> = new Map(
  Object.values(exits).flatMap((exit) => (exitTable[exit] ?? []).map((code) => [code, exit] as const)),
);

/** The exit for a failure code; `otherwise` for a code of which nothing is known. */
export function exitOfCode(code: string, otherwise: ExitCode): ExitCode {
  const listed = byCode.get(code);
  if (listed !== undefined) return listed;
  const kind = reasonOf(code)?.class;
  if (kind === 'peer') return exits.peer;
  return kind === 'bug' ? exits.bug : otherwise;
}

/** The exit for whatever was thrown. */
export function exitOf(error: unknown): ExitCode {
  if (error instanceof InputError) return exitOfCode(error.code, exits.usage);
  if (error instanceof OperationError)
    return exitOfCode(error.code, error.level === 'retry' ? exits.unavailable : exits.bug);
  if (error instanceof ProtocolAbort)
    return error.culprits.length > 0 ? exits.peer : exitOfCode(error.code, exits.unavailable);
  return exits.bug;
}
