import { type PartyIndex, partyIndex } from '../crypto/brand.ts';
import { equalBytes, to0x, u32 } from '../crypto/bytes.ts';
import { verifyFor } from '../crypto/ed25519.ts';
import { InputError } from '../crypto/errors.ts';
import { listOf, taggedHash } from '../crypto/hash.ts';
import {
  hexIn,
  integerIn,
  literalIn,
  objectsIn,
  readJsonFile,
  textIn,
  textsIn,
  withKeys,
  writeJsonFile,
} from '../crypto/json-file.ts';
import { tags } from '../crypto/tags.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { definitionHash } from '../protocols/ceremony/definition.ts';
import { identityText, parseIdentity } from '../protocols/ceremony/names.ts';
import { envelopeKinds } from '../protocols/kernel/envelope.ts';
import type { TranscriptFile } from './transcript-file.ts';

/** One broadcast of the node: where it stands in the tree, and the way from there to the root. */
export interface ReceiptEntry {
  /** From 0, among all broadcasts by round and sender. */
  readonly position: number;
  /** 32 bytes. */
  readonly eid: Uint8Array;
  /** The neighbours on the way up, 32 bytes each. */
  readonly path: readonly Uint8Array[];
}

/** A node's own proof of its part in a ceremony: it can be checked against any copy of the transcript. */
export interface Receipt {
  /** 32 bytes each. */
  readonly definitionHash: Uint8Array;
  readonly lockHash: Uint8Array;
  readonly sid: Uint8Array;
  readonly index: PartyIndex;
  readonly identityPk: Uint8Array;
  /** Root of the Merkle tree over the names of all broadcasts, and how many they are. */
  readonly merkleRoot: Uint8Array;
  readonly count: number;
  readonly entries: readonly ReceiptEntry[];
  /** Ed25519, purpose `receipt`, 64 bytes. */
  readonly signature: Uint8Array;
}

const KIND = 'conclave-receipt';
const FIELDS = ['kind', 'version', 'definitionHash', 'lockHash', 'sid', 'index', 'identity'].concat(
  'merkleRoot',
  'count',
  'entries',
  'signature',
);

/** Most broadcasts of a session: 64 parties in 5 rounds, with room. */
const MAX_COUNT = 1024;

const leafOf = (position: number, eid: Uint8Array): Uint8Array =>
  taggedHash(tags.merkleLeaf, u32(position), eid);
const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array => taggedHash(tags.merkleNode, left, right);

/** The levels of the tree over names of broadcasts, leaves first; a node without a neighbour moves up. */
export function levelsOf(eids: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const levels: Uint8Array[][] = [eids.map((eid, i) => leafOf(i, eid))];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined) above.push(right === undefined ? left : nodeOf(left, right));
    }
    levels.push(above);
  }
  return levels;
}

/** Root over the names of all broadcasts of a transcript, by round and sender; 32 bytes. */
export const merkleRootOf = (eids: readonly Uint8Array[]): Uint8Array =>
  levelsOf(eids).at(-1)?.[0] ?? taggedHash(tags.merkleNode);

const pathOf = (eids: readonly Uint8Array[], position: number): readonly Uint8Array[] =>
  levelsOf(eids).flatMap((level, height) => level[(position >> height) ^ 1] ?? []);

/** The root to which a path leads. A level in which the node has no neighbour takes nothing from the path. */
function climb({ position, eid, path }: ReceiptEntry, count: number): Uint8Array | undefined {
  if (position >= count || count > MAX_COUNT) return undefined;
  let node = leafOf(position, eid);
  const rest = [...path];
  for (let [at, width] = [position, count]; width > 1; at >>= 1, width = (width + 1) >> 1) {
    if ((at ^ 1) >= width) continue;
    const neighbour = rest.shift();
    if (neighbour === undefined) return undefined;
    node = (at & 1) === 1 ? nodeOf(neighbour, node) : nodeOf(node, neighbour);
  }
  return rest.length === 0 ? node : undefined;
}

const broadcastsOf = ({ entries }: Pick<TranscriptFile, 'entries'>): TranscriptFile['entries'] =>
  entries.filter(({ envelope }) => envelope.header.kind === envelopeKinds.broadcast);

/** What the node signs, 32 bytes. */
const receiptHash = (receipt: Omit<Receipt, 'signature'>): Uint8Array =>
  taggedHash(
    tags.receipt,
    receipt.definitionHash,
    receipt.lockHash,
    receipt.sid,
    u32(receipt.index),
    receipt.identityPk,
    receipt.merkleRoot,
    u32(receipt.count),
    listOf(receipt.entries.map(({ position, eid }) => taggedHash(tags.merkleLeaf, u32(position), eid))),
  );

