/** Why a key generation ends without a key. */
export const reasons = {
  'bad-opening': {
    means: 'A party opened a commitment to something else than it had committed to.',
    action: 'Keep the evidence, and start again without the named party.',
    class: 'peer',
  },
  'share-mismatch': {
    means: 'A dealer sent a member a share that does not fit what it had published, or that cannot be read.',
    action: 'Keep the evidence, and start again without the named party.',
    class: 'peer',
  },
  'false-complaint': {
    means: 'A party accused another one, and what it showed proves the other one right.',
    action: 'Keep the evidence, and start again without the named party.',
    class: 'peer',
  },
  'degenerate-sharing': {
    means: 'The sum of all contributions is publicly zero somewhere, by chance.',
    action: 'Start again; nobody is to blame.',
    class: 'peer',
  },
  'confirmation-mismatch': {
    means: 'A party confirmed another key than the one that everybody was shown.',
    action: 'Keep the evidence, and start again without the named party.',
    class: 'peer',
  },
  'bad-certificate': {
    means: 'A party signed something else than the key that it had confirmed.',
    action: 'Keep the evidence, and start again without the named party.',
    class: 'peer',
  },
} as const;
