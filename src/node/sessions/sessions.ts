import type { PartyIndex } from '../../crypto/brand.ts';
import { concat, fromHex, toHex } from '../../crypto/bytes.ts';
import { OperationError, assert } from '../../crypto/errors.ts';
import type { Clock, Log } from '../../system/ports.ts';
import { isOrdinary } from '../supervise.ts';
import type { SessionWal, WalEntry } from '../wal.ts';
import { EarlyMessages } from './early.ts';
import { MAX_SESSIONS } from './host.ts';
import { Journal, senderOf } from './journal.ts';
import {
  type Ending,
  type HostCommand,
  type HostEvent,
  type Job,
  type PlainTranscript,
  type ResumableJob,
  endedLocally,
  wipeEnding,
} from './messages.ts';
import { type Promised, type Standing, newStanding, promised } from './standing.ts';

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
  /** Presigning and signing leave nothing from which they could be repeated. [protocol, 11.3] */
  readonly wal?: never;
}

/** What the caller of a session that may be resumed wants to hear. */
export interface LoggedHooks extends Omit<SessionHooks, 'wal'> {
  /** As in `SessionHooks`; and a resumed session asks again, so that it must bear to be asked twice. */
  readonly persist?: (bytes: Uint8Array) => void;
  /** Holds everything that goes in and out. Its owner shreds it when the outcome is durable. */
  readonly wal: SessionWal;
}

/** A session's end, with what was awaited where a deadline ended it. */
export interface Finished {
  readonly ending: Ending;
  readonly awaited: readonly number[];
  readonly transcript: Promise<PlainTranscript>;
}

/** How long the closes of peers are waited for after the end. */
const CLOSE_MS = 2_000;
/** Names of ended sessions that are remembered, so that late messages are told from early ones. */
const MAX_REMEMBERED = 1_024;

/** Sessions that have ended and whose messages are sent again to a member that was started anew. */
const MAX_REPEATED = 4;

interface Running extends Standing {
  readonly kind: Job['kind'];
  readonly hooks: SessionHooks | LoggedHooks;
  readonly host: HostPort;
  readonly finished: Promised<Finished>;
}

/** Lives of sessions: start, route, deadline, end. It knows neither what is signed nor why. */
export class Sessions {
  readonly #deps: { readonly clock: Clock; readonly log: Log; readonly send: SendTo };
  readonly #running = new Map<string, Running>();
  readonly #ended = new Set<string>();
  readonly #early: EarlyMessages;
  /** Sessions that may be resumed, here or by a peer. */
  readonly #logged = new Map<string, Running>();
  #isStopped = false;

