import { decodeRequest } from '../chain/duty.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import type { RequestTools } from '../chain/request-checks.ts';
import { partyIndex } from '../crypto/brand.ts';
import { equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { bootCounter, hedgedRng } from '../crypto/hedged-rng.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { clusterOf } from '../protocols/ceremony/cluster.ts';
import { readDefinition } from '../chain/definition-file.ts';
import { type Definition, type SignedDefinition, definitionHash } from '../protocols/ceremony/definition.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import type { Clock, Disk, Log, Network, Workers } from '../system/ports.ts';
import type { CeremonyEvent, CeremonyView, NodeApi, NodeStatus, SignOptions, SignReport } from './api.ts';
import { Ceremony } from './ceremony/ceremony.ts';
import type { CeremonyDeps } from './ceremony/deps.ts';
import { EventLog } from './ceremony/events.ts';
import { KeygenCourse } from './ceremony/keygen-course.ts';
import { isOver } from './ceremony/machine.ts';
import { type PastCeremony, pastCeremonies } from './ceremony/past.ts';
import { preflight } from './ceremony/preflight.ts';
import { findLocks } from './found-lock.ts';
import type { GuardLimits } from './guard-rules.ts';
import type { Identity } from './identity.ts';
import { KeyCustody } from './key-custody.ts';
import type { PresignLevels } from './key-runtime.ts';
import { Keystore } from './keystore.ts';
import { type ManifestStore, activeOf } from './manifest.ts';
import { Membership } from './membership.ts';
import type { L1View, Policy } from './policy/verdict.ts';
import { Records } from './records.ts';
import type { MasterKey } from './sealed-file.ts';
import { SessionHost } from './sessions/host.ts';
import type { HostPort } from './sessions/sessions.ts';
import { WorkerHost, inlineHost } from './sessions/worker-host.ts';

/** What a node is. */
export interface NodeOptions {
  readonly identity: Identity;
  /** For people: the nickname, or the two words of the key. */
  readonly name: string;
  readonly network: Definition['network'];
  /** Folders in the data folder. */
  readonly folders: { readonly keys: string; readonly ceremonies: string; readonly records: string };
  readonly policy: Policy;
  readonly guardLimits: GuardLimits;
  readonly levels: PresignLevels;
  /** `host:port` of the links. */
  readonly listenAddress: string;
  /** How long one round of an online session may take. */
  readonly roundTimeoutMs: number;
  /** How long a request waits for members that have no link yet, in milliseconds; 5 s if left out. */
  readonly patienceMs?: number;
  readonly version: string;
  /** Which primitives run, for the status. */
  readonly primitives: string;
  /** At least 32 secret bytes that only this node has: its randomness is mixed with them. */
  readonly nodeSecret: Uint8Array;
}

/** What a node works with. */
export interface NodeDeps {
  readonly disk: Disk;
  readonly manifest: ManifestStore;
  readonly master: MasterKey;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly workers: Workers;
  /** Fresh randomness of the operating system. */
  readonly fresh: Rng;
  readonly tools: RequestTools;
  /** What is seen on L1, `undefined` without an endpoint. */
  readonly l1View: () => L1View | undefined;
}

/** A node that can be started and stopped. */
export interface RunnableNode extends NodeApi {
  /**
   * Loads the key, if there is one, and connects. @throws InputError for missing or damaged state, with the
   * remedy
   */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

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
  #ceremony: { readonly run: Ceremony; readonly events: EventLog } | undefined;
  #past: readonly PastCeremony[] = [];
  /** The ceremony for which the links are. */
  #linked: Ceremony | undefined;
  #lock: Lock | undefined;
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
        nodeSecret: options.nodeSecret,
        bootId: this.#bootId,
        counter,
        fresh: deps.fresh,
        label,
        sid,
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
    this.#signHost = inlineHost((emit) => new SessionHost({ emit, rngFor }));
  }

  readonly start = async (): Promise<void> => {
    this.#boots = this.#deps.manifest.countBoot();
    const { disk, log, clock, manifest } = this.#deps;
    const { folders, name: node, network } = this.#options;
    this.#custody.tidy(() => false);
    this.#past = pastCeremonies({ disk, log, nowMs: clock.nowMs, folder: folders.ceremonies, node });
    const hasActive = manifest.value.keys.some((key) => activeOf(key) !== undefined);
    const needsLock = hasActive && !this.#past.some(({ hasKey }) => hasKey);
    const identityPk = this.#options.identity.publicKey;
    const { lock } = findLocks({
      ...{ disk, manifest, ceremonies: folders.ceremonies, network, identityPk, needsLock },
    });
    this.#worker.warm();
    if (lock === undefined) return;
    const key = this.#custody.load(lock);
    this.#lock = lock;
    const membership = await this.#join(lock.definition.definition);
    membership.serve(key);
    this.#deps.log.info('key in service', { address: key.address, epoch: key.record.epochNo });
  };

  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    if (this.#ceremony?.run.stop() === true)
      await new Promise<void>((resolve) => void this.#deps.clock.after(LAST_WORDS_MS, resolve));
    await this.#membership?.stop();
    await this.#worker.stop();
    this.#options.identity.wipe();
  };

  readonly status = (): NodeStatus => {
    const { identity, name, version, primitives } = this.#options;
    const runtime = this.#membership?.runtime;
    return {
      name,
      identity: identityText(identity.publicKey),
      version,
      primitives,
      startedAtMs: String(this.#startedAtMs),
      state: this.#state(),
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
      presignatures: runtime?.levels() ?? [],
      guard: runtime?.lanes() ?? [],
      ceremony: this.#ceremony?.run.view,
    };
  };

  readonly join = (definition: Uint8Array): CeremonyView =>
    this.#open(readDefinition(definition, 'definition')).view;

  readonly accept = async (id: string): Promise<CeremonyView> => {
    const ceremony = this.#find(id);
    await this.#connect(ceremony);
    ceremony.accept();
    return ceremony.view;
  };

  readonly reject = (id: string, why: string): CeremonyView => {
    const ceremony = this.#find(id);
    ceremony.reject(why);
    return ceremony.view;
  };

  readonly execute = (id: string, { whenReady }: { readonly whenReady: boolean }): CeremonyView => {
    const ceremony = this.#find(id);
    ceremony.execute(whenReady);
    return ceremony.view;
  };

  readonly abort = (id: string): CeremonyView => {
    const ceremony = this.#find(id);
    ceremony.abort();
    return ceremony.view;
  };

  readonly ceremonies = (): readonly CeremonyView[] => [
    ...this.#past.map(({ view }) => view),
    ...(this.#ceremony === undefined ? [] : [this.#ceremony.run.view]),
  ];

  readonly watch = (id: string, listener: (event: CeremonyEvent) => void): (() => void) => {
    const past = this.#past.find(({ view }) => isNamed(view.id, id));
    if (past !== undefined) return past.events.listen(listener);
    this.#find(id);
    return this.#ceremony?.events.listen(listener) ?? ((): void => undefined);
  };

  readonly sign = async (bytes: Uint8Array, options: SignOptions): Promise<SignReport> => {
    const membership = this.#membership;
    const runtime = membership?.runtime;
    if (this.#isStopped) throw stopped();
    if (membership === undefined || runtime === undefined || this.#lock === undefined)
      throw new OperationError('no-key', 'fatal', 'this node has no key in service: run a ceremony first');
    const before = membership.bytesSent;
    const signed = await runtime.sign(decodeRequest(bytes), {
      deadlineMs: options.deadlineMs,
      onProgress: options.onProgress,
      signers:
        options.signers && [...options.signers].sort((a, b) => a - b).map((index) => partyIndex(index)),
    });
    return {
      requestId: to0x(signed.requestId),
      signature: to0x(signed.signature),
      signers: signed.signers,
      attempts: signed.attempt,
      isWarm: signed.isWarm,
      phasesMs: signed.phasesMs,
      bytesSent: membership.bytesSent - before,
      folder: this.#records.folderOf(signed.requestId, signed.attempt, signed.presigId),
    };
  };

  #state(): NodeStatus['state'] {
    const runtime = this.#membership?.runtime;
    if (this.#isStopped) return 'stopped';
    if (runtime === undefined || this.#membership === undefined || this.#lock === undefined) return 'no-key';
    return this.#membership.connected().length >= runtime.key.record.threshold ? 'ready' : 'too-few-peers';
  }

  /** Takes a definition up: one ceremony at a time. */
  #open(signed: SignedDefinition): Ceremony {
    if (this.#isStopped) throw stopped();
    const { definition } = signed;
    const id = definitionHash(definition);
    const known = this.#ceremony?.run;
    if (known !== undefined && equalBytes(known.id, id)) return known;
    if (known !== undefined && !isOver(known.state))
      throw new OperationError(
        'ceremony-in-progress',
        'retry',
        `ceremony ${to0x(known.id).slice(0, 10)} is ${known.state} here`,
      );
    const { disk, clock, log } = this.#deps;
    const folder = `${this.#options.folders.ceremonies}/${toHex(id).slice(0, 8)}`;
    if (disk.read(`${folder}/definition.json`) !== undefined)
      throw new OperationError(
        'would-overwrite',
        'fatal',
        `${folder} holds this ceremony already: a definition is used once; propose again`,
      );
    const events = new EventLog(
      { ceremony: to0x(id), node: this.#options.name, path: `${folder}/events.jsonl` },
      { disk, log, nowMs: clock.nowMs },
    );
    const ceremonyDeps: CeremonyDeps = {
      courseOf: (stage) => new KeygenCourse(stage, ceremonyDeps),
      identity: this.#options.identity,
      sessions: () => this.#members().sessions,
      host: this.#worker,
      disk,
      clock,
      log,
      rng: this.#rng,
      events,
      folder,
      peers: () => this.#membership?.peers() ?? [],
      broadcast: (message) => this.#membership?.tellCeremony(message),
      preflight: (plan) =>
        preflight(plan, {
          ...this.#options,
          disk,
          peers: this.#membership?.peers() ?? [],
          hasKey: this.#lock !== undefined,
          nowMs: clock.nowMs(),
          ownFolder: folder,
        }),
      keepPending: (pending, plan) => {
        this.#custody.prepare(pending, {
          purpose: plan.definition.purpose,
          definition: definitionHash(plan.definition),
          createdAt: plan.definition.timing.createdAtMs.toString(),
        });
      },
      dropPending: (record) => {
        this.#custody.dropPending(record);
      },
      beginChecking: ({ record, certificate }) =>
        this.#members().serve(this.#custody.activate(record, certificate.hash)),
      enterService: (lock) => {
        this.#lock = lock;
        this.#members().serve(this.#custody.load(lock));
      },
    };
    const run = new Ceremony(signed, ceremonyDeps);
    this.#ceremony = { run, events };
    return run;
  }

  #members(): Membership {
    if (this.#membership === undefined)
      throw new OperationError('not-connected', 'retry', 'there are no links yet');
    return this.#membership;
  }

  /**
   * Opens the links of a ceremony: consent to be reached, not yet to take part. Once: links of a session
   * stay.
   */
  async #connect(ceremony: Ceremony): Promise<void> {
    if (this.#lock !== undefined || this.#linked === ceremony) return;
    this.#linked = ceremony;
    try {
      await this.#membership?.stop();
      const membership = await this.#join(ceremony.definition);
      membership.onCeremony((from, bytes) => {
        ceremony.receive(from, bytes);
      });
    } catch (error) {
      this.#linked = undefined; // the port may be free the next time
      throw error;
    }
  }

  async #join(definition: Definition): Promise<Membership> {
    const { identity, listenAddress, policy, levels, roundTimeoutMs, patienceMs } = this.#options;
    const { network, clock, log, tools, l1View } = this.#deps;
    const membership = new Membership(
      { clusterHash: clusterOf(definition), seats: definition.committee },
      {
        ...{ identity, listenAddress, policy, levels, roundTimeoutMs, network, clock, log, tools, l1View },
        patienceMs,
        rng: this.#rng,
        bootId: this.#bootId.slice(0, 16),
        bootCounter: this.#boots,
        signHost: this.#signHost,
        workerHost: this.#worker,
        records: this.#records,
      },
    );
    await membership.start((peer) => {
      this.#ceremony?.run.peerChanged(peer);
    });
    this.#membership = membership;
    return membership;
  }

  #find(id: string): Ceremony {
    const run = this.#ceremony?.run;
    if (this.#isStopped) throw stopped();
    if (run === undefined || !isNamed(to0x(run.id), id))
      throw new InputError(
        'ceremony-unknown',
        'ceremony',
        `no ceremony ${id} is under way on this node: run "conclave ceremony join"`,
      );
    return run;
  }
}

const stopped = (): OperationError =>
  new OperationError('node-stopped', 'fatal', 'this node has been stopped');

/** Whether a text names a ceremony: the beginning of its id, at least four digits, with or without 0x. */
const isNamed = (id: string, text: string): boolean =>
  text.length >= 4 && id.startsWith(text.startsWith('0x') ? text : `0x${text}`);
