import { type SignRequest, contentHashOf, digestOf, slotsOf } from '../../chain/duty.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { encode, fixed, list, struct, text, u256Codec, u32Codec, u64Codec } from '../../crypto/codec.ts';
import { InputError, assertNever } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { addressCodec } from '../../ethereum/address.ts';
import { isQuorumOf } from '../../protocols/epoch.ts';
import { refuseTest } from './test-request.ts';
import { refuseSubmitBatch } from './submit-batch.ts';
import type {
  Approved,
  Check,
  KeyView,
  Policy,
  PolicyInput,
  Purpose,
  Refused,
  SubmitBatchRule,
} from './verdict.ts';
import { firstRefusal, refuse } from './verdict.ts';

/** Yes or no, and the digest. Pure; default deny. [sequencer, 7.4; security, 3.3 rule 8] */
export function decidePolicy(policy: Policy, input: PolicyInput): Approved | Refused {
  const { request, key } = input;
  if (key === undefined || !equalBytes(key.record.keyId, request.keyId))
    return refuse('key-denied', 'this node has no share of the named key');
  switch (request.kind) {
    case 'submit-batch': {
      const ofKey = policy.rules.filter(({ purpose }) => purpose === key.purpose);
      const rule = ofKey.find(({ da }) => da === request.da) ?? ofKey[0];
      if (rule === undefined) return noRule(policy, request.kind, key.purpose);
      const refusal = firstRefusal([...keyChecks(input, key), ...refuseSubmitBatch(rule, request, input)]);
      if (refusal !== undefined) return refusal;
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

const noRule = (policy: Policy, kind: string, purpose: Purpose): Refused =>
  policy.rules.length > 0
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
const ruleCodec = struct<Texts & Omit<SubmitBatchRule, keyof Texts>>({
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
});

/** What a definition names, so that all nodes of a ceremony have the same policy. 32 bytes. [product, 5.1] */
export const policyHash = (policy: Policy): Uint8Array =>
  taggedHash(tags.policy, encode(list(ruleCodec, 64), policy.rules));

/**
 * Refuses a policy whose order would decide, or that leaves a bound open. @throws InputError policy-invalid
 */
export function checkPolicy(policy: Policy): Policy {
  const fail = (id: string, what: string): InputError =>
    new InputError('policy-invalid', `rules.${id}`, `rule ${id}: ${what}`);
  for (const [i, rule] of policy.rules.entries()) {
    if (!/^[a-z0-9-]{1,64}$/.test(rule.id)) throw fail(rule.id, 'an id is 1 to 64 of a-z, 0-9 and -');
    for (const other of policy.rules.slice(i + 1)) {
      if (other.id === rule.id) throw fail(rule.id, 'the id is used twice');
      if (other.purpose === rule.purpose && other.da === rule.da)
        throw fail(rule.id, `${other.id} is for the same kind and purpose: which of them decides is open`);
    }
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
  return policy;
}
