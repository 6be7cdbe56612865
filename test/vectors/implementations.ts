import type { Primitives } from '../../src/crypto/operations.ts';
import { installPrimitives, primitives } from '../../src/crypto/primitives.ts';
import { purePrimitives } from '../../src/crypto/primitives-pure.ts';
import { nativePrimitives } from '../../src/system/native.ts';

const native = nativePrimitives((reason) => process.stderr.write(`NATIVE PRIMITIVES ABSENT: ${reason}\n`));

/** Every implementation of the primitives that this machine can run. */
export const implementations: readonly Primitives[] =
  native === undefined ? [purePrimitives] : [purePrimitives, native];

/** Runs `body` with an implementation installed, and puts the one before it back. */
export function under<T>(implementation: Primitives, body: () => T): T {
  const before = primitives();
  installPrimitives(implementation);
  try {
    return body();
  } finally {
    installPrimitives(before);
  }
}
