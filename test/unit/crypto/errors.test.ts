import { expect, test } from 'vitest';

import { Bug, InputError, OperationError, assert, assertNever } from '../../../src/crypto/errors.ts';

test('an input error says where, and keeps its cause', () => {
  const cause = new TypeError('below');
  const error = new InputError('malformed', 'operators[2].key', 'is odd', { cause });
  expect(error).toMatchObject({ name: 'InputError', code: 'malformed', path: 'operators[2].key', cause });
  expect(error.message).toBe('is odd');
});

test('an operation error says what its caller does', () => {
  const error = new OperationError('disk-full', 'fatal', 'no room');
  expect(error).toMatchObject({
    name: 'OperationError',
    code: 'disk-full',
    level: 'fatal',
    message: 'no room',
  });
});

test('an assertion that holds is silent, and one that fails is our own mistake', () => {
  expect(() => assert(true, 'never said')).not.toThrow();
  expect(() => assert(false, 'what must hold')).toThrow(Bug);
  expect(() => assert(false, 'what must hold')).toThrow('what must hold');
});

test('a forgotten case is our own mistake and is named', () => {
  expect(() => assertNever({ kind: 'new' } as never)).toThrow(Bug);
  expect(() => assertNever({ kind: 'new' } as never)).toThrow('{"kind":"new"}');
});

test('the three kinds are not one another', () => {
  const errors = [new Bug('a'), new InputError('b', '', 'b'), new OperationError('c', 'retry', 'c')];
  for (const kind of [Bug, InputError, OperationError])
    expect(errors.filter((error) => error instanceof kind)).toHaveLength(1);
});
