import type { PartyIndex } from '../../src/crypto/brand.ts';
import { installPrimitives, primitives } from '../../src/crypto/primitives.ts';
import type * as Seal from '../../src/crypto/seal.ts';
import { scalar } from '../../src/crypto/secp256k1.ts';
import type { Protocol, Reply } from '../../src/protocols/kernel/protocol.ts';
import type * as Secrets from '../../src/protocols/presign/secrets.ts';
import { emptyReply } from '../../src/protocols/kernel/endings.ts';

/**
 * What a cheat does inside its own computation, where a change of its finished messages would always be
 * noticed. Whoever imports this mocks `presign/secrets.ts` and `seal.ts` by the functions below.
 */
interface Hands {
  /** Who does these things. */
  cheats: ReadonlySet<PartyIndex>;
  /** What is added to each of its shares of the key, by index of the cheat. */
  shift: (cheat: PartyIndex) => bigint;
  /** Whether a bit of some rows of U is flipped before U is hashed. */
  flipsRows: boolean;
  /** Whether ã is altered before it is hashed, in some positions. */
  altersWords: boolean;
  /** Round of the direct messages that are sealed to something else than they commit to. */
  sealsBadly: { readonly round: number; readonly what: 'ciphertext' | 'salt' } | undefined;
  /** Who computes just now. */
  running: PartyIndex | undefined;
  /** Copies of everything that a party has drawn and derived, by party: never to be opened. */
  readonly drawn: Map<PartyIndex, readonly Uint8Array[]>;
}

/** One set of hands a test file; `wash` between tests. */
export const hands: Hands = {
  cheats: new Set(),
  shift: () => 0n,
  flipsRows: false,
  altersWords: false,
  sealsBadly: undefined,
  running: undefined,
  drawn: new Map(),
};

/** Nobody cheats any more. */
export function wash(): void {
  Object.assign(hands, { cheats: new Set(), shift: () => 0n, flipsRows: false, altersWords: false });
  Object.assign(hands, { sealsBadly: undefined, running: undefined });
  hands.drawn.clear();
}

const isCheating = (): boolean => hands.running !== undefined && hands.cheats.has(hands.running);
const flipped = (bytes: Uint8Array, at = 0): Uint8Array =>
  bytes.map((byte, k) => (k === at ? byte ^ 1 : byte));

/** The program of a party, of which it is known when it runs. */
export function* watched<T>(self: PartyIndex, body: Protocol<T>): Protocol<T> {
  const step = <R>(run: () => R): R => {
    hands.running = self;
    try {
      return run();
    } finally {
      hands.running = undefined;
    }
  };
  let next = step(() => body.next(emptyReply));
  while (next.done !== true) {
    let reply: Reply;
    try {
      reply = yield next.value;
    } catch (error) {
      next = step(() => body.throw(error));
      continue;
    }
    next = step(() => body.next(reply));
  }
  return next.value;
}

/** `presign/secrets.ts` for cheats that shift their shares of the key; keeps copies of what all draw. */
export const bentSecrets = (real: typeof Secrets): typeof Secrets => ({
  ...real,
  drawSecrets: (party, share, batch) => {
    const secrets = real.drawSecrets(party, share, batch);
    const own = hands.cheats.has(party.self) ? hands.shift(party.self) : 0n;
    for (let s = 0; s < batch; s++) real.addScalar(secrets.sk, s, scalar(own));
    const { r, phi, sk } = secrets;
    const parts = [r, phi, sk].flatMap((scalars) =>
      Array.from({ length: batch }, (_, s) => scalars.slice(32 * s, 32 * s + 32)),
    );
    hands.drawn.set(party.self, [share.slice(), ...parts]);
    return secrets;
  },
});

/** `seal.ts` for cheats whose direct messages do not open to what they commit to. */
export function bentSeal(real: typeof Seal): typeof Seal {
  const FROM = 72; // low byte of the sender's index, in the associated data
  return {
    ...real,
    sealDirect: (key, round, aad, opened) => {
      const isCheat = [...hands.cheats].some((j) => j === aad[FROM]);
      const what = isCheat && hands.sealsBadly?.round === round ? hands.sealsBadly.what : undefined;
      if (what === 'salt') return real.sealDirect(key, round, aad, flipped(opened));
      const sealed = real.sealDirect(key, round, aad, opened);
      return what === 'ciphertext' ? flipped(sealed, sealed.length - 1) : sealed;
    },
  };
}

/**
 * Puts the hands between a party and its arithmetic: a row of U, and words of ã, are other ones before they
 * are hashed, so that the digests, and all that follows, are honestly computed from them.
 */
export function installHands(): void {
  const real = primitives();
  let calls = 0;
  installPrimitives({
    ...real,
    // Rows are made in pairs, T_0 and T_1: a change of the second one alone is a change of U.
    aes128Ctr: (key, length) => {
      const row = real.aes128Ctr(key, length);
      const [pair, isSecond] = [calls >> 1, calls++ % 2 === 1];
      // In some rows only: in all of them it would be another choice, and no lie. Noticed where Δ is one.
      return isCheating() && hands.flipsRows && isSecond && pair % 128 < 20 ? flipped(row) : row;
    },
    bulk: {
      ...real.bulk,
      maskedDifferences: (x, y, z) => {
        const words = real.bulk.maskedDifferences(x, y, z);
        if (!isCheating() || !hands.altersWords) return words;
        // The lowest bit of the first word of every 16th position: noticed where β is one.
        return words.map((byte, k) => (k % (16 * 128) === 31 ? byte ^ 1 : byte));
      },
    },
  });
}
