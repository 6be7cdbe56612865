import type { PartyIndex } from '../../crypto/brand.ts';
import { concat, equalBytes, toHex } from '../../crypto/bytes.ts';
import { decode, encode, fixed, indexCodec, struct, text, u32Codec, u64Codec } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import type { Disk } from '../../system/ports.ts';
import { AppendLog } from '../append-log.ts';

/** Why a member is left out of all quorums: proof that it broke the protocol in one session. */
export interface Exclusion {
  /** Its index in the epoch of that session. */
  readonly member: PartyIndex;
  /** Ed25519, 32 bytes: whoever has the seat later under another identity is not meant. */
  readonly identityPk: Uint8Array;
  readonly epochNo: number;
  /** H("spec"; …) of the session, 32 bytes: one session excludes a member once. */
  readonly session: Uint8Array;
  /** The code of the failure. */
  readonly code: string;
  /** Names the evidence among all that nodes hold, 32 bytes. */
  readonly evidence: Uint8Array;
  /** Wall clock, milliseconds since the Unix epoch; for people. */
  readonly atMs: bigint;
}

/** An operator takes a member back, with all that was proven against it until then. */
interface Readmission {
  readonly identityPk: Uint8Array;
  readonly atMs: bigint;
}

const kinds = { excluded: 1, readmitted: 2 } as const;
const VERSION = 1;
const MAX_BODY_BYTES = 512;

const exclusionCodec = struct<Exclusion>({
  member: indexCodec,
  identityPk: fixed(32),
  epochNo: u32Codec,
  session: fixed(32),
  code: text(64),
  evidence: fixed(32),
  atMs: u64Codec,
});
const readmissionCodec = struct<Readmission>({ identityPk: fixed(32), atMs: u64Codec });

/**
 * Who is excluded from the quorums of a key, on disk. It outlives restarts and epochs: a member that stays
 * on the committee stays excluded until an operator takes it back, because an epoch may change by schedule,
 * and nobody has looked at the member then. [protocol, 10.1]
 */
export class ExclusionLog {
  readonly #log: AppendLog;
  readonly #all: Exclusion[] = [];
  /** By identity: those that count. */
  readonly #standing = new Map<string, Exclusion>();
  /** By identity: when it was last taken back, milliseconds since the Unix epoch. */
  readonly #pardoned = new Map<string, bigint>();

  private constructor(log: AppendLog) {
    this.#log = log;
  }

  /** Opens or starts the log. @throws InputError safety-state-damaged; what `Disk` throws */
  static open(disk: Disk, path: string): ExclusionLog {
    const options = { path, kind: 'exclusions', maxBodyBytes: MAX_BODY_BYTES };
    const { log, bodies } = AppendLog.open(disk, options);
    const exclusions = new ExclusionLog(log);
    for (const [i, body] of bodies.entries()) {
      const rest = body.subarray(2);
      const kind = body[0] === VERSION ? body[1] : undefined;
      if (kind === kinds.excluded) exclusions.#take(decode(exclusionCodec, rest, path));
      else if (kind === kinds.readmitted) exclusions.#forgive(decode(readmissionCodec, rest, path));
      else throw new InputError('safety-state-damaged', path, `${path}: record ${i} is of no known kind`);
    }
    return exclusions;
  }

  /** Those that count now, oldest first. */
  get standing(): readonly Exclusion[] {
    return [...this.#standing.values()];
  }

  /** Whether this session has been held against this member already, also if it was taken back since. */
  knows({ identityPk, session }: Pick<Exclusion, 'identityPk' | 'session'>): boolean {
    return this.#all.some(
      (one) => equalBytes(one.identityPk, identityPk) && equalBytes(one.session, session),
    );
  }

  /**
   * Whether a session lies behind the last readmission of a member: one that nobody could join any more when
   * the member was taken back. `notAfterMs` is that of its specification, which all who took part have signed
   * in round 0; who takes part joins none whose time is over, so none of later can be made to look like one
   * of before. Sessions that say no time, those that sign, are pardoned one by one.
   */
  isPardoned(identityPk: Uint8Array, notAfterMs: bigint): boolean {
    const atMs = this.#pardoned.get(toHex(identityPk));
    return atMs !== undefined && notAfterMs > 0n && notAfterMs <= atMs;
  }

