import { encode } from '../../../../src/crypto/codec.ts';
import { writeJsonFile } from '../../../../src/crypto/json-file.ts';
import { specCodec } from '../../../../src/protocols/kernel/spec.ts';
import { envelopeKinds } from '../../../../src/protocols/kernel/envelope.ts';
import {
  type TranscriptBytes,
  type TranscriptMeta,
  readTranscript,
  roundsOf,
  writeTranscript,
} from '../../../../src/audit/transcript-file.ts';
import type { Files } from './folders.ts';

/** A file that somebody has changed. */
export interface Mutation {
  readonly what: string;
  /** The lines, from 1, of which the audit must name one. */
  readonly lines: readonly number[];
  readonly bytes: Uint8Array;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Every line deleted, doubled, and swapped with the next one. */
export function lineMutations(bytes: Uint8Array): readonly Mutation[] {
  const lines = textOf(bytes).trimEnd().split('\n');
  const file = (changed: readonly string[]): Uint8Array => bytesOf(`${changed.join('\n')}\n`);
  return lines.flatMap((line, i) => {
    const near = [i + 1, i + 2, lines.length, lines.length - 1];
    const [before, after] = [lines.slice(0, i), lines.slice(i + 1)];
    const next = lines[i + 1];
    return [
      { what: `line ${i + 1} deleted`, lines: near, bytes: file([...before, ...after]) },
      {
        what: `line ${i + 1} doubled`,
        lines: [...near, i + 2],
        bytes: file([...before, line, line, ...after]),
      },
      ...(next === undefined
        ? []
        : [
            {
              what: `lines ${i + 1} and ${i + 2} swapped`,
              lines: near,
              bytes: file([...before, next, line, ...after.slice(1)]),
            },
          ]),
    ];
  });
}

/** The file cut at many places. */
export const cuts = (bytes: Uint8Array, count: number): readonly Mutation[] =>
  Array.from({ length: count }, (_, i) => {
    const at = Math.floor((bytes.length * i) / count);
    return { what: `cut after ${at} bytes`, lines: [], bytes: bytes.subarray(0, at) };
  });

/** One bit turned, at many places. */
export const flips = (bytes: Uint8Array, count: number): readonly Mutation[] =>
  Array.from({ length: count }, (_, i) => {
    const at = Math.floor((bytes.length * (i + 0.5)) / count);
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (i % 7));
    return { what: `bit ${i % 7} of byte ${at} turned`, lines: [], bytes: changed };
  });

/** Every value of a JSON file changed, one at a time, and the file written in its one form again. */
export function leafMutations(bytes: Uint8Array): readonly Mutation[] {
  const whole: unknown = JSON.parse(textOf(bytes));
  return pathsOf(whole).map((path) => ({
    what: path.join('.'),
    lines: [],
    bytes: writeJsonFile(replaced(whole, path) as object),
  }));
}

function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [[]];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((rest) => [key, ...rest]));
}

function replaced(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return other(value);
  if (Array.isArray(value))
    return value.map((item: unknown, i) => (String(i) === key ? replaced(item, rest) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, inner]) => [
      name,
      name === key ? replaced(inner, rest) : inner,
    ]),
  );
}

/** Another value of the same kind: hex stays hex, a number a number. */
function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string') return 'x';
  const last = value.slice(-1);
  if (/^(0x|ed25519:)/.test(value)) return value.slice(0, -1) + (last === '0' ? '1' : '0');
  return /^[0-9]+$/.test(value) ? String(BigInt(value) + 1n) : `${value}x`;
}

/** What a forger may change who knows how the chain of lines is made: all of it is made anew. */
export interface Forged {
  readonly transcript: TranscriptBytes;
  readonly meta: TranscriptMeta;
}

/** A transcript changed inside, with a chain that holds. */
export function forge(bytes: Uint8Array, change: (from: Forged) => Partial<Forged>): Uint8Array {
  const file = readTranscript(bytes, 'forged');
  const { outcome, root, signing } = file;
  const whole: Forged = {
    transcript: {
      spec: encode(specCodec, file.spec),
      sid: file.sid,
      broadcasts: roundsOf(file),
      notices: file.entries
        .filter(({ envelope }) => envelope.header.kind !== envelopeKinds.broadcast)
        .map(({ envelope }) => envelope.bytes),
    },
    meta: { outcome, root, signing },
  };
  const { transcript, meta } = { ...whole, ...change(whole) };
  return writeTranscript(transcript, meta);
}

/** The files with one of them exchanged. */
export const withFile = (files: Files, name: string, bytes: Uint8Array | undefined): Files => {
  const changed = new Map(files);
  if (bytes === undefined) changed.delete(name);
  else changed.set(name, bytes);
  return changed;
};

/** One file of a folder. */
export function fileOf(files: Files, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new RangeError(`no ${name}`);
  return bytes;
}
