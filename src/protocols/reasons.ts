
/** Why a record of an epoch is refused before any protocol sees it. */
export const reasons = {
  'bad-committee': {
    means: 'A committee breaks a rule: 2 <= t <= n <= 64, 2t > n, ascending seats, one seat an identity.',
    action:
      'Correct the definition; a record that came from a peer or a file is not the one that was signed.',
    class: 'operator',
  },
} as const;
