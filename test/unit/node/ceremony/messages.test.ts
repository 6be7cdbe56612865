import { expect, it } from 'vitest';

import { decode, encode } from '../../../../src/crypto/codec.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { scalar } from '../../../../src/crypto/secp256k1.ts';
import { type CeremonyMessage, ceremonyMessageCodec } from '../../../../src/node/ceremony/messages.ts';
import { checkCodec } from '../../../sim/codecs.ts';
import { named } from '../helpers.ts';

const signature = Uint8Array.from([...named('r'), ...named('s')]);
const messages: readonly CeremonyMessage[] = [
  { kind: 'acceptance', signature, signedAtMs: 5n },
  {
    kind: 'execute',
    attempt: 1,
    acceptances: [{ index: partyIndex(1), signature, signedAtMs: 5n }],
    spec: named('spec'),
  },
  { kind: 'proof', window: 1, signature: { r: scalar(3n), s: scalar(4n), yParity: 1 } },
  { kind: 'lock-signature', lockHash: named('lock'), signature },
  { kind: 'farewell', reason: 'operator-abort', detail: 'the operator ended it' },
];

it.each(messages.map((message) => [message.kind, message] as const))(
  'the %s of a ceremony is decoded strictly, and comes back as it was',
  (_, message) => {
    checkCodec(ceremonyMessageCodec, message);
    expect(decode(ceremonyMessageCodec, encode(ceremonyMessageCodec, message))).toEqual(message);
  },
);
