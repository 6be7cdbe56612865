/** Why a batch, or a request to sign one, is refused. */
export const reasons = {
  'batch-malformed': {
    means: 'The bytes of a batch are not those that the encoder writes.',
    action: 'Encode the transactions again; do not repair the bytes.',
    class: 'client',
  },
  'batch-version': {
    means: 'A batch has a body version that this program does not read.',
    action: 'Upgrade the node, or encode with body version 0.',
    class: 'client',
  },
  'batch-empty': {
    means: 'A batch has no transactions.',
    action: 'Put at least one transaction into the batch.',
    class: 'client',
  },
  'batch-too-large': {
    means: 'A batch exceeds a limit of bytes or of transactions.',
    action: 'Split the transactions into several batches, or send them as blobs.',
    class: 'client',
  },
  'batch-compression': {
    means: 'A body does not decompress: it is cut, has bytes behind its end, or grows beyond the limit.',
    action: 'Encode the transactions again.',
    class: 'client',
  },
  'block-malformed': {
    means: 'The bytes of a block of L2 are not those that a sequencer writes.',
    action: 'Ask another node for the block; this one sends something else.',
    class: 'client',
  },
  'blob-malformed': {
    means: 'Blobs do not hold a payload in the packing of this project.',
    action: 'Pack the payload again; blobs of other senders are not read.',
    class: 'client',
  },
  'request-kind': {
    means: 'A request to sign is of a kind that this node does not know.',
    action: 'Ask for one of the documented kinds; upgrade the node if the kind is newer.',
    class: 'client',
  },
  'content-mismatch': {
    means: 'What a request states and what its own payload says differ.',
    action: 'Build the request from the payload again.',
    class: 'client',
  },
  'fee-invalid': {
    means:
      'The fees of a request cannot be right: a tip above the cap, or a blob fee where there are no blobs.',
    action: 'Take the fees from the chain again.',
    class: 'client',
  },
  'batch-duplicate': {
    means: 'A file of transactions holds the same transaction twice.',
    action: 'Remove the line that the message names; the second could never be executed.',
    class: 'client',
  },
  'lock-mismatch': {
    means: 'A lock does not hold together: a hash, a signature or a derived value is not what it must be.',
    action: 'Copy lock.json again from another member of the ceremony.',
    class: 'operator',
  },
  'change-mismatch': {
    means: 'The plan of an epoch change does not fit the key that it is about.',
    action: 'Propose again from the newest lock of the key; do not sign this plan.',
    class: 'operator',
  },
} as const;
