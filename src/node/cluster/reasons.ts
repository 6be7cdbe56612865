/** Why a link to a peer was refused or ended. They are for our own log: a stranger is told nothing. */
export const reasons = {
  'definition-mismatch': {
    means: 'The peer proved its identity, but works by another definition of the cluster.',
    action: 'Compare the definition hashes with the operator of the named peer; one of you has an old file.',
    class: 'operator',
  },
  'unknown-identity': {
    means: 'Someone who is not in the roster, or no longer, tried to open a link.',
    action: 'Nothing, unless a peer is missing: then see that it uses its enrolled identity key.',
    class: 'peer',
  },
  'own-identity': {
    means: 'The other end of a link has this node’s own identity key.',
    action: 'Look for a copy of this node, or for an address of the roster that leads back here.',
    class: 'operator',
  },
  'wrong-identity': {
    means: 'The node at the address of a peer is another one.',
    action: 'Correct the address of the named peer.',
    class: 'operator',
  },
  'bad-handshake': {
    means: 'Bytes of a handshake are not what a node of this cluster sends.',
    action: 'Nothing: the connection is closed. If it goes on, see what connects to the port of the links.',
    class: 'peer',
  },
  'version-mismatch': {
    means: 'The peer speaks another version of the link protocol.',
    action: 'Run the same release on all nodes.',
    class: 'operator',
  },
  'bad-signature': {
    means: 'An identity was claimed without a valid signature by its key.',
    action: 'Find out who connects from the address in the message.',
    class: 'peer',
  },
  'handshake-timeout': {
    means: 'The other end did not show who it is in time.',
    action: 'Nothing; a peer is tried again.',
    class: 'peer',
  },
  'handshake-closed': {
    means: 'The other end closed the connection before it showed who it is.',
    action: 'Read the log of the named peer: it knows why it refused.',
    class: 'peer',
  },
  'half-open-limit': {
    means: 'Too many connections waited to show who they are; the oldest was closed.',
    action: 'If it goes on, block the address at the firewall.',
    class: 'operator',
  },
  'duplicate-identity': {
    means: 'Two processes use one identity, or one of them runs from an old copy of its folder.',
    action: 'Stop the copy. No link to that identity is made until this node is told to readmit it.',
    class: 'operator',
  },
  'hello-refused': {
    means: 'What the peer states about its own state does not fit what this node has recorded.',
    action: 'Read the log of this node: the peer may have been restored from an old copy.',
    class: 'operator',
  },
  'bad-frame': {
    means: 'A frame of an established link does not authenticate or does not fit the format.',
    action: 'Nothing: the link is made anew. If it goes on, look at what stands between the nodes.',
    class: 'peer',
  },
  'inbound-full': {
    means: 'A peer sent faster than this node works.',
    action: 'Nothing: the link is made anew. If it goes on, see what the peer does.',
    class: 'peer',
  },
  'queue-full': {
    means: 'Messages for a peer were refused because too many wait for it already.',
    action: 'See why the peer is away or slow.',
    class: 'peer',
  },
  'no-answer': {
    means: 'A peer did not answer to pings.',
    action: 'Look at the peer and at the network between.',
    class: 'peer',
  },
  replaced: {
    means: 'A second connection to the same peer took the place of the first.',
    action: 'Nothing.',
    class: 'peer',
  },
  dismissed: {
    means: 'The peer is no member any more, so its link ended.',
    action: 'Nothing. A node that has left the committee can be stopped.',
    class: 'operator',
  },
  stopped: {
    means: 'This node closes its links.',
    action: 'Nothing.',
    class: 'operator',
  },
} as const;

/** A code of the table above. */
export type LinkReason = keyof typeof reasons;
