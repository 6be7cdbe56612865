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
  'no-node': {
    means: 'No running node answers for the data folder.',
    action: 'Start the node, or name the folder of one that runs.',
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
  'l1-unreachable': {
    means: 'The L1 endpoint does not answer, or not in time.',
    action: 'See that the node behind the URL runs; reading is tried again, nothing was sent twice.',
    class: 'operator',
  },
  'l1-lies': {
    means: 'The L1 endpoint gave a block, receipts or a transaction that do not hash to what they must.',
    action: 'Take another endpoint: this one is broken, or leaves out what L1 says.',
    class: 'operator',
  },
  'l1-disagreement': {
    means: 'An L1 endpoint does not have a block that another one has called final.',
    action: 'Find out which of the two shows the real chain, and take the other out of l1.rpc.',
    class: 'operator',
  },
  'l1-no-inbox': {
    means: 'There is no inbox contract at the address.',
    action: 'Compare the inbox address and the L1 endpoint; deploy the contract if there is none yet.',
    class: 'operator',
  },
  'l1-reverted': {
    means: 'The contract refused the call; its own error is in the message.',
    action:
      'BadIndex: another batch was first; take the next index. NotBatchSender: register the group address.',
    class: 'client',
  },
  'l1-rejected': {
    means: 'The L1 endpoint refused the call for a reason of its own.',
    action: 'Read the reason in the message; look the transaction hash up before asking again.',
    class: 'operator',
  },
  'nonce-too-low': {
    means: 'The nonce of the transaction was used by another one.',
    action: 'Look the transaction hash up; if it is not mined, ask again with the nonce of the chain.',
    class: 'client',
  },
  'fee-too-low': {
    means:
      'The fees are below what the chain takes, or too little above those of the transaction they replace.',
    action: 'Ask again with the next step of the fee ladder.',
    class: 'client',
  },
  'no-funds': {
    means: 'The group account cannot pay for the transaction.',
    action: 'Send ether to the group address.',
    class: 'operator',
  },
  'receipt-timeout': {
    means: 'A transaction was sent and is in no block yet.',
    action:
      'Wait, or replace it with higher fees under the same nonce; never ask for the batch under another.',
    class: 'operator',
  },
  'no-blobs': {
    means: 'The endpoint does not serve the blobs of that block.',
    action: 'Name an endpoint that keeps blobs; they are deleted after about 18 days.',
    class: 'operator',
  },
  'engine-failed': {
    means: 'An execution engine refused a call, or answered what no engine says.',
    action: 'Read the message and the log of the engine; it is asked again, and no block counts meanwhile.',
    class: 'operator',
  },
  'engine-unknown-block': {
    means: 'An execution engine was told of a block that it does not hold.',
    action:
      'None by hand: the blocks before it are offered again. An engine of another chain never gets there.',
    class: 'operator',
  },
  'engine-unreachable': {
    means: 'The execution engine does not answer, or not in time.',
    action: 'See that it runs and that the URL is that of its Engine API (--authrpc.addr, --authrpc.port).',
    class: 'operator',
  },
  'engine-left': {
    means: 'The node was stopped while an execution engine was being given the blocks that it lacks.',
    action: 'None: it is given the rest after the next start.',
    class: 'operator',
  },
  'engine-refuses-us': {
    means: 'The execution engine does not take our token (401 or 403).',
    action:
      'Give both the same secret file (--authrpc.jwtsecret), and set the clocks: 60 s apart is too far.',
    class: 'operator',
  },
  'bad-engine-secret': {
    means: 'The secret that is shared with an execution engine is not 64 hex digits.',
    action: 'Make one for both, such as by openssl rand -hex 32, in a file that only you can read.',
    class: 'operator',
  },
  'binary-missing': {
    means: 'A program that is needed is not installed, or does not start.',
    action: 'Run npm ci on linux-x64, or install Foundry, or name the program in CONCLAVE_ANVIL.',
    class: 'operator',
  },
  'child-failed': {
    means: 'A program that was started ended by itself, or never became ready.',
    action: 'Read its last words in the message.',
    class: 'operator',
  },
} as const;
