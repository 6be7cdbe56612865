/** What can be wrong with the signature log of a node: the first stops its start, the others are alarms. */
export const reasons = {
  'log-damaged': {
    means: 'The signature log of this node is damaged, or lacks entries that it had signed a head for.',
    action: 'Put your newest copy back. Without one, `conclave audit begin-anew` begins another log, openly.',
    class: 'operator',
  },
  'log-not-begun': {
    means: 'The disk did not take the first entry of a signature log that takes the place of another.',
    action: 'Make room on the volume of the data folder, and give the same command again.',
    class: 'operator',
  },
  'log-rolled-back': {
    means: 'A member holds a head that this node signed of a log with other or more entries than it has now.',
    action: 'The folder is an older copy: put the newest back, or run `conclave audit begin-anew`.',
    class: 'operator',
  },
  'log-unheard': {
    means: 'Too few members have told this node which heads of its log they hold; it signs no new head.',
    action: 'See why it has no links. If its log was lost, `conclave audit begin-anew` begins another.',
    class: 'operator',
  },
  'log-unproven': {
    means: 'A member has not shown how a head of its log continues an older one.',
    action: 'Ask its operator; if it stays so, compare the exports of its log that others hold.',
    class: 'peer',
  },
  'log-begun-anew': {
    means: 'A member keeps another signature log than before: its old one was lost, or is to be forgotten.',
    action: 'Ask its operator why; an audit wants the old log too.',
    class: 'peer',
  },
  'log-behind': {
    means: 'Entries of the signature log wait in memory, because the disk does not take them.',
    action: 'Make room on the volume of the data folder; do not stop the node before the alarm is over.',
    class: 'operator',
  },
  'split-view': {
    means:
      'A member signed two heads of its signature log that contradict one another; the file convicts it.',
    action:
      'Keep the evidence, and have the member removed: it showed different histories to different members.',
    class: 'peer',
  },
} as const;
