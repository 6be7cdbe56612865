import { expect, it } from 'vitest';

import { controlRequest } from '../../../../src/apps/l2/control-protocol.ts';

const account = `0x${'AB'.repeat(20)}`;

it('a question has the version, a word of the sequencer, and the arguments of that word', () => {
  expect(controlRequest.parse({ v: 1, verb: 'sequencer-flush', args: {} }).verb).toBe('sequencer-flush');
  const clear = { v: 1, verb: 'sequencer-clear', args: { account, nonce: '18' } };
  expect(controlRequest.parse(clear)).toMatchObject({
    args: { account: expect.stringMatching(/^0xabab/i), nonce: 18n },
  });
});

it.each([
  { v: 2, verb: 'sequencer-flush', args: {} },
  { v: 1, verb: 'stop', args: {} },
  { v: 1, verb: 'sequencer-flush', args: { account } },
  { v: 1, verb: 'sequencer-clear', args: { account, nonce: '01' } },
  { v: 1, verb: 'sequencer-clear', args: { account, nonce: 1 } },
  { v: 1, verb: 'sequencer-clear', args: { account: 'me', nonce: '1' } },
])('%j is refused', (question) => {
  expect(controlRequest.safeParse(question).success).toBe(false);
});
