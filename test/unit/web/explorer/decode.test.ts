import { expect, it } from 'vitest';

import * as answers from '../../../../web/explorer/answers.ts';
import {
  Malformed,
  account,
  bytes,
  flag,
  hash32,
  list,
  object,
  orNull,
  quantity,
  text,
  time,
  word,
} from '../../../../web/explorer/decode.ts';

it('takes values of each kind', () => {
  expect(quantity('0xFf', 'a')).toBe(255n);
  expect(bytes('0xAB', 'a')).toBe('0xab');
  expect(account(`0x${'Ab'.repeat(20)}`, 'a')).toBe(`0x${'ab'.repeat(20)}`);
  expect(time(5, 'a')).toBe(5);
  expect(text('x'.repeat(400), 'a')).toHaveLength(300);
  expect(orNull(quantity)(undefined, 'a')).toBeNull();
  expect(list(quantity, 2)(['0x1', '0x2'], 'a')).toEqual([1n, 2n]);
  expect(object({ a: flag })({ a: true, b: 1 }, 'a')).toEqual({ a: true });
  expect(word('on', 'off')('off', 'a')).toBe('off');
});

it('refuses everything else, and names the field only', () => {
  const script = '<script>1</script>';
  for (const [decoder, value] of [
    [quantity, script],
    [quantity, `0x${'f'.repeat(65)}`],
    [quantity, 1],
    [quantity, '0x'],
    [bytes, '0xabc'],
    [hash32, `0x${'ab'.repeat(31)}`],
    [account, `0x${'ab'.repeat(21)}`],
    [text, 1],
    [time, -1],
    [time, Number.NaN],
    [time, 8.65e15],
    [list(quantity, 1), ['0x1', '0x2']],
    [list(quantity, 1), { length: 1 }],
    [object({ a: flag }), []],
    [object({ a: flag }), null],
    [object({ a: flag }), { a: 'true' }],
    [word('on'), script],
  ] as const)
    expect(() => decoder(value, 'field')).toThrow(/^field[.a]* is not /);
  expect(() => quantity(script, 'field')).toThrow(Malformed);
});

it('reads no field from a prototype', () => {
  const inherited: unknown = Object.create({ a: true });
  expect(() => object({ a: flag })(inherited, 'x')).toThrow(Malformed);
});

it('reads the stages of a transaction', () => {
  const stage = { timeMs: 1, reference: '0x5' };
  const said = { status: 'batched', soft: stage, batched: stage, signed: null, safe: null, finalized: null };
  expect(answers.txStatus(said, 'a')).toEqual(said);
  expect(() => answers.txStatus({ ...said, status: 'sure' }, 'a')).toThrow(Malformed);
});
