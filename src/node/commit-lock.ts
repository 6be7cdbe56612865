import { equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import type { EpochLog } from './epoch-log.ts';

/**
 * On which successor of an epoch this node has committed, if on any. With it, no new session uses the old
 * share: otherwise two epochs could sign at once. [protocol, 12.5 rule 1]
 */
export class CommitLock {
  readonly #log: EpochLog;
  #certHash: Uint8Array | undefined;

  /** @throws InputError safety-state-damaged when the log holds two different locks */
  constructor(log: EpochLog) {
    this.#log = log;
    for (const body of log.found('commitLock')) {
      if (body.length !== 32 || (this.#certHash !== undefined && !equalBytes(this.#certHash, body)))
        throw new InputError(
          'safety-state-damaged',
          log.path,
          `${log.path} holds two commit locks, or half of one: put your own newest copy back`,
        );
      this.#certHash = body;
    }
  }

  /** The hash of the certificate, 32 bytes; `undefined` while this node is free. */
  get certHash(): Uint8Array | undefined {
    return this.#certHash?.slice();
  }

  /**
   * Locks this node, for ever; durable when this returns: only then may our COMMIT leave. The same again does
   * nothing. @throws InputError commit-locked when it is locked on another; what `Disk` throws
   */
  lock(certHash: Uint8Array): void {
    assert(certHash.length === 32, 'the hash of a certificate has 32 bytes');
    if (this.#certHash !== undefined) {
      if (equalBytes(this.#certHash, certHash)) return;
      throw new InputError(
        'commit-locked',
        'certHash',
        `this node has committed to ${to0x(this.#certHash)} and cannot commit to ${to0x(certHash)}`,
      );
    }
    this.#log.append('commitLock', certHash);
    this.#certHash = certHash.slice();
  }
}
