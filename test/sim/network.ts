import { OperationError } from '../../src/crypto/errors.ts';
import type { Clock, Connection, Network } from '../../src/system/ports.ts';
import { Choices } from './random.ts';

/** How the simulated network behaves. All may be changed while it runs. */
export interface NetworkFaults {
  /** Delay of a frame in milliseconds: at least, and up to this much more. */
  delayMs: readonly [least: number, jitter: number];
  /** Probability that a frame breaks its connection: a reliable byte stream loses all or nothing. */
  breaks: number;
  /** Whether frames from one host to another arrive; a frame that does not is lost in silence. */
  isCut: (from: string, to: string) => boolean;
  /** Rewrites a frame on the wire: what the other end gets instead, in order; an empty list drops it. */
  tamper: (frame: Uint8Array, from: string, to: string) => readonly Uint8Array[];
}

/** The longest frame and the longest queue, as the real network has them. */
const MAX_FRAME_BYTES = 1024 * 1024;
const MAX_OUTBOUND_BYTES = 16 * 1024 * 1024;
const CONNECT_MS = 5_000;

/** One network that all simulated nodes share. Each gets its own `Network` with `host(name)`. */
export class SimNetwork {
  readonly faults: NetworkFaults = {
    delayMs: [1, 2],
    breaks: 0,
    isCut: () => false,
    tamper: (frame) => [frame],
  };
  readonly #clock: Clock;
  readonly #choices: Choices;
  readonly #listeners = new Map<
    string,
    { readonly host: string; readonly accept: (end: Connection) => void }
  >();
  readonly #ends = new Set<End>();
  #nextPort = 40_000;
  /** Every frame that was handed over, for tests that read the wire. */
  readonly wire: { readonly from: string; readonly to: string; readonly frame: Uint8Array }[] = [];
  /** Set by tests that do not read the wire and send much. */
  keepsWire = true;

  constructor(clock: Clock, seed: number) {
    this.#clock = clock;
    this.#choices = new Choices(seed);
  }

  /** Breaks every connection of a host, as when its process ends. */
  crash(host: string): void {
    for (const [address, listener] of this.#listeners)
      if (listener.host === host) this.#listeners.delete(address);
    for (const end of this.#ends) if (end.host === host || end.other.host === host) end.end('reset');
  }

  /** How many connections are open. */
  get open(): number {
    return this.#ends.size / 2;
  }

  /** The network as one host sees it. */
  host(host: string): Network {
    return {
      listen: (address, accept) => this.#listen(host, address, accept),
      connect: (url) => this.#connect(host, url.replace(/^ws:\/\//, '')),
    };
  }

  #listen(host: string, asked: string, accept: (end: Connection) => void) {
    const address = asked.endsWith(':0') ? asked.replace(/:0$/, `:${this.#nextPort++}`) : asked;
    if (this.#listeners.has(address))
      return Promise.reject(new OperationError('port-in-use', 'fatal', `${address} is taken`));
    this.#listeners.set(address, { host, accept });
    const close = (): Promise<void> => {
      this.#listeners.delete(address);
      for (const end of this.#ends) if (end.address === address) end.close('closed');
      return Promise.resolve();
    };
    return Promise.resolve({ address, close });
  }

  #connect(host: string, address: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const unreachable = (why: string): void =>
        reject(new OperationError('peer-unreachable', 'retry', `${address} is unreachable: ${why}`));
      this.#clock.after(this.#delayMs(), () => {
        const listener = this.#listeners.get(address);
        if (listener === undefined) return unreachable('refused');
        if (this.faults.isCut(host, listener.host) || this.faults.isCut(listener.host, host))
          return void this.#clock.after(CONNECT_MS, () => unreachable('no answer'));
        const [here, there] = this.#pair(host, listener.host, address);
        listener.accept(there);
        this.#clock.after(this.#delayMs(), () => {
          if (here.isOpen) resolve(here);
          else unreachable('closed');
        });
      });
    });
  }

  #pair(host: string, otherHost: string, address: string): readonly [End, End] {
    const here = new End(host, address, this);
    const there = new End(otherHost, address, this);
    here.join(there);
    there.join(here);
    for (const end of [here, there]) {
      this.#ends.add(end);
      end.onClose(() => this.#ends.delete(end));
    }
    return [here, there];
  }

  #delayMs(): number {
    const [least, jitter] = this.faults.delayMs;
    return least + this.#choices.below(jitter + 1);
  }

  /** Carries a frame: in order within a connection, each connection at its own speed. */
  carry(from: End, to: End, frame: Uint8Array): void {
    if (this.keepsWire) this.wire.push({ from: from.host, to: to.host, frame });
    if (this.#choices.happens(this.faults.breaks)) {
      from.end('reset');
      to.end('reset');
      return;
    }
    const atMs = Math.max(from.lastArrivalMs, this.#clock.monotonicMs() + this.#delayMs());
    from.lastArrivalMs = atMs;
    this.#clock.after(atMs - this.#clock.monotonicMs(), () => {
      from.taken(frame.length);
      if (this.faults.isCut(from.host, to.host)) return;
      for (const changed of this.faults.tamper(frame, from.host, to.host)) to.arrive(changed);
    });
  }

  /** Tells the other end, a delay later, that this one is closed. */
  carryEnd(from: End, to: End): void {
    const atMs = Math.max(from.lastArrivalMs, this.#clock.monotonicMs() + this.#delayMs());
    this.#clock.after(atMs - this.#clock.monotonicMs(), () => {
      if (!this.faults.isCut(from.host, to.host)) to.end('closed');
    });
  }
}

