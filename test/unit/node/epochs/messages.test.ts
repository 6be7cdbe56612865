import { expect, it } from 'vitest';

import { decode, encode } from '../../../../src/crypto/codec.ts';
import { type ActivationMessage, activationMessageCodec } from '../../../../src/node/epochs/messages.ts';
import { certHashOf } from '../../../../src/protocols/reshare/activation.ts';
import { checkCodec } from '../../../sim/codecs.ts';
import { certified, changeOf, firstEpoch, redealt } from '../../audit/support/epochs.ts';

const first = firstEpoch(3, 2);
const { prepared, shares } = redealt(first, changeOf(first.lock));
const certificate = certified(first.lock.record, prepared, shares);
const certHash = certHashOf(prepared);
const [ack] = certificate.acks;
const [commit] = certificate.commits;
if (ack === undefined || commit === undefined) throw new RangeError('a certificate has both');

const messages: readonly ActivationMessage[] = [
  { kind: 'ack', certHash, ack },
  { kind: 'commit', certHash, acks: certificate.acks, commit },
  { kind: 'activation', certificate },
];

it.each(messages.map((message) => [message.kind, message] as const))(
  'the %s of an attempt is decoded strictly, and comes back as it was',
  (_, message) => {
    checkCodec(activationMessageCodec, message);
    const bytes = encode(activationMessageCodec, message);
    expect(encode(activationMessageCodec, decode(activationMessageCodec, bytes))).toEqual(bytes);
  },
);

it('the three are told apart by their first byte', () => {
  const kinds = messages.map((message) => encode(activationMessageCodec, message)[0]);
  expect(new Set(kinds).size).toBe(3);
});

it('a message of another kind is refused', () => {
  const bytes = encode(activationMessageCodec, { kind: 'ack', certHash, ack });
  const other = Uint8Array.from([9, ...bytes.subarray(1)]);
  expect(() => decode(activationMessageCodec, other)).toThrow(expect.objectContaining({ code: 'malformed' }));
});
