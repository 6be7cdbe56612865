import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { seededRng } from '../../src/crypto/drbg.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { ascii, u32 } from '../../src/crypto/bytes.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import type { Outgoing, SessionState } from '../../src/protocols/kernel/session-state.ts';
import type { Session } from '../../src/protocols/kernel/session.ts';
import { suite } from '../../src/protocols/params.ts';
import type { Spec } from '../../src/protocols/kernel/spec.ts';

/** A member of a simulated cluster: index and identity seed. */
export interface Member {
  readonly index: PartyIndex;
  readonly seed: Uint8Array;
}

/** `n` members with indices 1 to n and identities of a fixed seed. */
export const members = (n: number): readonly Member[] =>
  Array.from({ length: n }, (_, i) => ({
    index: partyIndex(i + 1),
    seed: taggedHash('test', ascii('identity'), u32(i + 1)),
  }));

/** A specification for these members. */
export function specFor(
  of: readonly Member[],
  fields: Partial<Spec> & Pick<Spec, 'proto' | 'threshold'>,
): Spec {
  const first = of[0];
  if (first === undefined) throw new RangeError('no members');
  return {
    version: 1,
    suite: suite.name,
    keyId: new Uint8Array(32),
    epochId: new Uint8Array(32),
    participants: of.map(({ index, seed }) => ({ index, identityPk: identityPublicKey(seed) })),
    batch: 0,
    purpose: 'test',
    context: new Uint8Array(32),
    position: 0n,
    coordinator: first.index,
    coordinatorNonce: new Uint8Array(32),
    notAfterMs: 2n ** 60n,
    roundTimeoutMs: 5000,
    ...fields,
  };
}

/** Test randomness of one party in one run. */
export const rngOf = (label: string, index: PartyIndex): Rng =>
  seededRng(taggedHash('test', ascii(label), u32(index)));

/** What happens to the bytes that one party sends to another: [] drops them, two entries deliver twice. */
export type Tamper = (from: PartyIndex, to: PartyIndex, bytes: Uint8Array) => readonly Uint8Array[];

interface Travelling {
  readonly from: PartyIndex;
  readonly to: PartyIndex;
  readonly bytes: Uint8Array;
}

/**
 * Runs sessions to their end in one thread; the seed picks every delivery. Deadlines fire when nothing is
 * left.
 */
export class Cluster<T> {
  readonly #sessions: ReadonlyMap<PartyIndex, Session<T>>;
  readonly #tamper: Tamper;
  readonly #pick: Rng;
  #travelling: Travelling[] = [];
  /** Everything that was delivered, in order. */
  readonly delivered: Travelling[] = [];

  constructor(
    sessions: ReadonlyMap<PartyIndex, Session<T>>,
    seed: number,
    tamper: Tamper = (_f, _t, b) => [b],
  ) {
    this.#sessions = sessions;
    this.#tamper = tamper;
    this.#pick = seededRng(taggedHash('test', ascii('schedule'), u32(seed)));
  }

  /** Starts all and delivers until nothing travels; parties that still wait then meet their deadline. */
  run(): ReadonlyMap<PartyIndex, SessionState<T>> {
    for (const [index, session] of this.#sessions) this.#post(index, session.start());
    this.#settle();
    for (const [index, session] of this.#sessions) {
      if (session.state.kind === 'waiting') this.#post(index, session.abort('timed-out'));
    }
    this.#settle();
    return new Map([...this.#sessions].map(([index, session]) => [index, session.state]));
  }

  /** Puts bytes on the way, as an attacker on the network could. */
  inject(from: PartyIndex, to: PartyIndex, bytes: Uint8Array): void {
    this.#travelling.push({ from, to, bytes });
  }

  #settle(): void {
    for (;;) {
      for (const [index, session] of this.#sessions)
        if (session.state.kind === 'persisting') this.#post(index, session.persisted());
      const next = this.#next();
      if (next === undefined) {
        if ([...this.#sessions.values()].every(({ state }) => state.kind !== 'persisting')) return;
        continue;
      }
      this.delivered.push(next);
      const receiver = this.#sessions.get(next.to);
      if (receiver !== undefined) this.#post(next.to, receiver.receive(next.bytes));
    }
  }

  #next(): Travelling | undefined {
    if (this.#travelling.length === 0) return undefined;
    const [a = 0, b = 0] = this.#pick(2);
    const [picked] = this.#travelling.splice((256 * a + b) % this.#travelling.length, 1);
    return picked;
  }

  #post(from: PartyIndex, messages: readonly Outgoing[]): void {
    for (const { to, bytes } of messages) {
      const receivers = to === 'all' ? [...this.#sessions.keys()].filter((j) => j !== from) : [to];
      for (const receiver of receivers)
        for (const copy of this.#tamper(from, receiver, bytes))
          this.#travelling.push({ from, to: receiver, bytes: copy });
    }
  }
}