/** Makes the receipt of one member; `sign` is its identity's signature for the purpose `receipt`. */
export function makeReceipt(
  transcript: TranscriptFile,
  lock: Lock,
  index: PartyIndex,
  sign: (hash32: Uint8Array) => Uint8Array,
): Receipt {
  const all = broadcastsOf(transcript);
  const eids = all.map(({ envelope }) => envelope.eid);
  const identityPk = identityIn(lock, index);
  if (identityPk === undefined)
    throw new InputError('receipt-mismatch', 'index', `party ${index} is no member of this ceremony`);
  const entries = all.flatMap(({ envelope }, position) =>
    envelope.header.from === index ? [{ position, eid: envelope.eid, path: pathOf(eids, position) }] : [],
  );
  const receipt = {
    definitionHash: definitionHash(lock.definition.definition),
    lockHash: lockHash(lock),
    sid: lock.sid,
    index,
    identityPk,
    merkleRoot: merkleRootOf(eids),
    count: eids.length,
    entries,
  };
  return { ...receipt, signature: sign(receiptHash(receipt)) };
}

/** Who had this seat in the ceremony: a member of what it made, or one that left and dealt. */
const identityIn = ({ record, definition }: Lock, index: PartyIndex): Uint8Array | undefined =>
  [...record.members, ...(definition.definition.leavers ?? [])].find((one) => one.index === index)
    ?.identityPk;

/** What a receipt states that does not hold; empty for a good one. */
export function receiptProblems(receipt: Receipt, lock: Lock, transcript: TranscriptFile): readonly string[] {
  const eids = broadcastsOf(transcript).map(({ envelope }) => envelope.eid);
  const own = broadcastsOf(transcript).filter(({ envelope }) => envelope.header.from === receipt.index);
  const identityPk = identityIn(lock, receipt.index);
  const isMember = identityPk !== undefined && equalBytes(identityPk, receipt.identityPk);
  const climbs = (entry: ReceiptEntry): boolean => {
    const root = climb(entry, receipt.count);
    return root !== undefined && equalBytes(root, receipt.merkleRoot);
  };
  const rules: readonly (readonly [what: string, holds: boolean])[] = [
    ['it names another member', isMember],
    ['its signature is not that of the member', isSigned(receipt)],
    [
      'it is for another definition',
      equalBytes(receipt.definitionHash, definitionHash(lock.definition.definition)),
    ],
    ['it is for another lock', equalBytes(receipt.lockHash, lockHash(lock))],
    ['it is for another session', equalBytes(receipt.sid, lock.sid)],
    ['a path does not lead to its root', receipt.entries.every(climbs)],
    ['its root is not that of the transcript', equalBytes(receipt.merkleRoot, merkleRootOf(eids))],
    ['it counts other messages than the transcript', receipt.count === eids.length],
    [
      'it does not name exactly the messages of its member',
      receipt.entries.length === own.length &&
        receipt.entries.every(({ eid }, i) => equalBytes(eid, own[i]?.envelope.eid ?? new Uint8Array(0))),
    ],
  ];
  return rules.filter(([, holds]) => !holds).map(([what]) => what);
}

const isSigned = (receipt: Receipt): boolean =>
  verifyFor('receipt', receipt.identityPk, receiptHash(receipt), receipt.signature);

/** The bytes of `receipt-<name>.json`. */
export const writeReceipt = (receipt: Receipt): Uint8Array =>
  writeJsonFile({
    kind: KIND,
    version: 1,
    definitionHash: to0x(receipt.definitionHash),
    lockHash: to0x(receipt.lockHash),
    sid: to0x(receipt.sid),
    index: receipt.index,
    identity: identityText(receipt.identityPk),
    merkleRoot: to0x(receipt.merkleRoot),
    count: receipt.count,
    entries: receipt.entries.map(({ position, eid, path }) => ({
      position,
      eid: to0x(eid),
      path: path.map(to0x),
    })),
    signature: to0x(receipt.signature),
  });

/**
 * Reads a receipt; what it states is checked by `receiptProblems`. @throws InputError file-truncated |
 * file-damaged
 */
export function readReceipt(bytes: Uint8Array, path: string): Receipt {
  const file = withKeys(readJsonFile(bytes, path), FIELDS, path);
  literalIn(file, 'kind', KIND, path);
  literalIn(file, 'version', 1, path);
  return {
    definitionHash: hexIn(file, 'definitionHash', path, 32),
    lockHash: hexIn(file, 'lockHash', path, 32),
    sid: hexIn(file, 'sid', path, 32),
    index: partyIndex(integerIn(file, 'index', path), `${path}: index`),
    identityPk: parseIdentity(textIn(file, 'identity', path), `${path}: identity`),
    merkleRoot: hexIn(file, 'merkleRoot', path, 32),
    count: integerIn(file, 'count', path),
    entries: objectsIn(file, 'entries', 16, path).map((entry, i) => {
      const where = `${path}: entries[${i}]`;
      withKeys(entry, ['position', 'eid', 'path'], where);
      return {
        position: integerIn(entry, 'position', where),
        eid: hexIn(entry, 'eid', where, 32),
        path: textsIn(entry, 'path', 32, where).map((_, k, all) =>
          hexIn(new Map([['node', all[k]]]), 'node', `${where}: path`, 32),
        ),
      };
    }),
    signature: hexIn(file, 'signature', path, 64),
  };
}