  /** Excludes; durable when this returns. False if this session is known, or the member is excluded. */
  exclude(exclusion: Exclusion): boolean {
    if (this.knows(exclusion) || this.#standing.has(toHex(exclusion.identityPk))) return false;
    this.#append(kinds.excluded, encode(exclusionCodec, exclusion));
    this.#take(exclusion);
    return true;
  }

  /** Takes a member back; durable when this returns. @returns what had excluded it, if anything */
  readmit(identityPk: Uint8Array, atMs: bigint): Exclusion | undefined {
    const excluded = this.#standing.get(toHex(identityPk));
    if (excluded === undefined) return undefined;
    this.#append(kinds.readmitted, encode(readmissionCodec, { identityPk, atMs }));
    this.#forgive({ identityPk, atMs });
    return excluded;
  }

  #append(kind: number, body: Uint8Array): void {
    this.#log.append(concat(Uint8Array.of(VERSION, kind), body));
  }

  #take(exclusion: Exclusion): void {
    this.#all.push(exclusion);
    this.#standing.set(toHex(exclusion.identityPk), exclusion);
  }

  #forgive({ identityPk, atMs }: Readmission): void {
    this.#standing.delete(toHex(identityPk));
    const before = this.#pardoned.get(toHex(identityPk)) ?? 0n;
    this.#pardoned.set(toHex(identityPk), atMs > before ? atMs : before);
  }
}

/** The exclusions of a key as one epoch sees them: by the index of its members. */
export class Exclusions {
  readonly #log: ExclusionLog;
  readonly #members: EpochRecord['members'];
  readonly #indices = new Set<PartyIndex>();

  constructor(log: ExclusionLog, { members }: Pick<EpochRecord, 'members'>) {
    this.#log = log;
    this.#members = members;
    this.#look();
  }

  /** Members of this epoch that are in no quorum; always as it is now. */
  get members(): ReadonlySet<PartyIndex> {
    return this.#indices;
  }

  /** What excludes them, oldest first. */
  get standing(): readonly Exclusion[] {
    return this.#log.standing.filter(({ identityPk }) => this.#indexOf(identityPk) !== undefined);
  }

  /** Whether a session was held against a member before. */
  knows(member: PartyIndex, session: Uint8Array): boolean {
    const seat = this.#members.find(({ index }) => index === member);
    return seat !== undefined && this.#log.knows({ identityPk: seat.identityPk, session });
  }

  /** Whether a member was taken back after a session was over, by the `notAfterMs` of its specification. */
  isPardoned(member: PartyIndex, notAfterMs: bigint): boolean {
    const seat = this.#members.find(({ index }) => index === member);
    return seat !== undefined && this.#log.isPardoned(seat.identityPk, notAfterMs);
  }

  /**
   * Excludes a member of this epoch; durable when this returns. False where nothing changes: it is excluded
   * already, the session was held against it before, or it is no member.
   */
  exclude(exclusion: Omit<Exclusion, 'identityPk'>): boolean {
    const seat = this.#members.find(({ index }) => index === exclusion.member);
    const isNew = seat !== undefined && this.#log.exclude({ ...exclusion, identityPk: seat.identityPk });
    if (isNew) this.#look();
    return isNew;
  }

  /**
   * Takes a member back, by the word of an operator; durable when this returns. @returns what had excluded it
   * @throws InputError not-excluded
   */
  readmit(member: PartyIndex, atMs: bigint): Exclusion {
    const seat = this.#members.find(({ index }) => index === member);
    const former = seat && this.#log.readmit(seat.identityPk, atMs);
    if (former === undefined)
      throw new InputError('not-excluded', 'member', `member ${member} is not excluded here`);
    this.#look();
    return former;
  }

  #indexOf(identityPk: Uint8Array): PartyIndex | undefined {
    return this.#members.find((seat) => equalBytes(seat.identityPk, identityPk))?.index;
  }

  #look(): void {
    this.#indices.clear();
    for (const { identityPk } of this.#log.standing) {
      const index = this.#indexOf(identityPk);
      if (index !== undefined) this.#indices.add(index);
    }
  }
}
