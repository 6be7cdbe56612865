import { expect, it } from 'vitest';

import { routeOf, routeOfSearch } from '../../../../web/explorer/route.ts';

const hash = `0x${'ab'.repeat(32)}`;
const address = `0x${'Cd'.repeat(20)}`;

it('reads every address of the page', () => {
  expect(routeOf('')).toEqual({ page: 'home' });
  expect(routeOf('#/')).toEqual({ page: 'home' });
  expect(routeOf('#/block/12')).toEqual({ page: 'block', id: 12n, part: 1 });
  expect(routeOf('#/block/12/3')).toEqual({ page: 'block', id: 12n, part: 3 });
  expect(routeOf('#/blocks')).toEqual({ page: 'blocks', from: undefined });
  expect(routeOf('#/batches/0')).toEqual({ page: 'batches', from: 0n });
  expect(routeOf('#/txs/70')).toEqual({ page: 'txs', from: 70n });
  expect(routeOf(`#/block/${hash}`)).toEqual({ page: 'block', id: hash, part: 1 });
  expect(routeOf(`#/tx/${hash}`)).toEqual({ page: 'tx', hash });
  expect(routeOf('#/batch/0')).toEqual({ page: 'batch', index: 0n });
  expect(routeOf(`#/account/${address}`)).toEqual({ page: 'account', address: address.toLowerCase() });
  expect(routeOf(`#/search/${hash}`)).toEqual({ page: 'search', text: hash });
});

it('knows no other', () => {
  for (const fragment of [
    ...[
      '#/block/01',
      '#/block/-1',
      '#/block/',
      `#/tx/${hash}0`,
      '#/tx/12',
      '#/batch/1e3',
      '#/batch/99999999999999999999',
    ],
    ...['#/block/1/0', '#/block/1/', '#/blocks/', '#/blocks/01', '#/txs/x', '#/tx/'],
    ...['#/account/0x12', '#/search/x', '#/constructor/1', '#/__proto__/1', '#javascript:1', '#/block/1\n2'],
  ])
    expect(routeOf(fragment), fragment).toEqual({ page: 'unknown' });
});

it('sends a search to what has that form', () => {
  expect(routeOfSearch(' 1 234 ')).toBe('#/block/1234');
  expect(routeOfSearch(hash.toUpperCase().replace('0X', '0x'))).toBe(`#/search/${hash}`);
  expect(routeOfSearch(address)).toBe(`#/account/${address.toLowerCase()}`);
  for (const typed of ['', 'hello', '0x', hash.slice(0, -1), '<script>'])
    expect(routeOfSearch(typed)).toBeUndefined();
});
