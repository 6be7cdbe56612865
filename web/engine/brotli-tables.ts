// Numbers and words of the format, as its standard has them. [RFC 7932]

/** Lengths that an insert or a copy adds up from: a first value and a number of extra bits for each code. */
export type LengthTable = readonly (readonly [base: number, extraBits: number])[];

const lengths = (first: number, extraBits: readonly number[]): LengthTable => {
  let base = first;
  return extraBits.map((bits) => {
    const row = [base, bits] as const;
    base += 2 ** bits;
    return row;
  });
};

/** Lengths of inserts. [RFC 7932, 5] */
export const insertLengths: LengthTable = lengths(
  0,
  [0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 24],
);
/** Lengths of copies. [RFC 7932, 5] */
export const copyLengths: LengthTable = lengths(
  2,
  [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 24],
);
/** Lengths of blocks. [RFC 7932, 6] */
export const blockLengths: LengthTable = lengths(
  1,
  [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 24],
);
/** First insert code and first copy code of each cell of 64 command codes. [RFC 7932, 5] */
export const commandCells: LengthTable = [
  ...([
    [0, 0],
    [0, 8],
    [0, 0],
    [0, 8],
    [8, 0],
    [8, 8],
    [0, 16],
    [16, 0],
    [8, 16],
    [16, 8],
    [16, 16],
  ] as const),
];
/** The order in which lengths of the code of code lengths stand. [RFC 7932, 3.5] */
export const codeLengthOrder: readonly number[] = [
  1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15,
];
/** Short distances: which of the last four, and what is added to it. [RFC 7932, 4] */
export const shortDistances: LengthTable = [
  ...([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
  ] as const),
  ...([0, 1] as const).flatMap((which) => [-1, 1, -2, 2, -3, 3].map((delta) => [which, delta] as const)),
];

const classes = (text: string): readonly number[] => Array.from(text, (digit) => parseInt(digit, 36));
const runs = (list: LengthTable): readonly number[] =>
  list.flatMap(([count, value]) => Array.from({ length: count }, () => value));

/** What the byte before says of the next one, in text. [RFC 7932, 7.1] */
export const textBefore: readonly number[] = [
  ...classes(
    '0000000001100100000000000000000023433534673383' +
      '93bbbbbbbbbb886a733cdddcdddcdddddcdddddcddddd637333efffefffefffffefffffefffff63730',
  ).map((value) => 4 * value),
  ...Array.from({ length: 64 }, (_, i) => i & 1),
  ...Array.from({ length: 64 }, (_, i) => 2 + (i & 1)),
];
/** What the byte before that one says, in text. [RFC 7932, 7.1] */
export const textBeforeThat: readonly number[] = runs([
  ...([
    [33, 0],
    [15, 1],
    [10, 2],
    [7, 1],
    [26, 2],
    [6, 1],
    [26, 3],
    [4, 1],
    [97, 0],
    [32, 2],
  ] as const),
]);
/** What a byte says of the next one, in numbers. [RFC 7932, 7.1] */
export const signedClass: readonly number[] = runs([
  ...([
    [1, 0],
    [15, 1],
    [48, 2],
    [64, 3],
    [64, 4],
    [48, 5],
    [15, 6],
    [1, 7],
  ] as const),
]);

/** Bits of the number of dictionary words, by their length. [RFC 7932, appendix A] */
export const wordBits: readonly number[] = [
  0, 0, 0, 0, 10, 10, 11, 11, 10, 10, 10, 10, 10, 9, 9, 8, 7, 7, 8, 7, 7, 6, 6, 5, 5,
];

/**
 * What is done to a word of the dictionary: put before it | to it | behind it. `=` nothing, `f` and `F` upper
 * case of the first letter and of all, `+n` and `-n` without the first and the last n. [RFC 7932, appendix B]
 */
export const transforms: readonly string[] = [
  '|=|',
  '|=| ',
  ' |=| ',
  '|+1|',
  '|f| ',
  '|=| the ',
  ' |=|',
  's |=| ',
  '|=| of ',
  '|f|',
  '|=| and ',
  '|+2|',
  '|-1|',
  ', |=| ',
  '|=|, ',
  ' |f| ',
  '|=| in ',
  '|=| to ',
  'e |=| ',
  '|=|"',
  '|=|.',
  '|=|">',
  '|=|\n',
  '|-3|',
  '|=|]',
  '|=| for ',
  '|+3|',
  '|-2|',
  '|=| a ',
  '|=| that ',
  ' |f|',
  '|=|. ',
  '.|=|',
  ' |=|, ',
  '|+4|',
  '|=| with ',
  "|=|'",
  '|=| from ',
  '|=| by ',
  '|+5|',
  '|+6|',
  ' the |=|',
  '|-4|',
  '|=|. The ',
  '|F|',
  '|=| on ',
  '|=| as ',
  '|=| is ',
  '|-7|',
  '|-1|ing ',
  '|=|\n\t',
  '|=|:',
  ' |=|. ',
  '|=|ed ',
  '|+9|',
  '|+7|',
  '|-6|',
  '|=|(',
  '|f|, ',
  '|-8|',
  '|=| at ',
  '|=|ly ',
  ' the |=| of ',
  '|-5|',
  '|-9|',
  ' |f|, ',
  '|f|"',
  '.|=|(',
  '|F| ',
  '|f|">',
  '|=|="',
  ' |=|.',
  '.com/|=|',
  ' the |=| of the ',
  "|f|'",
  '|=|. This ',
  '|=|,',
  '.|=| ',
  '|f|(',
  '|f|.',
  '|=| not ',
  ' |=|="',
  '|=|er ',
  ' |F| ',
  '|=|al ',
  ' |F|',
  "|=|='",
  '|F|"',
  '|f|. ',
  ' |=|(',
  '|=|ful ',
  ' |f|. ',
  '|=|ive ',
  '|=|less ',
  "|F|'",
  '|=|est ',
  ' |f|.',
  '|F|">',
  " |=|='",
  '|f|,',
  '|=|ize ',
  '|F|.',
  '\u00c2\u00a0|=|',
  ' |=|,',
  '|f|="',
  '|F|="',
  '|=|ous ',
  '|F|, ',
  "|f|='",
  ' |f|,',
  ' |F|="',
  ' |F|, ',
  '|F|,',
  '|F|(',
  '|F|. ',
  ' |F|.',
  "|F|='",
  ' |F|. ',
  ' |f|="',
  " |F|='",
  " |f|='",
];
