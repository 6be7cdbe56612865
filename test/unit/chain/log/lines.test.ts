import { describe, expect, it } from 'vitest';

import { ascii } from '../../../../src/crypto/bytes.ts';
import {
  LineSplitter,
  MAX_LINE_BYTES,
  headerLine,
  lineError,
  readHeaderLine,
} from '../../../../src/chain/log/lines.ts';
import { filled, sampleOwner } from './samples.ts';

/** The lines of a file that comes in these pieces. */
function linesIn(pieces: readonly Uint8Array[], maxLines?: number): readonly string[] {
  const splitter = new LineSplitter('f', maxLines);
  const lines = pieces.flatMap((piece) => [...splitter.take(piece)]);
  splitter.end();
  return lines;
}

describe('lines of a file', () => {
  it('come one after another, without their newlines, in whatever pieces', () => {
    const file = ascii('one\n\nthree\n');
    const lines = ['one', '', 'three'];
    expect(linesIn([file])).toEqual(lines);
    expect(linesIn([...file].map((byte) => Uint8Array.of(byte)))).toEqual(lines);
    for (let at = 0; at <= file.length; at++)
      expect(linesIn([file.subarray(0, at), file.subarray(at)])).toEqual(lines);
    expect(linesIn([])).toEqual([]);
  });

  it('end all alike: a file that ends within a line is cut off', () => {
    for (const pieces of [[ascii('one\ntw')], [ascii('one\nt'), ascii('w')]])
      expect(() => linesIn(pieces)).toThrow(
        expect.objectContaining({ code: 'log-truncated', path: 'f line 2' }),
      );
  });

  it('have a limit, which is found before the line ends', () => {
    const line = new Uint8Array(MAX_LINE_BYTES).fill(0x61);
    const newline = Uint8Array.of(0x0a);
    expect(linesIn([line, newline])).toHaveLength(1);
    const tooLong = expect.objectContaining({ code: 'log-form', path: 'f line 1' });
    expect(() => linesIn([Uint8Array.of(...line, 0x61, 0x0a)])).toThrow(tooLong);
    const splitter = new LineSplitter('f');
    expect([...splitter.take(line)]).toEqual([]);
    expect(() => [...splitter.take(Uint8Array.of(0x61))]).toThrow(tooLong);
  });

  it('are so many at most', () => {
    expect(linesIn([ascii('a\nb\n')], 2)).toEqual(['a', 'b']);
    expect(() => linesIn([ascii('a\nb\nc\n')], 2)).toThrow(
      expect.objectContaining({ code: 'log-form', path: 'f line 3' }),
    );
  });
});

describe('the first line', () => {
  it('says of what kind the file is and whose, and comes back', () => {
    for (const owner of [sampleOwner, { ...sampleOwner, instance: filled(4, 16) }])
      expect(readHeaderLine('conclave-log', headerLine('conclave-log', owner), 'f line 1')).toEqual(owner);
  });

  it('of another kind or name is refused', () => {
    const line = headerLine('conclave-log', sampleOwner);
    const refused = (text: string, kind = 'conclave-log'): unknown => {
      try {
        return readHeaderLine(kind, text, 'f line 1');
      } catch (error) {
        return error;
      }
    };
    expect(refused(line, 'conclave-heads')).toMatchObject({ code: 'log-form', path: 'f line 1' });
    expect(refused(line.replace('"version":1', '"version":2'))).toMatchObject({ code: 'log-form' });
    expect(refused(line.replace('"instance":"0x"', '"instance":"0x00"'))).toMatchObject({ code: 'log-form' });
    expect(refused(line.replace(/"logId":"0x./, '"logId":"0x?'))).toMatchObject({ code: 'log-form' });
    const named = line.replace('"instance":"0x"', `"instance":"0x${'11'.repeat(16)}"`);
    expect(refused(named)).toMatchObject({ code: 'log-name' });
  });
});

describe('an error', () => {
  it('has the check as its code and the place as its path', () => {
    expect(lineError('log-chain', 'f line 3 entry 1', 'does not follow')).toMatchObject({
      ...{ code: 'log-chain', path: 'f line 3 entry 1', message: 'f line 3 entry 1 does not follow' },
    });
  });
});
