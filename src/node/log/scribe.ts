import { noRecord } from '../../chain/log/entry.ts';
import type { Log } from '../../system/ports.ts';
import { partiesOf, specHash } from '../../protocols/kernel/spec.ts';
import type { Exclusion } from '../blame/exclusions.ts';
import type { KeyContext } from '../key-context.ts';
import type { Blamed } from '../key-runtime.ts';
import type { PresignEnded } from '../presigning.ts';
import type { Records } from '../records.ts';
import type { PlainTranscript } from '../sessions/messages.ts';
import type { SignedRecord } from '../signing.ts';
import { supervise } from '../supervise.ts';
import { presignEvent, reasonText, signEvent, verdictEvent } from './events.ts';
import type { NodeLog } from './node-log.ts';
import type { LogSubject } from './signature-log.ts';

/** What a scribe writes with. */
export interface ScribeDeps {
  readonly log: NodeLog;
  readonly records: Records;
  /** For what goes wrong. */
  readonly lines: Log;
}

/**
 * Writes what one key in service does: first the record of a session, then the entry that names it. Nobody
 * waits for it; a signature has left by then.
 */
export class Scribe {
  readonly #key: KeyContext;
  readonly #deps: ScribeDeps;
  readonly #subject: LogSubject;
  readonly #pending = new Set<Promise<void>>();

  /**
   * Sessions of this key that a crash interrupted get their entries here, before it does anything, and so
   * does proof that came just before it.
   */
  constructor(key: KeyContext, deps: ScribeDeps) {
    this.#key = key;
    this.#deps = deps;
    const { keyId, record } = key;
    this.#subject = { keyId, epochNo: record.epochNo };
    deps.log.recover({ keyId, records: key.guard.records });
    for (const exclusion of key.exclusions.standing) this.#judged(exclusion);
    if (key.state === 'active')
      deps.log.epoch('active', { epochNo: record.epochNo, certHash: key.certHash }, keyId);
  }

  /** Resolves when all entries are written whose sessions have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  /** This node has left the key with the epoch after this one. */
  left(): void {
    const { keyId, record, certHash } = this.#key;
    this.#deps.log.epoch('left', { epochNo: record.epochNo, certHash }, keyId);
  }

  /** A presign session has ended. One that failed for no fault of anybody leaves an entry and no record. */
  readonly presign = (end: PresignEnded): void => {
    this.#follow(async () => {
      const { spec, ending, isDiscarded } = end;
      const transcript = await end.transcript;
      const { sid } = transcript;
      const isKept = ending.kind === 'done' || ending.grade !== 'D';
      const record = isKept
        ? this.#deps.records.presign(sid ?? specHash(spec), transcript, ending)
        : noRecord;
      const about = { sid, quorum: partiesOf(spec), batch: spec.batch, ending, isDiscarded };
      this.#deps.log.write(presignEvent(about, record), this.#subject);
    });
  };

  /** A sign session has ended. */
  readonly sign = (signed: SignedRecord, presign: Promise<PlainTranscript>): void => {
    this.#follow(async () => {
      const record = await this.#deps.records.sign(signed, presign);
      const { info, sid, requestId, attempt, digest, guardCount, ending } = signed;
      const { quorum, presigId, sid: presignSid } = info;
      const about = { sid, requestId, attempt, quorum, presignSid, presigId, digest, guardCount, ending };
      this.#deps.log.write(signEvent(about, record), this.#subject);
    });
  };

  /** This node takes no part in signing a request. */
  readonly refused = (requestId: Uint8Array, from: number, code: string): void => {
    this.#deps.log.refused({ requestId, from, reason: reasonText(code) }, this.#subject);
  };

  /** What proof, silence and operators have done to members. */
  readonly blamed = (what: Blamed): void => {
    const { log } = this.#deps;
    switch (what.kind) {
      case 'excluded':
        this.#judged(what.exclusion);
        break;
      case 'readmitted': {
        const { member, session: evidenceOf } = what.exclusion;
        log.write({ kind: 'readmitted', member, evidenceOf }, this.#subject);
        break;
      }
      case 'unresponsive': {
        const { session, member, round, demand: demandHash } = what.silence;
        log.write({ kind: 'unresponsive', session, member, round, demandHash }, this.#subject);
        break;
      }
    }
  };

  #judged(exclusion: Exclusion): void {
    const { log, records } = this.#deps;
    const { keyId } = this.#key;
    const evidence = records.refTo(records.evidencePath(exclusion));
    log.verdict(verdictEvent(exclusion, evidence), { keyId, epochNo: exclusion.epochNo });
  }

  #follow(work: () => Promise<void>): void {
    const done = work();
    this.#pending.add(done);
    const forget = (): void => void this.#pending.delete(done);
    done.then(forget, forget);
    supervise(done, ({ code, message }) => {
      this.#deps.lines.error('record not written', { reason: code, detail: message });
    });
  }
}
