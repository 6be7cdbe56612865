import { expect, test } from 'vitest';

import { OperationError } from '../../../src/crypto/errors.ts';
import { EpochLog } from '../../../src/node/epoch-log.ts';
import { JOIN_WINDOW, JoinedSpecs } from '../../../src/node/joined-specs.ts';
import { memoryDisk, named } from './helpers.ts';

const spec = (
  name: string,
  position: bigint,
  proto = 2,
): { specHash: Uint8Array; proto: number; position: bigint } => ({
  specHash: named(name),
  proto,
  position,
});

test('a specification is joined once, also over a restart', () => {
  const disk = memoryDisk();
  const specs = new JoinedSpecs(EpochLog.open(disk, 'state.log'));
  expect(specs.join(spec('a', 1n))).toBe('joined');
  expect(specs.join(spec('a', 1n))).toBe('already-joined');
  expect(new JoinedSpecs(EpochLog.open(disk, 'state.log')).join(spec('a', 1n))).toBe('already-joined');
});

test('a position is used once in a protocol, and protocols do not share them', () => {
  const specs = new JoinedSpecs(EpochLog.open(memoryDisk(), 'state.log'));
  expect(specs.join(spec('a', 1n))).toBe('joined');
  expect(specs.join(spec('b', 1n))).toBe('position-taken');
  expect(specs.join(spec('b', 1n, 4))).toBe('joined');
});

test('a position below the window is refused, the lowest within it is not', () => {
  const disk = memoryDisk();
  const specs = new JoinedSpecs(EpochLog.open(disk, 'state.log'));
  specs.join(spec('high', JOIN_WINDOW + 10n));
  expect(specs.join(spec('old', 10n))).toBe('position-too-old');
  expect(new JoinedSpecs(EpochLog.open(disk, 'state.log')).join(spec('old', 10n))).toBe('position-too-old');
  expect(specs.join(spec('in', 11n))).toBe('joined');
});

test('nothing is joined that could not be written', () => {
  const disk = memoryDisk();
  const specs = new JoinedSpecs(EpochLog.open(disk, 'state.log'));
  disk.fault = { code: 'disk-full', level: 'reset' };
  expect(() => specs.join(spec('a', 1n))).toThrow(OperationError);
  disk.fault = undefined;
  expect(specs.join(spec('a', 1n))).toBe('joined');
});
