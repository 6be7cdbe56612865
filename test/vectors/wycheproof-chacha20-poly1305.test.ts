import { describe, expect, test } from 'vitest';

import { fromHex, toHex } from '../../src/crypto/bytes.ts';
import { implementations } from './implementations.ts';
import { wycheproof } from './shared.ts';

interface Group {
  readonly ivSize: number;
  readonly tests: readonly {
    readonly tcId: number;
    readonly key: string;
    readonly iv: string;
    readonly aad: string;
    readonly msg: string;
    readonly ct: string;
    readonly tag: string;
    readonly result: string;
  }[];
}

const sets = wycheproof<Group>('wycheproof-chacha20-poly1305.json', 'chacha20_poly1305_test.json');
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

for (const implementation of implementations)
  describe(`ChaCha20-Poly1305 by ${implementation.name}`, () => {
    test.each(sets)('opens and seals the $origin of Wycheproof as it says', ({ groups }) => {
      const wrong: number[] = [];
      let [valid, invalid] = [0, 0];
      // Nonces of another length are refused by the type of the primitive: ours has 12 bytes.
      for (const item of groups.filter(({ ivSize }) => ivSize === 96).flatMap(({ tests }) => tests)) {
        const [key, nonce, aad] = [bytes(item.key), bytes(item.iv), bytes(item.aad)];
        const opened = implementation.aeadOpen(key, nonce, aad, bytes(item.ct + item.tag));
        if (item.result === 'valid') {
          const sealed = implementation.aeadSeal(key, nonce, aad, bytes(item.msg));
          const same = opened !== undefined && toHex(opened) === item.msg;
          if (!same || toHex(sealed) !== item.ct + item.tag) wrong.push(item.tcId);
          valid++;
        } else {
          if (opened !== undefined) wrong.push(item.tcId);
          invalid++;
        }
      }
      expect(wrong).toEqual([]);
      expect(valid).toBeGreaterThan(3);
      expect(invalid).toBeGreaterThan(1);
    });
  });
