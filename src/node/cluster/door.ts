import type { Clock, Connection } from '../../system/ports.ts';
import type { Handshake, HandshakeEnd } from './handshake.ts';
import type { Pace } from './pace.ts';
import type { LinkReason } from './reasons.ts';

/** Time for a handshake, in milliseconds. [security, 3.8] */
export const HANDSHAKE_MS = 5_000;
/**
 * Bytes of one connection that may wait for us to work on them: a whole message, and what comes around it.
 */
export const MAX_INBOUND_BYTES: number = 20 * 1024 * 1024;

/** What a door works with. */
export interface DoorDeps {
  readonly clock: Clock;
  readonly pace: Pace;
}

/** What a door tells its owner, never from within a socket's callback. */
export interface DoorEvents {
  /** Called once, before any frame. */
  readonly onEnd: (end: HandshakeEnd) => void;
  /** Every frame after the handshake. */
  readonly onFrame: (frame: Uint8Array) => void;
  /** The connection is gone after a handshake that succeeded. */
  readonly onClose: (reason: string) => void;
}

/**
 * One connection: first it shows who it is, in time; then its frames are handed on, not faster than we work.
 */
export class Door {
  readonly connection: Connection;
  readonly #deps: DoorDeps;
  readonly #events: DoorEvents;
  readonly #handshake: Handshake;
  readonly #cancelDeadline: () => void;
  #phase: 'handshake' | 'open' | 'closed' = 'handshake';
  #waitingBytes = 0;

  constructor(connection: Connection, handshake: Handshake, events: DoorEvents, deps: DoorDeps) {
    this.connection = connection;
    this.#deps = deps;
    this.#events = events;
    this.#handshake = handshake;
    this.#cancelDeadline = deps.clock.after(HANDSHAKE_MS, () => this.#refuse('handshake-timeout'));
    const first = handshake.next();
    if (first.value instanceof Uint8Array) connection.send(first.value);
    connection.onFrame((frame) => this.#arrived(frame));
    connection.onClose((reason) => deps.pace.add(() => this.#closed(reason)));
  }

  /** Whether it is over. */
  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** Closes the connection; nothing is told to the owner any more. */
  close(reason: LinkReason): void {
    this.#phase = 'closed';
    this.#cancelDeadline();
    this.connection.close(reason);
  }

  #arrived(frame: Uint8Array): void {
    // One that is over the limit is being closed: what still comes is dropped.
    if (this.#waitingBytes > MAX_INBOUND_BYTES) return;
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > MAX_INBOUND_BYTES) return this.connection.close('inbound-full');
    this.#deps.pace.add(() => {
      this.#waitingBytes -= frame.length;
      if (this.#phase === 'handshake') this.#step(frame);
      else if (this.#phase === 'open') this.#events.onFrame(frame);
    });
  }

  #step(frame: Uint8Array): void {
    const step = this.#handshake.next(frame);
    if (step.done !== true) {
      if (step.value !== undefined) this.connection.send(step.value);
      return;
    }
    const end = step.value;
    if (end.last !== undefined) this.connection.send(end.last);
    if (end.kind === 'refused') return this.#refuse(end.reason, end);
    this.#cancelDeadline();
    this.#phase = 'open';
    this.connection.admitted();
    this.#events.onEnd(end);
  }

  #refuse(reason: LinkReason, end: HandshakeEnd = { kind: 'refused', reason }): void {
    if (this.#phase !== 'handshake') return;
    this.close(reason);
    this.#events.onEnd(end);
  }

  #closed(reason: string): void {
    if (this.#phase === 'handshake') this.#refuse('handshake-closed');
    else if (this.#phase === 'open') {
      this.#phase = 'closed';
      this.#events.onClose(reason);
    }
  }
}
