import { describe, expect, test } from 'vitest';

import type { PartyIndex } from '../../../../src/crypto/brand.ts';
import { concat, toHex } from '../../../../src/crypto/bytes.ts';
import { type Codec, decode, encode } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { SIGNED_BYTES, zero32 } from '../../../../src/protocols/kernel/envelope.ts';
import {
  abortCodec,
  closeCodec,
  exhibitCodec,
  outcomes,
  sessionRoot,
  viewOf,
} from '../../../../src/protocols/kernel/notices.ts';
import { broadcastOf, flipped, party, sid } from '../support/envelopes.ts';

function isStrict<T>(codec: Codec<T>, value: NoInfer<T>): void {
  const bytes = encode(codec, value);
  expect(decode(codec, bytes, 'notice')).toEqual(value);
  for (let length = 0; length < bytes.length; length++)
    expect(() => decode(codec, bytes.subarray(0, length), 'notice')).toThrow(InputError);
  expect(() => decode(codec, concat(bytes, Uint8Array.of(0)), 'notice')).toThrow(InputError);
}

describe('the body of a notice', () => {
  test('of an abort goes to bytes and back, at no other length', () => {
    const evidence = Uint8Array.of(1, 2, 3);
    isStrict(abortCodec, { code: 'malformed', check: 'V1', accused: [party(1), party(4)], evidence });
  });

  test('of an exhibit holds headers with their signatures, each whole', () => {
    const signed = [1, 2].map((j) => broadcastOf(j, 1).bytes.slice(0, SIGNED_BYTES));
    isStrict(exhibitCodec, { round: 1, signed });
    expect(() => encode(exhibitCodec, { round: 1, signed: [new Uint8Array(SIGNED_BYTES - 1)] })).toThrow();
  });

  test('of a close goes to bytes and back, at no other length', () => {
    isStrict(closeCodec, { root: sid, outcome: outcomes.discarded });
  });

  test('states its outcome by a number that never changes', () => {
    expect(outcomes).toEqual({ done: 0, aborted: 1, discarded: 2 });
  });
});

const eids = new Map([1, 2, 3].map((j) => [party(j), broadcastOf(j, 1).eid]));

test('a view binds session, round, the view before, and whose broadcast has which name', () => {
  const changed = new Map<PartyIndex, Uint8Array>([...eids, [party(2), zero32]]);
  const swapped = new Map([...eids].map(([j, eid]) => [party(j === 3 ? 4 : j), eid]));
  const views = [
    viewOf(sid, 1, zero32, eids),
    viewOf(zero32, 1, zero32, eids),
    viewOf(sid, 2, zero32, eids),
    viewOf(sid, 1, sid, eids),
    viewOf(sid, 1, zero32, changed),
    viewOf(sid, 1, zero32, swapped),
    viewOf(sid, 1, zero32, new Map([...eids].slice(1))),
  ];
  expect(new Set(views.map(toHex)).size).toBe(views.length);
  expect(viewOf(sid, 1, zero32, new Map(eids))).toEqual(views[0]);
});

test('a root binds session, view, outcome, result and aborts', () => {
  const end = { sid, view: zero32, outcome: outcomes.done, outputHash: zero32, aborts: [] };
  const roots = [
    end,
    { ...end, sid: zero32 },
    { ...end, view: sid },
    { ...end, outcome: outcomes.aborted },
    { ...end, outputHash: flipped(zero32, 31) },
    { ...end, aborts: [zero32] },
    { ...end, aborts: [zero32, zero32] },
  ].map(sessionRoot);
  expect(new Set(roots.map(toHex)).size).toBe(roots.length);
});
