import { partyIndex } from '../../../../src/crypto/brand.ts';
import { type IdentityKey, identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import {
  type LogEntry,
  type LogEvent,
  type LogOwner,
  chainStart,
  encodeLogEntry,
  entryHash,
  logIdOf,
  noRecord,
} from '../../../../src/chain/log/entry.ts';
import type { TreeHead } from '../../../../src/chain/log/head.ts';
import { leafHash, rootOf } from '../../../../src/chain/log/merkle.ts';

/** Bytes that say what they are for. */
export const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);

/** The identity of the owner of the sample log. */
export const seed: IdentityKey = filled(7);

/** The owner of the sample log. */
export const sampleOwner: LogOwner = {
  owner: identityPublicKey(seed),
  cluster: filled(9),
  instance: new Uint8Array(0),
};

const members = [1, 2, 3].map((index) => partyIndex(index));
const one = partyIndex(1);
const record = { path: 'data/signatures/aa-0-bb/sign.jsonl', hash: filled(0x51) };

/** One event of every kind, with values in every field. */
export const events: readonly LogEvent[] = [
  { kind: 'succeeds', predecessor: filled(0x11), instance: filled(0x12, 16) },
  {
    ...{ kind: 'ceremony', ceremony: filled(0x13), what: 'reshare', sid: filled(0x14), outcome: 'aborted' },
    ...{ reason: 'share-wrong', culprits: [one], record },
  },
  {
    ...{ kind: 'presign', sid: filled(0x15), quorum: members, batch: 64, outcome: 'discarded', reason: 'x' },
    ...{ culprits: [], root: filled(0), record: noRecord },
  },
  {
    ...{ kind: 'sign', sid: filled(0x16), requestId: filled(0x17), attempt: 2, quorum: members },
    ...{ presignSid: filled(0x18), presigId: filled(0x19), digest: filled(0x1a), outcome: 'done' },
    ...{ reason: '', culprits: [], signature: filled(0x1b, 65), root: filled(0x1c), guardCount: 12, record },
  },
  { kind: 'refused', requestId: filled(0x1d), from: 3, reason: 'policy-denied' },
  { kind: 'verdict', session: filled(0x1e), culprit: one, code: 'equivocation', evidence: record },
  { kind: 'readmitted', member: one, evidenceOf: filled(0x1f) },
  { kind: 'epoch', epochNo: 4, certHash: filled(0x20), state: 'left' },
  { kind: 'unresponsive', session: filled(0x21), member: one, round: 3, demandHash: filled(0x22) },
];

/** A log of these events that holds together. */
export function logOf(of: readonly LogEvent[], owner: LogOwner = sampleOwner): readonly LogEntry[] {
  let prev = chainStart(logIdOf(owner));
  return of.map((event, seq) => {
    const entry = { version: 1, seq, prev, atMs: 1000 + seq, keyId: filled(3), epochNo: 1, event } as const;
    prev = entryHash(encodeLogEntry(entry));
    return entry;
  });
}

/** The head of a log of these entries. */
export function headOf(entries: readonly LogEntry[], atMs: number, owner: LogOwner = sampleOwner): TreeHead {
  const logId = logIdOf(owner);
  const encoded = entries.map(encodeLogEntry);
  const newest = encoded.at(-1);
  const chain = newest === undefined ? chainStart(logId) : entryHash(newest);
  return { logId, size: entries.length, root: rootOf(encoded.map(leafHash)), chain, atMs };
}
