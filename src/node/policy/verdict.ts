import type { DataAvailability } from '../../chain/batch.ts';
import type { VerifierVerdict } from '../../chain/batch-verifier.ts';
import type { PayloadPlace } from '../../chain/block-batch.ts';
import type { SignRequest } from '../../chain/duty.ts';
import type { RequestProblem } from '../../chain/request-checks.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import type { Address } from '../../ethereum/address.ts';
import type { KeyPurpose } from '../../ethereum/key-pop.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import type { GuardFees, Slot } from '../guard-record.ts';

/** What a key is for. A key never signs a kind outside its purpose. [product, 10] */
export type Purpose = 'batch' | 'blob' | 'state' | 'reward' | 'epoch' | 'test';

/** Batches that may be signed. Every bound is stated: what is missing is an error, never "any". */
export interface SubmitBatchRule {
  readonly id: string;
  readonly kind: 'submit-batch';
  readonly purpose: 'batch' | 'blob';
  /** Where the payload goes: a key that serves both has a rule for each. */
  readonly da: DataAvailability;
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly inbox: Address;
  /** 4 bytes: the one function that may be called. */
  readonly selector: Uint8Array;
  readonly valueMax: bigint;
  readonly gasMax: bigint;
  /** Wei per gas. */
  readonly feeCap: bigint;
  readonly blobFeeCap: bigint;
  readonly blobsMax: number;
  /** Longest calldata, in bytes. */
  readonly dataMaxBytes: number;
}

/** Batches of blocks that may be signed; the bounds are those of other batches. */
export interface SubmitBlocksRule extends Omit<SubmitBatchRule, 'kind' | 'da'> {
  readonly kind: 'submit-blocks';
  readonly da: PayloadPlace;
  /**
   * Where this node's own verifier answers, a URL; or `none`: then nobody compares the blocks with a chain.
   */
  readonly verifier: string;
}

/** A rule for transactions to the inbox. */
export type BatchingRule = SubmitBatchRule | SubmitBlocksRule;

/** Proofs, for KeyRegistry on L1, that the account of a key can sign. Every bound is stated here too. */
export interface UpdateKeyRule {
  readonly id: string;
  readonly kind: 'update-key';
  /** What the key itself was made for. */
  readonly purpose: Exclude<Purpose, 'test'>;
  readonly l1ChainId: bigint;
  readonly registry: Address;
  /** What its account may be proven for; at least one. */
  readonly purposes: readonly KeyPurpose[];
  /** How many L1 blocks ahead of the newest one an account may be promised. */
  readonly maxAheadBlocks: bigint;
}

/** One thing that may be signed. */
export type Rule = BatchingRule | UpdateKeyRule;

/** All that one node signs. What no rule allows is refused. */
export interface Policy {
  readonly rules: readonly Rule[];
}

/** The rules for batches alone. */
export const batchRules = ({ rules }: Policy): readonly SubmitBatchRule[] =>
  rules.filter((rule) => rule.kind === 'submit-batch');

/** The rules for batches of blocks alone. */
export const blocksRules = ({ rules }: Policy): readonly SubmitBlocksRule[] =>
  rules.filter((rule) => rule.kind === 'submit-blocks');

/** Whether a verifier is asked about batches of blocks; `undefined` where no rule allows them. */
export function verifierIn(policy: Policy): 'own' | 'none' | undefined {
  const [rule] = blocksRules(policy);
  if (rule === undefined) return undefined;
  return rule.verifier === 'none' ? 'none' : 'own';
}

/** The rules for transactions to the inbox, whatever is in their batches. */
export const batchingRules = (policy: Policy): readonly BatchingRule[] => [
  ...batchRules(policy),
  ...blocksRules(policy),
];

/** The rules for proofs of accounts alone. */
export const updateKeyRules = ({ rules }: Policy): readonly UpdateKeyRule[] =>
  rules.filter((rule) => rule.kind === 'update-key');

