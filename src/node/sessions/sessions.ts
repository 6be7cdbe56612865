import type { PartyIndex } from '../../crypto/brand.ts';
import { concat, fromHex, toHex } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { HEADER_BYTES, headerCodec } from '../../protocols/kernel/envelope.ts';
import type { Clock, Log } from '../../system/ports.ts';
import type { Ending, HostCommand, HostEvent, Job, PlainTranscript } from './messages.ts';

/** A place where sessions run: this thread or another. */
export interface HostPort {
  readonly post: (command: HostCommand) => void;
  readonly onEvent: (handler: (event: HostEvent) => void) => void;
}

/** How a node's sessions reach the other members. Returns false when too much waits for that peer. */
export type SendTo = (to: PartyIndex, bytes: Uint8Array) => boolean;

/** What the caller of one session wants to hear. */
export interface SessionHooks {
  /** The members that take part, without this node. */
  readonly others: readonly PartyIndex[];
  /** A round may take this long; then the session ends as `timed-out` and names who was awaited. */
  readonly roundTimeoutMs: number;
  readonly onProgress?: (round: number, name: string, awaiting: readonly number[]) => void;
  /** Makes the bytes durable; the session goes on when it returns. */
  readonly persist?: (bytes: Uint8Array) => void;
}

/** A session's end, with what was awaited where a deadline ended it. */
export interface Finished {
  readonly ending: Ending;
  readonly awaited: readonly number[];
  readonly transcript: Promise<PlainTranscript>;
}

/** Messages that came before their session: 16 a peer and 1 MiB in all, for 30 s. */
const MAX_EARLY_A_PEER = 16;
const MAX_EARLY_BYTES: number = 1 << 20;
const EARLY_MS = 30_000;
/** How long the closes of peers are waited for after the end. */
const CLOSE_MS = 2_000;
/** Names of ended sessions that are remembered, so that late messages are told from early ones. */
const MAX_REMEMBERED = 1_024;

interface Running {
  readonly hooks: SessionHooks;
  readonly host: HostPort;
  readonly resolve: (finished: Finished) => void;
  readonly closed: (transcript: PlainTranscript) => void;
  readonly transcript: Promise<PlainTranscript>;
  round: number;
  awaiting: readonly number[];
  awaited: readonly number[];
  cancelTimer: () => void;
}

interface Early {
  readonly from: PartyIndex;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/** Lives of sessions: start, route, deadline, end. It knows neither what is signed nor why. */
export class Sessions {
  readonly #deps: { readonly clock: Clock; readonly log: Log; readonly send: SendTo };
  readonly #running = new Map<string, Running>();
  readonly #ended = new Set<string>();
  readonly #early = new Map<string, Early[]>();

  constructor(deps: { readonly clock: Clock; readonly log: Log; readonly send: SendTo }) {
    this.#deps = deps;
  }

  /** Connects a host. Call once for each host that is given to `start`. */
  attach(host: HostPort): void {
    host.onEvent((event) => {
      this.#hear(event);
    });
  }

  /** How many sessions have not ended. */
  get active(): number {
    return this.#running.size;
  }

  /** Runs one session to its end. @throws OperationError session-exists for a name that was used before */
  async start(name: Uint8Array, job: Job, host: HostPort, hooks: SessionHooks): Promise<Finished> {
    const id = toHex(name);
    if (this.#running.has(id) || this.#ended.has(id))
      throw new OperationError('session-exists', 'reset', `session ${id.slice(0, 8)} has been run before`);
    let closed: (transcript: PlainTranscript) => void = () => undefined;
    const transcript = new Promise<PlainTranscript>((resolve) => {
      closed = resolve;
    });
    const finished = new Promise<Finished>((resolve) => {
      const [round, awaiting] = [-1, hooks.others];
      const cancelTimer = (): void => undefined;
      this.#running.set(id, {
        hooks,
        host,
        resolve,
        closed,
        transcript,
        round,
        awaiting,
        awaited: [],
        cancelTimer,
      });
    });
    host.post({ kind: 'start', id, job });
    const waiting = this.#early.get(id) ?? [];
    this.#early.delete(id);
    for (const { bytes } of waiting) host.post({ kind: 'receive', id, bytes });
    return finished;
  }

