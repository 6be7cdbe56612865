import { parseLock } from '../../chain/lock-file.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { ActivationCertificate } from '../../protocols/reshare/activation.ts';
import type { Disk } from '../../system/ports.ts';
import { isOrdinary } from '../supervise.ts';

/**
 * The certificates of all epochs of a node, as its locks hold them: for who was away while several of them
 * passed. Every lock is read once; what cannot be read is none of them.
 */
export class Certificates {
  readonly #disk: Disk;
  readonly #folder: string;
  /** Which epoch a lock is of, by its path; `undefined` for one without such a certificate. */
  readonly #epochs = new Map<string, string | undefined>();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** The one by which an epoch of a key came into being. */
  of(keyId: Uint8Array, epochNo: number): ActivationCertificate | undefined {
    const wanted = nameOf(keyId, epochNo);
    for (const name of this.#disk.list(this.#folder)) {
      const path = `${this.#folder}/${name}/lock.json`;
      if (this.#epochs.has(path) && this.#epochs.get(path) !== wanted) continue;
      const found = this.#read(path);
      if (this.#epochs.get(path) === wanted) return found;
    }
    return undefined;
  }

  #read(path: string): ActivationCertificate | undefined {
    const bytes = this.#disk.read(path);
    if (bytes === undefined) return undefined; // it may still come
    try {
      const { certificate, record } = parseLock(bytes, path);
      const isChange = certificate.kind === 'activation';
      this.#epochs.set(path, isChange ? nameOf(record.keyId, record.epochNo) : undefined);
      return isChange ? certificate : undefined;
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#epochs.set(path, undefined);
      return undefined;
    }
  }
}

const nameOf = (keyId: Uint8Array, epochNo: number): string => `${toHex(keyId)} ${epochNo}`;
