import type { UpdateKeyRequest } from '../chain/duty-update-key.ts';
import { to0x, fromHex } from '../crypto/bytes.ts';
import type { Signature } from '../crypto/ecdsa.ts';
import { InputError } from '../crypto/errors.ts';
import { writeJsonFile } from '../crypto/json-file.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { checkProof } from '../ethereum/first-key.ts';
import { type KeyPurpose, popDigest, proofBytes } from '../ethereum/key-pop.ts';
import type { NodeStatus } from '../node/api.ts';
import { type Policy, updateKeyRules } from '../node/policy/verdict.ts';

/** What is to be proven of the key of a node. */
export interface KeyWish {
  readonly key: NonNullable<NodeStatus['key']>;
  readonly policy: Policy;
  readonly l1ChainId: bigint;
  readonly purpose: KeyPurpose;
  readonly activationBlock: bigint;
  /** Left out: the only one that the policy names for such a proof. */
  readonly registry?: Address | undefined;
}

/**
 * The typed request for the proof of an account. @throws InputError usage for a block that is none or a
 * registry that must be named; rule-missing
 */
export function keyRequest(wish: KeyWish): UpdateKeyRequest {
  const { key, l1ChainId, purpose, activationBlock } = wish;
  if (activationBlock < 1n || activationBlock >= 1n << 64n)
    throw new InputError(
      'usage',
      '--activation',
      `--activation is ${activationBlock}, which is no block ahead`,
    );
  const keyId = fromHex(key.keyId);
  if (keyId?.length !== 32) throw new InputError('admin-protocol', 'key', 'the key id of the node is none');
  return {
    kind: 'update-key',
    ...{ keyId, keyEpoch: Number(key.epoch), account: parseAddress(key.address, 'key.address') },
    ...{ l1ChainId, registry: wish.registry ?? onlyRegistry(wish), purpose, activationBlock },
  };
}

function onlyRegistry({ policy, key, purpose }: KeyWish): Address {
  const fitting = updateKeyRules(policy).filter(
    (rule) => rule.purpose === key.purpose && rule.purposes.includes(purpose),
  );
  const [rule, second] = fitting;
  if (rule === undefined)
    throw new InputError(
      'rule-missing',
      'policy',
      `the policy of this node has no rule for a proof for ${purpose}`,
    );
  if (second === undefined) return rule.registry;
  const names = fitting.map(({ registry }) => registry).join(', ');
  throw new InputError('usage', '--registry', `the policy names several registries, state one: ${names}`);
}

/** The proof that a signature makes, 65 bytes. @throws InputError bad-proof for one that L1 would refuse */
export function proofOf(request: UpdateKeyRequest, signature: Signature): Uint8Array {
  const proof = proofBytes(signature);
  checkProof(request, proof);
  return proof;
}

/** A proof, for people and for files; numbers are text. */
export const proofFields = (
  request: UpdateKeyRequest,
  proof: Uint8Array,
): Readonly<Record<string, string>> => ({
  l1ChainId: String(request.l1ChainId),
  registry: request.registry,
  purpose: request.purpose,
  account: request.account,
  activation: String(request.activationBlock),
  digest: to0x(popDigest(request)),
  proof: to0x(proof),
});

/** A proof as a file: nothing in it is secret. */
export const proofFile = (request: UpdateKeyRequest, proof: Uint8Array): Uint8Array =>
  writeJsonFile({ kind: 'conclave-key-proof', version: 1, ...proofFields(request, proof) });
