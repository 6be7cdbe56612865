/**
 * What is wrong with an exported signature log: each code is one check, and the error names file, line and
 * entry.
 */
export const reasons = {
  'log-form': {
    means: 'A line of an exported log is not, byte for byte, what its entry is written as.',
    action: 'Export the log again from its owner; do not edit the file.',
    class: 'operator',
  },
  'log-name': {
    means: 'An exported log, or a head, has another name than its owner and cluster give it.',
    action: 'Ask the owner for its export; this one was put together from several.',
    class: 'peer',
  },
  'log-sequence': {
    means:
      'An entry of an exported log does not have the next number: entries are missing, doubled or moved.',
    action: 'Ask the owner for its export, and compare with the heads that others countersigned.',
    class: 'peer',
  },
  'log-chain': {
    means: 'An entry of an exported log does not follow from the one before it.',
    action: 'Ask the owner for its export, and compare with the heads that others countersigned.',
    class: 'peer',
  },
  'log-root': {
    means: 'The entries of an exported log are not as many, or not those, that its last line states.',
    action: 'Ask the owner for its export, and compare with the heads that others countersigned.',
    class: 'peer',
  },
  'log-truncated': {
    means: 'An exported log ends before its last line.',
    action: 'Copy the file again, whole.',
    class: 'operator',
  },
  'log-signature': {
    means: 'A head of a log is not signed by the owner of the log, or not by who countersigned it.',
    action: 'Ask the owner for its export; a head that it did not sign proves nothing.',
    class: 'peer',
  },
} as const;
