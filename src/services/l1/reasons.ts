/** Why the submitter does not start, or does not do what an operator asks. */
export const reasons = {
  'not-stopped': {
    means: 'An account that is to go on is not stopped.',
    action: 'Look at "conclave sequencer status": there is nothing to clear.',
    class: 'operator',
  },
  'nonce-differs': {
    means: 'L1 has used another number of nonces of the account than the operator says.',
    action: 'Look at the transactions of the account on L1 again, then name the nonce after the last one.',
    class: 'operator',
  },
  'account-busy': {
    means: 'Transactions of the account still wait, or are in blocks that can go away.',
    action: 'Wait until the last one is final on L1, then ask again.',
    class: 'operator',
  },
  'nothing-failed': {
    means: 'No batch has failed for good, so none can be sent again.',
    action: 'Look at "conclave sequencer status"; what reverted has to be final first.',
    class: 'operator',
  },
  'index-on-l1': {
    means: 'The batch that failed is not the one that the inbox waits for.',
    action: 'Find out who sent the batches that L1 has; then "conclave sequencer clear".',
    class: 'operator',
  },
  'l1-moved': {
    means: 'What an L1 endpoint said in one look does not fit together: L1 has moved meanwhile, or it lies.',
    action: 'Wait for the next look; if it is said again and again, take that endpoint out of l1.rpc.',
    class: 'operator',
  },
  'submitter-journal-damaged': {
    means: 'The journal of nonces and batches is damaged before its end; going on could leave a gap on L1.',
    action: 'Keep a copy of it, then run "conclave sequencer repair": guards sign no second content.',
    class: 'operator',
  },
} as const;
