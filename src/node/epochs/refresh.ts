import { checkChange, keyRefOf } from '../../chain/change.ts';
import type { Plan } from '../../chain/definition-file.ts';
import { type Lock, lockHash } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Definition, isChange } from '../../protocols/ceremony/definition.ts';
import { checkDefinition } from '../../protocols/ceremony/rules.ts';
import type { Clock, Log } from '../../system/ports.ts';
import { isOrdinary } from '../supervise.ts';

/** When shares are replaced, and whether this node's operator has agreed to that for good. */
export interface RefreshOptions {
  /** Milliseconds from one epoch to the next; 0 for never. */
  readonly everyMs: number;
  /** A refresh that is due is accepted without being asked. Nothing else ever is. */
  readonly isConsented: boolean;
}

/** What the schedule works with. */
export interface RefreshDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the epoch in service. */
  readonly lock: () => Lock | undefined;
  /** Ed25519 key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
  /** Hash of the policy of this node, 32 bytes. */
  readonly policyHash: Uint8Array;
  /** Whether no ceremony is under way here. */
  readonly isIdle: () => boolean;
  /** Proposes to the members, and starts when all of them have accepted. */
  readonly propose: (plan: Plan) => void;
}

/** How often the time is looked at. */
const TICK_MS = 60_000;
/** How much later each further member proposes where the one before it has not. */
const STAGGER_MS = 600_000;
/** How long the members have to accept, and to be there. */
const ACCEPT_MS = 3_600_000n;
const ROUND_TIMEOUT_MS = 30_000;

/** When the epoch of a lock was proposed: all members read the same time from it. */
const bornMs = ({ definition }: Lock): number => Number(definition.definition.timing.createdAtMs);

/** The same committee and the same number of signers, with new shares. */
export function refreshPlan(
  previous: Lock,
  proposer: PartyIndex,
  { nowMs, policyHash }: { readonly nowMs: number; readonly policyHash: Uint8Array },
): Plan {
  const before = previous.definition.definition;
  const createdAtMs = BigInt(nowMs);
  const definition: Definition = {
    ...before,
    name: 'scheduled refresh',
    ceremony: 'refresh',
    sequence: createdAtMs > before.sequence ? createdAtMs : before.sequence + 1n,
    proposer,
    timing: {
      createdAtMs,
      acceptByMs: createdAtMs + ACCEPT_MS,
      executeByMs: createdAtMs + ACCEPT_MS,
      roundTimeoutMs: ROUND_TIMEOUT_MS,
    },
    policyHash,
    key: keyRefOf(previous),
    change: {
      remaining: previous.record.members.map(({ index }) => index),
      ...{ joining: [], leaving: [], lost: [] },
    },
    leavers: [],
  };
  checkChange(checkDefinition(definition), previous);
  return { definition, signatures: [], previous };
}

/**
 * Whether a proposal of `from` is the refresh that the schedule has coming: of our epoch, by who says it, not
 * before its time. Stops a member that wears the others out with refreshes.
 */
export function isDueRefresh(
  { definition }: Plan,
  lock: Lock | undefined,
  { from, nowMs, everyMs }: { readonly from: PartyIndex; readonly nowMs: number; readonly everyMs: number },
): boolean {
  return (
    isChange(definition) &&
    definition.ceremony === 'refresh' &&
    definition.proposer === from &&
    lock !== undefined &&
    equalBytes(definition.key.lockHash, lockHash(lock)) &&
    everyMs > 0 &&
    nowMs >= bornMs(lock) + everyMs
  );
}

/**
 * Proposes a refresh when the shares have become old enough: first the member with the lowest index, then, if
 * it did not, the next one. It needs the consent of all like every ceremony. [product, 7]
 */
export class RefreshSchedule {
  readonly #options: RefreshOptions;
  readonly #deps: RefreshDeps;
  #cancel: () => void = () => undefined;

  constructor(options: RefreshOptions, deps: RefreshDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Begins to look at the time. */
  start(): void {
    const { everyMs } = this.#options;
    if (everyMs === 0) return;
    this.#cancel = this.#deps.clock.after(Math.min(TICK_MS, Math.ceil(everyMs / 10)), () => {
      this.#look();
      this.start();
    });
  }

  /** Looks no more. */
  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const { clock, log, lock, identityPk, isIdle, policyHash, propose } = this.#deps;
    const current = lock();
    if (current === undefined || !isIdle()) return;
    const rank = current.record.members.findIndex((member) => equalBytes(member.identityPk, identityPk));
    const own = current.record.members[rank];
    const { everyMs } = this.#options;
    const staggerMs = rank * Math.min(STAGGER_MS, Math.ceil(everyMs / 10));
    if (own === undefined || clock.nowMs() < bornMs(current) + everyMs + staggerMs) return;
    try {
      propose(refreshPlan(current, own.index, { nowMs: clock.nowMs(), policyHash }));
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      log.warn('refresh not proposed', { reason: error.code, detail: error.message });
    }
  }
}
