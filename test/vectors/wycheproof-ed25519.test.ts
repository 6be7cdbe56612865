import { describe, expect, test } from 'vitest';

import { fromHex } from '../../src/crypto/bytes.ts';
import { checkIdentityPublicKey, verifyStrict } from '../../src/crypto/ed25519.ts';
import { implementations, under } from './implementations.ts';
import { data, wycheproof } from './shared.ts';

interface Group {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly msg: string;
    readonly sig: string;
    readonly result: string;
  }[];
}
interface EdgeCase {
  readonly what: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly accepted: boolean;
}

const sets = wycheproof<Group>('wycheproof-ed25519.json', 'ed25519_test.json');
const { cases } = data('ed25519-edge-cases.json') as { readonly cases: readonly EdgeCase[] };
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

for (const implementation of implementations)
  describe(`Ed25519 by ${implementation.name}`, () => {
    test.each(sets)('judges the $origin of Wycheproof as it says', ({ groups, numberOfTests }) => {
      const wrong: number[] = [];
      let seen = 0;
      for (const { publicKey, tests } of groups)
        for (const { tcId, msg, sig, result } of tests) {
          const verdict = under(implementation, () =>
            verifyStrict(bytes(publicKey.pk), bytes(msg), bytes(sig)),
          );
          if (verdict !== (result === 'valid')) wrong.push(tcId);
          seen++;
        }
      expect(wrong).toEqual([]);
      expect(seen).toBe(numberOfTests);
      expect(seen).toBeGreaterThan(15);
    });

    test.each(cases)('gives the one verdict on: $what', ({ publicKey, message, signature, accepted }) => {
      const verdict = under(implementation, () =>
        verifyStrict(bytes(publicKey), bytes(message), bytes(signature)),
      );
      expect(verdict).toBe(accepted);
    });
  });

test('the edge cases are twelve, and the keys of small order among them enter no roster', () => {
  expect(cases).toHaveLength(12);
  for (const { publicKey } of [...cases.slice(0, 2), ...cases.slice(10)])
    expect(() => checkIdentityPublicKey(bytes(publicKey))).toThrow(/small order|canonical/);
});
