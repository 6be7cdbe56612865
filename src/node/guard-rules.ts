import { equalBytes, to0x } from '../crypto/bytes.ts';
import {
  type GuardEntry,
  type GuardFees,
  type GuardMark,
  type GuardRecord,
  type Lane,
  type Slot,
  laneKey,
  slotKey,
} from './guard-record.ts';

/** What one node asks its guard before an online share leaves. */
export interface GuardClaim extends Omit<GuardRecord, 'feeStep'> {
  /** The caps of the policy rule that approved the request, wei per gas. */
  readonly feeCaps: GuardFees | undefined;
  /**
   * How far L1 shows a lane to have come, where this node sees L1: others may have signed numbers that this
   * node was not asked about. It widens the gap rule and nothing else.
   */
  readonly reachedOnL1?: ((lane: Lane) => bigint | undefined) | undefined;
  /**
   * Whether this node sees on L1 that a nonce of the account is final, and that the inbox still waits for a
   * batch: nothing that was signed under that nonce can bring the batch there any more.
   */
  readonly isVoidOnL1?: ((nonce: bigint, batch: bigint) => boolean) | undefined;
}

/** Bounds that the configuration sets. */
export interface GuardLimits {
  /** How far ahead of the highest known number a lane may run; a lane that is not named has no such bound. */
  readonly maxGap: Readonly<Partial<Record<Lane, bigint>>>;
  /** Replacements after the first transaction. */
  readonly feeStepsMax: number;
}

/** The default bounds. [product, 7] */
export const defaultGuardLimits: GuardLimits = {
  maxGap: { nonce: 16n, batch: 4n, output: 4n, reward: 4n },
  feeStepsMax: 8,
};

/** Codes of a refusal. */
export type GuardRefusal =
  | 'guard-unavailable'
  | 'quarantine'
  | 'below-watermark'
  | 'above-high-watermark'
  | 'guard-conflict'
  | 'fee-step-too-small'
  | 'fee-over-cap'
  | 'fee-steps-exhausted'
  | 'reissue-unsupported'
  | 'gap-too-large';

/** Whether the share may leave. Only `repeat` needs no new record. */
export type GuardVerdict =
  | { readonly kind: 'new' }
  | { readonly kind: 'repeat' }
  | { readonly kind: 'fee-replacement'; readonly feeStep: number }
  | {
      readonly kind: 'refused';
      readonly reason: GuardRefusal;
      readonly detail: string;
      /** The content that the slot already holds, 32 bytes. */
      readonly recorded?: Uint8Array;
    };

/** What the log says, by slot and by lane. */
export class GuardRegister {
  readonly #records: GuardRecord[] = [];
  readonly #steps = new Map<string, GuardRecord[]>();
  readonly #highest = new Map<string, bigint>();
  readonly #marks = new Map<string, GuardMark>();

  /** Takes one entry in. */
  apply(entry: GuardEntry): void {
    if (entry.kind === 'share') this.#records.push(entry.record);
    if (entry.kind === 'share')
      for (const slot of entry.record.slots) {
        const steps = this.#steps.get(slotKey(slot));
        if (steps === undefined) this.#steps.set(slotKey(slot), [entry.record]);
        else steps.push(entry.record);
        const lane = laneKey(slot);
        const highest = this.#highest.get(lane);
        if (highest === undefined || slot.number > highest) this.#highest.set(lane, slot.number);
      }
    if (entry.kind === 'mark') this.#marks.set(laneKey(entry.mark), entry.mark);
  }

  /** All records, oldest first. */
  get records(): readonly GuardRecord[] {
    return this.#records;
  }

  /** The records that hold a slot, oldest first. */
  stepsAt(slot: Slot): readonly GuardRecord[] {
    return this.#steps.get(slotKey(slot)) ?? [];
  }

  /** The bounds of a lane. */
  markOf(lane: Pick<Slot, 'lane' | 'scope'>): GuardMark {
    return (
      this.#marks.get(laneKey(lane)) ?? {
        lane: lane.lane,
        scope: lane.scope,
        low: undefined,
        high: undefined,
      }
    );
  }

  /** The highest number recorded in a lane. */
  highestOf(lane: Pick<Slot, 'lane' | 'scope'>): bigint | undefined {
    return this.#highest.get(laneKey(lane));
  }

  /** Every lane with a record, and the highest number in it. */
  get lanes(): readonly (Pick<Slot, 'lane' | 'scope'> & { readonly highest: bigint })[] {
    return [...this.#highest].flatMap(([key, highest]) => {
      const slot = [...this.#steps.values()]
        .flat()
        .flatMap(({ slots }) => slots)
        .find((one) => laneKey(one) === key);
      return slot === undefined ? [] : [{ lane: slot.lane, scope: slot.scope, highest }];
    });
  }

  /** All bounds that were ever set. */
  get marks(): readonly GuardMark[] {
    return [...this.#marks.values()];
  }
}

const refused = (
  reason: GuardRefusal,
  detail: string,
  recorded?: Uint8Array,
): Extract<GuardVerdict, { kind: 'refused' }> => ({
  kind: 'refused',
  reason,
  detail,
  ...(recorded === undefined ? {} : { recorded }),
});

const name = (slot: Slot): string => `${slot.lane} ${slot.number}`;

/**
 * The decision table, rows 2 to 11, over all slots at once; the first row that matches wins. [product, 8.2]
 */
