import { definitionHash } from '../protocols/ceremony/definition.ts';
import { partiesOf } from '../protocols/kernel/spec.ts';
import { toHex } from '../crypto/bytes.ts';
import { primitives } from '../crypto/primitives.ts';
import type { PresignFileAudit } from './audit-presign-file.ts';
import type { SignatureAudit } from './audit-signature.ts';
import { readCeremony } from './ceremony-case.ts';
import type { Folder } from './reading.ts';
import type { Report } from './report.ts';
import type { SignatureRecord } from './signature-record.ts';
import { joinPath } from './source.ts';

/** What a record shows of the session that it is about; byte strings as hex. */
export type Shown =
  | ({ readonly kind: 'sign' } & SignatureRecord)
  | {
      readonly kind: 'presign';
      readonly sid: string | undefined;
      readonly quorum: readonly number[];
      readonly batch: number;
      readonly outcome: string;
      readonly root: string | undefined;
      /** x of every nonce, and of every sum. */
      readonly nonces: readonly string[];
    }
  | {
      readonly kind: 'ceremony';
      readonly ceremony: string | undefined;
      readonly what: string;
      readonly sid: string | undefined;
      readonly outcome: string;
    }
  | {
      readonly kind: 'verdict';
      readonly culprit: number;
      readonly code: string;
      /** Whose signatures convict: who that is, the locks say and not the file. */
      readonly identity: string | undefined;
      /** What it is about; of a split view, the log. */
      readonly session: string | undefined;
    }
  | { readonly kind: 'unreadable' };

/** A file that an entry of a log may name, as far as the entry is compared with it. */
export interface RecordFacts {
  /** SHA-256 of its bytes. */
  readonly hash: string;
  /** Whether its own audit has found nothing wrong. */
  readonly ok: boolean;
  readonly shown: Shown;
}

/** The name of a file by what is in it: what an entry states. */
export const fileHash = (bytes: Uint8Array): string => toHex(primitives().sha256(bytes));

/** Everything under a tree that an entry may name, by path. */
export class RecordIndex {
  readonly #byPath = new Map<string, RecordFacts>();

  /** What was found at a path. */
  at(path: string): RecordFacts | undefined {
    return this.#byPath.get(path);
  }

  /** Paths and facts, in the order in which they were added. */
  all(): IterableIterator<[string, RecordFacts]> {
    return this.#byPath.entries();
  }

  /** Takes the online session of a folder. */
  addSignature({ path, files }: Folder, { report, record }: SignatureAudit): void {
    const shown: Shown = record === undefined ? { kind: 'unreadable' } : { kind: 'sign', ...record };
    this.#add(joinPath(path, 'sign.jsonl'), files.get('sign.jsonl'), { ok: report.ok, shown });
  }

  /** Takes a preparation that lies by itself. */
  addPresign(path: string, bytes: Uint8Array, { report, file, nonces }: PresignFileAudit): void {
    const shown: Shown =
      file === undefined
        ? { kind: 'unreadable' }
        : {
            kind: 'presign',
            sid: file.sid && toHex(file.sid),
            quorum: partiesOf(file.spec),
            batch: file.spec.batch,
            outcome: file.outcome,
            root: file.root && toHex(file.root),
            nonces,
          };
    this.#add(path, bytes, { ok: report.ok, shown });
  }

  /** Takes the session of a ceremony. */
  addCeremony(folder: Folder, report: Report): void {
    const { definition, lock, transcript } = readCeremony(folder);
    const plan = definition.value?.definition ?? lock.value?.definition.definition;
    const file = transcript.value;
    const shown: Shown =
      file === undefined
        ? { kind: 'unreadable' }
        : {
            kind: 'ceremony',
            ceremony: plan && toHex(definitionHash(plan)),
            what: file.proto,
            sid: file.sid && toHex(file.sid),
            outcome: file.outcome,
          };
    const bytes = folder.files.get('transcript.jsonl');
    this.#add(joinPath(folder.path, 'transcript.jsonl'), bytes, { ok: report.ok, shown });
  }

  /** Takes a file of evidence: `<session>-<code>.json`, or `<session>-<code>-<member>.json`. */
  addEvidence(folder: Folder, name: string, report: Report): void {
    const code = /^[^-]*-(.*?)(?:-[0-9]{1,5})?\.json$/.exec(name)?.[1] ?? '';
    const { accused, identity, session, log } = report.facts;
    const about = (session ?? log)?.slice('0x'.length);
    const shown: Shown = { kind: 'verdict', culprit: Number(accused ?? 0), code, identity, session: about };
    this.#add(joinPath(folder.path, name), folder.files.get(name), { ok: report.ok, shown });
  }

  #add(path: string, bytes: Uint8Array | undefined, facts: Omit<RecordFacts, 'hash'>): void {
    if (bytes !== undefined) this.#byPath.set(path, { hash: fileHash(bytes), ...facts });
  }
}
