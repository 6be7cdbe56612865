import type { Secret } from '../../crypto/secret.ts';
import type { Address } from '../../ethereum/address.ts';
import type { ContractCall } from '../../ethereum/bridge-calls.ts';
import { accountOfKey } from '../../ethereum/deployment-tx.ts';
import type { SignedL1Tx } from '../../ethereum/l1-tx.ts';
import type { BridgeChain } from '../../system/l1-client-chain.ts';
import type { L1Receipt } from '../../system/ports.ts';
import { MINED_TIMEOUT_MS, signPriced } from '../deploy/deploy.ts';

/** An ordinary account on one chain. */
export interface Account {
  readonly address: Address;
  readonly chain: BridgeChain;
  /** Signs a call with the next nonce, and fees as the chain has them now; sends nothing. */
  readonly sign: (call: ContractCall) => Promise<SignedL1Tx>;
  /** Signs, sends, and waits until it is in a block. @throws as `BridgeChain`; fee-implausible */
  readonly send: (call: ContractCall) => Promise<L1Receipt>;
}

/** The account of a key on a chain; the key stays whoever's it is. @throws InputError bad-account */
export function accountOn(chain: BridgeChain, key: Secret): Account {
  const address = accountOfKey(key);
  const sign = async (call: ContractCall): Promise<SignedL1Tx> => {
    const [chainId, nonce] = await Promise.all([chain.chainId(), chain.nonce(address, 'pending')]);
    return signPriced({ ...call, nonce }, { chainId, from: address }, { l1: chain, key });
  };
  return {
    ...{ address, chain, sign },
    send: async (call) => {
      const tx = await sign(call);
      await chain.send(tx);
      return chain.mined(tx.hash, MINED_TIMEOUT_MS);
    },
  };
}
