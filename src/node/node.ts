import { readDefinition } from '../chain/definition-file.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { partyIndex } from '../crypto/brand.ts';
import { equalBytes, to0x } from '../crypto/bytes.ts';
import { Bug, OperationError } from '../crypto/errors.ts';
import { bootCounter, hedgedRng } from '../crypto/hedged-rng.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { clusterOf } from '../protocols/ceremony/cluster.ts';
import { type Definition, type Seat, seatsOf } from '../protocols/ceremony/definition.ts';
import { seatOf } from '../protocols/epoch.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import type {
  CeremonyEvent,
  CeremonyView,
  ExclusionView,
  LogApi,
  NodeStatus,
  SignOptions,
  SignReport,
} from './api.ts';
import type { Exclusion } from './blame/exclusions.ts';
import { Ceremonies } from './ceremonies.ts';
import { concerns } from './epochs/found.ts';
import { type RefreshOptions, RefreshSchedule } from './epochs/refresh.ts';
import { policyHash } from './policy/policy.ts';
import { verifierIn } from './policy/verdict.ts';
import { findLocks } from './found-lock.ts';
import type { NodeDeps, NodeOptions, RunnableNode } from './node-options.ts';
import type { GuardApi } from './guard-api.ts';
import { GuardDesk } from './guard-desk.ts';
import type { KeyContext } from './key-context.ts';
import { LOG_FOLDER, LogDesk } from './log/log-desk.ts';
import { KeyCustody } from './key-custody.ts';
import type { KeyRuntime } from './key-runtime.ts';
import { Keystore } from './keystore.ts';
import { activeOf } from './manifest.ts';
import { Membership } from './membership.ts';
import { Records } from './records.ts';
import { Requests, stopped } from './requests.ts';
import { SessionHost } from './sessions/host.ts';
import type { HostPort } from './sessions/sessions.ts';
import { WorkerHost, inlineHost } from './sessions/worker-host.ts';
import type { Service } from './service.ts';
import { supervise } from './supervise.ts';

const NO_REFRESH: RefreshOptions = { everyMs: 0, isConsented: false };
/** How long links to who leaves stay: it has to hear that it did. */
const FAREWELL_MS = 60_000;
/** How long the others may take to hear that this node leaves a ceremony, before the links are closed. */
const LAST_WORDS_MS = 200;

/** One signer put together from ports. */
export class SignerNode implements RunnableNode {
  readonly #options: NodeOptions;
  readonly #deps: NodeDeps;
  readonly #rng: Rng;
  readonly #bootId: Uint8Array;
  readonly #custody: KeyCustody;
  readonly #records: Records;
  readonly #worker: WorkerHost;
  readonly #signHost: HostPort;
  readonly #startedAtMs: number;
  #membership: Membership | undefined;
  readonly #ceremonies: Ceremonies;
  readonly #refresh: RefreshSchedule;
  readonly #requests: Requests;
  #hasLeft = false;
  /** With its share; the one in service, or about to be. */
  #key: KeyContext | undefined;
  #lock: Lock | undefined;
  /** Who has left before this start, by the locks. */
  #formers: readonly Seat[] = [];
  #boots = 0n;
  #isStopped = false;

