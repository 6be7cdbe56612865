/** Why a presign session ends without presignatures. Every failure ends all instances of the session. */
export const reasons = {
  'ot-check': {
    means: 'The oblivious transfers of a peer are not consistent with one another, or not well formed.',
    action: 'Nothing: the node avoids the peer for this epoch. If it repeats, find out who runs that node.',
    class: 'peer',
  },
  'multiplication-check': {
    means: 'The secret multiplication with a peer does not agree with itself.',
    action: 'Nothing: the node avoids the peer for this epoch. If it repeats, find out who runs that node.',
    class: 'peer',
  },
  'nonce-product': {
    means: 'A peer multiplied another nonce than the one that it published.',
    action: 'Nothing: the node avoids the peer for this epoch. If it repeats, find out who runs that node.',
    class: 'peer',
  },
  'key-product': {
    means: 'A peer multiplied another share of the key than the one that it published.',
    action: 'Nothing: the node avoids the peer for this epoch. If it repeats, find out who runs that node.',
    class: 'peer',
  },
  'zero-share-sum': {
    means:
      'The published shares do not add up to the key: one member shifted its share, and it is not known who.',
    action: 'Nothing: the next session uses other members. If it follows one member, replace it.',
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