  /** Ends a session for a reason that is nobody's fault. */
  abort(name: Uint8Array, code: string): void {
    const id = toHex(name);
    this.#running.get(id)?.host.post({ kind: 'abort', id, code });
  }

  /** Takes a message of a link: the session's name, then one envelope, which must be the link's owner's own. */
  receive(from: PartyIndex, message: Uint8Array): void {
    const id = toHex(message.subarray(0, 32));
    const bytes = message.slice(32);
    if (senderOf(bytes) !== from) {
      this.#deps.log.debug('envelope of another sender dropped', { from });
      return;
    }
    const running = this.#running.get(id);
    if (running !== undefined) running.host.post({ kind: 'receive', id, bytes });
    else if (!this.#ended.has(id)) this.#keep(id, { from, bytes, atMs: this.#deps.clock.monotonicMs() });
  }

  #keep(id: string, early: Early): void {
    const limit = this.#deps.clock.monotonicMs() - EARLY_MS;
    for (const [old, list] of this.#early) {
      const fresh = list.filter(({ atMs }) => atMs > limit);
      if (fresh.length === 0) this.#early.delete(old);
      else this.#early.set(old, fresh);
    }
    const all = [...this.#early.values()].flat();
    const bytes = all.reduce((sum, { bytes: { length } }) => sum + length, early.bytes.length);
    const own = all.filter(({ from }) => from === early.from).length;
    if (own >= MAX_EARLY_A_PEER || bytes > MAX_EARLY_BYTES) return;
    this.#early.set(id, [...(this.#early.get(id) ?? []), early]);
  }

  #hear(event: HostEvent): void {
    const running = this.#running.get(event.id);
    if (running === undefined) return;
    switch (event.kind) {
      case 'send':
        this.#send(running, event.id, event.to, event.bytes);
        break;
      case 'progress':
        this.#progress(running, event);
        break;
      case 'persist':
        running.hooks.persist?.(event.bytes);
        event.bytes.fill(0);
        running.host.post({ kind: 'persisted', id: event.id });
        break;
      case 'ended':
        this.#ending(running, event.id, event.ending);
        break;
      case 'closed':
        running.cancelTimer();
        this.#forget(event.id);
        running.closed(event.transcript);
        break;
    }
  }

  #send({ hooks }: Running, id: string, to: number | 'all', bytes: Uint8Array): void {
    const message = concat(fromHex(id) ?? new Uint8Array(0), bytes);
    for (const other of hooks.others)
      if ((to === 'all' || to === other) && !this.#deps.send(other, message))
        this.#deps.log.warn('a peer takes nothing more', { peer: other });
  }

  #progress(running: Running, event: Extract<HostEvent, { kind: 'progress' }>): void {
    running.awaiting = event.awaiting;
    if (event.round !== running.round) {
      running.round = event.round;
      running.cancelTimer();
      running.cancelTimer = this.#deps.clock.after(running.hooks.roundTimeoutMs, () => {
        running.awaited = running.awaiting;
        running.host.post({ kind: 'abort', id: event.id, code: 'timed-out' });
      });
    }
    running.hooks.onProgress?.(event.round, event.name, event.awaiting);
  }

  #ending(running: Running, id: string, ending: Ending): void {
    running.cancelTimer();
    running.cancelTimer = this.#deps.clock.after(CLOSE_MS, () => {
      running.host.post({ kind: 'release', id });
    });
    running.resolve({ ending, awaited: running.awaited, transcript: running.transcript });
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
  }
}

function senderOf(envelope: Uint8Array): PartyIndex | undefined {
  try {
    return decode(headerCodec, envelope.subarray(0, HEADER_BYTES)).from;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return undefined; // no envelope at all: dropped like every other junk
  }
}
