/** Why the engine does not execute, or does not open. */
export const reasons = {
  'call-timeout': {
    means: 'A call that changes nothing took longer than a node gives it.',
    action: 'Ask for less with one call. A node of your own can be told to take more time.',
    class: 'client',
  },
  'tx-too-slow': {
    means: 'A transaction takes longer to execute than the sequencer gives it, and is left out of blocks.',
    action: 'Do less in one transaction: fewer pairings or modular powers. L1 can still force it in.',
    class: 'client',
  },
  'engine-busy': {
    means: 'Another process works on the folder of the engine.',
    action: 'Stop that process, or give this one a folder of its own.',
    class: 'operator',
  },
  'engine-damaged': {
    means: 'The folder of the engine is not as the engine left it: files are cut, missing or changed.',
    action: 'Move `engine` and `driver` away, and start again: what L1 holds is derived anew.',
    class: 'operator',
  },
  'engine-other-chain': {
    means: 'The folder of the engine belongs to a chain with another genesis, or to another format.',
    action: 'Name the right folder or genesis. After an upgrade: move it away, and derive it again from L1.',
    class: 'operator',
  },
  'engine-write-failed': {
    means:
      'The engine could not write a block or its heads, mostly since the volume is full, and has stopped.',
    action: 'Make room on the volume of the data folder, and start the node again: it goes on from there.',
    class: 'operator',
  },
} as const;
