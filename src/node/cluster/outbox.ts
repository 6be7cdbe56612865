import { type Frame, type Message, partOf, partsOf } from './frames.ts';

/** Bytes of messages that may wait for one peer. [security, 3.8] */
export const MAX_QUEUED_BYTES: number = 16 * 1024 * 1024;
/** Messages that may wait for one peer: small ones cost memory beyond their bytes. */
export const MAX_QUEUED_MESSAGES = 16_384;

/**
 * Messages for one peer, kept until it says that they have arrived. Links come and go: a new one goes on
 * behind the last message that arrived, as long as neither end was restarted. A restarted peer gets what it
 * has not confirmed.
 */
export class Outbox {
  /** The first one is the oldest that is not confirmed. */
  #messages: Message[] = [];
  #bytes = 0;
  #lastSeq = 0;
  /** Next to send: which message, and which part of it. */
  #at = 0;
  #part = 0;

  /** Bytes of messages that are not confirmed. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  /** Whether something is left to send. */
  get hasMore(): boolean {
    return this.#at < this.#messages.length;
  }

  /** Takes a message, unless too much waits already. One message alone is always taken. */
  push(channel: number, bytes: Uint8Array): boolean {
    const isFull =
      this.#bytes + bytes.length > MAX_QUEUED_BYTES || this.#messages.length >= MAX_QUEUED_MESSAGES;
    if (isFull && this.#messages.length > 0) return false;
    this.#lastSeq += 1;
    this.#messages.push({ seq: this.#lastSeq, channel, bytes });
    this.#bytes += bytes.length;
    return true;
  }

  /**
   * One of the two ends has no numbers, because it is new or has met the other anew: what is left is numbered
   * from the one behind the last that the peer has.
   */
  renumber(received = 0): void {
    this.#messages = this.#messages.map((message, i) => ({ ...message, seq: received + i + 1 }));
    this.#lastSeq = received + this.#messages.length;
    this.#rewind();
  }

  /** A link begins, and the peer has `received` messages. False if that cannot be. */
  resume(received: number): boolean {
    const isPossible = this.confirm(received);
    this.#rewind();
    return isPossible;
  }

  /**
   * The peer has `received` messages. False if that cannot be: more than there are, or fewer than it said.
   */
  confirm(received: number): boolean {
    const done = received - (this.#lastSeq - this.#messages.length);
    if (done < 0 || received > this.#lastSeq) return false;
    for (const message of this.#messages.splice(0, done)) this.#bytes -= message.bytes.length;
    this.#at -= done;
    if (this.#at < 0) this.#rewind();
    return true;
  }

  /** The next frame to send. */
  next(): Frame | undefined {
    const message = this.#messages[this.#at];
    if (message === undefined) return undefined;
    const frame = partOf(message, this.#part);
    this.#part += 1;
    if (this.#part === partsOf(message)) {
      this.#at += 1;
      this.#part = 0;
    }
    return frame;
  }

  #rewind(): void {
    this.#at = 0;
    this.#part = 0;
  }
}
