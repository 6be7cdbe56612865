import { describe, expect, it } from 'vitest';

import { latin1 } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { EventLog } from '../../../../src/node/ceremony/events.ts';
import { memoryDisk, memoryLog } from '../helpers.ts';

const source = { ceremony: '0x01', node: 'a', path: 'c/events.jsonl' };
const made = (disk = memoryDisk()) => {
  const log = memoryLog();
  return { disk, log, events: new EventLog(source, { disk, log, nowMs: () => 7 }) };
};
const lines = (disk: ReturnType<typeof memoryDisk>): readonly string[] =>
  latin1(disk.read('c/events.jsonl') ?? new Uint8Array(0))
    .split('\n')
    .slice(0, -1);

describe('the events of a ceremony', () => {
  it('are one line of ASCII each, numbered without gaps, also after a restart', () => {
    const { disk, events } = made();
    events.emit(0, 'proposed', { name: '✖ “x”' });
    events.emit(1, 'round');
    made(disk).events.emit(1, 'aborted');
    expect(lines(disk).map((line) => JSON.parse(line) as object)).toMatchObject([
      { v: 1, seq: '0', t: '7', ceremony: '0x01', attempt: '0', node: 'a', type: 'proposed', name: '✖ “x”' },
      { seq: '1', type: 'round' },
      { seq: '2', type: 'aborted' },
    ]);
    expect(lines(disk).every((line) => /^[ -~]*$/.test(line))).toBe(true);
  });

  it('are on disk before they take effect, and have no effect when they cannot be', () => {
    const { disk, events } = made();
    const order: string[] = [];
    events.listen(({ type }) => order.push(`told ${type}`));
    events.emit(0, 'accepted', {}, () => order.push(`effect with ${lines(disk).length}`));
    disk.fault = { code: 'disk-full', level: 'retry' };
    expect(() => events.emit(0, 'round', {}, () => order.push('effect'))).toThrow(OperationError);
    expect(order).toEqual(['effect with 1', 'told accepted']);
  });

  it('end with one that is told even where it cannot be written', () => {
    const { disk, events, log } = made();
    disk.fault = { code: 'disk-full', level: 'retry' };
    const told: string[] = [];
    events.listen(({ type }) => told.push(type));
    events.last(0, 'result', { ok: false });
    expect(told).toEqual(['result']);
    expect(log.lines).toMatchObject([{ event: 'event not written', fields: { reason: 'disk-full' } }]);
    disk.fault = { code: 'fsync-failed', level: 'fatal' };
    expect(() => events.last(0, 'result', {})).toThrow(OperationError);
  });

  it('are told to who comes later from the first, until it leaves', () => {
    const { events } = made();
    events.emit(0, 'a');
    const told: string[] = [];
    const leave = events.listen(({ type }) => told.push(type));
    events.emit(0, 'b');
    leave();
    events.emit(0, 'c');
    expect(told).toEqual(['a', 'b']);
  });
});
