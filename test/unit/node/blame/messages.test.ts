import { expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decode } from '../../../../src/crypto/codec.ts';
import {
  type BlameMessage,
  blameMessageCodec,
  encodeBlame,
  evidenceName,
} from '../../../../src/node/blame/messages.ts';
import { named } from '../helpers.ts';

const shown = { reason: 'bad-opening', spec: Uint8Array.of(1, 2), evidence: Uint8Array.of(3) };
const messages: readonly BlameMessage[] = [
  { kind: 'held', items: [{ name: named('a'), accused: partyIndex(3), session: named('s') }] },
  { kind: 'wanted', name: named('a') },
  { kind: 'case', ...shown },
  {
    ...{ kind: 'demand', spec: Uint8Array.of(5), joined: new Uint8Array(271).fill(6), round: 2 },
    ...{ by: partyIndex(1), deadlineMs: 9n, signature: new Uint8Array(64) },
  },
  { kind: 'answer', demand: named('d'), envelope: Uint8Array.of(8) },
];

it.each(messages.map((one) => [one.kind, one] as const))('a message (%s) has one form', (_, message) => {
  const bytes = encodeBlame(message);
  expect(decode(blameMessageCodec, bytes, 'message')).toEqual(message);
  for (const other of [bytes.slice(0, -1), Uint8Array.from([...bytes, 0])])
    expect(() => decode(blameMessageCodec, other, 'message')).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
});

it('evidence is named by its session and its bytes, and not by the reason that is given for it', () => {
  expect(evidenceName({ ...shown, evidence: Uint8Array.of(4) })).not.toEqual(evidenceName(shown));
  expect(evidenceName({ ...shown, spec: Uint8Array.of(1) })).not.toEqual(evidenceName(shown));
  expect(evidenceName({ spec: shown.spec, evidence: shown.evidence })).toEqual(evidenceName(shown));
});
