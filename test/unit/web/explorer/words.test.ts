import { expect, it } from 'vitest';

import { abiText } from '../../../../web/explorer/abi-text.ts';
import {
  blockTime,
  cut,
  grouped,
  gwei,
  metis,
  moment,
  shortHash,
  span,
} from '../../../../web/explorer/words.ts';

it('says spans, times and amounts as people read them', () => {
  expect([312.4, 4_240, 210_000, 7_200_000].map(span)).toEqual(['312 ms', '4.2 s', '3.5 min', '2 h']);
  expect(moment(0)).toBe('1970-01-01 00:00:00.000 UTC');
  expect(moment(1e300)).toBe('1e+300 ms');
  expect(blockTime(1n)).toBe('1970-01-01 00:00:01 UTC');
  expect(blockTime(2n ** 255n)).toBe(`${2n ** 255n} s`);
  expect(grouped(1_234_567)).toBe('1 234 567');
  expect(metis(1n)).toBe('0.000000000000000001 METIS');
  expect(metis(1_000n * 10n ** 18n)).toBe('1 000 METIS');
  expect(gwei(1_500_000_000n)).toBe('1.5 gwei');
});

it('cuts what is long, and says so', () => {
  expect(shortHash(`0x${'ab'.repeat(32)}`)).toBe('0xababab…abab');
  expect(shortHash('0x1234')).toBe('0x1234');
  expect(cut('0xabcd', 2)).toBe('0xabcd');
  expect(cut('0xabcdef', 2)).toBe('0xabcd… (3 bytes)');
});

it('reads the text that a contract gives, and nothing else', () => {
  const word = (value: number): string => value.toString(16).padStart(64, '0');
  const padded = Buffer.from('Metis').toString('hex').padEnd(64, '0');
  expect(abiText(`0x${word(32)}${word(5)}${padded}`)).toBe('Metis');
  expect(abiText(`0x${word(32)}${word(200)}${'61'.repeat(224)}`)).toHaveLength(100);
  for (const wrong of ['0x', `0x${word(64)}${word(5)}${padded}`, `0x${word(32)}${word(33)}${padded}`])
    expect(abiText(wrong)).toBeUndefined();
  expect(abiText(`0x${word(32)}${'ff'.repeat(32)}${padded}`)).toBeUndefined();
});
