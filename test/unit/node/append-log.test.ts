import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ascii, concat, equalBytes, u32 } from '../../../src/crypto/bytes.ts';
import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';
import { AppendLog } from '../../../src/node/append-log.ts';
import type { Disk } from '../../../src/system/ports.ts';

const options = { path: 'guard/000001.log', kind: 'guard', maxBodyBytes: 1000 };

/** Files as plain bytes: the log uses three calls of the port only. */
function memory(start?: Uint8Array) {
  const box = { bytes: start, fails: false };
  const refuse = (): never => {
    throw new Bug('not used by a log');
  };
  const disk: Disk = {
    read: () => box.bytes,
    append: (_, bytes) => {
      if (box.fails) throw new OperationError('disk-full', 'retry', 'no room');
      box.bytes = concat(box.bytes ?? new Uint8Array(0), bytes);
    },
    truncate: (_, length) => void (box.bytes = box.bytes?.slice(0, length)),
    ...{
      replace: refuse,
      create: refuse,
      move: refuse,
      remove: refuse,
      shred: refuse,
      list: refuse,
      freeBytes: refuse,
    },
  };
  return { box, disk };
}
function written(bodies: readonly Uint8Array[], settings = options): Uint8Array {
  const { box, disk } = memory();
  const { log } = AppendLog.open(disk, settings);
  for (const body of bodies) log.append(body);
  return box.bytes ?? new Uint8Array(0);
}
const fail = (): never => {
  throw new Bug('a log that was just written is read');
};
const bodiesOf = (bytes: Uint8Array) => AppendLog.open(memory(bytes).disk, options).bodies;
const three = [ascii('one'), ascii(''), ascii('three')];
const starts = [8, 8 + 12 + 3, 8 + 12 + 3 + 12];

describe('a log', () => {
  it('gives back what was appended, in order, and the same head', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 1000 }), { maxLength: 12 }), (bodies) => {
        const { disk } = memory();
        const { log } = AppendLog.open(disk, options);
        for (const body of bodies) log.append(body);
        const again = AppendLog.open(disk, options);
        expect(again.bodies).toEqual(bodies);
        expect(again.log.head).toEqual(log.head);
        expect(again.log.count).toBe(bodies.length);
      }),
    );
  });

  it('goes on after it was opened again', () => {
    const { box, disk } = memory();
    for (const body of three) AppendLog.open(disk, options).log.append(body);
    expect(box.bytes).toEqual(written(three));
  });

  it('has heads that tell every history apart', () => {
    const heads = [[], ['a'], ['b'], ['a', 'b'], ['ab'], ['b', 'a']].map((texts) => {
      const { log } = AppendLog.open(memory(written(texts.map(ascii))).disk, options);
      return log.head.join();
    });
    expect(new Set(heads).size).toBe(heads.length);
  });

  it('loses at most its incomplete last record when cut at any byte, and can go on', () => {
    const whole = written(three);
    for (let cut = 0; cut <= whole.length; cut++) {
      const { box, disk } = memory(whole.slice(0, cut));
      const { log, bodies } = AppendLog.open(disk, options);
      expect(bodies).toEqual(three.slice(0, bodies.length));
      if (cut === whole.length) expect(bodies).toHaveLength(3);
      log.append(ascii('next'));
      expect(bodiesOf(box.bytes ?? whole)).toEqual([...bodies, ascii('next')]);
    }
  });

  it('refuses every change of one bit before its last record, and names the offset of the record', () => {
    const whole = written(three);
    for (let at = 0; at < (starts[2] ?? 0); at++)
      for (let bit = 0; bit < 8; bit++) {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const offset = at < 8 ? 0 : (starts.findLast((start) => start <= at) ?? 0);
        try {
          bodiesOf(bytes);
          expect.unreachable(`byte ${at}, bit ${bit}`);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          expect(error.code).toBe('safety-state-damaged');
          expect(error.message).toContain(`at byte ${offset} `);
        }
      }
  });

  it('never takes a changed last record for a sound one', () => {
    const whole = written(three);
    for (let at = starts[2] ?? 0; at < whole.length; at++)
      for (let change = 1; change < 256; change++) {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] ?? 0) ^ change;
        expect(() => bodiesOf(bytes), `byte ${at} ^ ${change}`).toThrow(/safety|record at byte/);
      }
  });

  it('does not take a false length in its middle for a torn end', () => {
    const bytes = written([ascii('first'), ascii('second')]);
    bytes.set(u32(200), 8);
    expect(bytes.length).toBeLessThan(8 + 12 + 200);
    expect(() => bodiesOf(bytes)).toThrow(/byte 8 has a false length/);
  });

  it('refuses records that were swapped, doubled or left out', () => {
    const [magic, a, b] = [written([]), written([ascii('aa')]), written([ascii('aa'), ascii('bb')])];
    expect(magic.length).toBe(0);
    const [first, second] = [a.subarray(8), b.subarray(a.length)];
    const start = a.subarray(0, 8);
    for (const parts of [[second, first], [first, first], [second], [first, second, second]])
      expect(() => bodiesOf(concat(start, ...parts))).toThrow(InputError);
    expect(bodiesOf(concat(start, first, second))).toHaveLength(2);
  });

  it('of one kind is not read as another', () => {
    const bytes = written(three);
    expect(() => AppendLog.open(memory(bytes).disk, { ...options, kind: 'spec' })).toThrow(InputError);
  });

  it('refuses a file that is no log', () => {
    expect(() => bodiesOf(ascii('{"a": 1}  '))).toThrow(/byte 0 is no log/);
    expect(() => bodiesOf(ascii('x'))).toThrow(/byte 0 is no log/);
  });

  it('is as before after a write that failed', () => {
    const { box, disk } = memory();
    const { log } = AppendLog.open(disk, options);
    log.append(ascii('one'));
    const head = log.head;
    box.fails = true;
    expect(() => log.append(ascii('two'))).toThrow(OperationError);
    expect(equalBytes(log.head, head)).toBe(true);
    expect(log.count).toBe(1);
    box.fails = false;
    log.append(ascii('three'));
    expect(bodiesOf(box.bytes ?? head)).toEqual([ascii('one'), ascii('three')]);
  });

  it('has a limit on both sides', () => {
    const { log } = AppendLog.open(memory().disk, options);
    expect(() => log.append(new Uint8Array(1001))).toThrow(Bug);
    const larger = written([new Uint8Array(1001)], { ...options, maxBodyBytes: 2000 });
    expect(() => bodiesOf(larger)).toThrow(/announces 1001 bytes/);
  });

  it('that replaces another goes on from what it has written, and reads nothing back', () => {
    const { box, disk } = memory(written(three));
    const into: Disk = { ...disk, replace: (_, bytes) => void (box.bytes = bytes), read: () => fail() };
    const log = AppendLog.replace(into, options, [ascii('other')]);
    expect([log.count, equalBytes(log.head, AppendLog.open(disk, options).log.head)]).toEqual([1, true]);
    log.append(ascii('more'));
    expect(bodiesOf(box.bytes ?? new Uint8Array(0))).toEqual([ascii('other'), ascii('more')]);
    const empty = AppendLog.replace(into, options, []);
    empty.append(ascii('first'));
    expect(bodiesOf(box.bytes ?? new Uint8Array(0))).toEqual([ascii('first')]);
  });

  it('lends its head to nobody who could change it', () => {
    const { log } = AppendLog.open(memory().disk, options);
    log.head.fill(0);
    expect(log.head.some((byte) => byte !== 0)).toBe(true);
  });
});
