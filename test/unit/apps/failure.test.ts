import { describe, expect, it } from 'vitest';

import { errorOf, failureLine, failureOf } from '../../../src/apps/failure.ts';
import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';

describe('a failure', () => {
  it('is one line: what happened, what to do, the code', () => {
    const failure = failureOf(new OperationError('port-in-use', 'fatal', '127.0.0.1:7610 is taken'));
    expect(failureLine(failure)).toBe(
      '✖ 127.0.0.1:7610 is taken. Next: Stop it or configure another port. [port-in-use]',
    );
    expect(failure).toMatchObject({ type: 'error', kind: 'operation', level: 'fatal', exit: 9 });
  });

  it('of a ceremony is the line that the ceremony has written, once', () => {
    const line = '✖ timed-out in prepared: no message in time. Next: propose again. [peer-timeout]';
    expect(
      failureLine({ type: 'error', kind: 'operation', code: 'peer-timeout', message: line, exit: 6 }),
    ).toBe(line);
  });

  it('crosses the admin socket and stays what it was', () => {
    for (const error of [
      new InputError('guard-conflict', 'batch 7', 'the slot holds other content'),
      new OperationError('quorum-unavailable', 'retry', 'node 3 and node 4 are down'),
    ]) {
      const there = failureOf(error);
      expect(failureOf(errorOf(there))).toEqual(there);
    }
  });

  it('of our own has the code of a bug, and no stack', () => {
    const failure = failureOf(new Bug('impossible'));
    expect(failure).toMatchObject({ kind: 'bug', code: 'internal', exit: 1, message: 'impossible' });
    expect(failureOf(errorOf(failure)).exit).toBe(1);
  });

  it('shows what is hidden in the name of a file, also where a ceremony has written the line', () => {
    for (const start of ['', '✖ '])
      expect(
        failureLine(failureOf(new InputError('usage', 'x', `${start}a\u001b[2J\n\u202e is none`))),
      ).toContain('a\\u{001b}[2J\\u{000a}\\u{202e} is none');
  });
});
