/** Why a share is not backed up, not verified or not restored. */
export const reasons = {
  'bad-recipient': {
    means: 'A text or file is no recipient of backups, or a character of it was lost or changed.',
    action: 'Copy the line again from "conclave key recipient show"; nothing was sealed to it.',
    class: 'operator',
  },
  'wrong-backup-key': {
    means: 'A backup was sealed to another recipient or another password.',
    action: 'Give the key file of the recipient that the message names, or the password of this backup.',
    class: 'operator',
  },
  'backup-invalid': {
    means: 'A backup does not hold what it should: a share that its own lock confirms.',
    action: 'Do not rely on it; take a new backup from the node, or use another copy.',
    class: 'operator',
  },
  'no-active-share': {
    means: 'The folder of a node holds no share in service of the key that is to be backed up.',
    action: 'Name the key with --address, or run a ceremony first.',
    class: 'operator',
  },
} as const;
