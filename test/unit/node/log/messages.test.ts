import { describe, expect, it } from 'vitest';

import { countersignHead, signProof } from '../../../../src/chain/log/head.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, leavesOf } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { type LogMessage, encodeLogMessage, logMessageCodec } from '../../../../src/node/log/messages.ts';
import { headOf, identityOf, logWith, refusal, subject } from './samples.ts';

const identity = identityOf(1);
const { log } = logWith(2);
const from = headOf(log, identity);
log.append(refusal(2), subject);
const to = headOf(log, identity);
const hashes = log.proofBetween(2, 3);
const { owner, instance } = log.of;
const messages: readonly LogMessage[] = [
  { kind: 'head', owner, instance, signed: from },
  { kind: 'prove', from, to },
  {
    ...{ kind: 'proof', from: 2, to: 3 },
    proof: identity.lend((seed) => signProof(seed, from.head, to.head, hashes)),
  },
  {
    ...{ kind: 'witness', logId: from.head.logId, size: 2 },
    countersignature: identity.lend((seed) => countersignHead(seed, from.head, partyIndex(2))),
  },
];

describe('what nodes say about their logs', () => {
  it.each(messages.map((message) => [message.kind, message] as const))(
    '%s comes back as it was, and not with a byte less or more',
    (_, message) => {
      const bytes = encodeLogMessage(message);
      expect(decode(logMessageCodec, bytes)).toEqual(message);
      for (let length = 0; length < bytes.length; length++)
        expect(() => decode(logMessageCodec, bytes.subarray(0, length))).toThrow(InputError);
      expect(() => decode(logMessageCodec, Uint8Array.of(...bytes, 0))).toThrow(InputError);
      expect(leavesOf(logMessageCodec.schema, bytes).length).toBeGreaterThan(3);
    },
  );

  it('is short, so that a member is not kept busy with one of them', () => {
    expect(logMessageCodec.maxBytes).toBeLessThan(2_000);
  });
});
