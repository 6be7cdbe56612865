import {
  type BatchingRequest,
  type SignRequest,
  contentHashOf,
  digestOf,
  slotsOf,
} from '../../chain/duty.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import {
  type Fields,
  encode,
  fixed,
  list,
  struct,
  text,
  u256Codec,
  u32Codec,
  u64Codec,
} from '../../crypto/codec.ts';
import { InputError, assertNever } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { addressCodec } from '../../ethereum/address.ts';
import { keyPurposes } from '../../ethereum/key-pop.ts';
import { isQuorumOf } from '../../protocols/epoch.ts';
import { refuseTest } from './test-request.ts';
import { refuseSubmitBatch } from './submit-batch.ts';
import { refuseSubmitBlocks } from './submit-blocks.ts';
import { refuseUpdateKey } from './update-key.ts';
import type {
  Approved,
  BatchingRule,
  Check,
  KeyView,
  Policy,
  PolicyInput,
  Purpose,
  Refused,
  Rule,
  SubmitBatchRule,
  SubmitBlocksRule,
  UpdateKeyRule,
} from './verdict.ts';
import { batchRules, blocksRules, firstRefusal, refuse, updateKeyRules } from './verdict.ts';

/** Yes or no, and the digest. Pure; default deny. [sequencer, 7.4; security, 3.3 rule 8] */
export function decidePolicy(policy: Policy, input: PolicyInput): Approved | Refused {
  const { request, key } = input;
  if (key === undefined || !equalBytes(key.record.keyId, request.keyId))
    return refuse('key-denied', 'this node has no share of the named key');
  switch (request.kind) {
    case 'submit-batch': {
      const rule = ruleFor(batchRules(policy), request, key);
      if (rule === undefined) return noRule(policy, request.kind, key.purpose);
      const checks = [...keyChecks(input, key), ...refuseSubmitBatch(rule, request, input)];
      return firstRefusal(checks) ?? approvedBatch(request, rule);
    }
    case 'submit-blocks': {
      const rule = ruleFor(blocksRules(policy), request, key);
      if (rule === undefined) return noRule(policy, request.kind, key.purpose);
      const checks = [...keyChecks(input, key), ...refuseSubmitBlocks(rule, request, input)];
      return firstRefusal(checks) ?? approvedBatch(request, rule);
    }
    case 'update-key': {
      const ofKey = updateKeyRules(policy).filter(({ purpose }) => purpose === key.purpose);
      const rule = ofKey.find(({ registry }) => registry === request.registry) ?? ofKey[0];
      if (rule === undefined) return noRule(policy, request.kind, key.purpose);
      const checks = [...keyChecks(input, key), ...refuseUpdateKey(rule, request, input)];
      return firstRefusal(checks) ?? approved(request, rule.id);
    }
    case 'keygen-test':
    case 'reshare-test':
      return firstRefusal(refuseTest(request, input.signers, key)) ?? approved(request, 'ceremony');
    default:
      return assertNever(request);
  }
}

const approved = (request: SignRequest, rule: string): Approved => ({
  kind: 'approved',
  rule,
  digest: digestOf(request),
  contentHash: contentHashOf(request),
  slots: slotsOf(request),
  fees: undefined,
  feeCaps: undefined,
});

/** The rule of the key for the place of the payload, or another one, which then says what is wrong. */
function ruleFor<R extends BatchingRule>(
  rules: readonly R[],
  { da }: BatchingRequest,
  { purpose }: KeyView,
): R | undefined {
  const ofKey = rules.filter((rule) => rule.purpose === purpose);
  return ofKey.find((rule) => rule.da === da) ?? ofKey[0];
}

function approvedBatch(request: BatchingRequest, rule: BatchingRule): Approved {
  const { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas } = request;
  const isBlob = request.da === 'blobs';
  return {
    ...approved(request, rule.id),
    fees: { maxFeePerGas, maxPriorityFeePerGas, ...(isBlob ? { maxFeePerBlobGas } : {}) },
    feeCaps: {
      maxFeePerGas: rule.feeCap,
      maxPriorityFeePerGas: rule.feeCap,
      maxFeePerBlobGas: rule.blobFeeCap,
    },
  };
}

const noRule = (policy: Policy, kind: Rule['kind'], purpose: Purpose): Refused =>
  policy.rules.some((rule) => rule.kind === kind)
    ? refuse('kind-purpose-mismatch', `a key for ${purpose} does not sign ${kind}`)
    : refuse('rule-missing', `no rule allows ${kind}`);

/** Epoch and signers, the same for every kind that a rule allows. */
function keyChecks({ request, signers }: PolicyInput, key: KeyView): readonly Check[] {
  const { epochNo } = key.record;
  return [
    () =>
      key.state === 'active' && request.keyEpoch === epochNo
        ? undefined
        : refuse('wrong-key-epoch', `epoch ${request.keyEpoch} is asked, ${epochNo} is ${key.state}`),
    () =>
      isQuorumOf(key.record, signers) && signers.includes(key.self)
        ? undefined
        : refuse('bad-signer-set', `${signers.join()} is no quorum with seat ${key.self}`),
  ];
}

