import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Secret } from '../../../../src/crypto/secret.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { type BackupContent, decodeContent, encodeContent } from '../../../../src/node/backup/content.ts';
import type { GuardMark } from '../../../../src/node/guard-record.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const mark: fc.Arbitrary<GuardMark> = fc.record({
  lane: fc.constantFrom('nonce', 'batch', 'output'),
  scope: fc.uint8Array({ maxLength: 64 }),
  low: fc.option(u64, { nil: undefined }),
  high: fc.option(u64, { nil: undefined }),
});
const distinct = { maxLength: 6, selector: ({ lane, scope }: GuardMark) => `${lane} ${scope.join()}` };
const content: fc.Arbitrary<Omit<BackupContent, 'secret'> & { readonly plain: Uint8Array }> = fc.record({
  plain: bytes(64),
  lockFile: fc.uint8Array({ maxLength: 300 }),
  definitionFile: fc.uint8Array({ maxLength: 300 }),
  guard: fc.record({ seq: fc.nat(), head: bytes(32), marks: fc.uniqueArray(mark, distinct) }),
});
const decoded = (plaintext: Uint8Array): BackupContent =>
  decodeContent(new Secret('test', plaintext.slice()), 'backup');

test('what is decoded is what was encoded', () => {
  fc.assert(
    fc.property(content, ({ plain, ...rest }) => {
      const plaintext = encodeContent({ ...rest, secret: new Secret('share', plain.slice()) });
      const { secret, ...back } = decoded(plaintext);
      expect(secret.use((s) => s.slice())).toEqual(plain);
      expect(back).toEqual(rest);
      expect(encodeContent({ ...back, secret })).toEqual(plaintext);
    }),
  );
});

test('every truncation, a byte too many, another version and a lane twice are refused', () => {
  const [example] = fc.sample(content, 1);
  const { plain, ...rest } = example!;
  const marks: GuardMark[] = [{ lane: 'nonce', scope: plain, low: 1n, high: undefined }];
  const of = (list: readonly GuardMark[]): Uint8Array =>
    encodeContent({ ...rest, guard: { ...rest.guard, marks: list }, secret: new Secret('s', plain.slice()) });
  const whole = of(marks);
  expect(decoded(whole).guard.marks).toEqual(marks);
  const all = Array.from({ length: whole.length }, (_, i) => whole.slice(0, i));
  for (const wrong of [...all, Uint8Array.from([...whole, 0]), Uint8Array.from([2, ...whole.slice(1)])])
    expect(() => decoded(wrong)).toThrow(InputError);
  expect(() => decoded(of([...marks, ...marks]))).toThrow('twice');
});
