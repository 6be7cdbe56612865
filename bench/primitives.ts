import { Bug } from '../src/crypto/errors.ts';
import type { Primitives } from '../src/crypto/operations.ts';
import { installPrimitives, primitives } from '../src/crypto/primitives.ts';
import { purePrimitives } from '../src/crypto/primitives-pure.ts';
import { nativePrimitives } from '../src/system/native.ts';
import type { PrimitivesKind } from './cases.ts';

const native = nativePrimitives();

/** Whether this platform has the native implementation. */
export const hasNative: boolean = native !== undefined;

/**
 * Installs an implementation, for everything that runs afterwards. @throws Bug where the platform has none
 */
export function usePrimitives(kind: PrimitivesKind): void {
  if (kind === 'native' && native === undefined) throw new Bug('this platform has no native primitives');
  installPrimitives(kind === 'native' && native !== undefined ? native : purePrimitives);
}

/**
 * CPU milliseconds spent in each operation while `run` ran. Reading the clock makes it all a little slower.
 */
export function profile(run: () => void): ReadonlyMap<string, number> {
  const spent = new Map<string, number>();
  const plain = primitives();
  const timed = <A extends readonly unknown[], R>(name: string, call: (...args: A) => R) => {
    return (...args: A): R => {
      const before = process.cpuUsage();
      const result = call(...args);
      const { user, system } = process.cpuUsage(before);
      spent.set(name, (spent.get(name) ?? 0) + (user + system) / 1000);
      return result;
    };
  };
  installPrimitives(timedPrimitives(plain, timed));
  spent.clear();
  try {
    run();
  } finally {
    installPrimitives(plain);
  }
  return spent;
}

type Timed = <A extends readonly unknown[], R>(name: string, call: (...args: A) => R) => (...args: A) => R;

const timedPrimitives = (plain: Primitives, timed: Timed): Primitives => ({
  name: plain.name,
  sha256: timed('SHA-256', plain.sha256),
  keccak256: timed('Keccak-256', plain.keccak256),
  aes128Ctr: timed('AES-CTR', plain.aes128Ctr),
  aeadSeal: timed('ChaCha20-Poly1305', plain.aeadSeal),
  aeadOpen: timed('ChaCha20-Poly1305', plain.aeadOpen),
  ed25519Sign: timed('Ed25519', plain.ed25519Sign),
  ed25519Verify: timed('Ed25519', plain.ed25519Verify),
  parsePoint: timed('point decoding', plain.parsePoint),
  baseMultiply: timed('curve, secret scalars', plain.baseMultiply),
  multiply: timed('curve, secret scalars', plain.multiply),
  multiplyPublic: timed('curve, public scalars', plain.multiplyPublic),
  addPoints: timed('point additions', plain.addPoints),
  recover: timed('curve, public scalars', plain.recover),
  bulk: {
    name: plain.bulk.name,
    columnHashes: timed('bulk: column hashes', plain.bulk.columnHashes),
    maskedDifferences: timed('bulk: scalars', plain.bulk.maskedDifferences),
    selectedSums: timed('bulk: scalars', plain.bulk.selectedSums),
    checkSums: timed('bulk: scalars', plain.bulk.checkSums),
    weightedSums: timed('bulk: scalars', plain.bulk.weightedSums),
    mapToCurve: timed('bulk: map to curve', plain.bulk.mapToCurve),
  },
});