export function decide(register: GuardRegister, claim: GuardClaim, limits: GuardLimits): GuardVerdict {
  const { slots, contentHash } = claim;
  for (const slot of slots) {
    const { low } = register.markOf(slot);
    if (low !== undefined && slot.number <= low)
      return refused('below-watermark', `${name(slot)} is not above the low watermark ${low}`);
  }
  for (const slot of slots) {
    const { high } = register.markOf(slot);
    if (high !== undefined && slot.number > high)
      return refused('above-high-watermark', `${name(slot)} is above the planned stop ${high}`);
  }
  for (const slot of slots) {
    const other = register.stepsAt(slot).find((step) => !equalBytes(step.contentHash, contentHash));
    if (other !== undefined)
      return refused('guard-conflict', `${name(slot)} holds ${to0x(other.contentHash)}`, other.contentHash);
  }
  const taken = slots.filter((slot) => register.stepsAt(slot).length > 0);
  if (taken.length === slots.length) return decideTaken(register, claim, limits);
  if (taken.length > 0) return decidePartlyTaken(register, claim, taken, limits);
  return decideFree(register, claim, limits);
}

/** Rows 5 to 7: the same content holds all slots, so only its fees may have grown. */
function decideTaken(register: GuardRegister, claim: GuardClaim, limits: GuardLimits): GuardVerdict {
  const [nonce = [], ...others] = claim.slots.map((slot) => register.stepsAt(slot));
  // Slots that were taken by different transactions do not make one that may be replaced. An index that was
  // issued again has the steps of its former nonces too.
  const first = nonce.filter((step) => others.every((steps) => steps.includes(step)));
  if (first.length === 0 || first.length < nonce.length)
    return refused('guard-conflict', 'the slots were taken by different requests', claim.contentHash);
  if (first.some((step) => equalBytes(step.digest, claim.digest))) return { kind: 'repeat' };
  if (claim.fees === undefined || first.some((step) => step.fees === undefined))
    return refused('guard-conflict', 'another digest for a content without fees', claim.contentHash);
  return decideFees(
    first.flatMap((step) => step.fees ?? []),
    claim.fees,
    claim.feeCaps,
    limits,
  );
}

/**
 * Rows 8 and 9: the index holds this content already, under another nonce. It gets this one where no
 * transaction with any of the former can still bring it to L1.
 */
function decidePartlyTaken(
  register: GuardRegister,
  claim: GuardClaim,
  taken: readonly Slot[],
  limits: GuardLimits,
): GuardVerdict {
  const { slots, contentHash } = claim;
  const free = slots.filter((slot) => !taken.includes(slot));
  const names = taken.map(name).join(', ');
  if (free.some((slot) => slot.lane !== 'nonce'))
    return refused('guard-conflict', `${names} is taken`, contentHash);
  const isVoid = taken.every((slot) =>
    register.stepsAt(slot).every((step) => isVoidStep(step, slot, free, claim)),
  );
  if (!isVoid) return refused('reissue-unsupported', `${names} was signed under another nonce`, contentHash);
  return decideFree(register, { ...claim, slots: free }, limits);
}

/** Only nonces of the same account and key say what this node's view of L1 is about. */
function isVoidStep(
  { slots }: GuardRecord,
  { lane, number: index }: Slot,
  free: readonly Slot[],
  { isVoidOnL1 }: GuardClaim,
): boolean {
  const nonces = slots.filter((slot) => slot.lane === 'nonce');
  const isOwn = nonces.every((slot) => free.some((one) => laneKey(one) === laneKey(slot)));
  return (
    lane === 'batch' &&
    nonces.length > 0 &&
    isOwn &&
    nonces.every(({ number }) => isVoidOnL1?.(number, index) === true)
  );
}

/** Rows 10 and 11. */
function decideFree(register: GuardRegister, claim: GuardClaim, limits: GuardLimits): GuardVerdict {
  for (const slot of claim.slots) {
    const gap = limits.maxGap[slot.lane];
    if (gap === undefined) continue;
    const marks = [register.markOf(slot).low, register.highestOf(slot), claim.reachedOnL1?.(slot.lane)];
    const known = marks.reduce<bigint>(
      (most, mark) => (mark !== undefined && mark > most ? mark : most),
      -1n,
    );
    if (slot.number > known + gap)
      return refused('gap-too-large', `${name(slot)} is more than ${gap} after ${known}`);
  }
  return { kind: 'new' };
}

const feeFields = ['maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const;

/** The replacement rule: caps, number of steps, and the rise that common pools ask for. [product, 8.3] */
export function decideFees(
  recorded: readonly GuardFees[],
  asked: GuardFees,
  caps: GuardFees | undefined,
  limits: GuardLimits,
): GuardVerdict {
  if (recorded.length > limits.feeStepsMax)
    return refused('fee-steps-exhausted', `${limits.feeStepsMax} replacements have been signed`);
  for (const field of feeFields) {
    const [value, cap] = [asked[field] ?? 0n, caps?.[field] ?? 0n];
    if (value > cap) return refused('fee-over-cap', `${field} ${value} is above ${cap}`);
  }
  const isBlob = asked.maxFeePerBlobGas !== undefined;
  for (const field of feeFields) {
    if (field === 'maxFeePerBlobGas' && !isBlob) continue;
    const highest = recorded.reduce(
      (top, fees) => ((fees[field] ?? 0n) > top ? (fees[field] ?? 0n) : top),
      0n,
    );
    const value = asked[field] ?? 0n;
    const isEnough = isBlob ? value >= 2n * highest : 10n * value >= 11n * highest;
    if (!isEnough || value <= highest)
      return refused('fee-step-too-small', `${field} ${value} after ${highest}`);
  }
  return { kind: 'fee-replacement', feeStep: recorded.length };
}
