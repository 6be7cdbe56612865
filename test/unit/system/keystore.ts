import { createCipheriv, scryptSync } from 'node:crypto';

import { concat, toHex } from '../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';

/** What a keystore of the key 0xabab… holds, made with little work. */
export function makeKeystore(password: string): Readonly<Record<string, unknown>> {
  const [iv, salt] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
  const derived = Uint8Array.from(scryptSync(password, salt, 32, { N: 2, r: 8, p: 1 }));
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Uint8Array.from(cipher.update(new Uint8Array(32).fill(0xab)));
  const mac = toHex(keccak256(concat(derived.subarray(16), ciphertext)));
  const kdf = { kdf: 'scrypt', kdfparams: { dklen: 32, n: 2, r: 8, p: 1, salt: toHex(salt) } };
  const sealed = { cipher: 'aes-128-ctr', cipherparams: { iv: toHex(iv) }, ciphertext: toHex(ciphertext) };
  return { version: 3, crypto: { ...sealed, ...kdf, mac } };
}
