import { readEvidence, writeEvidence } from '../audit/evidence-file.ts';
import { type TranscriptBytes, writeTranscript } from '../audit/transcript-file.ts';
import { encodeRequest } from '../chain/duty.ts';
import { writeLock } from '../chain/lock-file.ts';
import { type RecordRef, noRecord } from '../chain/log/entry.ts';
import type { Lock } from '../chain/lock.ts';
import { toHex } from '../crypto/bytes.ts';
import { attempt, decode, encode } from '../crypto/codec.ts';
import { type Signature, signatureCodec } from '../crypto/ecdsa.ts';
import { primitives } from '../crypto/primitives.ts';
import type { EpochRecord } from '../protocols/epoch.ts';
import { decodeEvidence, encodeEvidence } from '../protocols/kernel/evidence.ts';
import { decodeSpec, specCodec } from '../protocols/kernel/spec.ts';
import type { Disk, Log } from '../system/ports.ts';
import type { Exclusion } from './blame/exclusions.ts';
import type { EvidenceCase } from './blame/messages.ts';
import { recordAt } from './log/events.ts';
import type { Ending, PlainTranscript } from './sessions/messages.ts';
import type { SignedRecord } from './signing.ts';
import { isOrdinary } from './supervise.ts';

/** What records are written with. */
export interface RecordsDeps {
  readonly disk: Disk;
  readonly log: Log;
  /** The folder of records in the data folder. */
  readonly folder: string;
  /** The lock of the key, once its ceremony is complete. */
  readonly lock: () => Lock | undefined;
}

/**
 * Public records of what this node took part in: every presign session, and for each signature a folder from
 * which anyone can verify it. Records are not safety state: a failure to write one is logged and stops
 * nothing.
 */
export class Records {
  readonly #deps: RecordsDeps;

  constructor(deps: RecordsDeps) {
    this.#deps = deps;
  }

  /**
   * Where the records of one attempt at a request are; a presignature is used once, so no two share a folder.
   */
  folderOf(requestId: Uint8Array, attempt: number, presigId: Uint8Array): string {
    const name = `${toHex(requestId).slice(0, 16)}-${attempt}-${toHex(presigId).slice(0, 8)}`;
    return `${this.#deps.folder}/signatures/${name}`;
  }

  /**
   * Keeps a presign session, also one that failed. Returns where, for the log; one that was cut off by the
   * stop of this node, or whose thread died, has no transcript.
   */
  presign(sid: Uint8Array, transcript: TranscriptBytes, ending: Ending): RecordRef {
    if (!isThere(transcript)) return noRecord;
    return this.#write(`${this.#deps.folder}/presign/${toHex(sid).slice(0, 16)}.jsonl`, () =>
      writeTranscript(transcript, metaOf(ending)),
    );
  }

  /** Where the evidence of a session is. */
  evidencePath({ session, code, member }: Pick<Exclusion, 'session' | 'code' | 'member'>): string {
    return `${this.#deps.folder}/evidence/${toHex(session).slice(0, 16)}-${code.slice(0, 56)}-${member}.json`;
  }

  /** Keeps evidence, with the epoch by which anybody can judge it. */
  evidence({ reason, spec, evidence }: EvidenceCase, session: Uint8Array, record: EpochRecord): RecordRef {
    const shown = decodeEvidence(evidence);
    return this.#write(this.evidencePath({ session, code: reason, member: shown.accused }), () =>
      writeEvidence({ reason, spec: decodeSpec(spec), evidence: shown, record }),
    );
  }

  /** The evidence that was kept for an exclusion; `undefined` where it is gone or damaged. */
  findEvidence(of: Pick<Exclusion, 'session' | 'code' | 'member'>): EvidenceCase | undefined {
    const { code } = of;
    const path = this.evidencePath(of);
    const bytes = this.#deps.disk.read(path);
    const file = bytes && attempt(() => readEvidence(bytes, path));
    if (file === undefined) return undefined;
    const { spec, evidence } = file;
    return { reason: code, spec: encode(specCodec, spec), evidence: encodeEvidence(evidence) };
  }

  /**
   * Keeps evidence of another kind, as the log has it; what has its name already is it. @throws what `Disk`
   * throws: unlike a record, it is not to be gone on without
   */
  ownEvidence(name: string, make: () => Uint8Array): RecordRef {
    const path = `${this.#deps.folder}/evidence/${name}`;
    return this.#deps.disk.read(path) === undefined ? this.#create(path, make) : this.refTo(path);
  }

  /** A file that lies here, for the log. */
  refTo(path: string): RecordRef {
    return recordAt(this.#deps.disk, path);
  }

  /**
   * Keeps an online session with the presign session that it followed, and the lock. Returns where the online
   * session is, for the log.
   */
  async sign(record: SignedRecord, presign: Promise<PlainTranscript>): Promise<RecordRef> {
    const { request, requestId, attempt, info, ending } = record;
    const lock = this.#deps.lock();
    // The test signatures of a ceremony are made before there is a lock, and stand in it.
    if (lock === undefined) return noRecord;
    const folder = this.folderOf(requestId, attempt, info.presigId);
    const [online, before] = await Promise.all([record.transcript, presign]);
    // One without the other is no record that anybody could verify.
    if (!isThere(online) || !isThere(before)) return noRecord;
    const signing = {
      request: encodeRequest(request),
      presigId: info.presigId,
      presignSid: info.sid,
      quorum: info.quorum,
      attempt,
      signature: signatureOf(ending),
    };
    const ref = this.#write(`${folder}/sign.jsonl`, () =>
      writeTranscript(online, { ...metaOf(ending), signing }),
    );
    // A presign session is complete wherever one of its presignatures is used; only its closes may be
    // missing.
    this.#write(`${folder}/presign.jsonl`, () =>
      writeTranscript(before, { outcome: 'done', root: undefined }),
    );
    this.#write(`${folder}/lock.json`, () => writeLock(lock));
    return ref;
  }

  #write(path: string, make: () => Uint8Array): RecordRef {
    try {
      return this.#create(path, make);
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#deps.log.error('record not written', { path, reason: error.code, detail: error.message });
      return noRecord;
    }
  }

  #create(path: string, make: () => Uint8Array): RecordRef {
    const bytes = make();
    this.#deps.disk.create(path, bytes);
    return { path, hash: primitives().sha256(bytes) };
  }
}

const isThere = ({ spec }: TranscriptBytes): boolean => spec.length > 0;

const metaOf = (
  ending: Ending,
): { readonly outcome: 'done' | 'aborted'; readonly root: Uint8Array | undefined } =>
  ending.kind === 'done' ? { outcome: 'done', root: ending.root } : { outcome: 'aborted', root: undefined };

function signatureOf(ending: Ending): Signature | undefined {
  if (ending.kind !== 'done' || ending.result.kind !== 'sign') return undefined;
  return decode(signatureCodec, ending.result.signature);
}
