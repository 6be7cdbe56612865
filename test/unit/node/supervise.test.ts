import { expect, it } from 'vitest';

import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';
import { isOrdinary, supervise } from '../../../src/node/supervise.ts';

it('what a peer, a user or a full disk does is ordinary; our mistakes and a failed fsync are not', () => {
  expect(isOrdinary(new InputError('malformed', 'x', 'y'))).toBe(true);
  expect(isOrdinary(new OperationError('disk-full', 'retry', 'y'))).toBe(true);
  expect(isOrdinary(new OperationError('fsync-failed', 'fatal', 'y'))).toBe(false);
  expect(isOrdinary(new Bug('y'))).toBe(false);
  expect(isOrdinary('y')).toBe(false);
});

it('work that nobody awaits tells its ordinary failure', async () => {
  const failure = await new Promise((resolve) => {
    supervise(Promise.reject(new InputError('malformed', 'x', 'y')), resolve);
  });
  expect(failure).toMatchObject({ code: 'malformed' });
});
