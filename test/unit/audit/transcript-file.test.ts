import { describe, expect, test } from 'vitest';

import { readTranscript, roundsOf, writeTranscript } from '../../../src/audit/transcript-file.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { HEADER_BYTES, SIGNED_BYTES, protos } from '../../../src/protocols/kernel/envelope.ts';
import { specCodec } from '../../../src/protocols/kernel/spec.ts';
import { makeBase } from './support/sets.ts';
import { cuts, fileOf, flips, forge, lineMutations } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const keygen = fileOf(ceremony.files, 'transcript.jsonl');
const sign = fileOf(signature, 'sign.jsonl');
const presign = fileOf(signature, 'presign.jsonl');
const lines = (bytes: Uint8Array): string[] => new TextDecoder().decode(bytes).trimEnd().split('\n');
const file = (changed: readonly string[]): Uint8Array => new TextEncoder().encode(`${changed.join('\n')}\n`);
/** The refusal of bytes. */
function refusal(bytes: Uint8Array): InputError {
  try {
    readTranscript(bytes, 't');
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new RangeError('nothing was refused');
}

/** Whether two files of one length differ in a signature, which no hash covers: the audit verifies these. */
const isSignature = (before: Uint8Array, after: Uint8Array): boolean => {
  const at = before.findIndex((byte, i) => byte !== after[i]);
  const start = lines(before.subarray(0, at + 1)).at(-1) ?? '';
  const envelope = start.indexOf('"envelope":"0x');
  const digit = start.length - 1 - envelope - '"envelope":"0x'.length;
  const isHex = /[0-9a-f]/.test(String.fromCharCode(after[at] ?? 0));
  return envelope >= 0 && isHex && digit >= 2 * HEADER_BYTES && digit < 2 * SIGNED_BYTES;
};

describe('a transcript file', () => {
  test('comes back byte for byte, of every protocol', () => {
    for (const bytes of [keygen, presign, sign]) expect(forge(bytes, () => ({}))).toEqual(bytes);
  });

  test('has a line for each envelope between its first and its last, in canonical order', () => {
    const { entries, proto, outcome } = readTranscript(keygen, 't');
    expect([proto, outcome]).toEqual(['keygen', 'done']);
    expect(lines(keygen)).toHaveLength(entries.length + 2);
    const places = entries.map(({ envelope: { header } }) => [header.kind, header.round, header.from].join());
    expect(new Set(places).size).toBe(entries.length);
    expect(roundsOf({ entries }).map((round) => round.length)).toEqual([3, 3, 3, 3, 3]);
    expect(roundsOf(readTranscript(sign, 't')).map((round) => round.length)).toEqual([0, 2, 2]);
  });

  test('is the same whichever order its notices came in', () => {
    const turned = forge(keygen, ({ transcript }) => ({
      transcript: { ...transcript, notices: transcript.notices.toReversed() },
    }));
    expect(turned).toEqual(keygen);
  });

  test('states of an online session what it was about, and of others not', () => {
    expect(readTranscript(sign, 't').signing).toMatchObject({ quorum: [1, 2], attempt: 0 });
    expect(readTranscript(keygen, 't').signing).toBeUndefined();
  });

  test('is refused with the line of whatever is deleted, doubled, or out of place', () => {
    for (const bytes of [keygen, sign])
      for (const { what, bytes: changed, lines: near } of lineMutations(bytes)) {
        const { message, code } = refusal(changed);
        const named = /^t line (\d+)/.exec(message)?.[1];
        expect(near, `${what}: ${message}`).toContain(Number(named));
        expect(['file-damaged', 'file-truncated']).toContain(code);
      }
  });

  test('is refused at every cut, and with every bit turned but those of signatures', () => {
    for (const bytes of [keygen, sign]) {
      for (const { bytes: changed } of cuts(bytes, 200)) expect(refusal(changed)).toBeInstanceOf(InputError);
      for (const { what, bytes: changed } of flips(bytes, 400))
        if (!isSignature(bytes, changed))
          expect(() => readTranscript(changed, 't'), what).toThrow(InputError);
    }
  });

  test('is refused in every other spelling', () => {
    const [first = '', second = '', ...rest] = lines(sign);
    const spellings: readonly (readonly [what: string, changed: readonly string[]])[] = [
      ['a blank', [first.replace('":', '": '), second, ...rest]],
      [
        'upper case',
        [first, second.replace(/0x[0-9a-f]+/, (hex) => `0x${hex.slice(2).toUpperCase()}`), ...rest],
      ],
      ['another field', [first, second.replace('{', '{"more":1,'), ...rest]],
      ['a field twice', [first, second.replace('{', '{"seq":1,'), ...rest]],
      ['no object', ['[]', second, ...rest]],
      ['no JSON', ['{', second, ...rest]],
      ['another version', [first.replace('"version":1', '"version":2'), second, ...rest]],
      ['another kind', [first.replace('conclave-transcript', 'conclave-something'), second, ...rest]],
      ['another protocol', [first.replace('"proto":"sign"', '"proto":"presign"'), second, ...rest]],
      ['another outcome', [first.replace('"done"', '"well"'), second, ...rest]],
      ['a party of none', [first.replace('"quorum":[1,2]', '"quorum":[0,2]'), second, ...rest]],
      ['an empty line', [first, '', second, ...rest]],
    ];
    for (const [what, changed] of spellings)
      expect(() => readTranscript(file(changed), 't'), what).toThrow(InputError);
    expect(refusal(new Uint8Array(0)).code).toBe('file-truncated');
    expect(refusal(file([first])).code).toBe('file-truncated');
    expect(refusal(file(Array.from({ length: 2000 }, () => first))).code).toBe('file-damaged');
  });

  test('is damaged where a line is nested deeper than any of ours', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(refusal(file([deep, deep])).message).toBe('t line 1 is nested more than 16 levels deep');
  });

  test('is not written for a protocol that has none', () => {
    const { spec } = readTranscript(keygen, 't');
    const other = encode(specCodec, { ...spec, proto: protos.coinFlip });
    const empty = { spec: other, sid: undefined, broadcasts: [], notices: [] };
    expect(() => writeTranscript(empty, { outcome: 'aborted', root: undefined })).toThrow(InputError);
  });

  test('of a session that ended at once has two lines', () => {
    const { spec } = readTranscript(keygen, 't');
    const empty = { spec: encode(specCodec, spec), sid: undefined, broadcasts: [], notices: [] };
    const bytes = writeTranscript(empty, { outcome: 'aborted', root: undefined });
    expect(readTranscript(bytes, 't')).toMatchObject({ entries: [], sid: undefined, outcome: 'aborted' });
  });
});
