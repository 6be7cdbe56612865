import { signedTransaction } from '../../audit/l1-file.ts';
import { encodeRequest } from '../../chain/duty.ts';
import { type SealedBatch, requestFor } from '../../chain/sealed-batch.ts';
import { to0x } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { signatureCodec } from '../../crypto/ecdsa.ts';
import type { Address } from '../../ethereum/address.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { Clock, Disk, L1Looks, Log } from '../../system/ports.ts';
import { canGiveUp } from './give-up.ts';
import { Journal } from './journal.ts';
import { readAccount, readL1, readRetry } from './look.ts';
import { transition } from './machine.ts';
import { refuseToClear, refuseToRetry } from './mend.ts';
import { reopenedOf } from './reopen.ts';
import {
  type Alarm,
  type DerivedBatch,
  type Submitter,
  type SubmitterEffect,
  type SubmitterEvent,
  type SubmitterOptions,
  openOf,
  restored,
} from './state.ts';
import { type SubmitterStatus, statusOf } from './status.ts';

/** The signers, as one. */
export interface Cluster {
  /** The key in service. */
  readonly key: () => Promise<{ readonly keyId: Uint8Array; readonly keyEpoch: number }>;
  /** The signature of a typed request, as `signatureCodec` writes it. @throws the refusal of the cluster */
  readonly sign: (request: Uint8Array) => Promise<Uint8Array>;
}

/** What a submitter is started with. */
export interface SubmitterSettings extends SubmitterOptions {
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly inbox: Address;
  /** Milliseconds between two looks at L1. */
  readonly lookMs: number;
  /** Blocks after which a transaction is final; left out: where L1 says so. */
  readonly confirmations?: bigint | undefined;
}

/** What a submitter works with. */
export interface SubmitterDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly l1: L1Looks;
  readonly cluster: Cluster;
  /** Adds the blobs of a payload to the canonical bytes of their transaction. */
  readonly withBlobs: (raw: Uint8Array, payload: Uint8Array) => Promise<Uint8Array>;
  /** What the own driver made of a batch on L1; `undefined` where it has not come so far. */
  readonly derived: (index: bigint) => DerivedBatch | undefined;
  /** A batch has ended. */
  readonly ended: (index: bigint, how: 'final' | 'failed') => void;
  /** The journal cannot be written, or there is a fault of ours: this submitter has stopped. */
  readonly fatal: (error: unknown) => void;
}

/** Brings sealed batches onto L1, each once and in their order. [sequencer, 10] */
export class SubmitterService {
  readonly #settings: SubmitterSettings;
  readonly #deps: SubmitterDeps;
  readonly #journal: Journal;
  #state: Submitter;
  #isLooking = false;
  #isStopped = true;
  #cancel: () => void = () => undefined;
  #balances: ReadonlyMap<Address, bigint> = new Map();

  /** Reads the journal. @throws InputError submitter-journal-damaged; what `Disk` throws */
  constructor(settings: SubmitterSettings, deps: SubmitterDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#journal = new Journal(deps.disk);
    this.#state = restored(this.#journal.ledger);
  }

  /** Looks at L1 now, and again and again until `stop`. */
  start(): void {
    this.#isStopped = false;
    this.#soon(0);
  }

  /** Ends it. What is durable is enough to go on from. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Takes a batch that is sealed; again after every start, with the same bytes. */
  submit(batch: SealedBatch): void {
    this.#happens({ kind: 'sealed', batch });
  }

