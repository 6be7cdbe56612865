/** Why a session is not begun, or ends without anybody's fault. */
export const reasons = {
  'session-exists': {
    means: 'A session of this name has been run before.',
    action: 'Nothing is to be done: a new one gets a name of its own.',
    class: 'peer',
  },
  'session-limit': {
    means: 'As many sessions run on this node as it allows.',
    action: 'Ask again later; look for a peer that starts sessions and leaves them.',
    class: 'client',
  },
  'worker-died': {
    means: 'The thread in which a session ran has ended.',
    action: 'Ask again; look at the memory of the machine and report the log.',
    class: 'bug',
  },
  'replay-differs': {
    means: 'A ceremony that was resumed after a restart did not repeat what it had said before.',
    action: 'The node has stopped: let its files be as they are, and report the log.',
    class: 'bug',
  },
  'timed-out': {
    means: 'A round of a session took longer than it may.',
    action: 'Look after the members that were awaited, and at the network between the nodes.',
    class: 'peer',
  },
  'peer-restarted': {
    means: 'A member of a session was started anew, and its new process knows nothing of the session.',
    action: 'Nothing is to be done: the request is tried again.',
    class: 'peer',
  },
  'refused-by-peer': {
    means: 'A member of the quorum does not take part; it says why.',
    action: 'Read its reason; another quorum is tried where there is one.',
    class: 'peer',
  },
  'suite-mismatch': {
    means: 'A definition or a session asks for other cryptography than this program runs.',
    action: 'Use the same version on all nodes.',
    class: 'operator',
  },
  'batch-illegal': {
    means: 'A peer proposes presignatures in a number, or for a purpose, that is not allowed.',
    action: 'Use the same version on all nodes.',
    class: 'peer',
  },
  'request-expired': {
    means: 'A proposal has expired, or is good for longer than any proposal may be.',
    action: 'Compare the clocks of the nodes.',
    class: 'peer',
  },
  'party-excluded': {
    means: 'Evidence has excluded a member of the quorum.',
    action: 'Look at the evidence; have the member resharded out.',
    class: 'peer',
  },
  'already-joined': {
    means: 'A specification was proposed twice: a session is joined once.',
    action: 'Nothing is to be done unless it repeats; then look at the peer that proposes it.',
    class: 'peer',
  },
  'position-taken': {
    means: 'Two specifications name one position.',
    action: 'Look at the peer that proposes them.',
    class: 'peer',
  },
  'position-too-old': {
    means: 'A specification names a position far behind the newest.',
    action: 'Compare the clocks of the nodes.',
    class: 'peer',
  },
} as const;
