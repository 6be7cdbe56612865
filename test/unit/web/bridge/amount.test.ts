import { expect, it } from 'vitest';

import { BadAmount, dustOf, weiOf } from '../../../../web/bridge/amount.ts';
import { metis } from '../../../../web/explorer/words.ts';

it('reads what is typed exactly, down to the last wei', () => {
  expect(weiOf('1')).toBe(10n ** 18n);
  expect(weiOf(' 0.000000000000000001 ')).toBe(1n);
  expect(weiOf('9 007 199.254740993')).toBe(9_007_199_254_740_993n * 10n ** 9n);
  expect(weiOf('123456789.000000000000000001')).toBe(123_456_789n * 10n ** 18n + 1n);
  for (const wei of [1n, 10n ** 9n, 5n * 10n ** 17n, 2n ** 80n + 1n])
    expect(weiOf(metis(wei).replace(' METIS', ''))).toBe(wei);
});

it('takes nothing that would have to be guessed or rounded', () => {
  for (const typed of [
    ...['', '.', '1.', '.5', '-1', '+1', '1e18', '0x10', '1,5', '1.5.5', 'NaN', '∞', '١'],
    ...['0', '0.0', '0.0000000000000000001', '9'.repeat(31)],
  ])
    expect(() => weiOf(typed), typed).toThrow(BadAmount);
});

it('says what of a deposit waits for the next one', () => {
  expect(dustOf(70n * 10n ** 18n + 5n)).toBe(5n);
  expect(dustOf(10n ** 9n)).toBe(0n);
});
