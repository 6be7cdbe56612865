import { describe, expect, it } from 'vitest';

import { ascii, latin1 } from '../../../../src/crypto/bytes.ts';
import { readStanding, writeStanding } from '../../../../src/node/epochs/standing-file.ts';
import { certHashOf } from '../../../../src/protocols/reshare/activation.ts';
import { certified, changeOf, firstEpoch, redealt } from '../../audit/support/epochs.ts';

const first = firstEpoch(3, 2);
const { prepared, shares } = redealt(first, changeOf(first.lock, { committee: [1, 3, 4] }));
const whole = certified(first.lock.record, prepared, shares);
const kept = { attempt: 2, standing: whole, isSuperseded: true };
const text = latin1(writeStanding(kept));
/** The file with one text in the place of another. */
const altered = (from: string | RegExp, to: string | ((found: string) => string)): Uint8Array => {
  const out = typeof to === 'string' ? text.replace(from, to) : text.replace(from, to);
  if (out === text) throw new RangeError(`nothing to replace: ${String(from)}`);
  return ascii(out);
};

describe('the file of an attempt that was prepared', () => {
  it.each([
    ['with everything', whole],
    ['without acknowledgements and COMMITs', { prepared, acks: [], commits: [] }],
  ])('comes back as it was, %s', (_, standing) => {
    const file = writeStanding({ attempt: 3, standing, isSuperseded: false });
    const read = readStanding(file, 'x');
    expect(read.attempt).toBe(3);
    expect([read.isSuperseded, readStanding(writeStanding(kept), 'x').isSuperseded]).toEqual([false, true]);
    expect(certHashOf(read.standing.prepared)).toEqual(certHashOf(prepared));
    expect(read.standing.acks).toHaveLength(standing.acks.length);
    expect(read.standing.commits).toEqual(standing.commits);
    expect(writeStanding(read)).toEqual(file);
  });

  it('is refused wherever it is cut off', () => {
    const file = writeStanding(kept);
    for (let length = 0; length < file.length; length += 7)
      expect(() => readStanding(file.slice(0, length), 'x')).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^file-(truncated|damaged)$/), path: 'x' }),
      );
  });

  it.each<[string, Uint8Array]>([
    ['of another kind', altered('conclave-activation', 'conclave-erasure')],
    ['of a later version', altered(/"version": ?1/, '"version": 2')],
    ['with a field more', altered('"attempt"', '"more": 1,\n  "attempt"')],
    ['with an attempt that is no number', altered(/"attempt": ?2/, '"attempt": "2"')],
    ['with what is not hex', altered('0x', '0xzz')],
    ['with upper-case hex', altered(/"prepared": ?"0x[0-9a-f]{200}/, (all) => all.replaceAll('a', 'A'))],
    ['with a record that lacks its first byte', altered(/"prepared": ?"0x../, '"prepared": "0x')],
  ])('%s is refused', (_, bytes) => {
    expect(() => readStanding(bytes, 'x')).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(file-damaged|file-truncated|malformed)$/) }),
    );
  });
});
