import { type SealedBatch, sealedBatchCodec } from '../../chain/sealed-batch.ts';
import { checkedBody, withChecksum } from '../../crypto/checksum.ts';
import { attempt, decode, encode, struct, u8Codec } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import type { Disk } from '../../system/ports.ts';
import { type PlaceChoice, placeChoices } from './place-choice.ts';

const FOLDER = 'batcher/sealed';
const GIVEN_UP = 'batcher/given-up';
const SETTINGS = 'batcher/settings';
/** So that names stand in the order of their numbers. */
const pathOf = (index: bigint): string => `${FOLDER}/${index.toString().padStart(20, '0')}`;

const settingsCodec = struct<{ readonly choice: number; readonly setting: number; readonly flush: number }>({
  ...{ choice: u8Codec, setting: u8Codec, flush: u8Codec },
});

/**
 * Payloads that were sealed under an index, also those given up; what is damaged is passed over. A batcher
 * may work in the folder meanwhile: its files stand whole or not at all, and are never written over.
 */
export function sealedPayloads(disk: Pick<Disk, 'list' | 'read'>, index: bigint): readonly Uint8Array[] {
  const given = disk.list(GIVEN_UP).filter((name) => name.endsWith(`-${index.toString()}`));
  const paths = [pathOf(index), ...given.map((name) => `${GIVEN_UP}/${name}`)];
  return paths.flatMap((path) => {
    const bytes = disk.read(path);
    const batch = bytes && attempt(() => sealedIn(bytes, path));
    return batch === undefined ? [] : [batch.payload];
  });
}

/** @throws InputError sealed-damaged */
function sealedIn(bytes: Uint8Array, path: string): SealedBatch {
  const body = checkedBody(bytes);
  if (body === undefined) throw new InputError('sealed-damaged', path, `${path} is damaged`);
  return decode(sealedBatchCodec, body, path);
}

/** What an operator has set, which outlasts a restart. */
export interface BatcherSwitches {
  readonly choice: PlaceChoice;
  /** What the settings said when it was chosen. */
  readonly setting: PlaceChoice;
  readonly isFlush: boolean;
}

/** Sealed batches on disk, one file each, never written over. */
export class SealedStore {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Fixes a batch for good; durable when this returns. @throws OperationError would-overwrite */
  seal(batch: SealedBatch): void {
    this.#disk.create(pathOf(batch.index), withChecksum(encode(sealedBatchCodec, batch)));
  }

  /** All that are sealed and not forgotten, in their order. @throws InputError sealed-damaged */
  all(): readonly SealedBatch[] {
    return this.#disk.list(FOLDER).map((name) => {
      const path = `${FOLDER}/${name}`;
      return sealedIn(this.#disk.read(path) ?? new Uint8Array(0), path);
    });
  }

  /** Removes what is final; it is on L1 for everybody. */
  forget(index: bigint): void {
    this.#disk.remove(pathOf(index));
  }

  /** Makes an index free for another content. What was sealed stays, for whoever has to look into it. */
  giveUp(index: bigint): void {
    const count = this.#disk.list(GIVEN_UP).length.toString().padStart(8, '0');
    this.#disk.move(pathOf(index), `${GIVEN_UP}/${count}-${index.toString()}`);
  }

  /** The switches as they were set last; a choice of the operator holds until the setting is another. */
  switches(setting: PlaceChoice): BatcherSwitches {
    const bytes = this.#disk.read(SETTINGS);
    if (bytes === undefined) return { choice: setting, setting, isFlush: false };
    const kept = decode(settingsCodec, bytes, SETTINGS);
    const choice = placeChoices[kept.setting] === setting ? placeChoices[kept.choice] : undefined;
    return { choice: choice ?? setting, setting, isFlush: kept.flush === 1 };
  }

  /** Keeps them. */
  keep({ choice, setting, isFlush }: BatcherSwitches): void {
    const [at, was] = [placeChoices.indexOf(choice), placeChoices.indexOf(setting)];
    this.#disk.replace(SETTINGS, encode(settingsCodec, { choice: at, setting: was, flush: isFlush ? 1 : 0 }));
  }
}
