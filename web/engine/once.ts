import type { Primitives } from '../../src/crypto/operations.ts';
import { toHex } from '../../src/crypto/bytes.ts';

/** Most signatures that are remembered: more than one folder has. */
const MAX_KNOWN = 4_096;

/**
 * The same primitives, which verify an Ed25519 signature once while they remember it. Several checks of one
 * folder ask for the same signatures, and most of the time of an audit without native code goes there.
 */
export function verifyingOnce(primitives: Primitives): Primitives {
  const known = new Map<string, boolean>();
  return {
    ...primitives,
    ed25519Verify: (publicKey, message, signature) => {
      const name = [publicKey, message, signature].map(toHex).join(' ');
      const before = known.get(name);
      if (before !== undefined) return before;
      const isGood = primitives.ed25519Verify(publicKey, message, signature);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(name, isGood);
      return isGood;
    },
  };
}
