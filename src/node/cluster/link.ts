import { ascii, concat, u64, wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import { deriveKey } from '../../crypto/hash.ts';
import { primitives } from '../../crypto/primitives.ts';
import type { LinkKeys } from './handshake.ts';

/** Frames under one key; then both ends derive the next, and forget this one. Far below the bound of 2^32. */
const REKEY_FRAMES = 65_536;
/** Bytes that sealing adds to a frame. */
export const SEAL_BYTES = 16;

interface Direction {
  key: Uint8Array;
  counter: number;
}

/**
 * Frames of an established link, sealed with a key per direction and the frame's number as nonce. Nothing of
 * a frame is sent but ciphertext and tag: a frame that was dropped, doubled, moved, cut or mirrored does not
 * open, and no frame after it does either. [security, ATK-T11 to T13]
 */
export class SealedLink {
  readonly #send: Direction;
  readonly #receive: Direction;
  readonly #rekeyFrames: number;
  #isBroken = false;

  constructor(keys: LinkKeys, rekeyFrames: number = REKEY_FRAMES) {
    this.#send = { key: keys.send.slice(), counter: 0 };
    this.#receive = { key: keys.receive.slice(), counter: 0 };
    this.#rekeyFrames = rekeyFrames;
  }

  /** The next frame to send. */
  seal(plain: Uint8Array): Uint8Array {
    assert(!this.#isBroken, 'a broken link seals nothing');
    const frame = primitives().aeadSeal(this.#send.key, nonceOf(this.#send), NO_DATA, plain);
    this.#advance(this.#send);
    return frame;
  }

  /**
   * What the next frame received holds; `undefined`, now and for ever, if it is not the one that was sent
   * next.
   */
  open(frame: Uint8Array): Uint8Array | undefined {
    if (this.#isBroken) return undefined;
    const plain = primitives().aeadOpen(this.#receive.key, nonceOf(this.#receive), NO_DATA, frame);
    if (plain === undefined) this.destroy();
    else this.#advance(this.#receive);
    return plain;
  }

  /** Forgets the keys. */
  destroy(): void {
    this.#isBroken = true;
    wipe(this.#send.key, this.#receive.key);
  }

  #advance(direction: Direction): void {
    direction.counter += 1;
    if (direction.counter < this.#rekeyFrames) return;
    const old = direction.key;
    direction.key = deriveKey(old, NO_DATA, 'link', ascii('/rekey'));
    direction.counter = 0;
    wipe(old);
  }
}

const NO_DATA = new Uint8Array(0);
const nonceOf = ({ counter }: Direction): Uint8Array => concat(new Uint8Array(4), u64(counter));
