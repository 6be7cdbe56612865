import { concat } from '../../crypto/bytes.ts';
import {
  type Codec,
  blob,
  decode,
  encode,
  fixed,
  list,
  malformed,
  struct,
  u32Codec,
  u8Codec,
} from '../../crypto/codec.ts';
import { Secret } from '../../crypto/secret.ts';
import { type GuardMark, MAX_ENTRY_BYTES, decodeEntry, encodeEntry, laneKey } from '../guard-record.ts';

/** What a backup knows of the sign guard: a prefix of it, as bounds. [product, 8.6] */
export interface GuardExport {
  /** Records when the backup was taken. */
  readonly seq: number;
  /** Their chain hash, 32 bytes. */
  readonly head: Uint8Array;
  /** One a lane and scope; nothing up to the low one is signed after a restore. */
  readonly marks: readonly GuardMark[];
}

/** All that a backup seals. There is no presignature, no session and no log in it. [security, 3.5 rule 6] */
export interface BackupContent {
  /** Share (32) ‖ chain code (32). */
  readonly secret: Secret;
  readonly guard: GuardExport;
  /** The file of the lock, as it lay in the folder of its ceremony. */
  readonly lockFile: Uint8Array;
  /** The file of the definition; empty where there was none. */
  readonly definitionFile: Uint8Array;
}

/** Bytes of a share and its chain code. */
const SECRET_BYTES = 64;
/** The longest lock or definition, in bytes; the whole file stays below the 1 MiB of any key file. */
const MAX_PAPER_BYTES = 160_000;
/** Most lanes and scopes: a few for each contract that a policy may name. */
const MAX_MARKS = 256;
const VERSION = 1;

const markCodec: Codec<GuardMark> = {
  ...blob(MAX_ENTRY_BYTES),
  write: (mark) => blob(MAX_ENTRY_BYTES).write(encodeEntry({ kind: 'mark', mark })),
  read: (from, path) => {
    const entry = decodeEntry(blob(MAX_ENTRY_BYTES).read(from, path), path);
    if (entry.kind !== 'mark') throw malformed(path, 'is no mark of a guard');
    return entry.mark;
  },
};

const restCodec = struct<Omit<BackupContent, 'secret'>>({
  guard: struct<GuardExport>({ seq: u32Codec, head: fixed(32), marks: list(markCodec, MAX_MARKS) }),
  lockFile: blob(MAX_PAPER_BYTES),
  definitionFile: blob(MAX_PAPER_BYTES),
});

/** What comes first; the rest is decoded from a copy that holds no secret. */
const startCodec = struct<{ readonly version: number; readonly secret: Uint8Array }>({
  version: u8Codec,
  secret: fixed(SECRET_BYTES),
});

/** version ‖ secret ‖ the rest. The bytes are the caller's to wipe. */
export const encodeContent = ({ secret, ...rest }: BackupContent): Uint8Array =>
  secret.use((bytes) =>
    concat(encode(startCodec, { version: VERSION, secret: bytes }), encode(restCodec, rest)),
  );

/** The content of an opened backup; its `secret` is a copy. @throws InputError malformed */
export function decodeContent(opened: Secret, path: string): BackupContent {
  return opened.use((bytes) => {
    const { version, secret } = decode(startCodec, bytes.subarray(0, startCodec.maxBytes), path);
    if (version !== VERSION) throw malformed(path, `has version ${version}`);
    const rest = decode(restCodec, bytes.slice(startCodec.maxBytes), path);
    const lanes = rest.guard.marks.map(laneKey);
    if (new Set(lanes).size !== lanes.length) throw malformed(path, 'has a lane of the guard twice');
    return { ...rest, secret: new Secret('share', secret.slice()) };
  });
}
