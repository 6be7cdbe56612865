import { expect, it } from 'vitest';

import { partyIndex } from '../../../src/crypto/brand.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { type SigningMessage, channels, printable, signingMessageCodec } from '../../../src/node/control.ts';
import { checkCodec } from '../../sim/codecs.ts';
import { named } from './helpers.ts';

const messages: readonly SigningMessage[] = [
  { kind: 'presign', spec: named('spec') },
  {
    kind: 'sign',
    request: named('request'),
    attempt: 2,
    quorum: [partyIndex(1), partyIndex(3)],
    presigId: named('presignature'),
  },
  { kind: 'refusal', subject: named('subject'), attempt: 2, reason: 'guard-conflict', detail: 'slot 7' },
  { kind: 'marks-wanted', keyId: named('key') },
  {
    kind: 'marks',
    keyId: named('key'),
    isQuarantined: true,
    marks: [{ lane: 'nonce', scope: named('scope'), low: 7n, high: undefined }],
  },
];

it.each(messages.map((message) => [message.kind, message] as const))(
  'the %s of the signing channel is decoded strictly, and comes back as it was',
  (_, message) => {
    checkCodec(signingMessageCodec, message);
    expect(decode(signingMessageCodec, encode(signingMessageCodec, message))).toEqual(message);
  },
);

it('each channel has a number of its own', () => {
  expect(new Set(Object.values(channels)).size).toBe(Object.keys(channels).length);
});

it('a detail is cut and cleaned to what its message carries', () => {
  expect(printable('“7” ✖ a\nb')).toBe('?7? ? a?b');
  const long = {
    kind: 'refusal',
    subject: named('x'),
    attempt: 0,
    reason: 'r',
    detail: printable('x'.repeat(9_999)),
  } as const;
  expect(encode(signingMessageCodec, long).length).toBeLessThan(700);
});
