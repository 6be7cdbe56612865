import { describe, expect, it } from 'vitest';

import { recoverPublicKey, verifyDigest } from '../../../../src/crypto/ecdsa.ts';
import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import { dealKey, digestOf, quorumsOf, runPresign, runSign } from '../../../sim/signing.ts';

describe('presigning and signing', () => {
  it('signs under the key of a 2-of-3 committee', () => {
    const key = dealKey(2, 3);
    const [quorum = []] = quorumsOf(key);
    const run = runPresign(key, quorum, 4);
    const digest = digestOf('hello');
    for (const [, state] of runSign(run, 0, digest)) {
      expect(state.kind).toBe('done');
      if (state.kind !== 'done') continue;
      expect(verifyDigest(publicKeyOf(key.record), digest, state.output)).toBe(true);
      expect(recoverPublicKey(digest, state.output)?.equals(publicKeyOf(key.record))).toBe(true);
    }
  });
});
