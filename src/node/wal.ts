import { type PartyIndex, partyIndex } from '../crypto/brand.ts';
import { ascii, concat, to0x, toHex, u16, u64, wipe } from '../crypto/bytes.ts';
import {
  type Codec,
  blob,
  decode,
  encode,
  fixed,
  list,
  struct,
  text,
  u16Codec,
  union,
} from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { primitives } from '../crypto/primitives.ts';
import { Secret } from '../crypto/secret.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { tags } from '../crypto/tags.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { decodeSpec, partiesOf, specHash } from '../protocols/kernel/spec.ts';
import type { Disk } from '../system/ports.ts';
import { AppendLog } from './append-log.ts';
import { type MasterKey, type PublicFields, hasPublicFields, openFile, sealFile } from './sealed-file.ts';

/** Sessions that may be resumed. Presigning and signing are not among them, and never will be. [11.3] */
export type WalKind = 'keygen' | 'reshare';

/**
 * What a session has taken in and given out, in the order in which it happened. Together with the seed it
 * gives the session again, byte for byte.
 */
export type WalEntry =
  /** An envelope of a peer; it was given to the session after this. */
  | { readonly kind: 'received'; readonly bytes: Uint8Array }
  /** `walHash` of an envelope that left after this; `to` is 0 for all. */
  | { readonly kind: 'sent'; readonly to: number; readonly hash: Uint8Array }
  /** What the session wanted to have on disk is there; it went on after this. */
  | { readonly kind: 'persisted' }
  /** This node ended the session. */
  | { readonly kind: 'aborted'; readonly code: string };

/** What a session needs of its write-ahead log. */
export interface SessionWal {
  /** Appends entries, all or none; durable when it returns. @throws what `Disk` throws */
  readonly append: (...entries: readonly WalEntry[]) => void;
}

/** What a write-ahead log begins with. */
export interface WalHeader {
  readonly kind: WalKind;
  /** Our index in the session. */
  readonly self: PartyIndex;
  /** Canonical bytes of the Spec. */
  readonly spec: Uint8Array;
  /** 32 bytes, of the rank of a key share: lent by `Secret`, wiped by its owner. */
  readonly seed: Secret;
}

/** What a write-ahead log works with. */
export interface WalDeps {
  readonly disk: Disk;
  readonly master: MasterKey;
  readonly rng: Rng;
  /** Ed25519 key of this node, 32 bytes: a log of another node is not read. */
  readonly identityPk: Uint8Array;
}

/** The longest envelope that is logged, in bytes. */
export const MAX_WAL_ENVELOPE_BYTES: number = 1 << 20;
const NONCE_BYTES = 12;
const SEAL_BYTES = 16;
const MAX_ENTRIES = 4_096;
/** One envelope, or the hashes of one round: a record of more is a bug when written and damage when read. */
const MAX_RECORD_BYTES: number = MAX_WAL_ENVELOPE_BYTES + (1 << 18);
const HEADER = 'seed.json';
const RECORDS = 'records.log';

const entriesCodec: Codec<readonly WalEntry[]> = list(
  union<WalEntry>({
    received: struct({ bytes: blob(MAX_WAL_ENVELOPE_BYTES) }),
    sent: struct({ to: u16Codec, hash: fixed(32) }),
    persisted: struct({}),
    aborted: struct({ code: text(64) }),
  }),
  MAX_ENTRIES,
);

interface Plain {
  readonly seed: Uint8Array;
  /** Seals the records. */
  readonly key: Uint8Array;
  readonly spec: Uint8Array;
}
const plainCodec = struct<Plain>({ seed: fixed(32), key: fixed(32), spec: blob(1 << 16) });

/** H("wal/envelope"; to, bytes): what is remembered of an envelope. `to` is 0 for all. */
export const walHash = (to: number, bytes: Uint8Array): Uint8Array =>
  taggedHash(tags.walEnvelope, u16(to), bytes);

/** The folder of a session's log in the folder of all: the first 8 hex digits of its name. */
export const walFolder = (root: string, session: Uint8Array): string =>
  `${root}/${toHex(session).slice(0, 8)}`;

/** Folders that hold a log, ascending. */
export const walFolders = (disk: Disk, root: string): readonly string[] =>
  disk
    .list(root)
    .map((name) => `${root}/${name}`)
    .filter((folder) => disk.list(folder).includes(HEADER));

/**
 * The write-ahead log of one key generation or reshare: seed and specification in a sealed file, and behind
 * it records, each sealed under a key of this log alone and bound to node, session and its own number. An
 * incomplete last record is cut off: nobody has acted on it. [protocol, 11.3; security, 3.4 rule 8]
 */
export class Wal implements SessionWal {
  readonly folder: string;
  readonly #disk: Disk;
  readonly #rng: Rng;
  readonly #seal: Seal;
  readonly #log: AppendLog;

  private constructor({ disk, rng }: WalDeps, folder: string, seal: Seal, log: AppendLog) {
    this.folder = folder;
    this.#disk = disk;
    this.#rng = rng;
    this.#seal = seal;
    this.#log = log;
  }

