/** What is wrong with what a user hands to a command. */
export const reasons = {
  'file-unreadable': {
    means: 'A file that a command names cannot be read.',
    action: 'Check the path and who may read it.',
    class: 'client',
  },
  usage: {
    means: 'A command, a flag or an argument is not one that there is.',
    action: 'Run the command with --help.',
    class: 'client',
  },
  'rpc-refused': {
    means: 'A call of JSON-RPC cannot be answered; its caller is told why, with a number of that protocol.',
    action: 'Correct the call as the message says; docs/rpc.md lists numbers and limits.',
    class: 'client',
  },
  interrupted: {
    means: 'The person at the terminal stopped a question.',
    action: 'Run the command again.',
    class: 'client',
  },
  'password-missing': {
    means: 'A command needs the password of the node and has none.',
    action: 'Give --password-file FILE, --password-fd N, or run it in a terminal.',
    class: 'operator',
  },
  'config-invalid': {
    means: 'A value of the configuration is not allowed, unknown, missing, or stated twice.',
    action: 'Correct the value that the message names; nothing was started.',
    class: 'operator',
  },
  'bad-key-file': {
    means: 'A file that is to hold the key of an account holds something else.',
    action: 'Name a file with the key in 64 hex digits, or the keystore of a wallet; nothing was sent.',
    class: 'client',
  },
  'batch-unknown': {
    means: 'L1 has no batch of that index.',
    action: 'Take the index that the node names that waits, and the L1 and rollup file of that node.',
    class: 'client',
  },
  'not-at-committee': {
    means: 'A payload is to be posted again that was never left to a committee.',
    action: 'None: it is on L1, and nobody waits for it; look at the index.',
    class: 'client',
  },
  'batch-foreign': {
    means: 'A batch came to the inbox by way of another contract; derivation passes over it.',
    action: 'None: nobody waits for its payload; look at the index.',
    class: 'client',
  },
  'already-reposted': {
    means: 'The payload of a batch is on L1 already; nothing was sent.',
    action: 'None: who waits for it reads L1 up to the block that the message names.',
    class: 'client',
  },
  'payload-differs': {
    means: 'What was found is not the payload: L1 has another hash or size; nothing was sent.',
    action: 'Look for the bytes elsewhere: another member, a copy of its folder, the sequencer.',
    class: 'client',
  },
  'payload-not-found': {
    means: 'No source that a command names has the payload of a batch; nothing was sent.',
    action: 'Name other members, a file, or the data folder of the sequencer.',
    class: 'operator',
  },
  'l1-not-read': {
    means: 'The node has just started and has not read L1 to its head, so no batch is made yet.',
    action: 'Wait: batches begin by themselves once it has.',
    class: 'operator',
  },
  'sequencer-away': {
    means: 'A node that follows hands transactions to the sequencer, which does not answer.',
    action: 'Send the transaction again later; one that reached the sequencer is not taken twice.',
    class: 'client',
  },
  'batching-not-begun': {
    means: 'A sequencer is told something about its batches before it makes any.',
    action: 'Mend what the message names, or wait; then tell it again.',
    class: 'operator',
  },
  'account-not-named': {
    means: 'The inbox on L1 would refuse what is to be signed: it takes no batch from this account.',
    action:
      'Register the account: "conclave sign update-key", then "conclave contracts first-key" or a vote.',
    class: 'operator',
  },
  'deployment-differs': {
    means: 'Contracts, values, key or file are not those with which a deployment began.',
    action: 'Continue it with the build and the file of its beginning, or begin another with a new --out.',
    class: 'operator',
  },
  'deployment-diverged': {
    means:
      'The account that deploys has sent something else, so that the planned addresses cannot come to be.',
    action: 'Begin another deployment with a new --out, and an account that sends nothing else meanwhile.',
    class: 'operator',
  },
  'deployment-unsafe': {
    means: 'Code, a proxy or a role on L1 is not as planned.',
    action: 'Use nothing of this deployment: the lines above say what is wrong.',
    class: 'operator',
  },
  'fee-implausible': {
    means: 'L1 asks for more gas or higher fees than any deployment is worth; nothing was signed.',
    action: 'Look at fees elsewhere: wait for lower ones, or use an endpoint that tells the truth.',
    class: 'operator',
  },
  'key-taken': {
    means: 'A purpose has a key in the registry already, and it is another one or begins at another block.',
    action: 'Look at what is registered; only a vote gives a purpose another key.',
    class: 'operator',
  },
  'unknown-environment-name': {
    means:
      'An environment variable of this program has a name that it does not know, or that names a secret.',
    action: 'Correct the name or unset it; secrets come from files, descriptors or a prompt.',
    class: 'operator',
  },
  'folder-not-empty': {
    means: 'A new data folder is to be made where there is something already.',
    action: 'Name another folder; nothing was overwritten.',
    class: 'operator',
  },
  'key-unknown': {
    means: 'The node has no key yet.',
    action: 'Run a ceremony first: "conclave ceremony propose".',
    class: 'client',
  },
  'member-unknown': {
    means: 'The committee has no member of that name or index.',
    action: 'Take a name or an index from "conclave node status".',
    class: 'client',
  },
  'ceremony-unknown': {
    means: 'No ceremony of this node has an id that begins so.',
    action: 'Look at "conclave ceremony list".',
    class: 'client',
  },
  'ceremony-ended': {
    means: 'A ceremony that was watched ended without a key.',
    action: 'Read what went wrong in its last line; propose again.',
    class: 'operator',
  },
  'node-starting': {
    means: 'The node of the data folder has its folder, and does not serve it yet.',
    action: 'Wait until it says that it runs, and ask again.',
    class: 'operator',
  },
  'admin-protocol': {
    means: 'What came over the admin socket is no request, or no answer, of this version.',
    action: 'Use the command line and the node of one version.',
    class: 'client',
  },
  'audit-failed': {
    means: 'A check of an audit failed.',
    action: 'Read which; do not rely on what the folder states.',
    class: 'operator',
  },
  'export-too-large': {
    means: 'What the guard knows is more than a running node hands over at once.',
    action: 'Stop the node, run "conclave guard export" again, and start it.',
    class: 'operator',
  },
  'page-not-built': {
    means: 'The page of the audit has not been built, or could not be.',
    action: 'Run "npm run web" and read what it says.',
    class: 'operator',
  },
  'committee-not-named': {
    means: 'Payloads were to go to a committee that the settings do not name.',
    action: 'Name its members in l2.yaml, in the group "sequencer.committee", and start the node again.',
    class: 'operator',
  },
  'genesis-mismatch': {
    means: 'A genesis does not give the block 0 that the rollup file names.',
    action: 'Take both files from whoever set the chain up; "conclave contracts rollup" compares them.',
    class: 'operator',
  },
  'l2-parent-moved': {
    means: 'The head changed while a block was being built on it; the block is thrown away.',
    action: 'Nothing, once in a while. If it goes on, L1 takes blocks back: see what the log says of it.',
    class: 'operator',
  },
  'no-withdrawal': {
    means: 'The transaction let nothing leave L2, or is in no block there.',
    action: 'Name the hash that "conclave bridge withdraw" printed, and an L2 node that has caught up.',
    class: 'client',
  },
  'not-final': {
    means: 'What left L2 cannot be released yet: no output of its block is final.',
    action: 'Wait: "conclave bridge status" says for what. A rejected output is replaced by a later one.',
    class: 'client',
  },
  'output-differs': {
    means: 'An output on L1 is not what the L2 node that was asked has after that block.',
    action:
      'Ask a node that follows L1 by itself; if they all differ, dispute: "conclave outputs challenge".',
    class: 'operator',
  },
  'already-released': {
    means: 'What left L2 was released on L1 before.',
    action: 'Nothing is left to do.',
    class: 'client',
  },
} as const;
