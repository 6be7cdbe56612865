import { afterEach, describe, expect, test, vi } from 'vitest';

import { MAX_FILE_BYTES, sourceOfGiven } from '../../../../web/engine/sources.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const file = new File(['0123456789'], 'log.jsonl');
const leftOut = [{ path: 'deep', why: 'lies deeper than 16 folders' }];
const source = (given: { readonly file: File } | { readonly url: string }) =>
  sourceOfGiven({ files: [{ path: 'a/log.jsonl', ...given }], leftOut }, true);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('files that were dropped', () => {
  test('are read whole or in parts, and no others', async () => {
    const { list, read, part, leftOut: out } = source({ file });
    expect([list(), out()]).toEqual([['a/log.jsonl'], leftOut]);
    expect(text(await read('a/log.jsonl'))).toBe('0123456789');
    expect(text(await part('a/log.jsonl', 4, 3))).toBe('456');
    expect(await part('a/log.jsonl', 10, 3)).toHaveLength(0);
    for (const found of [await read('b'), await part('b', 0, 1)]) expect(found).toBeUndefined();
  });

  test('are read in parts only where they are large, and not at all where they are gone', async () => {
    const large = Object.defineProperty(new File(['01'], 'x'), 'size', { value: MAX_FILE_BYTES + 1 });
    const { read, part } = source({ file: large });
    await expect(read('a/log.jsonl')).rejects.toMatchObject({ code: 'file-unreadable' });
    expect(text(await part('a/log.jsonl', 0, 1))).toBe('0');
    const gone = Object.assign(new File([], 'x'), {
      arrayBuffer: () => Promise.reject(new TypeError('gone')),
    });
    await expect(source({ file: gone }).read('a/log.jsonl')).rejects.toThrow('drop it again');
  });
});

describe('files that are served', () => {
  test('are asked for whole or from a byte on, and the server says why it refuses', async () => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', (url: string) => {
      asked.push(url);
      return Promise.resolve(
        url.endsWith('/1')
          ? new Response(JSON.stringify({ error: 'a/log.jsonl is a link now' }), { status: 404 })
          : url.endsWith('/2')
            ? new Response('no JSON', { status: 500 })
            : new Response('0123'),
      );
    });
    const { read, part } = source({ url: 'http://x/0' });
    expect([text(await read('a/log.jsonl')), text(await part('a/log.jsonl', 7, 2))]).toEqual(['0123', '01']);
    expect(asked).toEqual(['http://x/0', 'http://x/0?from=7']);
    await expect(source({ url: 'http://x/1' }).read('a/log.jsonl')).rejects.toThrow(
      /^a\/log.jsonl is a link now$/,
    );
    await expect(source({ url: 'http://x/2' }).read('a/log.jsonl')).rejects.toThrow('is answered with 500');
  });
});
