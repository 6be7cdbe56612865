/** Why a reshare ends without a new epoch, or why what says that there is one is refused. */
export const reasons = {
  'too-few-dealers': {
    means: 'So many dealers cheated that fewer are left than the key needs; the old epoch stays.',
    action: 'Keep the evidence, and propose the change again with other dealers.',
    class: 'peer',
  },
  'acknowledgement-mismatch': {
    means: 'A new member acknowledged another epoch than the one that everybody was shown.',
    action: 'Keep the evidence, and propose the change again without the named member.',
    class: 'peer',
  },
  'bad-activation': {
    means: 'What is shown as the certificate of a new epoch lacks a dealer, a proof of a share, or a COMMIT.',
    action: 'Ask another member for the certificate; the epoch before it stays until one verifies.',
    class: 'peer',
  },
  'double-commit': {
    means: 'A member has committed to two successors of one epoch, by which the key could split.',
    action: 'Keep the evidence, which anybody can judge, and remove the named member.',
    class: 'peer',
  },
} as const;