class End implements Connection {
  readonly host: string;
  readonly address: string;
  readonly #network: SimNetwork;
  #other: End | undefined;
  #onFrame: ((frame: Uint8Array) => void) | undefined;
  #early: Uint8Array[] = [];
  readonly #closers: ((reason: string) => void)[] = [];
  #ended: string | undefined;
  #waitingBytes = 0;
  lastArrivalMs = 0;

  constructor(host: string, address: string, network: SimNetwork) {
    this.host = host;
    this.address = address;
    this.#network = network;
  }

  join(other: End): void {
    this.#other = other;
  }
  get other(): End {
    return this.#other ?? this;
  }
  get isOpen(): boolean {
    return this.#ended === undefined;
  }
  get remote(): string {
    return this.other.host;
  }

  readonly send = (frame: Uint8Array): boolean => {
    if (this.#ended !== undefined) return false;
    if (this.#waitingBytes + frame.length > MAX_OUTBOUND_BYTES) {
      this.close('outbound-full');
      return false;
    }
    this.#waitingBytes += frame.length;
    this.#network.carry(this, this.other, frame.slice());
    return true;
  };
  readonly close = (reason: string): void => {
    if (this.#ended !== undefined) return;
    this.end(reason);
    this.#network.carryEnd(this, this.other);
  };
  readonly onFrame = (handler: (frame: Uint8Array) => void): void => {
    this.#onFrame = handler;
    for (const frame of this.#early.splice(0)) handler(frame);
  };
  readonly onClose = (handler: (reason: string) => void): void => {
    if (this.#ended === undefined) this.#closers.push(handler);
    else handler(this.#ended);
  };
  readonly admitted = (): void => undefined;
  readonly bufferedBytes = (): number => this.#waitingBytes;

  taken(bytes: number): void {
    this.#waitingBytes -= bytes;
  }
  arrive(frame: Uint8Array): void {
    if (this.#ended !== undefined) return;
    if (frame.length > MAX_FRAME_BYTES) return this.close('closed with 1009');
    if (this.#onFrame === undefined) this.#early.push(frame);
    else this.#onFrame(frame);
  }
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const handler of this.#closers) handler(reason);
  }
}
