import type { PartyIndex } from '../../crypto/brand.ts';
import { toHex } from '../../crypto/bytes.ts';
import { MAX_PARTIES } from '../../protocols/kernel/spec.ts';
import type { Clock, Log } from '../../system/ports.ts';

/** What asking for evidence works with. */
export interface WantsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly nameOf: (index: PartyIndex) => string;
  /** Asks a peer for the evidence of a name. */
  readonly ask: (of: PartyIndex, name: Uint8Array) => void;
}

/** Pieces of evidence that one peer is asked for at a time. */
export const MAX_ASKED = 2;
/** Pieces that one peer may say it holds while they wait. */
const MAX_NOTED = MAX_PARTIES;
/** Refused pieces that are remembered by name. */
const MAX_REFUSED = 1_024;
/** How long one holder is waited for while another one may be asked, in milliseconds. */
export const TURN_MS = 5_000;
/** How long the last one is waited for, in milliseconds: an answer may be of 15 MB. */
export const ANSWER_MS = 30_000;
/** So many pieces of a peer are judged and refused in such a time; what comes then is not looked at. */
export const REFUSED_MAX = 4;
/** The time of that, in milliseconds. */
export const REFUSED_MS = 60_000;

interface Wanted {
  readonly name: Uint8Array;
  /** Who has said that it holds it and has not been asked, in the order in which they said so. */
  readonly holders: PartyIndex[];
  /** Who has been asked, each once; an answer of any of them counts, also a late one. */
  readonly asked: PartyIndex[];
  /** Nobody who was asked has its turn any more. */
  isOverdue: boolean;
  cancel: () => void;
}

/**
 * Which evidence is asked for, and of whom. A holder that stays silent costs its turn and blocks nobody: the
 * others are asked one after the other. A judgement takes up to a second of the thread that holds the links,
 * so a peer whose evidence proves nothing is not listened to for a while.
 */
export class Wants {
  readonly #deps: WantsDeps;
  readonly #wanted = new Map<string, Wanted>();
  /** By name, which is a hash of all that is judged: it proves nothing, whoever shows it. */
  readonly #refused = new Set<string>();
  /** When evidence of a peer was refused, on the monotonic clock. */
  readonly #charged = new Map<PartyIndex, number[]>();

  constructor(deps: WantsDeps) {
    this.#deps = deps;
  }

  /** A peer says that it holds something that is of use here. */
  hear(from: PartyIndex, name: Uint8Array): void {
    const key = toHex(name);
    if (this.#refused.has(key) || this.#isSpent(from)) return;
    const known = this.#wanted.get(key);
    if (known?.asked.includes(from) === true || known?.holders.includes(from) === true) return;
    const noted = [...this.#wanted.values()].filter(({ holders }) => holders.includes(from));
    if (noted.length >= MAX_NOTED) return;
    if (known === undefined)
      this.#wanted.set(key, {
        ...{ name, holders: [from], asked: [], isOverdue: true },
        cancel: () => undefined,
      });
    else known.holders.push(from);
    this.#goOn();
  }

  /** Whether what a peer shows was asked of it, and is to be looked at. */
  isAsked(from: PartyIndex, name: Uint8Array): boolean {
    return this.#wanted.get(toHex(name))?.asked.includes(from) === true && !this.#isSpent(from);
  }

  /** It was shown, and is not asked for again while it is of no use: it counts, or is pardoned. */
  settled(name: Uint8Array): void {
    this.#remember(toHex(name));
    this.#drop(toHex(name));
  }

  /** It was shown, and proves nothing. */
  refused(from: PartyIndex, name: Uint8Array): void {
    this.#charge(from);
    this.settled(name);
  }

  /** What a peer showed is not of the form: others may show the same evidence as it should be. */
  spoiled(from: PartyIndex, name: Uint8Array): void {
    this.#charge(from);
    const key = toHex(name);
    const wanted = this.#wanted.get(key);
    if (wanted === undefined) return;
    wanted.asked.splice(wanted.asked.indexOf(from), 1);
    wanted.isOverdue = true;
    if (wanted.asked.length + wanted.holders.length === 0) this.#drop(key);
    this.#goOn();
  }

  /** Nothing is waited for any more. */
  stop(): void {
    for (const { cancel } of this.#wanted.values()) cancel();
    this.#wanted.clear();
  }

  #remember(key: string): void {
    this.#refused.add(key);
    const [oldest] = this.#refused;
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
  }

  #drop(key: string): void {
    this.#wanted.get(key)?.cancel();
    this.#wanted.delete(key);
    this.#goOn();
  }

  /** Asks the next holder of whatever waits, as far as each has a place for one more question. */
  #goOn(): void {
    for (const [key, wanted] of this.#wanted) {
      if (!wanted.isOverdue) continue;
      const next = wanted.holders.find((one) => this.#openOf(one) < MAX_ASKED);
      if (next !== undefined) this.#ask(key, wanted, next);
    }
  }

  #openOf(peer: PartyIndex): number {
    return [...this.#wanted.values()].filter(({ asked }) => asked.includes(peer)).length;
  }

  #ask(key: string, wanted: Wanted, next: PartyIndex): void {
    wanted.holders.splice(wanted.holders.indexOf(next), 1);
    wanted.asked.push(next);
    wanted.isOverdue = false;
    wanted.cancel();
    const end = this.#deps.clock.after(ANSWER_MS, () => {
      this.#over(key, wanted);
    });
    const turn = this.#deps.clock.after(TURN_MS, () => {
      wanted.isOverdue = true;
      this.#goOn();
    });
    wanted.cancel = (): void => {
      end();
      turn();
    };
    this.#deps.ask(next, wanted.name);
  }

  /** Nobody has answered: whoever holds it may say so again. Who waits for a place keeps it. */
  #over(key: string, wanted: Wanted): void {
    wanted.asked.length = 0;
    if (wanted.holders.length === 0) this.#drop(key);
    else this.#goOn();
  }

  #charge(from: PartyIndex): void {
    const times = this.#recent(from);
    times.push(this.#deps.clock.monotonicMs());
    this.#charged.set(from, times);
    if (times.length === REFUSED_MAX)
      this.#deps.log.warn('evidence of a peer ignored', {
        peer: this.#deps.nameOf(from),
        refused: REFUSED_MAX,
        durationMs: REFUSED_MS,
      });
  }

  #isSpent(from: PartyIndex): boolean {
    return this.#recent(from).length >= REFUSED_MAX;
  }

  #recent(from: PartyIndex): number[] {
    const since = this.#deps.clock.monotonicMs() - REFUSED_MS;
    return (this.#charged.get(from) ?? []).filter((atMs) => atMs > since);
  }
}
