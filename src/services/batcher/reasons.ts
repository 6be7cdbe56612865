/** Why the batcher does not start. */
export const reasons = {
  'sealed-damaged': {
    means: 'A sealed batch is damaged on disk; another content under its index would never be signed.',
    action: 'Restore the file that the message names from a copy, or wait until L1 has the batch.',
    class: 'operator',
  },
} as const;
