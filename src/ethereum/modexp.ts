import { fromHex, toHex } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';

/** What the precompile at 5 is asked: base, exponent and modulus, big-endian. */
interface Question {
  /** Of base, exponent and modulus, in bytes. */
  readonly lengths: readonly [base: bigint, exponent: bigint, modulus: bigint];
  /** What is there of a part; behind the end of the input everything is zero. */
  readonly part: (from: bigint, length: bigint) => Uint8Array;
}

const WORD = 32n;
const HEAD = 3n * WORD;

function questionIn(input: Uint8Array): Question {
  const size = BigInt(input.length);
  const part = (from: bigint, length: bigint): Uint8Array => {
    const end = from + length;
    return from >= size ? new Uint8Array(0) : input.subarray(Number(from), Number(end < size ? end : size));
  };
  const word = (at: bigint): bigint => padded(part(at, WORD), WORD);
  return { lengths: [word(0n), word(WORD), word(2n * WORD)], part };
}

/** The number that bytes stand for when zeros are added up to a length. */
const padded = (bytes: Uint8Array, length: bigint): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`) << (8n * (length - BigInt(bytes.length)));

/** A number in so many bytes. By way of hex, which takes no more time for thousands of bytes than it must. */
function bytesFor(number: bigint, length: number): Uint8Array {
  const bytes = fromHex(number.toString(16).padStart(2 * length, '0'));
  assert(bytes?.length === length, 'a number fits into its bytes');
  return bytes;
}

const bitsOf = (number: bigint): bigint => BigInt(number === 0n ? 0 : number.toString(2).length);

/** What the precompile at 5 costs. [EIP-2565] */
export function modexpGas(input: Uint8Array): bigint {
  const { lengths, part } = questionIn(input);
  const [base, exponent, modulus] = lengths;
  const words = ((base > modulus ? base : modulus) + 7n) / 8n;
  const first = exponent < WORD ? exponent : WORD;
  const bits = bitsOf(padded(part(HEAD + base, first), first));
  const steps = 8n * (exponent - first) + (bits === 0n ? 0n : bits - 1n);
  const gas = (words * words * (steps === 0n ? 1n : steps)) / 3n;
  return gas < 200n ? 200n : gas;
}

/**
 * What the precompile at 5 answers: as many bytes as the modulus has. The exponent is gone through bit by bit
 * and never made a number: it may be millions of bytes long, nearly all of them zeros that nobody sent.
 * `modexpGas` must have been paid, which bounds the lengths. [EIP-198]
 */
export function modexp(input: Uint8Array): Uint8Array {
  const { lengths, part } = questionIn(input);
  const [baseLength, exponentLength, modulusLength] = lengths;
  if (modulusLength === 0n) return new Uint8Array(0);
  const modulus = padded(part(HEAD + baseLength + exponentLength, modulusLength), modulusLength);
  if (modulus === 0n) return new Uint8Array(Number(modulusLength));
  const base = padded(part(HEAD, baseLength), baseLength) % modulus;
  const exponent = part(HEAD + baseLength, exponentLength);
  const power = powerOf(base, exponent, exponentLength - BigInt(exponent.length), modulus);
  return bytesFor(power, Number(modulusLength));
}

/** From the highest bit down, several at a time; `zeros` bytes follow behind the exponent. */
function powerOf(base: bigint, exponent: Uint8Array, zeros: bigint, modulus: bigint): bigint {
  // Powers that are at hand save multiplications, once an exponent is long.
  const bits = exponent.length < 8 ? 1 : 4;
  const powers = [1n % modulus];
  for (let i = 1; i < 1 << bits; i++) powers.push(((powers[i - 1] ?? 0n) * base) % modulus);
  let power = powers[0] ?? 0n;
  const square = (times: number): void => {
    // 0 and 1 stay what they are.
    for (let i = 0; i < times && power > 1n; i++) power = (power * power) % modulus;
  };
  for (const byte of exponent)
    for (let shift = 8 - bits; shift >= 0; shift -= bits) {
      const digit = (byte >> shift) & ((1 << bits) - 1);
      square(bits);
      if (digit > 0) power = (power * (powers[digit] ?? 0n)) % modulus;
    }
  square(8 * Number(zeros));
  return power;
}
