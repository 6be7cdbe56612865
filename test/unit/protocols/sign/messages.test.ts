import { describe, expect, it } from 'vitest';

import { encode } from '../../../../src/crypto/codec.ts';
import { scalar } from '../../../../src/crypto/secp256k1.ts';
import { Share, nonceCodec, shareCodec } from '../../../../src/protocols/sign/messages.ts';
import { checkCodec } from '../../../sim/codecs.ts';

const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const share = { presigId: a, tuple: b, w: scalar(3n), u: scalar(-1n) };

describe('messages of signing', () => {
  it('have 64 and 128 bytes', () => {
    expect(encode(nonceCodec, { tuple0: a, nonce: b })).toHaveLength(64);
    expect(encode(shareCodec, share)).toHaveLength(128);
  });

  it('decode what they encode, and nothing else', () => {
    checkCodec(nonceCodec, { tuple0: a, nonce: b });
    checkCodec(shareCodec, share);
  });

  it('are final once a share has left', () => {
    expect(Share.isPromise?.(share)).toBe(true);
  });
});
