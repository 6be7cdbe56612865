/**
 * Characters that change how other characters are shown, show nothing, or look like a blank: controls,
 * formats, the direction of text, selectors of variants, tags, halves of pairs. A folder or a reason may be
 * named with them, by whoever wants a report to look otherwise. The list is our own and no property of
 * Unicode, which grows with its versions: equal files make equal reports in every engine. [Unicode,
 * DerivedCoreProperties, Default_Ignorable_Code_Point]
 */
const UNSEEN = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2',
    '\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800',
    '\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\uffff\\u{110bd}\\u{110cd}\\u{13430}-\\u{1343f}',
    '\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]|\\p{Cs}',
  ].join(''),
  'gu',
);

const escaped = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;

/** The text with everything in it visible, on one line. */
export const plain = (text: string): string => text.replace(UNSEEN, escaped);

/**
 * JSON with escapes for everything that is not printable ASCII: it says the same to a program, and nothing
 * to a terminal.
 */
export const inAscii = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
