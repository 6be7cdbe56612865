/** Why a record of an epoch is refused before any protocol sees it. */
export const reasons = {
  'bad-threshold': {
    means: 'The number of signers required is below 2, above the committee, or not more than half of it.',
    action: 'Choose 2 <= required <= n with 2 * required > n.',
    class: 'operator',
  },
  'bad-committee': {
    means: 'A committee breaks a rule: 2 <= t <= n <= 64, 2t > n, ascending seats, one seat an identity.',
    action:
      'Correct the definition; a record that came from a peer or a file is not the one that was signed.',
    class: 'operator',
  },
} as const;
