/** Why bytes that claim to be an Ethereum address, transaction or call are refused. */
export const reasons = {
  'trie-damaged': {
    means: 'A node of the state of L2 is missing on disk, or is not what its hash says.',
    action: 'Move `engine` and `driver` away, and start again: what L1 holds is derived anew.',
    class: 'operator',
  },
  'bad-account': {
    means: 'A text is no address of 0x and 40 hex digits, or its EIP-55 checksum is wrong.',
    action: 'Copy the address again; write it with its checksum or in lower case throughout.',
    class: 'client',
  },
  'tx-malformed': {
    means: 'A transaction is not canonical RLP of its type, or one of its fields is out of range.',
    action: 'Give the raw signed transaction exactly as a wallet prints it.',
    class: 'client',
  },
  'tx-unsigned': {
    means: 'A transaction carries no signature.',
    action: 'Sign the transaction; only signed ones can be put into a batch.',
    class: 'client',
  },
  'tx-signature': {
    means: 'A transaction has a signature that no key makes, or one with a high s.',
    action: 'Sign the transaction again with an up-to-date wallet.',
    class: 'client',
  },
  'tx-type': {
    means: 'A transaction has a type that is not accepted here.',
    action: 'Use a transaction of type 0, 1 or 2 on L2, and of type 2 or 3 on L1.',
    class: 'client',
  },
  'tx-gas': {
    means: 'The gas limit of a transaction is below what it costs before its first instruction.',
    action: 'Raise the gas limit and sign again.',
    class: 'client',
  },
  'tx-nonce': {
    means: 'A transaction has the last nonce of all, which no account may use.',
    action: 'Use the next nonce of the account.',
    class: 'client',
  },
  'tx-tip': {
    means: 'The tip of a transaction is above its fee cap.',
    action: 'Lower the tip or raise the fee cap, and sign again.',
    class: 'client',
  },
  'tx-init-code': {
    means: 'A transaction creates a contract with more code than one transaction may bring.',
    action: 'Split the contract.',
    class: 'client',
  },
  'tx-too-large': {
    means: 'A transaction is longer than a batch takes.',
    action: 'Split what the transaction does.',
    class: 'client',
  },
  'tx-sender': {
    means: 'A signature is valid, but of another account than the one that must send.',
    action: 'Check which key and which epoch signed; nothing was sent.',
    class: 'bug',
  },
  'wrong-chain': {
    means: 'A transaction, a batch or an endpoint belongs to another chain.',
    action: 'Compare the chain id with that of the cluster definition.',
    class: 'client',
  },
  'bad-calldata': {
    means: 'Calldata is not the canonical encoding of a call that this cluster signs.',
    action: 'Ask for the call through its typed request; bytes are never taken as given.',
    class: 'client',
  },
  'bad-proof': {
    means: 'A proof of possession is not the signature of the account for this purpose, block and registry.',
    action: 'Have the cluster sign exactly what is registered: purpose, account, block, registry.',
    class: 'client',
  },
  'not-a-set-member': {
    means: 'A signature or a key is of no member of the set, or the signature is of something else.',
    action: 'Let each member certify the same account, purpose and block against the same record.',
    class: 'client',
  },
  'certificate-weak': {
    means: 'The members that signed have not more than two thirds of the power of the set.',
    action: 'Collect signatures of more members.',
    class: 'client',
  },
  'bad-answer': {
    means:
      'A contract answered what it never would: there is another one at its address, or the endpoint lies.',
    action: 'Compare the record of the deployment with the chain: "conclave contracts check".',
    class: 'operator',
  },
} as const;
