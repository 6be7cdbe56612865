/** Why an online session ends without a signature. The presignature is used up in every case. */
export const reasons = {
  'digest-refused': {
    means: 'The digest to be signed is zero modulo the group order.',
    action: 'Find out what made this request; no hash gives such a digest.',
    class: 'client',
  },
  'nonce-unusable': {
    means: 'The nonce of a presignature, shifted by the beacon, has an unusable x-coordinate, by chance.',
    action: 'Nothing: the next attempt uses another presignature.',
    class: 'peer',
  },
  'tuple-mismatch': {
    means:
      'A member sent a share, or took part in a session, for another request than the one of its session.',
    action: 'Keep the evidence; the named member is left out of this epoch.',
    class: 'peer',
  },
  'combined-signature-invalid': {
    means: 'The shares do not make a valid signature: one member sent a wrong one, and it is not known who.',
    action:
      'Nothing: the next attempts use other quorums. A member that is suspected often is to be replaced.',
    class: 'peer',
  },
} as const;
