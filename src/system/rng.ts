import { assert } from '../crypto/errors.ts';
import type { FreshRandom } from './ports.ts';

/** `getRandomValues` gives at most this many bytes at a time. [W3C Web Cryptography, 10.1.1] */
const MAX_CALL_BYTES = 65_536;

/** Fresh bytes of the operating system's generator. @throws Bug for a length that is no whole number */
export const systemRng: FreshRandom = (length) => {
  assert(Number.isSafeInteger(length) && length >= 0, `${length} is no number of random bytes`);
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += MAX_CALL_BYTES)
    crypto.getRandomValues(out.subarray(at, at + MAX_CALL_BYTES));
  return out;
};
