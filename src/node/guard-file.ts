import { latin1, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { verifyFor } from '../crypto/ed25519.ts';
import { taggedHash } from '../crypto/hash.ts';
import {
  type JsonObject,
  anyObjectIn,
  decimalIn,
  hexIn,
  literalIn,
  objectIn,
  objectsIn,
  readJsonFile,
  textIn,
  withKeys,
  writeJsonFile,
} from '../crypto/json-file.ts';
import { tags } from '../crypto/tags.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { identityText, parseIdentity } from '../protocols/ceremony/names.ts';
import {
  type GuardMark,
  type GuardRecord,
  type Lane,
  decodeEntry,
  encodeEntry,
  lanes,
} from './guard-record.ts';
import { scopeFields } from './guard-scope.ts';

/** What one node knows of what was signed, as it travels between its own folders, or to another node. */
export interface GuardExport {
  readonly l1ChainId: bigint;
  /** Ed25519 public key of the node, 32 bytes. */
  readonly identityPk: Uint8Array;
  /** Entries of the register, and its chain hash, 32 bytes. */
  readonly seq: number;
  readonly head: Uint8Array;
  /** Milliseconds since the Unix epoch, decimal; for people. */
  readonly exportedAt: string;
  /** 32 bytes */
  readonly keyId: Uint8Array;
  readonly address: Address;
  readonly marks: readonly LaneMark[];
  /** Empty in a file of watermarks only. */
  readonly records: readonly GuardRecord[];
}
/** A bound, and how far the lane has come. */
export interface LaneMark extends GuardMark {
  readonly highest: bigint | undefined;
}

/** Largest file that is read, and most records in it. */
const MAX_FILE_BYTES: number = 256 * 1024 * 1024;
const MAX_RECORDS = 1_000_000;
const MAX_LANES = 65_536;
const FIELDS = [
  'kind',
  'version',
  'network',
  'node',
  'guardSeq',
  'guardHead',
  'exportedAt',
  'keys',
  'signature',
];

/** The interchange file, signed by the node. `sign` is given 32 bytes. [product, 8.6] */
export function writeGuardFile(content: GuardExport, sign: (hash32: Uint8Array) => Uint8Array): Uint8Array {
  const body = bodyOf(content);
  return writeJsonFile({ ...body, signature: to0x(sign(hashOf(body))) });
}

/**
 * Reads an interchange file, whole or of watermarks only. Every byte of it is accounted for, and the
 * signature is that of the node that it names. @throws InputError file-truncated | file-damaged |
 * bad-signature
 */
export function readGuardFile(bytes: Uint8Array, path: string): GuardExport {
  const file = withKeys(readJsonFile(bytes, path, MAX_FILE_BYTES), FIELDS, path);
  literalIn(file, 'kind', 'conclave-guard', path);
  literalIn(file, 'version', 1, path);
  const content: GuardExport = {
    l1ChainId: decimalIn(objectIn(file, 'network', ['l1ChainId'], path), 'l1ChainId', path),
    identityPk: parseIdentity(textIn(file, 'node', path), `${path}: node`),
    seq: Number(decimalIn(file, 'guardSeq', path)),
    head: hexIn(file, 'guardHead', path, 32),
    exportedAt: textIn(file, 'exportedAt', path),
    ...readKey(file, path),
  };
  const body = bodyOf(content);
  const signature = hexIn(file, 'signature', path, 64);
  if (latin1(writeJsonFile({ ...body, signature: to0x(signature) })) !== latin1(bytes))
    throw new InputError('file-damaged', path, `${path} says one thing twice, and differently`);
  if (!verifyFor('guard', content.identityPk, hashOf(body), signature))
    throw new InputError('bad-signature', path, `${path} is not signed by the node that it names`);
  return content;
}

/**
 * What an import takes over: the records, and low marks. Where a lane has come further than the records show,
 * its number is a low mark: the file may hold watermarks only.
 */
export function marksToImport({ marks, records }: GuardExport): readonly GuardMark[] {
  const shown = new Map<string, bigint>();
  const nameOf = (lane: Lane, scope: Uint8Array): string => `${lane} ${to0x(scope)}`;
  for (const { lane, scope, number } of records.flatMap(({ slots }) => slots))
    if (number > (shown.get(nameOf(lane, scope)) ?? -1n)) shown.set(nameOf(lane, scope), number);
  return marks.map(({ lane, scope, low, highest }) => {
    const isBeyond = highest !== undefined && highest > (shown.get(nameOf(lane, scope)) ?? -1n);
    const atLeast = isBeyond && (low === undefined || highest > low) ? highest : low;
    return { lane, scope, low: atLeast, high: undefined };
  });
}

const hashOf = (body: object): Uint8Array => taggedHash(tags.guardFile, writeJsonFile(body));
const orNull = (value: bigint | undefined): string | null => (value === undefined ? null : value.toString());

function bodyOf({ l1ChainId, identityPk, seq, head, exportedAt, ...key }: GuardExport): object {
  const { keyId, address, marks, records } = key;
  return {
    kind: 'conclave-guard',
    version: 1,
    network: { l1ChainId: l1ChainId.toString() },
    node: identityText(identityPk),
    guardSeq: String(seq),
    guardHead: to0x(head),
    exportedAt,
    keys: [
      {
        keyId: to0x(keyId),
        address,
        lanes: marks.map(({ lane, scope, low, high, highest }) => ({
          lane,
          scope: scopeFields({ lane, scope }, keyId),
          ...{ low: orNull(low), high: orNull(high), highestRecorded: orNull(highest) },
        })),
        records: records.map((record, i) => recordOf(record, i)),
      },
    ],
  };
}

/** For people, and then the record itself. */
const recordOf = (record: GuardRecord, i: number): object => ({
  seq: String(i + 1),
  slots: record.slots.map(({ lane, number }) => `${lane} ${number}`),
  kind: record.kind,
  contentHash: to0x(record.contentHash),
  digest: to0x(record.digest),
  feeStep: record.feeStep,
  entry: to0x(encodeEntry({ kind: 'share', record })),
});

function readKey(
  file: JsonObject,
  path: string,
): Pick<GuardExport, 'keyId' | 'address' | 'marks' | 'records'> {
  const [key, second] = objectsIn(file, 'keys', 1, path);
  if (key === undefined || second !== undefined)
    throw new InputError('file-damaged', path, `${path} is not of one key`);
  const at = `${path}: keys[0]`;
  withKeys(key, ['keyId', 'address', 'lanes', 'records'], at);
  return {
    keyId: hexIn(key, 'keyId', at, 32),
    address: parseAddress(textIn(key, 'address', at)),
    marks: objectsIn(key, 'lanes', MAX_LANES, at).map((row, i) => readMark(row, `${at}.lanes[${i}]`)),
    records: objectsIn(key, 'records', MAX_RECORDS, at).map((row, i) => {
      const entry = decodeEntry(hexIn(row, 'entry', `${at}.records[${i}]`), `${at}.records[${i}]`);
      if (entry.kind === 'share') return entry.record;
      throw new InputError('file-damaged', path, `${at}.records[${i}] is no record of a share`);
    }),
  };
}

function readMark(row: JsonObject, path: string): LaneMark {
  withKeys(row, ['lane', 'scope', 'low', 'high', 'highestRecorded'], path);
  const name = textIn(row, 'lane', path);
  const lane = lanes.find((one) => one === name);
  if (lane === undefined) throw new InputError('file-damaged', path, `${path}: ${name} is no lane`);
  const scope = hexIn(anyObjectIn(row, 'scope', path), 'bytes', path);
  const numberIn = (key: string): bigint | undefined =>
    row.get(key) === null ? undefined : decimalIn(row, key, path);
  return { lane, scope, low: numberIn('low'), high: numberIn('high'), highest: numberIn('highestRecorded') };
}
