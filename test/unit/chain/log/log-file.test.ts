import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import {
  type LogEntry,
  type LogEvent,
  MAX_ENTRY_BYTES,
  encodeLogEntry,
} from '../../../../src/chain/log/entry.ts';
import { MAX_LINE_BYTES } from '../../../../src/chain/log/lines.ts';
import { LogReader, LogWriter } from '../../../../src/chain/log/log-file.ts';
import { events, filled, headOf, logOf, sampleOwner } from './samples.ts';

const log = logOf(events.slice(1));

function written(entries: readonly LogEntry[], owner = sampleOwner): readonly string[] {
  const writer = new LogWriter(owner);
  return [writer.header(), ...entries.map((entry) => writer.entry(entry)), writer.trailer()];
}
function read(lines: readonly string[]): {
  readonly entries: readonly LogEntry[];
  readonly reader: LogReader;
} {
  const reader = new LogReader('ada/log.jsonl');
  const entries = lines.flatMap((line) => reader.read(line)?.entry ?? []);
  reader.finish();
  return { entries, reader };
}
/** The failed check and where, or `passes`. */
function verdict(lines: readonly string[]): string {
  try {
    read(lines);
    return 'passes';
  } catch (error) {
    if (error instanceof InputError) return `${error.code} at ${error.path}`;
    throw error;
  }
}
const lines = written(log);

describe('an exported log', () => {
  it('comes back entry by entry, with its owner and what it comes to', () => {
    const { entries, reader } = read(lines);
    expect(entries).toEqual(log);
    expect(reader.owner).toEqual(sampleOwner);
    const { root, chain, size: count } = headOf(log, 0);
    expect(reader.finish()).toEqual({ ...sampleOwner, count, root, chain });
  });

  it('without entries is a log too', () => {
    const { root, chain } = headOf([], 0);
    expect(read(written([])).reader.finish()).toEqual({ ...sampleOwner, count: 0, root, chain });
  });

  it('says in words what stands in the bytes', () => {
    const [, , , , refused = ''] = lines;
    expect(JSON.parse(refused)).toEqual({
      ...{ seq: 3, atMs: 1003, keyId: to0x(filled(3)), epochNo: 1 },
      event: { kind: 'refused', requestId: to0x(filled(0x1d)), from: 3, reason: 'policy-denied' },
      entry: to0x(encodeLogEntry(log[3] ?? expect.fail('no entry'))),
    });
  });

  it('shows hostile text as text', () => {
    const reason = '","entry":"0x00"}<script>\\u0000{"end":true';
    const hostile = logOf([{ kind: 'refused', requestId: filled(1), from: 0, reason }]);
    expect(read(written(hostile)).entries).toEqual(hostile);
  });

  it('has lines below the limit, however long its entries are', () => {
    const members = Array.from({ length: 64 }, (_, i) => partyIndex(65_000 + i));
    const [sign] = events.filter((event) => event.kind === 'sign');
    if (sign === undefined) expect.fail('no sample');
    const record = { path: '"'.repeat(160), hash: filled(255) };
    const longest: LogEvent = { ...sign, quorum: members, culprits: members, reason: '"'.repeat(64), record };
    const [entry] = logOf([longest]);
    if (entry === undefined) expect.fail('no entry');
    expect(encodeLogEntry(entry).length).toBe(MAX_ENTRY_BYTES);
    for (const line of written([entry])) expect(line.length).toBeLessThan(MAX_LINE_BYTES / 2);
  });
});

describe('a changed log', () => {
  it('is refused for every character that is another, and the line is named', () => {
    const short = written(log.slice(0, 3));
    short.forEach((line, i) => {
      for (let at = 0; at < line.length; at++) {
        const other = line[at] === '0' ? '1' : '0';
        const changed = `${line.slice(0, at)}${other}${line.slice(at + 1)}`;
        expect(verdict(short.with(i, changed))).toMatch(
          new RegExp(`^log-(form|name|sequence|chain|root) at ada/log.jsonl line ${i + 1}( |$)`),
        );
      }
    });
  });

  it('is refused where an entry is missing, doubled, moved, or of another log', () => {
    const sequence = (line: number, entry: number): string =>
      `log-sequence at ada/log.jsonl line ${line} entry ${entry}`;
    expect(verdict(lines.toSpliced(3, 1))).toBe(sequence(4, 2));
    expect(verdict(lines.toSpliced(3, 0, lines[2] ?? ''))).toBe(sequence(4, 2));
    expect(verdict(lines.with(2, lines[3] ?? '').with(3, lines[2] ?? ''))).toBe(sequence(3, 1));
    const [, other = ''] = written(logOf(events.slice(1), { ...sampleOwner, cluster: filled(1) }));
    expect(verdict(lines.with(1, other))).toBe('log-chain at ada/log.jsonl line 2 entry 0');
  });

  it('is refused where an entry was made anew, number and all', () => {
    const [first, second, third] = log;
    if (first === undefined || second === undefined || third === undefined) expect.fail('no entries');
    const changed = { ...second, atMs: second.atMs + 1 };
    expect(verdict(written([first, changed, third]))).toBe('log-chain at ada/log.jsonl line 4 entry 2');
    // The newest entry has nothing behind it but the last line, which is compared with it.
    const end = lines.at(-1) ?? '';
    const recent = [...written([...log.slice(0, -1), { ...third, seq: log.length - 1 }]).slice(0, -1), end];
    expect(verdict(recent)).toMatch(/^log-chain at/);
    const last = log.at(-1) ?? third;
    const other = [...written([...log.slice(0, -1), { ...last, atMs: 1 }]).slice(0, -1), end];
    expect(verdict(other)).toBe(`log-root at ada/log.jsonl line ${lines.length} entry ${log.length}`);
  });

  it('is refused where it ends early, or goes on behind its end', () => {
    for (let count = 0; count < lines.length; count++)
      expect(verdict(lines.slice(0, count))).toBe(`log-truncated at ada/log.jsonl line ${count + 1}`);
    expect(verdict([...lines.slice(0, 3), lines.at(-1) ?? ''])).toBe(
      'log-root at ada/log.jsonl line 4 entry 2',
    );
    const behind = `log-form at ada/log.jsonl line ${lines.length + 1}`;
    expect(verdict([...lines, lines.at(-1) ?? ''])).toBe(behind);
    expect(verdict([...lines, lines[1] ?? ''])).toBe(behind);
    expect(verdict([...lines, ...lines])).toBe(behind);
  });

  it('is refused under the name of another owner, and when it is no log', () => {
    const [header = ''] = written([], { ...sampleOwner, cluster: filled(1) });
    const logId = /"logId":"[^"]*"/;
    const renamed = (lines[0] ?? '').replace(logId, logId.exec(header)?.[0] ?? '');
    expect(verdict(lines.with(0, renamed))).toBe('log-name at ada/log.jsonl line 1');
    expect(verdict(lines.with(0, (lines[0] ?? '').replace('-log', '-heads')))).toBe(
      'log-form at ada/log.jsonl line 1',
    );
    expect(verdict([''])).toBe('log-form at ada/log.jsonl line 1');
  });

  it('is refused where the bytes of an entry are none', () => {
    for (const hex of ['0x', '0x0', '0x00', `0x${'00'.repeat(300)}`])
      expect(verdict(lines.with(1, `{"seq":0,"entry":"${hex}"}`))).toBe(
        'log-form at ada/log.jsonl line 2 entry 0',
      );
  });
});
