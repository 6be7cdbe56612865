import { concat } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { type Signature, signatureCodec } from '../crypto/ecdsa.ts';
import { contractTags } from '../crypto/tags.ts';
import { type Address, addressBytes } from './address.ts';
import { contractDigest } from './contract-digest.ts';

/** What a group account acts for, with the number that KeyRegistry has for it. [Purpose.sol] */
export const keyPurposeNumbers = { batch: 0, state: 1, reward: 2, blob: 3, epoch: 4 } as const;

/** The name of one of them. */
export type KeyPurpose = keyof typeof keyPurposeNumbers;

/** All of them, in the order of their numbers. */
export const keyPurposes: readonly ['batch', 'state', 'reward', 'blob', 'epoch'] = [
  ...(['batch', 'state', 'reward', 'blob', 'epoch'] as const),
];

/** What an account promises to KeyRegistry: to act for one purpose from one block on. */
export interface KeyPromise {
  readonly l1ChainId: bigint;
  /** The contract itself: a proof for one registry says nothing to another. */
  readonly registry: Address;
  readonly purpose: KeyPurpose;
  /** u64: number of an L1 block. */
  readonly activationBlock: bigint;
}

/**
 * What an account signs to show that it can sign, 32 bytes: `popDigest` of KeyRegistry. What is hashed begins
 * with a byte that begins no transaction. [sequencer, 5.5]
 */
export const popDigest = ({ l1ChainId, registry, purpose, activationBlock }: KeyPromise): Uint8Array =>
  contractDigest(
    contractTags.keyPop,
    ...([l1ChainId, addressBytes(registry), keyPurposeNumbers[purpose], activationBlock] as const),
  );

/** A signature as contracts read it: r ‖ s ‖ v, 65 bytes, v 27 or 28. @throws Bug for a high s */
export function proofBytes(signature: Signature): Uint8Array {
  const bytes = encode(signatureCodec, signature);
  return concat(bytes.subarray(0, 64), Uint8Array.of(27 + signature.yParity));
}
