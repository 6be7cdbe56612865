/** Failure codes of encodings and keys. */
export const reasons = {
  malformed: {
    means: 'Bytes are not what the format of their field writes.',
    action: 'Find out who made the bytes; nothing of them was used.',
    class: 'peer',
  },
  'bad-index': {
    means: 'A party index is not an integer from 1 to 65535.',
    action: 'Correct the index in the named file or request.',
    class: 'operator',
  },
  'bad-index-set': {
    means: 'A set of party indices is empty, not ascending, or names a party twice.',
    action: 'List each party once, in ascending order of its index.',
    class: 'operator',
  },
  'bad-identity-key': {
    means: 'An identity key is malformed, is no point of the curve, or is one under which anyone can sign.',
    action: 'Ask the node for its identity key again, and compare fingerprints by another channel.',
    class: 'operator',
  },
  identity: {
    means: 'A point that must be written is the neutral element, which has no encoding.',
    action: 'Report it with the transcript of the session.',
    class: 'bug',
  },
} as const;
