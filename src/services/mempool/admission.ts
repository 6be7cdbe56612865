import { blockLimits } from '../../chain/rollup.ts';
import { InputError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { type L2Tx, readSignedTx } from '../../ethereum/l2-tx.ts';
import { type Refused, refused } from './refusals.ts';

/** What one sequencer asks of a transaction, beyond what the chain does. */
export interface AdmissionRules {
  readonly chainId: bigint;
  /** In wei per gas. */
  readonly minTip: bigint;
  /** The only senders that are served; `undefined` for all. What L1 forces in does not come through here. */
  readonly allowed: ReadonlySet<Address> | undefined;
}

/** How geth begins what it says to bytes that our reader refuses with this code. */
const begins: Readonly<Record<string, string>> = {
  'tx-malformed': 'rlp',
  'tx-type': 'transaction type not supported',
  'tx-too-large': 'oversized data',
  'tx-init-code': 'max initcode size exceeded',
  'tx-tip': 'max priority fee per gas higher than max fee per gas',
  'tx-signature': 'invalid sender',
  'tx-unsigned': 'invalid sender',
  'tx-nonce': 'nonce has max value',
  'tx-gas': 'intrinsic gas too low',
};

/**
 * A transaction for a chain out of its bytes, or why it is none. No state is asked. What is read is a copy:
 * the bytes may be part of a request or of a file, which nobody has to keep.
 */
export function readForPool(raw: Uint8Array, chainId: bigint): L2Tx | Refused {
  try {
    const tx = readSignedTx(new Uint8Array(raw));
    if (tx.chainId === chainId) return tx;
    if (tx.chainId === undefined)
      return refused('pool-unreplayable', 'only replay-protected (EIP-155) transactions allowed over RPC');
    const message = `invalid sender: invalid chain id for signer: have ${tx.chainId} want ${chainId}`;
    return { kind: 'refused', code: 'wrong-chain', message };
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    const { code, message } = cause;
    return { kind: 'refused', code, message: `${begins[code] ?? 'invalid transaction'}: ${message}` };
  }
}

/** Why this sequencer does not take a transaction now; `baseFee` is that of the next block. */
export function admissionRefusal(tx: L2Tx, rules: AdmissionRules, baseFee: bigint): Refused | undefined {
  const { sender, gasLimit, maxFeePerGas: cap, maxPriorityFeePerGas: tip } = tx;
  if (rules.allowed?.has(sender) === false)
    return refused('pool-not-allowed', `sender not allowed: ${sender} is not on the list of this sequencer`);
  if (gasLimit > blockLimits.gas)
    return refused('pool-gas-limit', `exceeds block gas limit: ${gasLimit} of ${blockLimits.gas}`);
  if (tip < rules.minTip)
    return refused(
      'pool-underpriced',
      `transaction underpriced: gas tip cap ${tip}, minimum needed ${rules.minTip}`,
    );
  if (cap < baseFee)
    return refused(
      'pool-fee-too-low',
      'max fee per gas less than block base fee: ' +
        `address ${sender}, maxFeePerGas: ${cap}, baseFee: ${baseFee}`,
    );
  return undefined;
}
