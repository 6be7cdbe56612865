import type { PartyIndex } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { Rng } from '../../crypto/secp256k1.ts';

/**
 * What may still be opened of a session, as a type. Each phase has the one opening that is allowed in it, and
 * is used up by it: by opening, or by the step into the next phase, which wipes what could be opened before.
 * What is sent next asks for the phase that the step returns, so that it cannot be sent without the step.
 *
 *     SeedPhase --forget()--> ProductPhase --forget()--> Silence
 *     aliceSeed               bobSeed                    nothing, for ever
 *
 * [protocol, 8.6, 13.1]
 */

type Seeds = Map<PartyIndex, Uint8Array>;

const letGo = (seeds: Seeds): void => {
  wipe(...seeds.values());
  seeds.clear();
};

/** A copy of one seed; all are gone afterwards. */
function takeFrom(seeds: Seeds, j: PartyIndex): Uint8Array {
  const seed = seeds.get(j);
  assert(seed !== undefined, `no seed of the pair with party ${j}: it was opened, or forgotten`);
  const opened = seed.slice();
  letGo(seeds);
  return opened;
}

/** Until R3 is built: the seeds of both roles are here, and what may be opened is one of Alice's. */
export class SeedPhase {
  readonly #alice: Seeds = new Map();
  readonly #bob: Seeds = new Map();
  #isOver = false;

  /** The seed of our role as Alice towards a peer, 32 bytes, fresh. It is wiped here, not by the caller. */
  drawAlice(j: PartyIndex, rng: Rng): Uint8Array {
    return this.#draw(this.#alice, j, rng);
  }

  /** The seed of our role as Bob towards a peer, 32 bytes, fresh. It is wiped here, not by the caller. */
  drawBob(j: PartyIndex, rng: Rng): Uint8Array {
    return this.#draw(this.#bob, j, rng);
  }

  #draw(seeds: Seeds, j: PartyIndex, rng: Rng): Uint8Array {
    assert(!this.#isOver && !seeds.has(j), `a second seed for party ${j}, or one too late`);
    const seed = rng(32);
    seeds.set(j, seed);
    return seed;
  }

  /** Opens aliceSeed of one pair; every other seed is wiped. [E5] @throws Bug the second time */
  open(j: PartyIndex): Uint8Array {
    const seed = takeFrom(this.#alice, j);
    this.wipe();
    return seed;
  }

  /** Before R3: Alice's seeds are gone. @throws Bug when an opening was made, or the second time */
  forget(): ProductPhase {
    assert(!this.#isOver, 'this phase is over');
    letGo(this.#alice);
    this.#isOver = true;
    return new ProductPhase(this.#bob);
  }

  /** The session has ended, in whichever phase: nothing is left. May be called at any time, and twice. */
  wipe(): void {
    this.#isOver = true;
    letGo(this.#alice);
    letGo(this.#bob);
  }
}

/** From R3 to R4: what may be opened is one seed of our role as Bob. Made by `SeedPhase.forget` alone. */
class ProductPhase {
  readonly #bob: Seeds;
  #isOver = false;

  constructor(bob: Seeds) {
    this.#bob = bob;
  }

  /** Opens bobSeed of one pair; every other seed is wiped. [E6] @throws Bug the second time */
  open(j: PartyIndex): Uint8Array {
    this.#isOver = true;
    return takeFrom(this.#bob, j);
  }

  /** Before R4: all seeds are gone. @throws Bug when an opening was made, or the second time */
  forget(): Silence {
    assert(!this.#isOver, 'this phase is over');
    this.#isOver = true;
    letGo(this.#bob);
    return new Silence(this.#bob);
  }
}

/** From R4 on: no seed is left. Made by `ProductPhase.forget` alone. */
class Silence {
  readonly #seeds: Seeds;

  constructor(seeds: Seeds) {
    this.#seeds = seeds;
  }

  /** Whether nothing is left to open: the promise of R4 is made of this. */
  get isKept(): boolean {
    return this.#seeds.size === 0;
  }
}

export type { ProductPhase, Silence };
