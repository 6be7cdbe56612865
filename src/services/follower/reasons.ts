/** Why a block of the sequencer is not followed. */
export const reasons = {
  'block-foreign': {
    means: 'A block was signed by somebody who does not lead at its number.',
    action:
      'Ask another node for blocks; look whether the sequencer key of the configuration is the right one.',
    class: 'peer',
  },
  'block-refused': {
    means: 'A block came out otherwise when this node executed it, or breaks a rule of the chain.',
    action: 'Do not sign its batch. Compare both chains at this number; one of the nodes is at fault.',
    class: 'peer',
  },
  'origin-differs': {
    means: 'A block refers to a block of L1 that this node has otherwise at that number.',
    action: 'Nothing while L1 reorganises. If it stays, compare what the L1 endpoints of both nodes answer.',
    class: 'operator',
  },
} as const;
