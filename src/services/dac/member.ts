import { maxBlockPayload, PLACE_BYTES } from '../../chain/block-batch.ts';
import { dacDigest } from '../../chain/dac.ts';
import { bytesToBigint, concat, equalBytes, fromHex, toHex, u64 } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { keccak256 } from '../../ethereum/address.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';

/** What a member is started with. */
export interface DacMemberSettings {
  readonly l2ChainId: bigint;
  /** Bytes of the disk that stay free. */
  readonly reserveBytes: number;
}

/** What a member works with. */
export interface DacMemberDeps {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  /** Signs a digest: r ‖ s ‖ v, 65 bytes. */
  readonly sign: (digest: Uint8Array) => Promise<Uint8Array>;
}

const FOLDER = 'dac/payloads';
/** The longest time for which a member promises anything, in seconds. */
const MAX_KEPT_S = 31n * 86_400n;
const EXPIRY_BYTES = 8;

/**
 * A member of the committee: keeps payloads by their hash, and signs that it does only after they are
 * durable. [sequencer, 9.6]
 */
export class DacMember {
  readonly #settings: DacMemberSettings;
  readonly #deps: DacMemberDeps;

  constructor(settings: DacMemberSettings, deps: DacMemberDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  /**
   * Keeps a payload until `expiry`, Unix seconds, and gives the signature over that. Again is no fault,
   * and makes the time no shorter. @throws InputError dac-payload | dac-expiry; OperationError dac-full;
   * what `Disk` throws
   */
  async keep(payload: Uint8Array, expiry: bigint): Promise<Uint8Array> {
    this.#check(payload, expiry);
    const payloadHash = keccak256(payload);
    const path = pathOf(payloadHash);
    const known = this.#expiryAt(path);
    if (known === undefined || known < expiry) {
      if (this.#deps.disk.freeBytes() < this.#settings.reserveBytes + payload.length)
        throw new OperationError('dac-full', 'retry', 'too little of the disk is free');
      this.#deps.disk.replace(path, concat(u64(expiry), payload));
      this.#deps.log.info('payload kept', { hash: toHex(payloadHash), bytes: payload.length });
    }
    const { l2ChainId } = this.#settings;
    return this.#deps.sign(dacDigest({ l2ChainId, payloadHash, payloadSize: payload.length, expiry }));
  }

  /** A payload by its hash, 32 bytes; `undefined` where it is not here, or is damaged. */
  payload(hash: Uint8Array): Uint8Array | undefined {
    const bytes = this.#deps.disk.read(pathOf(hash));
    if (bytes === undefined) return undefined;
    const payload = bytes.slice(EXPIRY_BYTES);
    if (equalBytes(keccak256(payload), hash)) return payload;
    this.#deps.log.error('payload is damaged', { hash: toHex(hash) });
    return undefined;
  }

  /** Removes what nobody was promised any more. @returns how many payloads */
  sweep(): number {
    const { disk } = this.#deps;
    const over = disk.list(FOLDER).filter((name) => {
      const expiry = this.#expiryAt(`${FOLDER}/${name}`);
      return expiry !== undefined && expiry < this.#now();
    });
    for (const name of over) disk.remove(`${FOLDER}/${name}`);
    return over.length;
  }

  #check(payload: Uint8Array, expiry: bigint): void {
    const most = maxBlockPayload('committee');
    if (payload[0] !== PLACE_BYTES.committee || payload.length > most)
      throw new InputError('dac-payload', 'payload', `${payload.length} bytes are no batch for a committee`);
    if (expiry <= this.#now() || expiry > this.#now() + MAX_KEPT_S)
      throw new InputError('dac-expiry', 'expiry', `${expiry} is not within 31 days of ${this.#now()}`);
  }

  /** `undefined` where there is no such file, or one whose payload is not the one of its name. */
  #expiryAt(path: string): bigint | undefined {
    const bytes = this.#deps.disk.read(path);
    const hash = fromHex(path.slice(FOLDER.length + 1));
    if (bytes === undefined || hash === undefined) return undefined;
    const isWhole = equalBytes(keccak256(bytes.subarray(EXPIRY_BYTES)), hash);
    return isWhole ? bytesToBigint(bytes.subarray(0, EXPIRY_BYTES)) : undefined;
  }

  #now(): bigint {
    return BigInt(Math.trunc(this.#deps.clock.nowMs() / 1_000));
  }
}

const pathOf = (hash: Uint8Array): string => `${FOLDER}/${toHex(hash)}`;
