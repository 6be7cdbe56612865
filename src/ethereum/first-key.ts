import { decodeFunctionResult, encodeFunctionData, getAddress, hexToBytes } from 'viem/utils';

import { bytesToBigint, concat, to0x } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { contractTags } from '../crypto/tags.ts';
import { type Address, addressBytes, parseAddress } from './address.ts';
import { contractDigest } from './contract-digest.ts';
import { keyRegistryAbi as abi } from './contracts/key-registry.ts';
import { type KeyPromise, keyPurposeNumbers, popDigest } from './key-pop.ts';
import { recoverAddress } from './recover.ts';

/** The account of a purpose that never had one. */
export interface FirstKey extends KeyPromise {
  readonly account: Address;
}

/** Who may sign a certificate, ascending by signer; power in whole METIS. */
export interface SetMember {
  readonly signer: Address;
  readonly power: bigint;
}

/** What members sign of a first key, 32 bytes; `cancelled`: keys of the purpose that were. [GroupKeys.sol] */
export const firstKeyDigest = (key: FirstKey, cancelled: bigint): Uint8Array =>
  contractDigest(
    contractTags.firstKey,
    ...[key.l1ChainId, addressBytes(key.registry), keyPurposeNumbers[key.purpose]],
    ...[addressBytes(key.account), key.activationBlock, cancelled],
  );

/** Who made a signature as contracts read it, 65 bytes; `undefined` if it is none. [Recover.sol] */
export function signerOf(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined;
  const [r, s] = [bytesToBigint(signature.subarray(0, 32)), bytesToBigint(signature.subarray(32, 64))];
  try {
    return recoverAddress(digest, { r, s, yParity: v === 28 ? 1 : 0 });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Whether the account itself made a proof. @throws InputError bad-proof */
export function checkProof(key: FirstKey, proof: Uint8Array): void {
  const signer = signerOf(popDigest(key), proof);
  if (signer === key.account) return;
  throw new InputError(
    'bad-proof',
    'proof',
    `the proof is not the signature of ${key.account} for ${key.purpose} from block ${key.activationBlock}` +
      ` on: it is ${signer === undefined ? 'no signature' : `by ${signer}, or of something else`}`,
  );
}

/** Whether signers have enough power: exactly two thirds is not enough. [MemberSets.sol] */
export const isMajority = (power: bigint, total: bigint): boolean => 3n * power > 2n * total;

/** One member's word, and where it was read. */
export interface NamedSignature {
  readonly path: string;
  /** 65 bytes */
  readonly signature: Uint8Array;
}

/**
 * Puts signatures over a digest together: a bitmap of members, lowest bit first, then the signatures in the
 * order of the set. [Certificates.sol] @throws InputError not-a-set-member | certificate-weak
 */
export function certificateOf(
  members: readonly SetMember[],
  digest: Uint8Array,
  signatures: readonly NamedSignature[],
): Uint8Array {
  const bySigner = new Map(
    signatures.map(({ path, signature }) => [memberOf(members, digest, { path, signature }), signature]),
  );
  const signing = members.flatMap(({ signer, power }, i) => {
    const signature = bySigner.get(signer);
    return signature === undefined ? [] : [{ i, power, signature }];
  });
  const power = sum(signing);
  const total = sum(members);
  if (!isMajority(power, total))
    throw new InputError(
      'certificate-weak',
      'signature',
      `${signing.length} of ${members.length} members signed, with ${power} of ${total} METIS of power;` +
        ' more than two thirds are needed',
    );
  const bitmap = new Uint8Array(Math.ceil(members.length / 8));
  for (const { i } of signing) bitmap[i >> 3] = (bitmap[i >> 3] ?? 0) | (1 << (i & 7));
  return concat(bitmap, ...signing.map(({ signature }) => signature));
}

function memberOf(
  members: readonly SetMember[],
  digest: Uint8Array,
  { path, signature }: NamedSignature,
): Address {
  const signer = signerOf(digest, signature);
  if (signer !== undefined && members.some((member) => member.signer === signer)) return signer;
  throw new InputError(
    'not-a-set-member',
    path,
    `${path}: no member of the set signed this account, purpose and block`,
  );
}

const sum = (members: readonly { readonly power: bigint }[]): bigint =>
  members.reduce((total, { power }) => total + power, 0n);

/** What the registry is asked, as calldata, and what its answers say. */
export const registryViews = {
  firstKeyDigest: ({ purpose, account, activationBlock }: FirstKey): Uint8Array => {
    const args = [keyPurposeNumbers[purpose], account, activationBlock] as const;
    return hexToBytes(encodeFunctionData({ abi, functionName: 'firstKeyDigest', args }));
  },
  keyAt: (purpose: KeyPromise['purpose'], block: bigint): Uint8Array => {
    const args = [keyPurposeNumbers[purpose], block] as const;
    return hexToBytes(encodeFunctionData({ abi, functionName: 'keyAt', args }));
  },
  currentSet: (): Uint8Array => hexToBytes(encodeFunctionData({ abi, functionName: 'currentSet' })),
  memberSet: (setId: bigint): Uint8Array =>
    hexToBytes(encodeFunctionData({ abi, functionName: 'memberSet', args: [setId] })),
  readMembers: (answer: Uint8Array): readonly SetMember[] => {
    const [members] = decodeFunctionResult({ abi, functionName: 'memberSet', data: to0x(answer) });
    return members.map(({ signer, power }) => ({ signer: parseAddress(signer, 'signer'), power }));
  },
  readAccount: (answer: Uint8Array): Address =>
    parseAddress(
      getAddress(decodeFunctionResult({ abi, functionName: 'keyAt', data: to0x(answer) })),
      'account',
    ),
} as const;

/** The call that gives a purpose its first key. */
export function encodeScheduleFirstKey(
  key: FirstKey,
  proof: Uint8Array,
  certificate: Uint8Array,
): Uint8Array {
  const { purpose, account, activationBlock } = key;
  const words = [keyPurposeNumbers[purpose], account, activationBlock] as const;
  const args = [...words, to0x(proof), to0x(certificate)] as const;
  return hexToBytes(encodeFunctionData({ abi, functionName: 'scheduleFirstKey', args }));
}