/** What this node knows of the key that a request names. */
export interface KeyView {
  readonly record: EpochRecord;
  readonly address: Address;
  readonly purpose: Purpose;
  /** `checking`: certified, and for the test messages of its own ceremony only. */
  readonly state: 'active' | 'checking';
  /** The seat of this node. */
  readonly self: PartyIndex;
  /** The hash of the certificate of this epoch, 32 bytes: what its test messages are about. */
  readonly certHash?: Uint8Array;
}

/** What this node sees on L1. Without it, only the guard bounds nonce and batch index. */
export interface L1View {
  readonly chainId: bigint;
  /** Number of transactions of the account, latest block: the next nonce. */
  readonly nextNonce: bigint;
  /**
   * The next nonce after the last block that is final, seen before the index below; `undefined` where L1
   * does not say.
   */
  readonly finalNonce?: bigint | undefined;
  /** The last index that the inbox has taken, latest block. */
  readonly lastBatchIndex: bigint;
  /** Whose batches the inbox orders; `undefined` where it was not looked at. */
  readonly l2ChainId?: bigint | undefined;
  /** How far ahead a request may be. */
  readonly maxAhead: bigint;
  /** Number of the newest block; `undefined` where it was not looked at. */
  readonly head?: bigint | undefined;
}

/** All that a decision depends on; the same input gives the same verdict. */
export interface PolicyInput {
  readonly request: SignRequest;
  /** Who would sign, ascending. */
  readonly signers: readonly PartyIndex[];
  /** What this node found in the request's own content (`inspectRequest`). */
  readonly problems: readonly RequestProblem[];
  /** What this node's own verifier said to a batch of blocks; `undefined` where none was asked. */
  readonly verdict?: VerifierVerdict | undefined;
  /** The named key, `undefined` if this node has no share of it. */
  readonly key: KeyView | undefined;
  readonly l1?: L1View;
  /**
   * Whether this node's guard has rows of this very content in all its slots: it has judged it before, or an
   * operator has imported the record of one that has.
   */
  readonly isHeld: boolean;
  /** The low watermark of a lane, from the guard. */
  readonly lowMarkOf: (lane: Pick<Slot, 'lane' | 'scope'>) => bigint | undefined;
}

/** Codes of a refusal: the first check that fails. */
export type PolicyRefusal =
  | 'rule-missing'
  | 'kind-purpose-mismatch'
  | 'key-denied'
  | 'wrong-key-epoch'
  | 'bad-signer-set'
  | 'wrong-chain'
  | 'wrong-target'
  | 'non-canonical-tx'
  | 'tx-type'
  | 'value-over-cap'
  | 'content-mismatch'
  | 'fee-invalid'
  | 'gas-over-cap'
  | 'fee-over-cap'
  | 'data-too-large'
  | 'too-many-blobs'
  | 'nonce-mismatch'
  | 'below-watermark'
  | 'gap-too-large'
  | 'duty-unknown'
  | 'purpose-denied'
  | 'activation-past'
  | 'activation-too-far'
  | 'verifier-refused'
  | 'verifier-unreachable';

/** A no, with the first check that failed. */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: PolicyRefusal;
  readonly detail: string;
}

/** A yes: what is signed, and what the guard is asked for. */
export interface Approved {
  readonly kind: 'approved';
  /** The rule that allowed it; the ceremony's own tests need none. */
  readonly rule: string;
  /** 32 bytes each; recomputed here from the typed request, never taken over. */
  readonly digest: Uint8Array;
  readonly contentHash: Uint8Array;
  readonly slots: readonly Slot[];
  readonly fees: GuardFees | undefined;
  readonly feeCaps: GuardFees | undefined;
}

/** One named check: what it is, and whether it finds fault. */
export type Check = () => Refused | undefined;

/** A refusal. */
export const refuse = (reason: PolicyRefusal, detail: string): Refused => ({
  kind: 'refused',
  reason,
  detail,
});

/** The first refusal of a list of checks, in order. */
export function firstRefusal(checks: readonly Check[]): Refused | undefined {
  for (const check of checks) {
    const refusal = check();
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
