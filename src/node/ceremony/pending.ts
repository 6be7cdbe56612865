import { wipe } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import type { SignedDefinition } from '../../protocols/ceremony/definition.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import { pendingShareCodec } from '../../protocols/keygen/messages.ts';
import { isOrdinary } from '../supervise.ts';
import type { CeremonyDeps } from './deps.ts';

/** The share that a ceremony has put on disk and that counts for nothing yet. */
export class Pending {
  readonly #deps: Pick<CeremonyDeps, 'keepPending' | 'dropPending' | 'log'>;
  #record: EpochRecord | undefined;

  constructor(deps: Pick<CeremonyDeps, 'keepPending' | 'dropPending' | 'log'>) {
    this.#deps = deps;
  }

  /** Makes a share durable. @throws what the disk throws: then `drop` gives up the part that is there */
  keep(bytes: Uint8Array, signed: SignedDefinition): EpochRecord {
    const pending = decode(pendingShareCodec, bytes.slice());
    this.#record = pending.record;
    try {
      this.#deps.keepPending(pending, signed);
      return pending.record;
    } finally {
      wipe(pending.share, pending.chainCode);
    }
  }

  /** It is the active share now: nothing is dropped any more. */
  settle(): void {
    this.#record = undefined;
  }

  /** Gives it up. Returns false if the disk does not let go of it; the next start tries again. */
  drop(): boolean {
    const record = this.#record;
    this.#record = undefined;
    if (record === undefined) return true;
    try {
      this.#deps.dropPending(record);
      return true;
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#deps.log.error('pending share not dropped', { reason: error.code, detail: error.message });
      return false;
    }
  }
}