  /**
   * Lets go of a batch that is sealed, and of all behind it, so that others may take their place. @returns
   * whether it was possible: nothing of them was ever signed for this submitter, and no signature is awaited
   */
  giveUp(index: bigint): boolean {
    const isPossible = canGiveUp(this.#state, index);
    if (isPossible) this.#happens({ kind: 'given-up', index });
    return isPossible;
  }

  /** Nothing more is signed until `resume`; what is on its way is followed. Both outlast a restart. */
  pause(): void {
    this.#happens({ kind: 'paused', isPaused: true });
  }

  /** Ends a pause. */
  resume(): void {
    this.#happens({ kind: 'paused', isPaused: false });
  }

  /**
   * Lets an account go on at a nonce, after somebody has looked what used it; L1 has to say the same.
   * @throws InputError not-stopped | nonce-differs; OperationError account-busy | l1-unreachable
   */
  async clear(account: Address, nonce: bigint): Promise<void> {
    const seen = await this.#deps.l1.look((one) => readAccount(one, account, this.#settings));
    refuseToClear(this.#state, { account, nonce }, seen);
    this.#happens({ kind: 'cleared', account, nonce, lastIndex: seen.lastIndex });
  }

  /**
   * Sends what failed for good under other nonces, after somebody has found out why.
   * @throws InputError nothing-failed | index-on-l1; OperationError account-busy | l1-unreachable
   */
  async retry(): Promise<void> {
    const { state, settings } = { state: this.#state, settings: this.#settings };
    const { lastIndex, finalized } = await this.#deps.l1.look((one) => readRetry(one, state, settings));
    refuseToRetry(this.#state, lastIndex, finalized);
    this.#happens({ kind: 'again' });
  }

  /** For people and for the batcher. */
  status(): SubmitterStatus {
    return statusOf(this.#state, { balances: this.#balances, nowMs: this.#deps.clock.nowMs() });
  }

  /** One look at L1 and what follows from it; a failure of L1 is the business of the next look. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    let step = 'submitter does not see l1';
    try {
      const { derived, l1 } = this.#deps;
      const [state, settings] = [this.#state, this.#settings];
      const seen = await l1.look((one) => readL1(one, { state, settings, derived }));
      step = 'submitter waits';
      this.#balances = new Map([...seen.accounts].map(([account, { balance }]) => [account, balance]));
      this.#happens({ kind: 'looked', seen });
    } catch (error) {
      this.#codeOf(error, step);
    } finally {
      this.#isLooking = false;
    }
  }

  #soon(ms: number): void {
    this.#cancel();
    if (this.#isStopped) return;
    this.#cancel = this.#deps.clock.after(ms, () => {
      this.look().then(
        () => this.#soon(this.#settings.lookMs),
        (error: unknown) => this.#die(error),
      );
    });
  }

  #happens(event: SubmitterEvent): void {
    const before = this.#state;
    const { clock } = this.#deps;
    const at = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), options: this.#settings };
    const { next, effects } = transition(before, event, at);
    try {
      for (const effect of effects) if (effect.kind === 'record') this.#journal.append(effect.record);
    } catch (cause) {
      // What became durable before the disk failed holds, as after a restart; nothing else has happened.
      this.#state = { ...before, ledger: this.#journal.ledger };
      throw cause;
    }
    this.#state = next;
    for (const effect of effects) this.#run(effect);
    this.#say(before, next);
    this.#compact();
  }

  /** A journal that stays long says the same. */
  #compact(): void {
    try {
      this.#journal.compact();
    } catch (error) {
      this.#codeOf(error, 'journal is not compacted');
    }
  }

  #run(effect: SubmitterEffect): void {
    if (effect.kind === 'sign')
      this.#sign(effect)
        .then((raw) => this.#happens({ kind: 'signed', tx: effect.tx, raw }))
        // A signature that the journal does not take is asked for again, too: it is the same one.
        .catch((error: unknown) => {
          const code = this.#codeOf(error, 'batch is not signed');
          this.#happens({ kind: 'sign-failed', tx: effect.tx, code });
        })
        .then(
          () => this.#soon(0),
          (error: unknown) => this.#die(error),
        );
    if (effect.kind === 'send')
      this.#send(effect)
        .catch((error: unknown) => {
          const code = this.#codeOf(error, 'transaction is not taken');
          if (!PASSING.has(code)) this.#happens({ kind: 'send-failed', hash: effect.hash, code });
        })
        .catch((error: unknown) => this.#die(error));
  }

  #codeOf(error: unknown, what: string): string {
    if (!isOrdinary(error)) throw error;
    this.#deps.log.warn(what, { reason: error.code, detail: error.message });
    return error.code;
  }

  #die(error: unknown): void {
    this.stop();
    this.#deps.fatal(error);
  }

  async #sign({ tx, batch, fees }: Extract<SubmitterEffect, { kind: 'sign' }>): Promise<Uint8Array> {
    const { cluster } = this.#deps;
    const { l1ChainId, l2ChainId, inbox } = this.#settings;
    const frame = { l1ChainId, l2ChainId, inbox, sender: tx.account, nonce: tx.nonce, ...fees };
    const request = requestFor(batch, { ...(await cluster.key()), ...frame });
    const signature = await cluster.sign(encodeRequest(request));
    return signedTransaction(request, decode(signatureCodec, signature, 'signature')).raw;
  }

  async #send({ batch, raw, hash }: Extract<SubmitterEffect, { kind: 'send' }>): Promise<void> {
    const { l1, withBlobs } = this.#deps;
    await l1.send({ raw: batch.da === 'blobs' ? await withBlobs(raw, batch.payload) : raw, hash });
  }

  #say(before: Submitter, next: Submitter): void {
    const { log, ended } = this.#deps;
    for (const [alarm, detail] of next.alarms)
      if (!before.alarms.has(alarm)) log.warn(`alarm ${alarm satisfies Alarm}`, { detail });
    for (const alarm of before.alarms.keys()) if (!next.alarms.has(alarm)) log.info(`alarm ${alarm} is over`);
    for (const { index, nonce } of reopenedOf(before, next))
      log.warn('batch is open again', { index: index.toString(), nonce: nonce.toString() });
    const open = new Map(openOf(before).map((tx) => [tx.index, tx]));
    for (const { index, end, mined, nonce } of next.ledger.txs) {
      if (end === undefined || end === 'again' || !open.has(index)) continue;
      log.info(`batch ${end}`, { index: index.toString(), nonce: nonce.toString(), ...hashOf(mined) });
      ended(index, end);
    }
  }
}

/** Refusals that need nobody: by the next look, and a price that is too low by the ladder. */
const PASSING: ReadonlySet<string> = new Set(['l1-unreachable', 'nonce-too-low', 'fee-too-low']);

const hashOf = (mined: { readonly hash: Uint8Array } | undefined): { readonly tx?: string } =>
  mined === undefined ? {} : { tx: to0x(mined.hash) };
