/** Why a presign session ends without presignatures. Every failure ends all instances of the session. */
export const reasons = {
  'ot-check': {
    means: 'The oblivious transfers of a peer are not consistent with one another, or not well formed.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
  'multiplication-check': {
    means: 'The secret multiplication with a peer does not agree with itself.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
  'nonce-product': {
    means: 'A peer multiplied another nonce than the one that it published.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
  'key-product': {
    means: 'A peer multiplied another share of the key than the one that it published.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
  'zero-share-sum': {
    means: 'The published shares do not add up to the key, and the named party has shifted its own, or lies.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
  'repeated-nonce': {
    means: 'A party published one nonce for two presignatures.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
  'degenerate-share': {
    means: 'The share of the key of one instance is zero, by chance.',
    action: 'Start again; nobody is to blame.',
    class: 'peer',
  },
  'ready-mismatch': {
    means: 'A party confirmed other presignatures than those that everybody was shown.',
    action: 'Keep the evidence; the named party is left out of this epoch.',
    class: 'peer',
  },
} as const;
