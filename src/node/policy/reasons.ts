/** Why policy refuses a request. Codes that others declare as well are not repeated here. */
export const reasons = {
  'policy-invalid': {
    means: 'A policy contradicts itself or leaves a bound open.',
    action: 'Correct the rule that the message names; nothing of the new policy is used.',
    class: 'operator',
  },
  'rule-missing': {
    means: 'No rule of the policy allows this kind of request; what is not allowed is refused.',
    action: 'Add a rule for it on every node, or stop asking.',
    class: 'client',
  },
  'kind-purpose-mismatch': {
    means: 'The key does not serve this kind of request.',
    action: 'Ask with the key of that purpose.',
    class: 'client',
  },
  'key-denied': {
    means: 'The request names a key, or an account, that is not the one of this signer.',
    action: 'Compare key id and sender with the lock.',
    class: 'client',
  },
  'wrong-key-epoch': {
    means: 'The request names another epoch of the key than the one that signs now.',
    action: 'Ask again with the epoch of the newest lock.',
    class: 'client',
  },
  'bad-signer-set': {
    means: 'The signers are not exactly the required number of members, or this node is not among them.',
    action: 'Propose a quorum of the active epoch.',
    class: 'peer',
  },
  'wrong-target': {
    means: 'The call goes to another contract or function than the rule names.',
    action: 'Compare inbox address and function with the policy.',
    class: 'client',
  },
  'non-canonical-tx': {
    means: 'The transaction does not read back as it was written.',
    action: 'Report it with the request.',
    class: 'bug',
  },
  'value-over-cap': {
    means: 'The transaction carries more value than the rule allows.',
    action: 'Send no value with it.',
    class: 'client',
  },
  'gas-over-cap': {
    means: 'The gas limit is above that of the rule.',
    action: 'Lower the gas limit, or raise the bound in the policy of every node.',
    class: 'client',
  },
  'data-too-large': {
    means: 'The data of the call are longer than the rule allows.',
    action: 'Split the batch, or send it as blobs.',
    class: 'client',
  },
  'too-many-blobs': {
    means: 'The transaction has more blobs than the rule allows.',
    action: 'Split the batch.',
    class: 'client',
  },
  'nonce-mismatch': {
    means: 'The nonce has been used on L1 already.',
    action: 'Take the next nonce of the account from L1 again.',
    class: 'client',
  },
  'purpose-denied': {
    means: 'The account of the key may not be proven for this purpose.',
    action: 'Ask for a purpose that the rule lists, or add it to the policy of every node.',
    class: 'client',
  },
  'activation-past': {
    means: 'The L1 block from which a key shall act has passed.',
    action: 'Choose a block ahead; proof and certificate name it and are made anew.',
    class: 'client',
  },
  'activation-too-far': {
    means: 'The block from which the account is to act is further ahead than the rule allows.',
    action: 'Ask with an earlier block, or raise max_ahead_blocks in the policy of every node.',
    class: 'client',
  },
  'verifier-refused': {
    means: "This node's own verifier does not derive the batch that it is asked to sign.",
    action: 'Compare the heads of sequencer and verifier; sign nothing by hand.',
    class: 'peer',
  },
  'verifier-unreachable': {
    means: "This node's own verifier did not answer in time, so nothing vouches for the batch.",
    action: 'Start the verifier at the address that the rule names; the batch is asked for again.',
    class: 'operator',
  },
  'duty-unknown': {
    means: 'Nothing that this node knows asks for the signature.',
    action: 'Wait until the ceremony or the chain has reached this node, then ask again.',
    class: 'client',
  },
} as const;
