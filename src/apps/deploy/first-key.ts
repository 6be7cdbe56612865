import { bytesToBigint, equalBytes, fromHex, to0x } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { hexIn, literalIn, readJsonFile, writeJsonFile } from '../../crypto/json-file.ts';
import type { Secret } from '../../crypto/secret.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import { accountOfKey, signDigest } from '../../ethereum/deployment-tx.ts';
import {
  type FirstKey,
  type NamedSignature,
  type SetMember,
  certificateOf,
  checkProof,
  encodeScheduleFirstKey,
  firstKeyDigest,
  registryViews,
} from '../../ethereum/first-key.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';
import type { L1Receipt } from '../../system/ports.ts';
import { readUserFile } from '../user-file.ts';
import { MINED_TIMEOUT_MS, signPriced } from './deploy.ts';

type View = Pick<DeploymentL1, 'call'>;

/** How many keys of a purpose can have been cancelled for us to know what the registry asks for. */
const MAX_CANCELLED = 256n;

/** What a view of the registry says. @throws OperationError deployment-unsafe when no registry said it */
async function ask<T>(
  { registry, l1 }: { readonly registry: Address; readonly l1: View },
  view: Uint8Array,
  read: (answer: Uint8Array) => T,
): Promise<T> {
  const answer = await l1.call(registry, view);
  try {
    return read(answer);
  } catch (cause) {
    throw new OperationError(
      'deployment-unsafe',
      'fatal',
      `what L1 answers for ${registry} is no answer of a KeyRegistry`,
      { cause },
    );
  }
}

/** The set that may certify now. @throws OperationError deployment-unsafe */
async function currentMembers(registry: Address, l1: View): Promise<readonly SetMember[]> {
  const at = { registry, l1 };
  const view = await ask(at, registryViews.currentSet(), (id) => registryViews.memberSet(bytesToBigint(id)));
  return ask(at, view, registryViews.readMembers);
}

/**
 * What members sign of a key, 32 bytes: made here, and compared with what the registry says.
 * @throws OperationError deployment-unsafe when it says something else
 */
export async function digestToCertify(key: FirstKey, l1: View): Promise<Uint8Array> {
  const said = await l1.call(key.registry, registryViews.firstKeyDigest(key));
  for (let cancelled = 0n; cancelled < MAX_CANCELLED; cancelled++) {
    const digest = firstKeyDigest(key, cancelled);
    if (equalBytes(digest, said)) return digest;
  }
  throw new OperationError(
    'deployment-unsafe',
    'fatal',
    `what ${key.registry} asks members to sign is not about this key: nothing was signed`,
  );
}

/** One member's word for a key. */
export interface MemberWord {
  readonly signer: Address;
  readonly power: bigint;
  /** 32 bytes */
  readonly digest: Uint8Array;
  /** 65 bytes */
  readonly signature: Uint8Array;
}

/** Certifies a key as a member. @throws InputError not-a-set-member; OperationError deployment-unsafe */
export async function certifyKey(key: FirstKey, l1: View, secret: Secret): Promise<MemberWord> {
  const signer = accountOfKey(secret);
  const member = (await currentMembers(key.registry, l1)).find((candidate) => candidate.signer === signer);
  if (member === undefined)
    throw new InputError('not-a-set-member', 'key', `${signer} is no member of the set that certifies now`);
  const digest = await digestToCertify(key, l1);
  return { ...member, digest, signature: await signDigest(digest, secret) };
}

const KIND = 'conclave-first-key-signature';

/** A member's word as a file. */
export const wordToFile = (key: FirstKey, { signer, digest, signature }: MemberWord): Uint8Array =>
  writeJsonFile({
    ...{ kind: KIND, version: 1, l1_chain_id: String(key.l1ChainId), registry: key.registry },
    ...{ purpose: key.purpose, account: key.account, activation: String(key.activationBlock) },
    ...{ signer, digest: to0x(digest), signature: to0x(signature) },
  });