  constructor(deps: { readonly clock: Clock; readonly log: Log; readonly send: SendTo }) {
    this.#deps = deps;
    this.#early = new EarlyMessages(deps.clock);
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
  start(name: Uint8Array, job: ResumableJob, host: HostPort, hooks: LoggedHooks): Promise<Finished>;
  start(name: Uint8Array, job: Job, host: HostPort, hooks: SessionHooks): Promise<Finished>;
  async start(
    name: Uint8Array,
    job: Job,
    host: HostPort,
    hooks: SessionHooks | LoggedHooks,
  ): Promise<Finished> {
    return this.#begin(toHex(name), job, hooks, { host, entries: [] });
  }

  /**
   * Goes on with a session of before a crash, from its job and the entries of its log. What it said before is
   * said again. When it would say anything else nothing leaves, and it ends as `replay-differs`: its caller
   * stops the node. Call it before there are links, so that no message comes too early. @throws as `start`
   */
  async resume(
    name: Uint8Array,
    job: ResumableJob,
    host: HostPort,
    hooks: LoggedHooks & { readonly entries: readonly WalEntry[] },
  ): Promise<Finished> {
    return this.#begin(toHex(name), job, hooks, { host, entries: hooks.entries });
  }

  /** Ends all sessions, here and in their hosts; nothing waits any more, and none is started. */
  stop(): void {
    this.#isStopped = true;
    this.#early.clear();
    for (const [id, running] of [...this.#running]) {
      const { host, finished, awaited, transcript } = running;
      running.cancelTimer();
      this.#forget(id); // nothing is logged: what was under way may go on after the next start
      host.post({ kind: 'abort', id, code: 'node-stopped' });
      host.post({ kind: 'release', id });
      finished.resolve({ ending: endedLocally('node-stopped'), awaited, transcript: transcript.promise });
      transcript.resolve({ spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] });
    }
  }

  /** Ends a session for a reason that is nobody's fault. */
  abort(name: Uint8Array, code: string): void {
    const id = toHex(name);
    const running = this.#running.get(id);
    if (running !== undefined) this.#abort(running, id, code);
  }

  /**
   * A member was started anew, and knows nothing of the presign and sign sessions of its former process: they
   * end at once, instead of holding places until their deadlines. Ceremonies go on; they are on disk, and the
   * member gets everything of them again, in case that its former process had not come to log it.
   */
  restarted(member: PartyIndex): void {
    for (const [id, { kind, hooks, host }] of this.#running)
      if ((kind === 'presign' || kind === 'sign') && hooks.others.includes(member))
        host.post({ kind: 'abort', id, code: 'peer-restarted' });
    for (const [id, { journal, hooks }] of this.#logged)
      if (hooks.others.includes(member))
        for (const bytes of journal?.sentTo(member) ?? []) this.#deps.send(member, messageOf(id, bytes));
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
      if (running.hooks.others.includes(from)) this.#give(running, id, bytes);
    } else if (!this.#ended.has(id) && !this.#isStopped) this.#early.keep(id, from, bytes);
  }

  #begin(
    id: string,
    job: Job,
    hooks: SessionHooks | LoggedHooks,
    { host, entries }: { readonly host: HostPort; readonly entries: readonly WalEntry[] },
  ): Promise<Finished> {
    if (this.#isStopped) throw new OperationError('node-stopped', 'fatal', 'this node has been stopped');
    if (this.#running.has(id) || this.#ended.has(id))
      throw new OperationError('session-exists', 'reset', `session ${id.slice(0, 8)} has been run before`);
    if (!this.hasRoom(host))
      throw new OperationError('session-limit', 'retry', `${MAX_SESSIONS} sessions run here already`);
    // The compiler says so as well: what these two say must never be said twice.
    const isRepeatable = job.kind !== 'presign' && job.kind !== 'sign';
    assert(hooks.wal === undefined || isRepeatable, `a ${job.kind} session is never resumed`);
    const running: Running = {
      kind: job.kind,
      hooks,
      host,
      finished: promised(),
      ...newStanding(hooks.others),
    };
    this.#running.set(id, running);
    if (hooks.wal !== undefined) this.#attend(running, id, hooks.wal, entries);
    try {
      host.post({ kind: 'start', id, job });
    } catch (error) {
      this.#logged.delete(id);
      this.#forget(id); // never begun: nobody waits for it
      throw error;
    }
    running.journal?.begin();
    for (const { from, bytes } of this.#early.take(id))
      if (hooks.others.includes(from)) this.#give(running, id, bytes);
    return running.finished.promise;
  }

  /** Puts the log of a session between it and the world. */
  #attend(running: Running, id: string, wal: SessionWal, entries: readonly WalEntry[]): void {
    const { host, hooks } = running;
    running.journal = new Journal(
      {
        wal,
        give: (step) => {
          host.post({ id, ...step });
        },
        send: ({ to, bytes }) => {
          this.#post(hooks, id, to === 0 ? 'all' : to, bytes);
        },
        persist: (bytes) => hooks.persist?.(bytes),
        broke: (code, what) => {
          this.#deps.log.error('session broken', { session: id.slice(0, 8), reason: code, detail: what });
          running.broken = code;
          host.post({ kind: 'abort', id, code });
          if (running.ending !== undefined) this.#tell(running, id, running.ending);
        },
        live: () => {
          this.#live(running, id);
        },
      },
      entries,
    );
    this.#logged.set(id, running);
    const ended = [...this.#logged.keys()].filter((one) => !this.#running.has(one));
    for (const old of ended.slice(0, -MAX_REPEATED)) this.#logged.delete(old);
  }

  #give({ journal, host }: Running, id: string, bytes: Uint8Array): void {
    if (journal === undefined) host.post({ kind: 'receive', id, bytes });
    else journal.receive(bytes);
  }

  #abort({ journal, host }: Running, id: string, code: string): void {
    if (journal === undefined) host.post({ kind: 'abort', id, code });
    else journal.abort(code);
  }

  #hear(event: HostEvent): void {
    const running = this.#running.get(event.id);
    if (running === undefined) return;
    switch (event.kind) {
      case 'send':
        if (running.journal === undefined) this.#post(running.hooks, event.id, event.to, event.bytes);
        else
          running.journal.send({ ...event, to: event.to === 'all' ? 0 : event.to }, event.hasMore ?? false);
        break;
      case 'progress':
        this.#progress(running, event);
        break;
      case 'persist':
        if (running.journal === undefined) this.#persist(running, event);
        else running.journal.persist(event.bytes);
        break;
      case 'marked':
        running.journal?.marked();
        break;
      case 'ended':
        this.#ending(running, event.id, event.ending);
        break;
      case 'closed':
        // A host that died has no transcript, and says nothing about what it would have repeated.
        running.journal?.closed(event.transcript.spec.length > 0);
        running.cancelTimer();
        this.#forget(event.id);
        running.transcript.resolve(event.transcript);
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

  #post({ others }: Pick<SessionHooks, 'others'>, id: string, to: number | 'all', bytes: Uint8Array): void {
    const message = messageOf(id, bytes);
    for (const other of others)
      if ((to === 'all' || to === other) && !this.#deps.send(other, message))
        this.#deps.log.warn('a peer takes nothing more', { peer: other });
  }

  /** The log has been played: deadlines run from now on, and what happened meanwhile is told. */
  #live(running: Running, id: string): void {
    const { progress, ending } = running;
    if (ending !== undefined) this.#ending(running, id, ending);
    else if (progress !== undefined) this.#progress(running, progress);
  }

  #progress(running: Running, event: Extract<HostEvent, { kind: 'progress' }>): void {
    running.awaiting = event.awaiting;
    running.progress = event;
    if (running.journal?.isReplaying === true) return;
    if (event.round !== running.round) {
      running.round = event.round;
      running.cancelTimer();
      running.cancelTimer = this.#deps.clock.after(running.hooks.roundTimeoutMs, () => {
        running.awaited = running.awaiting;
        this.#abort(running, event.id, 'timed-out');
      });
    }
    running.hooks.onProgress?.(event.round, event.name, event.awaiting);
  }

  /** An end that the played log brings counts when the whole log has been played. */
  #ending(running: Running, id: string, ending: Ending): void {
    running.ending = ending;
    if (running.journal?.isReplaying !== true || running.broken !== undefined)
      this.#tell(running, id, ending);
  }

  #tell(running: Running, id: string, ending: Ending): void {
    const { broken, finished, awaited, transcript } = running;
    if (running.isTold) return;
    running.isTold = true;
    running.cancelTimer();
    running.cancelTimer = this.#deps.clock.after(CLOSE_MS, () => {
      running.host.post({ kind: 'release', id });
    });
    if (broken !== undefined) wipeEnding(ending);
    const told = broken === undefined ? ending : endedLocally(broken);
    finished.resolve({ ending: told, awaited, transcript: transcript.promise });
  }

  #forget(id: string): void {
    this.#running.delete(id);
    this.#ended.add(id);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
  }
}

/** A message of a link: the session's name, then one envelope. */
const messageOf = (id: string, envelope: Uint8Array): Uint8Array =>
  concat(fromHex(id) ?? new Uint8Array(0), envelope);
