import { expect, it } from 'vitest';

import { shownUrl } from '../../../src/system/shown-url.ts';

it.each([
  ['http://127.0.0.1:8545', 'http://127.0.0.1:8545'],
  ['https://l1.example/', 'https://l1.example'],
  ['https://l1.example/v2/SECRET', 'https://l1.example/…'],
  ['https://l1.example/?key=SECRET', 'https://l1.example/…'],
  ['https://user:SECRET@l1.example:8546', 'https://l1.example:8546/…'],
  ['SECRET', 'a URL that is none'],
])('of %s no key is shown', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
