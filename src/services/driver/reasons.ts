/** Why the driver cannot follow L1. */
export const reasons = {
  'payload-missing': {
    means: 'No member of the committee serves the payload of a batch, and nobody has posted it on L1.',
    action: 'Ask the members to serve it, or post it with "conclave dac repost"; derivation waits meanwhile.',
    class: 'peer',
  },
  'driver-stopped': {
    means: 'The node was stopped while it derived blocks from L1.',
    action: 'None: what was begun is begun again after the next start.',
    class: 'operator',
  },
  'l1-behind-genesis': {
    means: 'L1 does not hold the block from which L2 begins, or replaced a block that it had called final.',
    action: 'Check the L1 endpoint and the rollup file; after such a reorg the chain begins anew.',
    class: 'operator',
  },
  'driver-damaged': {
    means: 'What the driver wrote of its progress cannot be read.',
    action: 'Remove the folder `driver`: all in it is derived from L1 again.',
    class: 'operator',
  },
} as const;
