import { describe, expect, test } from 'vitest';

import { recheckEnvelopes, rootOf } from '../../../src/audit/audit-envelopes.ts';
import { rulesOf } from '../../../src/protocols/judge.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { equalBytes } from '../../../src/crypto/bytes.ts';
import {
  type Envelope,
  envelopeKinds,
  parseEnvelope,
  protos,
  sealEnvelope,
} from '../../../src/protocols/kernel/envelope.ts';
import { members } from '../../sim/cluster.ts';
import { thirtyTwo } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { type Forged, fileOf, forge } from './support/tamper.ts';

const { signature, run } = makeBase();
const bytes = fileOf(signature, 'presign.jsonl');
const problems = (changed: Uint8Array): string =>
  recheckEnvelopes(readTranscript(changed, 'presign.jsonl')).problems.join('\n');

/** The transcript with one broadcast exchanged; the chain of lines is made anew. */
const exchanged = (round: number, from: number, change: (envelope: Envelope) => Uint8Array): Uint8Array =>
  forge(bytes, ({ transcript }: Forged) => ({
    transcript: {
      ...transcript,
      broadcasts: transcript.broadcasts.map((envelopes, r) =>
        envelopes.map((one) => {
          const parsed = parseEnvelope(one);
          return r === round && parsed.header.from === from ? change(parsed) : one;
        }),
      ),
    },
  }));

const seedOf = (from: number): Uint8Array => {
  const member = members(3).find(({ index }) => index === from);
  if (member === undefined) throw new RangeError('a stranger');
  return member.seed;
};
/** The same message with other fields, signed by its own sender. */
const resigned = (
  envelope: Envelope,
  fields: Partial<Envelope['header']>,
  body = envelope.body,
): Uint8Array => sealEnvelope({ ...envelope.header, ...fields }, body, seedOf(envelope.header.from)).bytes;

describe('the envelopes of a session', () => {
  test('hold as they are, and every member has closed alike', () => {
    const file = readTranscript(bytes, 'presign.jsonl');
    const { problems: none, closes, view } = recheckEnvelopes(file);
    expect(none).toEqual([]);
    expect(closes).toBe(2);
    const ok = [...run.states.values()].flatMap((state) =>
      state.kind === 'done' ? [state.output.ok] : [],
    )[0];
    expect(file.root !== undefined && ok !== undefined && equalBytes(rootOf(file, view, ok), file.root)).toBe(
      true,
    );
  });

  test('are refused when another has signed one of them', () => {
    const forged = exchanged(1, 2, ({ header, body }) => sealEnvelope(header, body, seedOf(3)).bytes);
    expect(problems(forged)).toContain('line 5: party 2 has not signed this message');
  });

  test('are refused when a signature is exchanged', () => {
    const forged = exchanged(1, 2, ({ bytes: whole }) => {
      const changed = whole.slice();
      changed[250] = (changed[250] ?? 0) ^ 1;
      return changed;
    });
    expect(problems(forged)).toContain('line 5: party 2 has not signed this message');
  });

  test('are refused when one is of another session, or uses fields of another kind', () => {
    expect(problems(exchanged(2, 1, (one) => resigned(one, { sid: thirtyTwo('other') })))).toContain(
      'one of another session',
    );
    expect(problems(exchanged(2, 1, (one) => resigned(one, { ph: thirtyTwo('ph') })))).toContain(
      'fields that its kind does not have',
    );
    expect(problems(exchanged(2, 1, (one) => resigned(one, { suite: 2 })))).toContain(
      'fields that its kind does not have',
    );
    const direct = exchanged(2, 1, (one) => resigned(one, { kind: envelopeKinds.direct, to: 2 }));
    expect(problems(direct)).toContain('no place in a public transcript');
  });

  test('are refused when one does not follow its sender, or what all have seen', () => {
    expect(problems(exchanged(2, 1, (one) => resigned(one, { prev: thirtyTwo('prev') })))).toContain(
      'line 6: party 1 does not follow its own last message',
    );
    expect(problems(exchanged(2, 1, (one) => resigned(one, { view: thirtyTwo('view') })))).toContain(
      'line 6: party 1 confirms another round before this one',
    );
  });

  test('are refused when one does not name its direct messages', () => {
    const forged = exchanged(2, 1, (one) => resigned(one, {}, one.body.subarray(0, 4)));
    expect(problems(forged)).toContain('line 6: party 1 does not name its direct messages');
  });

  test('are refused when a later message shows that one was exchanged by its own sender', () => {
    const forged = exchanged(4, 1, (one) => resigned(one, {}, new Uint8Array(32)));
    expect(problems(forged)).toBe('');
    const earlier = exchanged(0, 1, (one) =>
      resigned(
        one,
        {},
        one.body.map((byte, i) => (i < 32 ? byte ^ 1 : byte)),
      ),
    );
    expect(problems(earlier)).toContain('line 4: party 1 does not follow its own last message');
    expect(problems(earlier)).toContain('line 1: round 0 makes the session id');
  });

  test('are refused when a round is missing, or is one too many', () => {
    const without = (rounds: readonly number[]): Uint8Array =>
      forge(bytes, ({ transcript }) => ({
        transcript: {
          ...transcript,
          broadcasts: transcript.broadcasts.map((round, r) => (rounds.includes(r) ? [] : round)),
        },
      }));
    expect(problems(without([2]))).toContain('round 2 lacks party 1, 2');
    expect(problems(without([0]))).toContain('round 0 does not make a session id');
    expect(problems(exchanged(4, 2, (one) => resigned(one, { round: 5 })))).toContain('there is no round 5');
  });

  test('have rules for every protocol that is audited', () => {
    expect([protos.keygen, protos.presign, protos.sign].every((proto) => rulesOf(proto) !== undefined)).toBe(
      true,
    );
    expect(rulesOf(protos.coinFlip)).toBeUndefined();
  });
});