/** Fields that are written as text. */
interface Texts {
  readonly kind: string;
  readonly purpose: string;
  readonly da: string;
}
/** The same of a rule for proofs. */
interface UpdateKeyTexts {
  readonly kind: string;
  readonly purpose: string;
  readonly purposes: readonly string[];
}
const MAX_RULES = 64;
const ruleFields: Fields<Texts & Omit<SubmitBatchRule, keyof Texts>> = {
  id: text(64),
  kind: text(32),
  purpose: text(32),
  da: text(16),
  l1ChainId: u64Codec,
  l2ChainId: u64Codec,
  inbox: addressCodec,
  selector: fixed(4),
  valueMax: u256Codec,
  gasMax: u64Codec,
  feeCap: u256Codec,
  blobFeeCap: u256Codec,
  blobsMax: u32Codec,
  dataMaxBytes: u32Codec,
};
const ruleCodec = struct(ruleFields);
/** Where the verifier of a node is reached is its own affair; whether there is one is not. */
const blocksRuleCodec = struct({ ...ruleFields, verifier: text(8) });
const isVerified = (rule: SubmitBlocksRule): Texts & Omit<SubmitBlocksRule, keyof Texts> => ({
  ...rule,
  verifier: rule.verifier === 'none' ? 'none' : 'own',
});

const updateKeyCodec = struct<UpdateKeyTexts & Omit<UpdateKeyRule, keyof UpdateKeyTexts>>({
  id: text(64),
  kind: text(32),
  purpose: text(32),
  purposes: list(text(32), keyPurposes.length),
  l1ChainId: u64Codec,
  registry: addressCodec,
  maxAheadBlocks: u64Codec,
});

/** What a definition names, so that all nodes of a ceremony have the same policy. 32 bytes. [product, 5.1] */
export function policyHash(policy: Policy): Uint8Array {
  const batches = encode(list(ruleCodec, MAX_RULES), batchRules(policy));
  const keys = updateKeyRules(policy);
  // Where there are none, the hash is the one that policies had before there was the kind.
  const blocks = blocksRules(policy);
  const more =
    keys.length === 0 && blocks.length === 0 ? [] : [encode(list(updateKeyCodec, MAX_RULES), keys)];
  if (blocks.length > 0) more.push(encode(list(blocksRuleCodec, MAX_RULES), blocks.map(isVerified)));
  return taggedHash(tags.policy, batches, ...more);
}

const fail = (id: string, what: string): InputError =>
  new InputError('policy-invalid', `rules.${id}`, `rule ${id}: ${what}`);

/**
 * Refuses a policy whose order would decide, or that leaves a bound open. @throws InputError policy-invalid
 */
export function checkPolicy(policy: Policy): Policy {
  for (const [i, rule] of policy.rules.entries()) {
    if (!/^[a-z0-9-]{1,64}$/.test(rule.id)) throw fail(rule.id, 'an id is 1 to 64 of a-z, 0-9 and -');
    for (const other of policy.rules.slice(i + 1)) {
      if (other.id === rule.id) throw fail(rule.id, 'the id is used twice');
      if (areAlike(rule, other))
        throw fail(rule.id, `${other.id} is for the same kind and purpose: which of them decides is open`);
    }
    if (rule.kind === 'update-key') checkKeyRule(rule);
    else checkBatchRule(rule);
  }
  checkVerifiers(blocksRules(policy));
  return policy;
}

/** Whether two rules speak of the same requests. */
function areAlike(rule: Rule, other: Rule): boolean {
  if (rule.purpose !== other.purpose) return false;
  if (rule.kind !== 'update-key') return other.kind === rule.kind && other.da === rule.da;
  return other.kind === 'update-key' && other.registry === rule.registry;
}

/** A node follows L2 once; what it says is the same for every place of a payload. */
function checkVerifiers([first, ...others]: readonly SubmitBlocksRule[]): void {
  if (first === undefined) return;
  if (first.verifier === '') throw fail(first.id, 'it names no verifier; "none" has to be said');
  const other = others.find(({ verifier }) => verifier !== first.verifier);
  if (other !== undefined) throw fail(other.id, `another verifier than that of ${first.id}`);
}

function checkBatchRule(rule: BatchingRule): void {
  if (rule.selector.length !== 4) throw fail(rule.id, 'a selector has 4 bytes');
  if (rule.valueMax !== 0n) throw fail(rule.id, 'a batch carries no value');
  if (rule.gasMax <= 0n || rule.feeCap <= 0n || rule.dataMaxBytes <= 0)
    throw fail(rule.id, 'gas, fee and data need a bound above zero');
  if ((rule.da === 'blobs') !== rule.blobsMax > 0 || (rule.da === 'blobs') !== rule.blobFeeCap > 0n)
    throw fail(
      rule.id,
      'blobs and their fee have a bound above zero in a rule for blobs, and zero elsewhere',
    );
}

function checkKeyRule(rule: UpdateKeyRule): void {
  if (rule.purposes.length === 0 || new Set(rule.purposes).size !== rule.purposes.length)
    throw fail(rule.id, 'it names at least one purpose, and none twice');
  if (rule.maxAheadBlocks <= 0n) throw fail(rule.id, 'the blocks ahead need a bound above zero');
}
