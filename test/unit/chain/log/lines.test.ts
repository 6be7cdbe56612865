import { describe, expect, it } from 'vitest';

import { ascii } from '../../../../src/crypto/bytes.ts';
import {
  MAX_LINE_BYTES,
  headerLine,
  lineError,
  linesIn,
  readHeaderLine,
} from '../../../../src/chain/log/lines.ts';
import { filled, sampleOwner } from './samples.ts';

describe('lines of a file', () => {
  it('come one after another, without their newlines', () => {
    expect([...linesIn(ascii('one\n\nthree\n'), 'f')]).toEqual(['one', '', 'three']);
    expect([...linesIn(new Uint8Array(0), 'f')]).toEqual([]);
  });

  it('end all alike: a file that ends within a line is cut off', () => {
    expect(() => [...linesIn(ascii('one\ntw'), 'f')]).toThrow(
      expect.objectContaining({ code: 'log-truncated', path: 'f line 2' }),
    );
  });

  it('have a limit', () => {
    const line = new Uint8Array(MAX_LINE_BYTES + 1).fill(0x61);
    const newline = Uint8Array.of(0x0a);
    expect([...linesIn(Uint8Array.of(...line.subarray(1), ...newline), 'f')]).toHaveLength(1);
    expect(() => [...linesIn(Uint8Array.of(...line, ...newline), 'f')]).toThrow(
      expect.objectContaining({ code: 'log-form', path: 'f line 1' }),
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
