import { transforms, wordBits } from './brotli-tables.ts';

/** The dictionary: words of 4 to 24 bytes, those of one length together. [RFC 7932, appendix A] */
export type Words = Uint8Array;

const SHORTEST = 4;
const LONGEST = 24;

/** Where the words of each length begin. */
const starts: readonly number[] = wordBits.map((_, length) =>
  wordBits.slice(0, length).reduce((sum, bits, i) => sum + (i < SHORTEST ? 0 : i * 2 ** bits), 0),
);

interface Transform {
  readonly before: Uint8Array;
  readonly kind: string;
  readonly count: number;
  readonly behind: Uint8Array;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const parsed: readonly Transform[] = transforms.map((row) => {
  const [before = '', what = '', behind = ''] = row.split('|');
  return {
    before: latin1(before),
    kind: what.charAt(0),
    count: Number(what.slice(1)),
    behind: latin1(behind),
  };
});

/** The word of this number among all of a length and all that can be done to them; `undefined` if none. */
export function wordOf(words: Words, length: number, number: number): Uint8Array | undefined {
  if (length < SHORTEST || length > LONGEST) return undefined;
  const count = 2 ** (wordBits[length] ?? 0);
  const transform = parsed[Math.floor(number / count)];
  if (transform === undefined) return undefined;
  const from = (starts[length] ?? 0) + (number % count) * length;
  const word = changed(words.slice(from, from + length), transform);
  return Uint8Array.from([...transform.before, ...word, ...transform.behind]);
}

function changed(word: Uint8Array, { kind, count }: Transform): Uint8Array {
  if (kind === '+') return word.subarray(count);
  if (kind === '-') return word.subarray(0, Math.max(0, word.length - count));
  if (kind === 'f') raise(word, 0);
  if (kind === 'F') for (let at = 0; at < word.length;) at = raise(word, at);
  return word;
}

/** Turns the letter at a place into upper case, in the simple way of the format; where the next one is. */
function raise(word: Uint8Array, at: number): number {
  const first = word[at] ?? 0;
  const [place, bits, step] = first < 0xc0 ? [at, 32, 1] : first < 0xe0 ? [at + 1, 32, 2] : [at + 2, 5, 3];
  const isLetter = step > 1 || (first >= 0x61 && first <= 0x7a);
  if (isLetter && place < word.length) word[place] = (word[place] ?? 0) ^ bits;
  return at + step;
}
