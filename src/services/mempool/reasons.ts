/** Why the pool refuses a transaction that is well formed. */
export const reasons = {
  'pool-nonce-too-low': {
    means: 'The account has used the nonce of this transaction already.',
    action: 'Ask for the next nonce, and sign again.',
    class: 'client',
  },
  'pool-no-funds': {
    means: 'The account cannot pay for this transaction beside those of it that wait.',
    action: 'Fund the account, or lower value, gas limit or fee.',
    class: 'client',
  },
  'pool-replacement-underpriced': {
    means: 'A transaction of the same nonce waits, and this one does not raise both of its fees enough.',
    action: 'Raise the fee cap and the tip by 10 % or more.',
    class: 'client',
  },
  'pool-account-full': {
    means: 'As many transactions of this account wait as one account may have.',
    action: 'Wait until some are in a block.',
    class: 'client',
  },
  'pool-underpriced': {
    means: 'The tip is below what this sequencer takes, or below all tips of a pool that is full.',
    action: 'Raise the tip and the fee cap.',
    class: 'client',
  },
  'pool-too-slow': {
    means: 'A transaction of this account took longer than one may, and was taken out of its block.',
    action: 'Make it cheaper to execute, and send it after ten minutes; or force it in by L1.',
    class: 'client',
  },
  'pool-full': {
    means: 'There is no room for this transaction.',
    action: 'Send the transactions before it first, or try again later.',
    class: 'client',
  },
  'pool-fee-too-low': {
    means: 'The fee cap is below the base fee of the next block.',
    action: 'Raise the fee cap.',
    class: 'client',
  },
  'pool-gas-limit': {
    means: 'The gas limit is above that of a block.',
    action: 'Lower the gas limit.',
    class: 'client',
  },
  'pool-sender-code': {
    means: 'The sender is a contract, which cannot sign (EIP-3607).',
    action: 'Send from an account without code.',
    class: 'client',
  },
  'pool-not-allowed': {
    means: 'The sequencer takes transactions of listed senders only, and this is none of them.',
    action: 'Ask to be listed, or send the transaction through L1: what is forced in needs no list.',
    class: 'client',
  },
  'pool-unreplayable': {
    means: 'A transaction names no chain, so that anybody could send it on another one again.',
    action: 'Sign it with the chain id, as EIP-155 has it.',
    class: 'client',
  },
  'pool-disk': {
    means: 'The journal has no room, or the disk refuses it; the pool keeps what it has and takes no more.',
    action: 'Free space on the volume of the data folder; the pool recovers by itself.',
    class: 'operator',
  },
} as const;