  /**
   * Starts the log of a session in `root`. The seed is durable when this returns, and no session gets a
   * second one. @throws OperationError would-overwrite, and what `Disk` throws
   */
  static create(deps: WalDeps, root: string, header: WalHeader): Wal {
    const { disk, master, rng } = deps;
    const session = specHash(decodeSpec(header.spec));
    const folder = walFolder(root, session);
    // What is left of a log whose seed is gone belongs to no session.
    if (!disk.list(folder).includes(HEADER)) disk.shred(`${folder}/${RECORDS}`);
    const key = rng(32).slice();
    const plaintext = header.seed.use((seed) => encode(plainCodec, { seed, key, spec: header.spec }));
    const content = { kind: 'conclave-wal', public: publicOf(deps, header, session), plaintext } as const;
    disk.create(`${folder}/${HEADER}`, sealFile(master, content, rng));
    wipe(plaintext);
    const seal = { key, node: deps.identityPk, session };
    return new Wal(deps, folder, seal, openLog(disk, folder).log);
  }

  /**
   * Reads the log of a folder; `undefined` if there is none.
   * @throws InputError wal-damaged, with the remedy, for anything but an incomplete last record
   */
  static open(
    deps: WalDeps,
    folder: string,
  ): { readonly wal: Wal; readonly header: WalHeader; readonly entries: readonly WalEntry[] } | undefined {
    const bytes = deps.disk.read(`${folder}/${HEADER}`);
    if (bytes === undefined) return undefined;
    try {
      const { header, seal } = readHeader(deps, folder, bytes);
      const { log, bodies } = openLog(deps.disk, folder);
      const entries = bodies.flatMap((body, number) => openRecord(seal, number, body));
      return { wal: new Wal(deps, folder, seal, log), header, entries };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw damaged(folder, error.message, error);
    }
  }

  readonly append = (...entries: readonly WalEntry[]): void => {
    const nonce = this.#rng(NONCE_BYTES).slice();
    const plaintext = encode(entriesCodec, entries);
    assert(plaintext.length <= MAX_RECORD_BYTES, `a record of ${plaintext.length} bytes for ${this.folder}`);
    const { key } = this.#seal;
    const aad = aadOf(this.#seal, this.#log.count);
    this.#log.append(concat(nonce, primitives().aeadSeal(key, nonce, aad, plaintext)));
  };

  /** Removes the log, the seed first: without it the rest is worth nothing. It may be called again. */
  readonly shred = (): void => {
    shredWal(this.#disk, this.folder);
    wipe(this.#seal.key);
  };
}

/** Removes the log of a folder, whole or damaged, the seed first. */
export function shredWal(disk: Disk, folder: string): void {
  disk.shred(`${folder}/${HEADER}`);
  disk.shred(`${folder}/${RECORDS}`);
}

/** What seals the records of one log, and to whom it belongs. */
interface Seal {
  readonly key: Uint8Array;
  readonly node: Uint8Array;
  readonly session: Uint8Array;
}

const openLog = (
  disk: Disk,
  folder: string,
): { readonly log: AppendLog; readonly bodies: readonly Uint8Array[] } =>
  AppendLog.open(disk, {
    path: `${folder}/${RECORDS}`,
    kind: 'conclave-wal',
    maxBodyBytes: NONCE_BYTES + MAX_RECORD_BYTES + SEAL_BYTES,
  });

/** A record is the record of its place: one that is moved, doubled or of another log does not open. */
const aadOf = ({ node, session }: Seal, number: number): Uint8Array =>
  taggedHash(tags.walRecord, ascii('version 1'), node, session, u64(number));

function openRecord(seal: Seal, number: number, body: Uint8Array): readonly WalEntry[] {
  const [nonce, sealed] = [body.subarray(0, NONCE_BYTES), body.subarray(NONCE_BYTES)];
  const isLongEnough = body.length >= NONCE_BYTES + SEAL_BYTES;
  const plain = isLongEnough
    ? primitives().aeadOpen(seal.key, nonce, aadOf(seal, number), sealed)
    : undefined;
  if (plain === undefined) throw new InputError('wal-damaged', RECORDS, `record ${number} does not open`);
  return decode(entriesCodec, plain, `record ${number}`);
}

const publicOf = (
  { identityPk }: WalDeps,
  { kind, self }: Pick<WalHeader, 'kind' | 'self'>,
  session: Uint8Array,
): PublicFields => ({ session: to0x(session), ceremony: kind, index: self, node: identityText(identityPk) });

function readHeader(
  deps: WalDeps,
  folder: string,
  bytes: Uint8Array,
): { readonly header: WalHeader; readonly seal: Seal } {
  const path = `${folder}/${HEADER}`;
  const opened = openFile(deps.master, 'conclave-wal', bytes, path);
  const { seed, key, spec } = opened.secret.use((plain) => decode(plainCodec, plain.slice(), path));
  opened.secret.wipe();
  const session = specHash(decodeSpec(spec));
  const kinds: readonly WalKind[] = ['keygen', 'reshare'];
  for (const kind of kinds)
    for (const self of partiesOf(decodeSpec(spec)))
      if (hasPublicFields(opened.public, publicOf(deps, { kind, self }, session))) {
        if (!folder.endsWith(walFolder('', session)))
          throw new InputError('wal-damaged', path, `it is the log of session ${toHex(session).slice(0, 8)}`);
        const header = { kind, self: partyIndex(self), spec, seed: new Secret('seed of a ceremony', seed) };
        return { header, seal: { key, node: deps.identityPk, session } };
      }
  wipe(seed, key);
  throw new InputError('wal-damaged', path, 'it is the log of another node or session');
}

const damaged = (folder: string, what: string, cause: InputError): InputError =>
  new InputError(
    'wal-damaged',
    folder,
    `${folder} cannot be resumed: ${what}. This attempt ends here; propose the ceremony again`,
    { cause },
  );
