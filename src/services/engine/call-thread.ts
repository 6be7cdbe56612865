import type { AccountState } from '../../chain/execution.ts';
import { NO_CODE, decodeAccount } from './account.ts';
import { AnswerMemory } from './answer-memory.ts';
import type { FromCallThread, Read, ToCallThread } from './call-messages.ts';
import { runCall } from './calls.ts';
import { type Key, keyOf } from './key.ts';
import { type Machine, createMachine } from './machine.ts';
import { Newest } from './newest.ts';
import type { StateView } from './state.ts';

/** How the thread speaks with who started it. */
export interface CallThreadPort {
  readonly post: (message: FromCallThread) => void;
  readonly onMessage: (handler: (message: ToCallThread) => void) => void;
}

const NOTHING = new Uint8Array(0);
/** Accounts and slots that are remembered before all are forgotten. */
const MOST_KEPT = 20_000;
/** Codes that are remembered, a code having up to 24,576 bytes: one call can ask for thousands. */
const CODES = { entries: 20_000, sizeBytes: 16_777_216 } as const;

/** Makes calls in a thread of their own, on states that it asks for piece by piece. */
export function serveCalls({ post, onMessage }: CallThreadPort): void {
  let session: Promise<CallSession> | undefined;
  onMessage((message) => {
    if (message.kind === 'hello') {
      const memory = new AnswerMemory(message.memory);
      const read = (what: Read): Uint8Array | undefined =>
        memory.await(() => post({ kind: 'read', read: what }));
      session = createMachine(message.chainId).then((machine) => new CallSession(machine, read));
      void session.then(() => post({ kind: 'ready' }));
      return;
    }
    void session
      ?.then((made) => made.run(message))
      .then(
        (result) => post({ kind: 'done', result }),
        (error: unknown) => post({ kind: 'failed', message: String(error) }),
      );
  });
}

const NO_CODE_KEY: Key = keyOf(NO_CODE);

type ReadFromEngine = (what: Read) => Uint8Array | undefined;

class CallSession {
  readonly #machine: Machine;
  readonly #read: ReadFromEngine;
  /** By hash: a code is the same in all states. */
  readonly #codes = new Newest<Uint8Array>(CODES);
  /** The state of the last call: most calls are made on the same one. */
  #state: RemoteState;
  #root: Key = '';

  constructor(machine: Machine, read: ReadFromEngine) {
    this.#machine = machine;
    this.#read = read;
    this.#state = new RemoteState(read, this.#codes);
  }

  run({ header, hash, request }: Extract<ToCallThread, { kind: 'call' }>): ReturnType<typeof runCall> {
    const root = keyOf(header.stateRoot);
    if (root !== this.#root || this.#state.size > MOST_KEPT)
      this.#state = new RemoteState(this.#read, this.#codes);
    this.#root = root;
    const ancestors = (number: bigint): Uint8Array | undefined => this.#read({ of: 'ancestor', number });
    return runCall(this.#machine, { state: this.#state, tip: { header, hash }, ancestors }, request);
  }
}

/** Something that was read, also that it is absent. */
interface Kept<V> {
  readonly value: V;
}

/** A state that another thread has, as far as it has been asked for. */
class RemoteState implements StateView {
  size = 0;
  readonly #read: ReadFromEngine;
  readonly #accounts = new Map<Key, Kept<AccountState | undefined>>();
  readonly #slots = new Map<Key, Kept<Uint8Array>>();
  readonly #codes: Newest<Uint8Array>;

  constructor(read: ReadFromEngine, codes: Newest<Uint8Array>) {
    this.#read = read;
    this.#codes = codes;
  }

  readonly account = (account: Key): AccountState | undefined =>
    this.#kept(this.#accounts, account, () => {
      const bytes = this.#read({ of: 'account', account });
      return bytes === undefined ? undefined : decodeAccount(bytes);
    });

  readonly slot = (account: Key, slot: Key): Uint8Array =>
    this.#kept(this.#slots, account + slot, () => this.#read({ of: 'slot', account, slot }) ?? NOTHING);

  readonly code = (hash: Uint8Array): Uint8Array => {
    const name = keyOf(hash);
    if (name === NO_CODE_KEY) return NOTHING;
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const code = this.#read({ of: 'code', hash }) ?? NOTHING;
    this.#codes.keep(name, code, code.length);
    return code;
  };

  #kept<V>(map: Map<Key, Kept<V>>, key: Key, read: () => V): V {
    const known = map.get(key);
    if (known !== undefined) return known.value;
    const value = read();
    map.set(key, { value });
    this.size++;
    return value;
  }
}