  constructor(options: NodeOptions, deps: NodeDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#startedAtMs = deps.clock.nowMs();
    this.#bootId = deps.fresh(32);
    const counter = bootCounter();
    const rngFor = (label: string, sid: Uint8Array): Rng =>
      hedgedRng({
        ...{ nodeSecret: options.nodeSecret, bootId: this.#bootId, counter, fresh: deps.fresh, label, sid },
      });
    this.#rng = rngFor('node', new Uint8Array(32));
    const { disk, manifest, master, log } = deps;
    const keystore = new Keystore(
      { folder: options.folders.keys, network: options.network.name, identityPk: options.identity.publicKey },
      { disk, manifest, master, rng: this.#rng },
    );
    this.#custody = new KeyCustody({ disk, log, manifest, keystore, limits: options.guardLimits });
    this.#records = new Records({ disk, log, folder: options.folders.records, lock: () => this.#lock });
    this.#worker = new WorkerHost({
      workers: deps.workers,
      clock: deps.clock,
      log,
      hello: () => ({ kind: 'hello', nodeSecret: options.nodeSecret, bootId: deps.fresh(32) }),
    });
    this.#ceremonies = new Ceremonies({
      ...{ disk, log, clock: deps.clock, rng: this.#rng, host: this.#worker, custody: this.#custody },
      identity: options.identity,
      name: options.name,
      folders: options.folders,
      wal: { disk, master, rng: this.#rng, identityPk: options.identity.publicKey },
      service: this.#serviceOfCeremonies(),
      preflight: options,
      refresh: options.refresh ?? NO_REFRESH,
    });
    this.#refresh = this.#refreshSchedule();
    this.#requests = new Requests({
      clock: deps.clock,
      records: this.#records,
      isStopped: () => this.#isStopped,
      membership: () => (this.#lock === undefined ? undefined : this.#membership),
    });
    this.#signHost = inlineHost((emit) => new SessionHost({ emit, rngFor }));
  }

  readonly start = async (): Promise<void> => {
    this.#refresh.start();
    this.#boots = this.#deps.manifest.countBoot();
    const { unfinished, hasUnlockedKey } = this.#ceremonies.find();
    this.#custody.tidy((sid) => unfinished.some(({ isOf }) => isOf(sid)));
    const lock = this.#findLock(hasUnlockedKey);
    this.#worker.warm();
    const identityPk = this.#options.identity.publicKey;
    const goingOn = unfinished.filter((one) => concerns(one, lock, identityPk));
    const first = lock?.definition.definition ?? goingOn[0]?.plan.definition;
    if (this.#hasLeft) this.#ceremonies.finishLeaving(unfinished);
    if (first === undefined) return;
    const key = lock === undefined ? undefined : this.#custody.load(lock);
    this.#lock = lock;
    this.#key = key;
    const membership = this.#makeMembership(first);
    for (const { plan } of goingOn) this.#admit(membership, plan.definition);
    this.#ceremonies.takeUp(goingOn);
    await this.#startLinks(membership);
    if (this.#isStopped) throw stopped(); // what was taken up has halted this node
    if (key !== undefined) this.#serve(key, lock);
    this.#letGo(lock);
    this.#ceremonies.goOn();
  };

  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    this.#refresh.stop();
    if (this.#ceremonies.stop())
      await new Promise<void>((resolve) => void this.#deps.clock.after(LAST_WORDS_MS, resolve));
    await this.#membership?.stop();
    await this.#worker.stop();
    this.#options.identity.wipe();
  };

  readonly status = (): NodeStatus => {
    const { identity, name, version, primitives } = this.#options;
    const runtime = this.#membership?.runtime;
    return {
      ...{ name, identity: identityText(identity.publicKey), version, primitives },
      ...{ startedAtMs: String(this.#startedAtMs), state: this.#state() },
      key:
        runtime === undefined || this.#lock === undefined
          ? undefined
          : {
              address: runtime.key.address,
              keyId: to0x(runtime.key.keyId),
              epoch: String(runtime.key.record.epochNo),
              purpose: runtime.key.purpose,
              required: runtime.key.record.threshold,
              lockHash: to0x(lockHash(this.#lock)),
            },
      members: this.#membership?.members() ?? [],
      exclusions: runtime?.key.exclusions.standing.map((one) => this.#exclusionView(one)) ?? [],
      verifier: verifierIn(this.#options.policy),
      ...{ presignatures: runtime?.levels() ?? [], guard: runtime?.lanes() ?? [] },
      ceremony: this.#ceremonies.view,
      log: this.#membership?.log.status(),
    };
  };

  readonly join = (definition: Uint8Array): CeremonyView =>
    this.#running().open(readDefinition(definition, 'definition')).view;

  readonly accept = async (id: string): Promise<CeremonyView> => {
    const ceremony = this.#running().named(id);
    await this.#connect(ceremony.definition);
    ceremony.accept();
    return ceremony.view;
  };

  readonly reject = (id: string, why: string): CeremonyView => {
    const ceremony = this.#running().named(id);
    ceremony.reject(why);
    return ceremony.view;
  };

  readonly execute = (id: string, { whenReady }: { readonly whenReady: boolean }): CeremonyView => {
    const ceremony = this.#running().named(id);
    ceremony.execute(whenReady);
    return ceremony.view;
  };

  readonly abort = (id: string): CeremonyView => {
    const ceremony = this.#running().named(id);
    ceremony.abort();
    return ceremony.view;
  };

  readonly ceremonies = (): readonly CeremonyView[] => this.#ceremonies.views;

  readonly watch = (id: string, listener: (event: CeremonyEvent) => void): (() => void) =>
    this.#ceremonies.watch(id, listener);

  readonly guard = (): GuardApi => {
    const runtime = this.#inService();
    const { identity, network, policy, guardLimits: limits } = this.#options;
    const { clock, l1View } = this.#deps;
    const { l1ChainId } = network;
    return new GuardDesk(runtime, { identity, l1ChainId, policy, limits, l1View, nowMs: clock.nowMs });
  };

  readonly log = (): LogApi => LogDesk.of(this.#membership?.log);

  readonly readmit = (member: number): ExclusionView =>
    this.#exclusionView(this.#inService().readmit(partyIndex(member, 'member')));

  readonly sign = (bytes: Uint8Array, options: SignOptions): Promise<SignReport> =>
    this.#requests.sign(bytes, options);

  #inService(): KeyRuntime {
    const runtime = this.#membership?.runtime;
    if (runtime !== undefined) return runtime;
    throw new OperationError('no-key', 'fatal', 'this node has no key in service: run a ceremony first');
  }

  #exclusionView(exclusion: Exclusion): ExclusionView {
    const { member, code, epochNo, session, atMs } = exclusion;
    return {
      member,
      name: this.#membership?.nameOf(member) ?? `party ${member}`,
      reason: code,
      epoch: String(epochNo),
      session: to0x(session),
      atMs: String(atMs),
      evidence: this.#records.evidencePath(exclusion),
    };
  }

  #state(): NodeStatus['state'] {
    const runtime = this.#membership?.runtime;
    if (this.#isStopped) return 'stopped';
    if (this.#hasLeft) return 'left';
    if (runtime === undefined || this.#membership === undefined || this.#lock === undefined) return 'no-key';
    if (runtime.key.gate.isFrozen) return 'changing';
    if (runtime.key.guard.isQuarantined) return 'quarantine';
    return this.#membership.connected().length >= runtime.key.record.threshold ? 'ready' : 'too-few-peers';
  }

  #running(): Ceremonies {
    if (this.#isStopped) throw stopped();
    return this.#ceremonies;
  }

  /**
   * The lock of the active epoch. A switch that a crash interrupted after its lock was written is completed.
   */
  #findLock(hasUnlockedKey: boolean): Lock | undefined {
    const { disk, manifest } = this.#deps;
    const { folders, network, identity } = this.#options;
    const identityPk = identity.publicKey;
    // Asked anew behind each step: who leaves here has no active share any more.
    const hasActive = (): boolean => manifest.value.keys.some((key) => activeOf(key) !== undefined);
    const find = () => {
      const needsLock = hasActive() && !hasUnlockedKey;
      return findLocks({ disk, manifest, ceremonies: folders.ceremonies, network, identityPk, needsLock });
    };
    const { lock, newer, newest, formers } = find();
    this.#formers = formers;
    for (const { record, certificate } of newer)
      if (seatOf(record, identityPk) === undefined) this.#custody.leave(record);
      else this.#custody.activate(record, certificate.hash).secret.wipe();
    const found = newer.length === 0 ? lock : find().lock;
    const hadKey = manifest.value.keys.some((key) => key.newest !== undefined);
    // Who has a seat in the newest epoch and no share has lost it, and waits for a repair.
    const isMember = newest !== undefined && seatOf(newest.record, identityPk) !== undefined;
    const isLost = isMember && manifest.key(newest.record.keyId)?.newest === newest.record.epochNo;
    this.#hasLeft = found === undefined && hadKey && !hasActive() && !isLost;
    return found;
  }

  #refreshSchedule(): RefreshSchedule {
    const { identity, policy, refresh = NO_REFRESH } = this.#options;
    return new RefreshSchedule(refresh, {
      ...{ clock: this.#deps.clock, log: this.#deps.log },
      lock: () => this.#lock,
      identityPk: identity.publicKey,
      policyHash: policyHash(policy),
      isIdle: () => this.#ceremonies.isIdle,
      undecided: () => this.#ceremonies.undecided,
      propose: (plan) => this.#ceremonies.propose(plan),
    });
  }

  #serviceOfCeremonies(): Service {
    return {
      lock: () => this.#lock,
      key: () => this.#key,
      membership: () => this.#membership,
      connect: (definition) => this.#connect(definition),
      serve: (key, lock) => this.#serve(key, lock),
      changed: (lock) => this.#letGo(lock),
      left: () => {
        this.#lock = undefined;
        this.#key?.secret.wipe();
        this.#key = undefined;
        this.#hasLeft = true;
        this.#membership?.retire();
      },
      halt: (code) => {
        this.#deps.log.error('node halted', { reason: code });
        supervise(this.stop(), () => undefined);
      },
    };
  }

  /** Who is away does not hear of it now, but when it comes. */
  #letGo(lock: Lock | undefined): void {
    const indices = (lock?.definition.definition.leavers ?? []).map(({ index }) => index);
    this.#deps.clock.after(FAREWELL_MS, () => this.#membership?.release(indices));
  }

  #serve(key: KeyContext, lock: Lock | undefined): KeyRuntime {
    if (this.#membership === undefined) throw new Bug('a key without links');
    if (lock !== undefined) {
      this.#lock = lock;
      this.#deps.log.info('key in service', { address: key.address, epoch: key.record.epochNo });
    }
    const before = this.#key;
    this.#key = key;
    this.#hasLeft = false;
    const leavers = (lock?.definition.definition.leavers ?? []).map(({ index }) => index);
    const runtime = this.#membership.serve(key, leavers);
    if (before !== key) before?.secret.wipe();
    return runtime;
  }

  /** Links to everybody whom a plan names. Those that there are stay, unless it gives us another seat. */
  async #connect(definition: Definition): Promise<void> {
    if (this.#membership?.isOf({ clusterHash: clusterOf(definition), seats: seatsOf(definition) }) === true) {
      this.#admit(this.#membership, definition);
      return;
    }
    if (this.#lock !== undefined) return; // another key's ceremony: the pre-flight says so
    await this.#membership?.stop();
    this.#membership = undefined;
    await this.#startLinks(this.#makeMembership(definition));
  }

  #admit(membership: Membership, definition: Definition): void {
    const own = this.#options.identity.publicKey;
    membership.admit(seatsOf(definition).filter(({ identityPk }) => !equalBytes(identityPk, own)));
  }

  #makeMembership(definition: Definition): Membership {
    const { identity, listenAddress, policy, levels, roundTimeoutMs, patienceMs } = this.#options;
    const { headCadence, folders } = this.#options;
    const { disk, network, clock, log, tools, l1View } = this.#deps;
    const membership = new Membership(
      { clusterHash: clusterOf(definition), seats: seatsOf(definition), formers: this.#formers },
      {
        ...{ identity, listenAddress, policy, levels, roundTimeoutMs, network, clock, log, tools, l1View },
        patienceMs,
        marksLearned: (keyId) => {
          this.#custody.marksLearned(keyId);
        },
        rng: this.#rng,
        bootId: this.#bootId.slice(0, 16),
        bootCounter: this.#boots,
        signHost: this.#signHost,
        workerHost: this.#worker,
        records: this.#records,
        ...{ disk, headCadence, logFolder: `${folders.records}/${LOG_FOLDER}` },
      },
    );
    membership.onCeremony((from, bytes) => this.#ceremonies.receive(from, bytes));
    membership.onSigned((epochNo) => this.#ceremonies.signedIn(epochNo));
    membership.onEpochs((from, bytes) => this.#ceremonies.receiveEpoch(from, bytes));
    this.#membership = membership;
    return membership;
  }

  async #startLinks(membership: Membership): Promise<void> {
    try {
      await membership.start((peer) => this.#ceremonies.peerChanged(peer));
    } catch (error) {
      this.#membership = undefined; // the port may be free the next time
      throw error;
    }
  }
}
