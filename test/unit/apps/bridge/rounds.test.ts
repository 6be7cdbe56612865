import { expect, it } from 'vitest';

import { inRounds } from '../../../../src/apps/bridge/rounds.ts';
import { InputError, OperationError } from '../../../../src/crypto/errors.ts';

const fault = new OperationError('l1-unreachable', 'retry', 'no answer');
const ignored = () => undefined;

it('one round is made where nobody watches, and its fault is that of the command', async () => {
  let rounds = 0;
  const one = { isWatching: false, everyMs: 1, failed: ignored };
  await inRounds(one, async () => void rounds++);
  expect(rounds).toBe(1);
  await expect(inRounds(one, () => Promise.reject(fault))).rejects.toBe(fault);
});

it('rounds go on past faults of a chain until the process is told to stop', async () => {
  const heard: string[] = [];
  let rounds = 0;
  const failed = ({ code }: OperationError) => void heard.push(code);
  await inRounds({ isWatching: true, everyMs: 1, failed }, async () => {
    if (++rounds === 3) process.emit('SIGTERM');
    if (rounds < 3) throw fault;
  });
  expect([rounds, heard]).toEqual([3, ['l1-unreachable', 'l1-unreachable']]);
});

it('a fault of another kind ends them', async () => {
  const bad = new InputError('file-damaged', 'x', 'x');
  const rounds = inRounds({ isWatching: true, everyMs: 1, failed: ignored }, () => Promise.reject(bad));
  await expect(rounds).rejects.toBe(bad);
});
