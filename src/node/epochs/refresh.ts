import { checkChange, keyRefOf } from '../../chain/change.ts';
import type { Plan } from '../../chain/definition-file.ts';
import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { type Definition, definitionHash } from '../../protocols/ceremony/definition.ts';
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
  /** How many shares of attempts that nobody has finished wait here. */
  readonly undecided: () => number;
  /** Proposes to the members, and starts when all of them have accepted. */
  readonly propose: (plan: Plan) => void;
}

/** How often the time is looked at. */
const TICK_MS = 60_000;
/** How much later each further member proposes where the one before it has not. */
const STAGGER_MS = 600_000;
/** How long after a proposal this node makes the next one, if the first has made no epoch. */
const RETRY_MS = 3_600_000;
/** How far ahead of ours the clock of a member may be. */
const MAX_SKEW_MS = 300_000;
/**
 * As many attempts that were prepared and not decided end the schedule: a member that spoils them all must
 * not use up the room for the epoch change by which it is removed.
 */
const MAX_UNDECIDED = 8;
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

/** By what a proposal is measured. */
interface Due {
  /** Who brings it. */
  readonly from: PartyIndex;
  readonly nowMs: number;
  readonly everyMs: number;
  /** Hash of the policy of this node, 32 bytes. */
  readonly policyHash: Uint8Array;
  /** As in `RefreshDeps`. */
  readonly undecided: number;
}

/**
 * Whether a proposal is the refresh that the schedule has coming, not before its time, and in every word the
 * one that this node would have made in the proposer's place: nobody reads it before it is signed. Stops a
 * member that brings other addresses, or a sequence behind which none is left, or wears the others out.
 * @throws InputError where no refresh can be proposed by who brings it
 */
export function isDueRefresh(
  { definition }: Plan,
  lock: Lock | undefined,
  { from, nowMs, everyMs, policyHash, undecided }: Due,
): boolean {
  if (lock === undefined || everyMs <= 0 || definition.ceremony !== 'refresh') return false;
  const createdMs = Number(definition.timing.createdAtMs);
  const isInTime = Math.min(nowMs, createdMs) >= bornMs(lock) + everyMs && createdMs <= nowMs + MAX_SKEW_MS;
  if (!isInTime || undecided >= MAX_UNDECIDED) return false;
  const expected = refreshPlan(lock, from, { nowMs: createdMs, policyHash });
  return equalBytes(definitionHash(definition), definitionHash(expected.definition));
}

/**
 * Proposes a refresh when the shares have become old enough: first the member with the lowest index, then, if
 * it did not, the next one. It needs the consent of all like every ceremony. [product, 7]
 */
export class RefreshSchedule {
  readonly #options: RefreshOptions;
  readonly #deps: RefreshDeps;
  #cancel: () => void = () => undefined;
  #notBeforeMs = 0;

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
    const { clock, log, lock, identityPk, isIdle, policyHash, undecided, propose } = this.#deps;
    const current = lock();
    if (current === undefined || !isIdle()) return;
    const rank = current.record.members.findIndex((member) => equalBytes(member.identityPk, identityPk));
    const own = current.record.members[rank];
    const { everyMs } = this.#options;
    const staggerMs = rank * Math.min(STAGGER_MS, Math.ceil(everyMs / 10));
    const dueMs = Math.max(bornMs(current) + everyMs + staggerMs, this.#notBeforeMs);
    const nowMs = clock.nowMs();
    if (own === undefined || nowMs < dueMs) return;
    this.#notBeforeMs = nowMs + Math.min(RETRY_MS, Math.ceil(everyMs / 10));
    if (undecided() >= MAX_UNDECIDED) {
      log.warn('refresh not proposed', { reason: 'too-many-pending', undecided: undecided() });
      return;
    }
    try {
      propose(refreshPlan(current, own.index, { nowMs, policyHash }));
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      log.warn('refresh not proposed', { reason: error.code, detail: error.message });
    }
  }
}
