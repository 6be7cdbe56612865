import { Transaction } from 'micro-eth-signer';

import { to0x } from '../../src/crypto/bytes.ts';
import type { UnsignedL1Tx } from '../../src/ethereum/l1-tx.ts';

/** A transaction of that package, unsigned. */
type Elsewhere = ReturnType<typeof Transaction.prepare<'eip1559' | 'eip4844'>>;

/** The same transaction in the hands of the package micro-eth-signer, which has an encoder of its own. */
export function elsewhere(tx: UnsignedL1Tx): Elsewhere {
  const { chainId, nonce, to, value, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = tx;
  const common = { chainId, nonce, to, value, gasLimit, maxFeePerGas, maxPriorityFeePerGas };
  const fields = { ...common, data: to0x(tx.data), accessList: [] };
  if (tx.type === 'eip1559') return Transaction.prepare({ type: 'eip1559', ...fields }, false);
  const { maxFeePerBlobGas, blobVersionedHashes } = tx;
  const blobs = { maxFeePerBlobGas, blobVersionedHashes: blobVersionedHashes.map(to0x) };
  return Transaction.prepare({ type: 'eip4844', ...fields, ...blobs }, false);
}
