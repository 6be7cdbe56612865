import { expect, test } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import {
  type RequestEvent,
  RequestLog,
  decodeRequestEntry,
  encodeRequestEntry,
  printable,
} from '../../../src/node/request-log.ts';
import { handClock, memoryDisk, named } from './helpers.ts';

const requestId = named('request');
const quorum = [1, 2, 4].map((i) => partyIndex(i));
const events: readonly RequestEvent[] = [
  { kind: 'received', requestId, requestKind: 'submit-batch', from: 'batcher' },
  { kind: 'refused', requestId, reason: 'wrong-target', detail: 'to' },
  { kind: 'approved', requestId, digest: named('d'), contentHash: named('c'), guardSeq: 7 },
  { kind: 'failed', requestId, attempt: 1, quorum, reason: 'timed-out', culprits: [partyIndex(2)] },
  {
    kind: 'signed',
    requestId,
    attempt: 2,
    quorum,
    presigId: named('p'),
    r: named('r'),
    s: named('s'),
    yParity: 1,
    root: named('root'),
  },
];

test('every event survives its codec, and is refused truncated or with a byte too many', () => {
  for (const event of events) {
    const bytes = encodeRequestEntry({ atMs: 5n, event });
    expect(decodeRequestEntry(bytes, 'log')).toEqual({ atMs: 5n, event });
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeRequestEntry(bytes.subarray(0, length), 'log')).toThrow(InputError);
    expect(() => decodeRequestEntry(Uint8Array.from([...bytes, 0]), 'log')).toThrow(InputError);
    expect(() =>
      decodeRequestEntry(
        bytes.map((b, i) => (i < 2 ? 9 : b)),
        'log',
      ),
    ).toThrow(InputError);
  }
});

test('a request has its history and its signature after a restart', () => {
  const disk = memoryDisk();
  const log = RequestLog.open(disk, 'data/requests.log', handClock());
  for (const event of events.slice(0, 4)) log.append(event);
  expect(log.signatureOf(requestId)).toBeUndefined();
  log.append(events[4]!);
  const again = RequestLog.open(disk, 'data/requests.log', handClock());
  expect(again.historyOf(requestId).map(({ event }) => event)).toEqual(events);
  expect(again.signatureOf(requestId)?.r).toEqual(named('r'));
  expect(again.historyOf(named('another'))).toEqual([]);
  expect([again.head, again.count]).toEqual([log.head, 5]);
});

test('a log in which an entry was changed, removed or put in is refused', () => {
  const disk = memoryDisk();
  const log = RequestLog.open(disk, 'r', handClock());
  for (const event of events) log.append(event);
  const bytes = disk.files.get('r')!;
  for (let at = 0; at < bytes.length - 60; at += 7) {
    disk.files.set(
      'r',
      bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    );
    expect(() => RequestLog.open(disk, 'r', handClock())).toThrow(InputError);
  }
});

test('a detail is made printable and short', () => {
  expect(printable('a\u0000ä\n')).toBe('a???');
  expect(printable('x'.repeat(600))).toHaveLength(512);
});
