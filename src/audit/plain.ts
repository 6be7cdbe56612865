/**
 * Characters that change how other characters are shown, or show nothing: controls, the direction of text,
 * halves of pairs. A folder or a reason may be named with them, by whoever wants a report to look otherwise.
 */
const UNSEEN = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f',
    '\\ufe00-\\ufe0f\\ufeff\\ufff9-\\uffff]|\\p{Cs}',
  ].join(''),
  'gu',
);

const escaped = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;

/** The text with everything in it visible, on one line. */
export const plain = (text: string): string => text.replace(UNSEEN, escaped);
