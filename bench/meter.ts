import type { PartyIndex } from '../src/crypto/brand.ts';
import { Bug, assert } from '../src/crypto/errors.ts';
import { bootCounter, hedgedRng } from '../src/crypto/hedged-rng.ts';
import { type RngFor, type RunningJob, startJob } from '../src/node/sessions/jobs.ts';
import type { Job, JobResult } from '../src/node/sessions/messages.ts';
import type { Outgoing } from '../src/protocols/kernel/session-state.ts';
import type { Transcript } from '../src/protocols/kernel/transcript.ts';
import { systemRng } from '../src/system/rng.ts';
import type { Phases } from './rows.ts';

/** One party's part in a session: what it computed and what it sent. */
export interface PartyCost {
  readonly cpuMs: number;
  /** Bytes of envelopes, a broadcast counted once for every peer. */
  readonly sentBytes: number;
  readonly phases: Phases;
}

/** A finished session of all its parties. */
export interface Finished {
  readonly wallMs: number;
  readonly costs: readonly PartyCost[];
  readonly results: ReadonlyMap<PartyIndex, JobResult>;
  /** Session root, 32 bytes, equal for all. */
  readonly root: Uint8Array;
  /** Every party's copy, in the order of the parties. */
  readonly transcripts: readonly Transcript[];
}

/** Randomness as a node draws it. */
const rngFor: RngFor = (label, sid) => hedgedRng({ ...boot, counter, fresh: systemRng, label, sid });
const boot = { nodeSecret: systemRng(32), bootId: systemRng(32) };
const counter = bootCounter();

/** A job of one party. */
export type Seat = readonly [index: PartyIndex, job: Job];

/**
 * Runs a session of real parties in this thread, one after the other, and charges the processor's time of
 * every step to the party that took it: signatures, sealing and transcripts included, links and disk left
 * out. A party works off everything that has arrived before the next one has its turn, so that no more than
 * one round of messages is alive.
 */
export function runSession(seats: readonly Seat[]): Finished {
  const startedMs = performance.now();
  const table = new Table(seats.map(([index]) => index));
  for (const [index, job] of seats) table.begin(index, job);
  while (table.turn());
  return table.finish(performance.now() - startedMs);
}

interface Seated {
  readonly job: RunningJob;
  readonly charge: Charge;
  inbox: Uint8Array[];
}

class Table {
  readonly #indices: readonly PartyIndex[];
  readonly #seated = new Map<PartyIndex, Seated>();
  /** What was sent to those who have not begun. */
  readonly #early = new Map<PartyIndex, Uint8Array[]>();

  constructor(indices: readonly PartyIndex[]) {
    this.#indices = indices;
  }

  begin(index: PartyIndex, job: Job): void {
    const charge = new Charge();
    const running = charge.time('start', () => startJob(job, rngFor));
    this.#seated.set(index, { job: running, charge, inbox: this.#early.get(index) ?? [] });
    this.#post(
      index,
      charge.time('start', () => running.session.start()),
    );
  }

  /** Lets every party work off its inbox; false when nobody had anything. */
  turn(): boolean {
    let hasMoved = false;
    for (const index of this.#indices) {
      const seat = this.#at(index);
      const { inbox } = seat;
      seat.inbox = [];
      for (const bytes of inbox) this.#deliver(index, seat, bytes);
      hasMoved ||= inbox.length > 0;
    }
    return hasMoved;
  }

  finish(wallMs: number): Finished {
    const results = new Map<PartyIndex, JobResult>();
    let root: Uint8Array | undefined;
    for (const [index, { job }] of this.#seated) {
      const { state } = job.session;
      if (state.kind !== 'done') throw new Bug(`party ${index} ended as ${state.kind}`);
      results.set(index, state.output);
      root = state.root;
      job.wipe();
    }
    assert(root !== undefined, 'a session of nobody');
    const all = [...this.#seated.values()];
    const transcripts = all.map(({ job }) => job.session.transcript());
    return { wallMs, costs: all.map(({ charge }) => charge.cost), results, root, transcripts };
  }

  #deliver(index: PartyIndex, { job: { session }, charge }: Seated, bytes: Uint8Array): void {
    const before = session.state;
    const step = before.kind === 'waiting' ? before.name : 'close';
    // A message that completes a round is charged with everything that the round sets off; the others cost
    // their own verification only.
    const isLast = (): boolean => session.state.kind !== 'waiting' || session.state.name !== step;
    this.#post(
      index,
      charge.time(
        () => (step !== 'close' && isLast() ? `after ${step}` : 'envelopes'),
        () => session.receive(bytes),
      ),
    );
    if (session.state.kind === 'persisting')
      this.#post(
        index,
        charge.time(`after ${step}`, () => session.persisted()),
      );
  }

  #post(from: PartyIndex, messages: readonly Outgoing[]): void {
    const { charge } = this.#at(from);
    for (const { to, bytes } of messages)
      for (const receiver of to === 'all' ? this.#indices.filter((j) => j !== from) : [to]) {
        charge.send(bytes);
        const seat = this.#seated.get(receiver);
        if (seat !== undefined) seat.inbox.push(bytes);
        else this.#early.set(receiver, [...(this.#early.get(receiver) ?? []), bytes]);
      }
  }

  #at(index: PartyIndex): Seated {
    const seat = this.#seated.get(index);
    assert(seat !== undefined, `party ${index} has not begun`);
    return seat;
  }
}

/** What one party has used up so far. */
class Charge {
  readonly #phases = new Map<string, number>();
  #cpuUs = 0;
  #sentBytes = 0;

  /** Runs one step; its name may depend on how it went. */
  time<T>(step: string | (() => string), run: () => T): T {
    const before = process.cpuUsage();
    const result = run();
    const { user, system } = process.cpuUsage(before);
    const name = typeof step === 'string' ? step : step();
    this.#phases.set(name, (this.#phases.get(name) ?? 0) + user + system);
    this.#cpuUs += user + system;
    return result;
  }

  send(bytes: Uint8Array): void {
    this.#sentBytes += bytes.length;
  }

  get cost(): PartyCost {
    const phases = Object.fromEntries([...this.#phases].map(([name, us]) => [name, us / 1000]));
    return { cpuMs: this.#cpuUs / 1000, sentBytes: this.#sentBytes, phases };
  }
}
