import { bytesToBigint } from '../../crypto/bytes.ts';
import { Point, q } from '../../crypto/secp256k1.ts';
import { primitives } from '../../crypto/primitives.ts';
import { instanceLayout } from './messages.ts';

/** One instance of a direct message of R3, taken apart and not yet judged. */
export interface InstanceParts {
  /** ã ‖ η ‖ μ. */
  readonly multiplication: Uint8Array;
  /** 33 bytes each. */
  readonly gammaU: Uint8Array;
  readonly gammaV: Uint8Array;
  /** 32 bytes. */
  readonly psi: Uint8Array;
}

/** The bytes of instance s in a direct message of R3. */
export const instanceAt = (message: Uint8Array, s: number): Uint8Array =>
  message.subarray(instanceLayout.bytes * s, instanceLayout.bytes * (s + 1));

/** Views of the parts of one instance; nothing is copied. */
export const partsOf = (instance: Uint8Array): InstanceParts => ({
  multiplication: instance.subarray(instanceLayout.multiplication, instanceLayout.gammaU),
  gammaU: instance.subarray(instanceLayout.gammaU, instanceLayout.gammaV),
  gammaV: instance.subarray(instanceLayout.gammaV, instanceLayout.psi),
  psi: instance.subarray(instanceLayout.psi),
});

/**
 * Whether 33 bytes are a point in its one encoding. They are public to their receiver: time tells nothing.
 */
export const isCanonicalPoint = (bytes: Uint8Array): boolean =>
  bytes.length === 33 && primitives().parsePoint(bytes) !== undefined;

/** Whether 32 bytes are a scalar in its one encoding. */
export const isCanonicalScalar = (bytes: Uint8Array): boolean =>
  bytes.length === 32 && bytesToBigint(bytes) < q;

/** A point that `isCanonicalPoint` has accepted. @throws InputError malformed otherwise */
export const gammaOf = (bytes: Uint8Array): Point => Point.fromBytes(bytes, 'gamma');
