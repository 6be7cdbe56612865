import type { ReasonTable } from '../crypto/errors.ts';

/** Why a call to the world outside failed. */
export const reasons = {
  'bad-path': {
    means: 'A path leaves the data folder, passes a symbolic link, or is not of the expected kind.',
    action: 'Name the real folder; remove the link or the foreign file that the message names.',
    class: 'operator',
  },
  'bad-permissions': {
    means: 'A file or folder of the data folder belongs to, or is open to, another user.',
    action: 'Make it yours alone: chmod 0600 for files, 0700 for folders; then ask who had access.',
    class: 'operator',
  },
  'disk-full': {
    means: 'The volume of the data folder has no room; nothing was changed.',
    action: 'Free space on the volume; the node recovers by itself.',
    class: 'operator',
  },
  'disk-failed': {
    means: 'The operating system refused a file operation; nothing was changed.',
    action: 'Look at the code in the message and at the health of the disk; the node recovers with it.',
    class: 'operator',
  },
  'fsync-failed': {
    means: 'A write could not be made durable; what the disk holds is unknown, so the node stops.',
    action: 'Check the disk and the kernel log, then start the node again.',
    class: 'operator',
  },
  'would-overwrite': {
    means: 'A file that may be written only once exists already.',
    action: 'Compare the two; move the old one away only if you know that it is not needed.',
    class: 'operator',
  },
  'lease-held': {
    means: 'Another process works on this data folder.',
    action: 'Stop the process that the message names, or give this one a folder of its own.',
    class: 'operator',
  },
  'port-in-use': {
    means: 'Another program listens on the address.',
    action: 'Stop it or configure another port.',
    class: 'operator',
  },
  'not-loopback': {
    means: 'A listener without encryption of its own would be reachable from other machines.',
    action: 'Bind it to a loopback address, or allow other addresses by name in the configuration.',
    class: 'operator',
  },
  'bad-address': {
    means: 'An address is not of the form host:port.',
    action: 'Write it as host:port, with brackets around an IPv6 host.',
    class: 'operator',
  },
  'peer-unreachable': {
    means: 'No connection to the address within the time.',
    action: 'See that the peer runs and that the network lets both sides through; it is tried again.',
    class: 'peer',
  },
} as const satisfies ReasonTable;
