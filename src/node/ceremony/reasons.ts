/** Why a ceremony does not go on. */
export const reasons = {
  'not-a-member': {
    means: 'The definition of a ceremony has no seat for this node.',
    action: 'Ask the proposer for a definition with the identity that "conclave identity show" prints.',
    class: 'operator',
  },
  'preflight-failed': {
    means: 'Something speaks against taking part in a ceremony; nothing was signed.',
    action: 'Mend each item that the message names, then accept again.',
    class: 'operator',
  },
  'wrong-state': {
    means: 'A ceremony is not where this command can be applied to it.',
    action: 'Look at "conclave ceremony status".',
    class: 'operator',
  },
  'not-the-proposer': {
    means: 'Only the proposer of a ceremony starts its attempt, and starts it once.',
    action: 'Let the node that proposed it execute it.',
    class: 'operator',
  },
  'not-accepted': {
    means: 'A peer starts a ceremony that this node has not accepted, or that is over here.',
    action: 'Compare "conclave ceremony status" on both nodes.',
    class: 'peer',
  },
  'not-ready': {
    means: 'A member has not signed the definition, or is not connected.',
    action: 'Wait for the members that the message names, or execute with --when-ready.',
    class: 'operator',
  },
  'ceremony-in-progress': {
    means: 'Another ceremony is under way on this node.',
    action: 'Wait for its end, or abort it.',
    class: 'operator',
  },
  'peer-timeout': {
    means: 'A member did not answer before a deadline of the ceremony.',
    action: 'Look after the members that the failure line names, then propose again.',
    class: 'peer',
  },
  'rejected-by-peer': {
    means: 'A member has rejected the ceremony.',
    action: 'Talk to its operator, then propose again.',
    class: 'peer',
  },
  'operator-abort': {
    means: 'The operator of a node has ended the ceremony.',
    action: 'Propose again when all agree.',
    class: 'operator',
  },
  'test-signature-failed': {
    means: 'The new key exists, but a quorum of it could not sign its test message.',
    action: 'Look at the logs of the members of that quorum; the key is not in service.',
    class: 'operator',
  },
  'node-stopped': {
    means: 'A node was stopped while something was under way on it.',
    action: 'Start it again; ask for the signature, or propose the ceremony, anew.',
    class: 'operator',
  },
  'node-restarted': {
    means: 'A node was started anew during a ceremony, and has no log from which it could go on.',
    action: 'Do what the failure line of the ceremony says.',
    class: 'operator',
  },
  'write-failed': {
    means: 'A file of the ceremony could not be written.',
    action: 'Look at the disk and its free space, then propose again.',
    class: 'operator',
  },
} as const;
