/** Why one node does not start, or does not sign. */
export const reasons = {
  // Guard
  'guard-unavailable': {
    means: 'The sign guard cannot be written, so nothing may be signed.',
    action: 'Look at the disk; the node signs again when the guard can be written.',
    class: 'operator',
  },
  quarantine: {
    means: 'This node may have forgotten what it signed, and only answers questions.',
    action: 'Run "conclave node release": it says what is missing, and asks before this node signs.',
    class: 'operator',
  },
  'below-watermark': {
    means: 'A number is at or below what is final already.',
    action: 'Ask for the next number; look at "conclave guard show".',
    class: 'client',
  },
  'above-high-watermark': {
    means: 'A number is above the planned stop of its lane.',
    action: 'When the planned work is over, move it: conclave guard raise --lane LANE --clear-high.',
    class: 'operator',
  },
  'guard-conflict': {
    means: 'A slot already holds other content: signing would be a double signature.',
    action: 'Find out who asked twice; compare the recorded content hash with the request.',
    class: 'client',
  },
  'gap-too-large': {
    means: 'A number is too far ahead of the highest that this node knows.',
    action: 'Ask for the numbers in between, or raise the low mark if they are final.',
    class: 'client',
  },
  'fee-step-too-small': {
    means: 'A replacement does not raise every fee by what the pools ask for.',
    action: 'Raise all fees by 10 %, those of a blob transaction by 100 %.',
    class: 'client',
  },
  'fee-over-cap': {
    means: 'A fee is above the cap of the policy.',
    action: 'Wait for lower fees, or raise the cap in the policy of every node.',
    class: 'client',
  },
  'fee-steps-exhausted': {
    means: 'All replacements of a transaction have been signed.',
    action: 'Wait until one of them is mined.',
    class: 'client',
  },
  'reissue-unsupported': {
    means: 'The same content was signed under another nonce, which is not final on L1 without effect.',
    action: 'Replace the earlier transaction upwards, or wait until its nonce is final and ask again.',
    class: 'client',
  },
  'nothing-to-repair': {
    means: 'What was to be repaired is whole.',
    action: 'Nothing is to be done; "conclave node doctor" looks at all of it.',
    class: 'operator',
  },
  'lane-unknown': {
    means: 'The name of a lane fits none of the lanes that the register or L1 knows, or more than one.',
    action: 'Look at "conclave guard show", and give the beginning of the scope with --scope.',
    class: 'operator',
  },
  'not-in-quarantine': {
    means: 'There is nothing to release: this node is not in quarantine.',
    action: 'Nothing is to be done.',
    class: 'operator',
  },
  'release-refused': {
    means: 'A quarantine cannot end yet: not enough was learned of what this node may have forgotten.',
    action: 'Bring back what the message names, then run "conclave node release" again.',
    class: 'operator',
  },
  'safety-state-missing': {
    means: 'A file without which signing is not safe is missing.',
    action: 'Restore it with the command that the message names; the node then starts in quarantine.',
    class: 'operator',
  },
  'safety-state-damaged': {
    means: 'A file without which signing is not safe is damaged.',
    action: 'Keep the damaged file and run the command that the message names.',
    class: 'operator',
  },
  'wal-damaged': {
    means: 'The log from which a ceremony would go on after a restart is not what this node wrote.',
    action: 'This attempt ends here, and no key is in danger; propose the ceremony again.',
    class: 'operator',
  },
  'rollback-detected': {
    means: 'Files of this node are older than what it, or a peer, has already seen of it.',
    action: 'Never start a copy beside the original. Put the newest state back, or do what the message says.',
    class: 'operator',
  },
  // Key files and names
  'wrong-password': {
    means: 'The password does not open master.json, which itself is whole.',
    action: 'Give the password of this node; nothing was changed.',
    class: 'operator',
  },
  'weak-password': {
    means: 'A password has fewer than 12 characters after normalisation.',
    action: 'Choose a longer one; spaces count, control characters do not.',
    class: 'operator',
  },
  'weak-kdf': {
    means: 'A file asks for a password derivation that is cheaper or dearer than allowed.',
    action: 'Do not use the file; restore master.json from its backup.',
    class: 'operator',
  },
  'insecure-keys-refused': {
    means: 'Development keys were asked to serve on the main chain.',
    action: 'Make new keys without the development profile.',
    class: 'operator',
  },
  'kdf-failed': {
    means: 'The password derivation gave no key.',
    action: 'Give the machine more memory and start again.',
    class: 'operator',
  },
  'file-truncated': {
    means: 'A file of ours ends early.',
    action:
      'Take it from a backup. The others can reshare a share; any other file comes anew from its maker.',
    class: 'operator',
  },
  'file-damaged': {
    means: 'A file of ours is not in the form in which it is written.',
    action:
      'Take it from a backup. The others can reshare a share; any other file comes anew from its maker.',
    class: 'operator',
  },
  'file-tampered': {
    means: 'The content of a key file is not what was sealed.',
    action: 'Restore it from its backup, or let the other nodes reshare to this one.',
    class: 'operator',
  },
  'wrong-master-key': {
    means: 'A key file was sealed under the master key of another node or time.',
    action: 'Put the files of one backup together again.',
    class: 'operator',
  },
  'identity-mismatch': {
    means: 'The identity file holds another secret than the key that it names.',
    action: 'Restore identity.key.json from its backup.',
    class: 'operator',
  },
  'bad-identity': {
    means: 'A text is no identity of the form ed25519:<43 base64url characters>.',
    action: 'Copy the identity again from "conclave identity show".',
    class: 'operator',
  },
  'bad-invitation': {
    means: 'A line is no invitation, or a character of it was lost or changed.',
    action: 'Copy the line again from "conclave identity show".',
    class: 'operator',
  },
  'bad-nickname': {
    means: 'A nickname is not 1 to 32 of a-z, 0-9 and hyphen.',
    action: 'Choose another.',
    class: 'operator',
  },
  // Shares
  'share-does-not-match-lock': {
    means: 'A share is not the secret half of what the lock says of its seat.',
    action: 'Restore the share of this epoch from its backup, or let the others reshare to this node.',
    class: 'operator',
  },
  'stale-epoch': {
    means: 'A share, or a request, is of another epoch than the one that is active.',
    action: 'Use the newest lock and the share of its epoch.',
    class: 'operator',
  },
  'wrong-cluster': {
    means: 'A share file is of another network or key.',
    action: 'Put the files of one node together again.',
    class: 'operator',
  },
  'wrong-node': {
    means: 'A share file belongs to another node.',
    action: 'Never copy a share between nodes; restore the own one.',
    class: 'operator',
  },
  'identity-not-in-lock': {
    means: 'The lock has no seat for the identity of this node.',
    action: 'Check which identity and which lock this node is configured with.',
    class: 'operator',
  },
  'too-many-pending': {
    means: 'Too many shares of one key wait for a certificate.',
    action: 'Complete one of the ceremonies that were prepared; its certificate clears the others.',
    class: 'operator',
  },
  'share-not-lost': {
    means: 'A share was to be given up as lost, but its file is there.',
    action: 'Leave it where it is. If it does not open, move the file away first.',
    class: 'operator',
  },
  'commit-locked': {
    means: 'This node has committed to another attempt at the next epoch, and never commits to two.',
    action: 'Complete the earlier attempt: every node that holds its acknowledgements can.',
    class: 'operator',
  },
  // Presignatures
  'presignature-unknown': {
    means: 'The proposed presignature is not in the pool of this node.',
    action: 'Propose another; presignatures do not survive a restart or a new epoch.',
    class: 'peer',
  },
  'presignature-expired': {
    means: 'The proposed presignature is older than it may be.',
    action: 'Propose another; the pool refills by itself.',
    class: 'peer',
  },
  'presignature-other-tuple': {
    means: 'A presignature was asked for a second request: two signatures with it would give the key away.',
    action: 'Find out who proposed it twice; exclude that node until it is explained.',
    class: 'peer',
  },
  // Requests
  'no-key': {
    means: 'This node has no key in service.',
    action: 'Run a ceremony first.',
    class: 'client',
  },
  'not-connected': {
    means: 'This node has no links yet.',
    action: 'Accept the ceremony first: that connects the node.',
    class: 'operator',
  },
  'quorum-unavailable': {
    means: 'Fewer members than sign are connected and willing.',
    action: 'Bring back the members that the message names, then ask again.',
    class: 'operator',
  },
  'signing-failed': {
    means: 'All quorums that were tried ended without a signature.',
    action: 'Read why the last one failed; ask again with the same content.',
    class: 'peer',
  },
  deadline: {
    means: 'There was no signature before the deadline of the request.',
    action: 'Ask again with the same content, and with more time.',
    class: 'client',
  },
  'request-in-progress': {
    means: 'The same request is being signed already, by other signers than asked for.',
    action: 'Wait for its end, then ask again.',
    class: 'client',
  },
} as const;
