import { expect, it } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { checkedBody, withChecksum } from '../../../src/crypto/checksum.ts';

it('gives back what was checked, and nothing of what is cut or changed in any bit', () => {
  for (const body of [ascii(''), ascii('a body')]) {
    const bytes = withChecksum(body);
    expect(checkedBody(bytes)).toEqual(body);
    for (let at = 0; at < bytes.length; at++) {
      expect(checkedBody(bytes.subarray(0, at))).toBeUndefined();
      for (let bit = 1; bit < 256; bit <<= 1)
        expect(checkedBody(bytes.map((byte, i) => (i === at ? byte ^ bit : byte)))).toBeUndefined();
    }
  }
});