/** The signature in such a file; all are checked together later. @throws InputError file-damaged */
export function readWord(path: string): NamedSignature {
  const file = readJsonFile(readUserFile(path), path);
  literalIn(file, 'kind', KIND, path);
  return { path, signature: hexIn(file, 'signature', path, 65) };
}

const NOBODY: Address = parseAddress('0x0000000000000000000000000000000000000000');
/**
 * The account's own signature: 0x and 130 hex digits, or the file that `conclave sign update-key` keeps.
 * Whether it fits is checked before anything is sent. @throws InputError usage | file-damaged
 */
export function readProof(text: string): Uint8Array {
  if (!text.startsWith('0x')) {
    const file = readJsonFile(readUserFile(text), text);
    literalIn(file, 'kind', 'conclave-key-proof', text);
    return hexIn(file, 'proof', text, 65);
  }
  const proof = fromHex(text);
  if (proof?.length === 65) return proof;
  throw new InputError('usage', '--proof', '--proof is neither 0x and 130 hex digits nor a file');
}

/** A block after all others: the account then is the one that was scheduled last. */
const AFTER_ALL = 2n ** 256n - 1n;

/**
 * Whether the registry has this very key for this purpose. @throws OperationError key-taken when it has
 * another one, deployment-unsafe
 */
export async function isScheduled({ registry, ...key }: FirstKey, l1: View): Promise<boolean> {
  const at = (block: bigint): Promise<Address> =>
    ask({ registry, l1 }, registryViews.keyAt(key.purpose, block), registryViews.readAccount);
  const newest = await at(AFTER_ALL);
  if (newest === NOBODY) return false;
  const [from, before] = [await at(key.activationBlock), await at(key.activationBlock - 1n)];
  if (from === key.account && before === NOBODY) return true;
  throw new OperationError(
    'key-taken',
    'fatal',
    `the purpose ${key.purpose} has another key, or this one from another block on: now it is ${newest}`,
  );
}

/** What makes a key the first of its purpose. */
export interface KeyPapers {
  /** The account's own signature, 65 bytes. */
  readonly proof: Uint8Array;
  readonly signatures: readonly NamedSignature[];
}

/**
 * Checks everything that the registry will check, then sends it, and waits until it is in a block.
 * @throws InputError bad-proof | not-a-set-member | certificate-weak; OperationError activation-past,
 * deployment-unsafe, and all of L1
 */
export async function scheduleFirstKey(
  key: FirstKey,
  { proof, signatures }: KeyPapers,
  { l1, payer }: { readonly l1: DeploymentL1; readonly payer: Secret },
): Promise<L1Receipt> {
  checkProof(key, proof);
  const digest = await digestToCertify(key, l1);
  const certificate = certificateOf(await currentMembers(key.registry, l1), digest, signatures);
  const { number } = await l1.head('latest');
  // The registry takes a block after the one in which it is told, which is the next one at the earliest.
  if (key.activationBlock <= number + 1n)
    throw new OperationError(
      'activation-past',
      'fatal',
      `L1 is at block ${number}: a key cannot act from block ${key.activationBlock} on`,
    );
  return sendTo(key, encodeScheduleFirstKey(key, proof, certificate), { l1, payer });
}

/** A second run after a kill takes the same nonce, so that one of the two is mined at most. */
async function sendTo(
  { registry: to, l1ChainId: chainId }: FirstKey,
  data: Uint8Array,
  { l1, payer }: { readonly l1: DeploymentL1; readonly payer: Secret },
): Promise<L1Receipt> {
  const from = accountOfKey(payer);
  const nonce = await l1.nonce(from, 'latest');
  const tx = await signPriced({ to, data, nonce }, { chainId, from }, { l1, key: payer });
  await l1.send(tx);
  return l1.mined(tx.hash, MINED_TIMEOUT_MS);
}
