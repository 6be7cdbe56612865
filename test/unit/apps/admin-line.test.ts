import { expect, it } from 'vitest';
import { z } from 'zod';

import { lineHandler, parsed } from '../../../src/apps/admin-line.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { memoryLog } from '../node/helpers.ts';

const gone = new AbortController().signal;
const ask = async (line: string, answer: Parameters<typeof lineHandler>[1]): Promise<readonly unknown[]> => {
  const lines: string[] = [];
  lines.push(await lineHandler(memoryLog(), answer)(line, (said) => void lines.push(said), gone));
  return lines.map((said) => JSON.parse(said) as unknown);
};

it('a question gets what happens on the way, then a result', async () => {
  const lines = await ask('{"n":4}', async (question, { tell }) => {
    tell('half');
    return parsed(z.object({ n: z.number() }), question, 'request').n * 2;
  });
  expect(lines).toEqual([
    { type: 'progress', event: 'half' },
    { type: 'result', result: 8 },
  ]);
});

it('a failure is told with its code, also that of a line that is none', async () => {
  const never = () => Promise.reject(new InputError('not-stopped', 'account', 'it runs'));
  expect(await ask('{}', never)).toMatchObject([{ type: 'error', code: 'not-stopped', path: 'account' }]);
  expect(await ask('what', never)).toMatchObject([{ type: 'error', code: 'admin-protocol' }]);
  expect(() => parsed(z.object({ n: z.number() }), { n: '4' }, 'args')).toThrow(/args\.n/);
  const broken = () => Promise.reject(new TypeError('oops'));
  expect(await ask('{}', broken)).toMatchObject([{ type: 'error', kind: 'bug', code: 'internal' }]);
});
