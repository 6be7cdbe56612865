import { expect, it } from 'vitest';

import type { LogEvent } from '../../../../src/chain/log/entry.ts';
import { INTERRUPTED, recoverInterrupted } from '../../../../src/node/log/recovery.ts';
import { events } from '../../chain/log/samples.ts';
import { named } from '../helpers.ts';
import { guardRow, logWith, subject } from './samples.ts';

const signed = (i: number): LogEvent => {
  const [sign] = events.filter((event) => event.kind === 'sign');
  if (sign === undefined) throw new RangeError('no sample');
  return { ...sign, presigId: named(`presig ${i}`) };
};

it('rows of the guard without an entry get one each, in their order, and only once', () => {
  const { log } = logWith(1);
  log.append(signed(2), subject);
  const guarded = { keyId: named('key'), records: [1, 2, 3].map(guardRow) };
  expect(recoverInterrupted(log, guarded)).toBe(2);
  const found = [...log.entries(2)];
  expect(found.map(({ event }) => event)).toMatchObject(
    [1, 3].map((i) => ({
      ...{ kind: 'sign', outcome: 'interrupted', reason: INTERRUPTED, presigId: named(`presig ${i}`) },
      ...{ digest: named(`digest ${i}`), requestId: named(`request ${i}`), guardCount: i },
      signature: new Uint8Array(0),
    })),
  );
  expect(found[0]).toMatchObject({ keyId: named('key'), epochNo: 2 });
  expect(recoverInterrupted(log, guarded)).toBe(0);
  expect(log.size).toBe(4);
});

it('a guard of which every row has an entry adds nothing', () => {
  const { log } = logWith(0);
  log.append(signed(1), subject);
  expect(recoverInterrupted(log, { keyId: named('key'), records: [guardRow(1)] })).toBe(0);
  expect(recoverInterrupted(log, { keyId: named('key'), records: [] })).toBe(0);
});
