import { type DerivationState, derivationStateCodec } from '../../chain/derivation-state.ts';
import { checkedBody, withChecksum } from '../../crypto/checksum.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Disk } from '../../system/ports.ts';
import { type L1Record, l1RecordCodec } from './records.ts';

type Files = Pick<Disk, 'read' | 'replace' | 'remove' | 'list'>;

/** Where the driver keeps a snapshot for each block of L1 that may go, and what each block did to L2. */
export class DriverStore {
  readonly #disk: Files;
  readonly #folder: string;

  constructor(disk: Files, folder = 'driver') {
    this.#disk = disk;
    this.#folder = folder;
  }

  /**
   * Writes what a block of L1 did, where it did anything, and then the snapshot: a record whose snapshot is
   * missing is written again, and the other way round nothing would be.
   */
  readonly save = (state: DerivationState, record: L1Record): void => {
    const name = nameOf(state.l1.number);
    if (record.batches.length > 0 || record.outputs.length > 0)
      this.#disk.replace(`${this.#folder}/records/${name}`, withChecksum(encode(l1RecordCodec, record)));
    this.#disk.replace(
      `${this.#folder}/snapshots/${name}`,
      withChecksum(encode(derivationStateCodec, state)),
    );
  };

  /** Removes a snapshot that is not needed any more. */
  readonly forget = (l1: bigint): void => {
    this.#remove('snapshots', nameOf(l1));
  };

  /** Removes all of a block of L1 that is none any more; a record that is left goes at the next start. */
  readonly undo = (l1: bigint): void => {
    this.#remove('snapshots', nameOf(l1));
    this.#remove('records', nameOf(l1));
  };

  /** Snapshots without a gap up to the newest, oldest first. @throws OperationError driver-damaged */
  readonly snapshots = (): readonly DerivationState[] => {
    const all = this.#disk
      .list(`${this.#folder}/snapshots`)
      .map((name) => this.#read('snapshots', name, (bytes) => decode(derivationStateCodec, bytes)));
    // A stop between the removals of old ones leaves a gap; what is before it was on its way out.
    const from = all.findLastIndex((one, i) => i === 0 || all[i - 1]?.l1.number !== one.l1.number - 1n);
    return all.slice(Math.max(from, 0));
  };

  /** Records of blocks of L1 up to one, oldest first; later ones are removed. @throws as `snapshots` */
  readonly records = (upTo: bigint): readonly L1Record[] => {
    const names = this.#disk.list(`${this.#folder}/records`);
    for (const name of names.filter((one) => one > nameOf(upTo))) this.#remove('records', name);
    return names
      .filter((one) => one <= nameOf(upTo))
      .map((name) => this.#read('records', name, (bytes) => decode(l1RecordCodec, bytes)));
  };

  #read<T>(kind: string, name: string, reader: (bytes: Uint8Array) => T): T {
    const path = `${this.#folder}/${kind}/${name}`;
    try {
      const body = checkedBody(this.#disk.read(path) ?? new Uint8Array(0));
      if (body === undefined) throw new InputError('file-damaged', path, `${path} is not what was written`);
      return reader(body);
    } catch (cause) {
      if (!(cause instanceof InputError)) throw cause;
      throw new OperationError('driver-damaged', 'fatal', `${path} cannot be read`, { cause });
    }
  }

  #remove(kind: string, name: string): void {
    this.#disk.remove(`${this.#folder}/${kind}/${name}`);
  }
}

/** So that names sort as numbers do. */
const nameOf = (l1: bigint): string => String(l1).padStart(20, '0');
