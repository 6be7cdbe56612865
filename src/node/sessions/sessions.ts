import type { PartyIndex } from '../../crypto/brand.ts';
import { concat, fromHex, toHex } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { HEADER_BYTES, headerCodec } from '../../protocols/kernel/envelope.ts';
import type { Clock, Log } from '../../system/ports.ts';
import { isOrdinary } from '../supervise.ts';
import { MAX_SESSIONS } from './host.ts';
import {
  type Ending,
  type HostCommand,
  type HostEvent,
  type Job,
  type PlainTranscript,
  endedLocally,
} from './messages.ts';

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
  /**
   * Makes the bytes durable; the session goes on when it returns. What it throws ends the session, by its
   * code.
   */
  readonly persist?: (bytes: Uint8Array) => void;
}

/** A session's end, with what was awaited where a deadline ended it. */
export interface Finished {
  readonly ending: Ending;
  readonly awaited: readonly number[];
  readonly transcript: Promise<PlainTranscript>;
}

/**
 * Messages that came before their session: 16 and 64 KiB a peer, 1 MiB in all, for 30 s. Without a bound of
 * its own for each peer, one of them could crowd out the first messages of the others.
 */
const MAX_EARLY_A_PEER = 16;
const MAX_EARLY_BYTES_A_PEER: number = 1 << 16;
const MAX_EARLY_BYTES: number = 1 << 20;
const EARLY_MS = 30_000;
/** How long the closes of peers are waited for after the end. */
const CLOSE_MS = 2_000;
/** Names of ended sessions that are remembered, so that late messages are told from early ones. */
const MAX_REMEMBERED = 1_024;

interface Running {
  readonly kind: Job['kind'];
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
  #isStopped = false;

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

  /**
   * Whether a host has room for one more session: what a peer may start is refused before anything is used
   * up.
   */
  hasRoom(host: HostPort): boolean {
    let count = 0;
    for (const running of this.#running.values()) if (running.host === host) count += 1;
    return count < MAX_SESSIONS;
  }

  /**
   * Runs one session to its end. @throws OperationError session-exists for a name that was used before,
   * session-limit, node-stopped; InputError malformed for a job that is none
   */
  async start(name: Uint8Array, job: Job, host: HostPort, hooks: SessionHooks): Promise<Finished> {
    const id = toHex(name);
    if (this.#isStopped) throw new OperationError('node-stopped', 'fatal', 'this node has been stopped');
    if (this.#running.has(id) || this.#ended.has(id))
      throw new OperationError('session-exists', 'reset', `session ${id.slice(0, 8)} has been run before`);
    if (!this.hasRoom(host))
      throw new OperationError('session-limit', 'retry', `${MAX_SESSIONS} sessions run here already`);
    const finished = this.#enter(id, job.kind, host, hooks);
    try {
      host.post({ kind: 'start', id, job });
    } catch (error) {
      this.#forget(id); // never begun: nobody waits for it
      throw error;
    }
    const waiting = this.#early.get(id) ?? [];
    this.#early.delete(id);
    for (const { from, bytes } of waiting)
      if (hooks.others.includes(from)) host.post({ kind: 'receive', id, bytes });
    return finished;
  }

  /** Ends all sessions, here and in their hosts; nothing waits any more, and none is started. */
  stop(): void {
    this.#isStopped = true;
    this.#early.clear();
    for (const [id, running] of [...this.#running]) {
      const { host, resolve, closed, awaited, transcript } = running;
      running.cancelTimer();
      this.#forget(id);
      host.post({ kind: 'abort', id, code: 'node-stopped' });
      host.post({ kind: 'release', id });
      resolve({ ending: endedLocally('node-stopped'), awaited, transcript });
      closed({ spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] });
    }
  }

  /** Ends a session for a reason that is nobody's fault. */
  abort(name: Uint8Array, code: string): void {
    const id = toHex(name);
    this.#running.get(id)?.host.post({ kind: 'abort', id, code });
  }

  /**
   * A member was started anew, and knows nothing of the presign and sign sessions of its former process: they
   * end at once, instead of holding places until their deadlines. Ceremonies go on; they are on disk.
   */
  restarted(member: PartyIndex): void {
    for (const [id, { kind, hooks, host }] of this.#running)
      if ((kind === 'presign' || kind === 'sign') && hooks.others.includes(member))
        host.post({ kind: 'abort', id, code: 'peer-restarted' });
  }

  /**
   * Takes a message of a link: the session's name, then one envelope, which must be the link's owner's own.
   */
  receive(from: PartyIndex, message: Uint8Array): void {
    const id = toHex(message.subarray(0, 32));
    const bytes = message.slice(32);
    if (senderOf(bytes) !== from) {
      this.#deps.log.debug('envelope of another sender dropped', { from });
      return;
    }
    const running = this.#running.get(id);
    if (running !== undefined) {
      if (running.hooks.others.includes(from)) running.host.post({ kind: 'receive', id, bytes });
    } else if (!this.#ended.has(id) && !this.#isStopped)
      this.#keep(id, { from, bytes, atMs: this.#deps.clock.monotonicMs() });
  }

  #enter(id: string, kind: Job['kind'], host: HostPort, hooks: SessionHooks): Promise<Finished> {
    let closed: (transcript: PlainTranscript) => void = () => undefined;
    const transcript = new Promise<PlainTranscript>((resolve) => {
      closed = resolve;
    });
    return new Promise<Finished>((resolve) => {
      const begin = { round: -1, awaiting: hooks.others, awaited: [], cancelTimer: (): void => undefined };
      this.#running.set(id, { kind, hooks, host, resolve, closed, transcript, ...begin });
    });
  }

  #keep(id: string, early: Early): void {
    const limit = this.#deps.clock.monotonicMs() - EARLY_MS;
    for (const [old, list] of this.#early) {
      const fresh = list.filter(({ atMs }) => atMs > limit);
      if (fresh.length === 0) this.#early.delete(old);
      else this.#early.set(old, fresh);
    }
    const all = [...this.#early.values()].flat();
    const own = all.filter(({ from }) => from === early.from);
    const sizeOf = (list: readonly Early[]): number =>
      list.reduce((sum, { bytes: { length } }) => sum + length, early.bytes.length);
    const isFull = sizeOf(own) > MAX_EARLY_BYTES_A_PEER || sizeOf(all) > MAX_EARLY_BYTES;
    if (own.length >= MAX_EARLY_A_PEER || isFull) return;
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
        this.#persist(running, event);
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

  /** A disk that refuses ends the session, not the node: without this step nobody may rely on us. */
  #persist({ hooks, host }: Running, { id, bytes }: Extract<HostEvent, { kind: 'persist' }>): void {
    try {
      hooks.persist?.(bytes);
      host.post({ kind: 'persisted', id });
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#deps.log.error('state of a session not kept', { reason: error.code, detail: error.message });
      host.post({ kind: 'abort', id, code: error.code });
    } finally {
      bytes.fill(0);
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
