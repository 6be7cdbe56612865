import type { Plan } from '../chain/definition-file.ts';
import type { Lock } from '../chain/lock.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { decode, encode } from '../crypto/codec.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { Secret } from '../crypto/secret.ts';
import { type Definition, definitionHash, isChange } from '../protocols/ceremony/definition.ts';
import { type ActivationCertificate, certHashOf, checkActivation } from '../protocols/reshare/activation.ts';
import type { Clock, Disk, Log } from '../system/ports.ts';
import type { CeremonyEvent, CeremonyView } from './api.ts';
import { Ceremony } from './ceremony/ceremony.ts';
import type { Course, Stage } from './ceremony/course.ts';
import type { CeremonyDeps, FoundCeremony, FoundSession } from './ceremony/deps.ts';
import { EventLog } from './ceremony/events.ts';
import { KeygenCourse } from './ceremony/keygen-course.ts';
import { isOver } from './ceremony/machine.ts';
import { type PastCeremony, pastCeremonies } from './ceremony/past.ts';
import { type PreflightContext, preflight } from './ceremony/preflight.ts';
import { ReshareCourse } from './ceremony/reshare-course.ts';
import type { PeerStatus } from './cluster/peer.ts';
import { writeErasure } from './epochs/erasure-file.ts';
import { type Unfinished, unfinishedIn } from './epochs/found.ts';
import { type ActivationMessage, activationMessageCodec } from './epochs/messages.ts';
import type { Identity } from './identity.ts';
import type { KeyContext } from './key-context.ts';
import type { KeyCustody } from './key-custody.ts';
import type { KeyRuntime } from './key-runtime.ts';
import type { Membership } from './membership.ts';
import type { HostPort } from './sessions/sessions.ts';
import { Wal, type WalDeps } from './wal.ts';

/** What ceremonies change about a node. */
export interface Service {
  /** Of the epoch in service. */
  readonly lock: () => Lock | undefined;
  readonly key: () => KeyContext | undefined;
  readonly membership: () => Membership | undefined;
  /** Links to everybody whom the plan names: consent to be reached, not yet to take part. */
  readonly connect: (definition: Definition) => Promise<void>;
  /** Puts a key to use, with its lock once that counts. */
  readonly serve: (key: KeyContext, lock: Lock | undefined) => KeyRuntime;
  /** The epoch has changed: who is not in it any more is let go. */
  readonly changed: (lock: Lock) => void;
  /** The key goes on without this node. */
  readonly left: () => void;
  /** Something happened after which this node must not go on. */
  readonly halt: (code: string) => void;
}

/** What the ceremonies of a node work with. */
export interface CeremoniesDeps {
  readonly identity: Identity;
  /** This node's name. */
  readonly name: string;
  readonly folders: { readonly ceremonies: string; readonly wal: string };
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly host: HostPort;
  readonly wal: WalDeps;
  readonly custody: KeyCustody;
  readonly service: Service;
  /** What the pre-flight compares with. */
  readonly preflight: Pick<PreflightContext, 'network' | 'policy'>;
}

interface Live {
  readonly run: Ceremony;
  readonly events: EventLog;
  /** Of an epoch change. */
  readonly course: ReshareCourse | undefined;
}

/** The ceremonies of one node: those that were, the one that is, and epoch changes that are not decided. */
export class Ceremonies {
  readonly #deps: CeremoniesDeps;
  #past: readonly PastCeremony[] = [];
  #current: Live | undefined;
  /** Epoch changes that were prepared, the current one among them: each may still get its certificate. */
  readonly #changes: Live[] = [];
  /** Epoch changes of before the last start that wait for links. */
  #toResume: readonly Live[] = [];

  constructor(deps: CeremoniesDeps) {
    this.#deps = deps;
  }

  /**
   * What the disk knows of ceremonies, at the start of the node. Nothing is sent. Returns whose links are
   * needed, and whether there is a key that only lacks its lock.
   */
  find(): { readonly unfinished: readonly Unfinished[]; readonly hasUnlockedKey: boolean } {
    const { disk, log, clock, folders, name, wal } = this.#deps;
    const unfinished = unfinishedIn({ ...wal, log, folders });
    const folder = folders.ceremonies;
    this.#past = pastCeremonies(
      { disk, log, nowMs: clock.nowMs, folder, node: name },
      unfinished.map((one) => one.folder),
    );
    // A key generation that goes on may have come as far as its key.
    const mayHaveKey = unfinished.some(({ plan }) => !isChange(plan.definition));
    return { unfinished, hasUnlockedKey: mayHaveKey || this.#past.some(({ hasKey }) => hasKey) };
  }

  /** Takes up what is not finished; before there are links. */
  takeUp(unfinished: readonly Unfinished[]): void {
    this.#toResume = unfinished.map(({ plan, folder, attempt, standing, session }) => {
      const state = standing === undefined ? 'executing' : 'prepared';
      const live = this.#live(plan, folder, { state, attempt });
      if (standing !== undefined) live.course?.restore(standing);
      this.#current = live;
      if (session !== undefined) live.run.resume(session);
      return live;
    });
  }

  /** There are links: what was taken up goes on. */
  goOn(): void {
    for (const { course } of this.#toResume) course?.resume();
    this.#toResume = [];
  }

  /** The ceremony that is under way, or was last. */
  get view(): CeremonyView | undefined {
    return this.#current?.run.view;
  }

  /** All of them. */
  get views(): readonly CeremonyView[] {
    return [...this.#past.map(({ view }) => view), ...(this.view === undefined ? [] : [this.view])];
  }

  /** Takes a definition up: one ceremony at a time. */
  open(plan: Plan): Ceremony {
    const id = definitionHash(plan.definition);
    const known = this.#current?.run;
    if (known !== undefined && equalBytes(known.id, id)) return known;
    if (known !== undefined && !isOver(known.state) && known.state !== 'checking')
      throw new OperationError(
        'ceremony-in-progress',
        'retry',
        `ceremony ${to0x(known.id).slice(0, 10)} is ${known.state} here`,
      );
    const folder = `${this.#deps.folders.ceremonies}/${toHex(id).slice(0, 8)}`;
    if (this.#deps.disk.read(`${folder}/definition.json`) !== undefined)
      throw new OperationError(
        'would-overwrite',
        'fatal',
        `${folder} holds this ceremony already: a definition is used once; propose again`,
      );
    this.#current = this.#live(plan, folder, undefined);
    return this.#current.run;
  }

  /** The ceremony that a text names. @throws InputError ceremony-unknown */
  named(id: string): Ceremony {
    const run = this.#current?.run;
    if (run === undefined || !isNamed(to0x(run.id), id))
      throw new InputError(
        'ceremony-unknown',
        'ceremony',
        `no ceremony ${id} is under way on this node: run "conclave ceremony join"`,
      );
    return run;
  }

  /** Events of one ceremony, those of before first. */
  watch(id: string, listener: (event: CeremonyEvent) => void): () => void {
    const past = this.#past.find(({ view }) => isNamed(view.id, id));
    if (past !== undefined) return past.events.listen(listener);
    this.named(id);
    return this.#current?.events.listen(listener) ?? ((): void => undefined);
  }

  /** A link came up or went down. */
  peerChanged(peer: PeerStatus): void {
    this.#current?.run.peerChanged(peer);
    if (peer.state === 'connected') for (const { course } of this.#changes) course?.repeat();
  }

  /** A message of the ceremony channel. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    this.#current?.run.receive(from, bytes);
  }

  /** A message about the certificate of an epoch change. What is wrong with it ends nothing here. */
  receiveEpoch(from: PartyIndex, bytes: Uint8Array): void {
    const { log } = this.#deps;
    try {
      const message = decode(activationMessageCodec, bytes, 'message');
      const certHash =
        message.kind === 'activation' ? certHashOf(message.certificate.prepared) : message.certHash;
      const isKnown = this.#changes.some(({ course }) => course?.hear(message, certHash) === true);
      if (!isKnown && message.kind === 'activation') this.#overtaken(message.certificate);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn('epoch message refused', { peer: from, reason: error.code, detail: error.message });
    }
  }

  /** The node stops. Returns whether others were told something that must still leave. */
  stop(): boolean {
    return this.#current?.run.stop() === true;
  }

  #live(plan: Plan, folder: string, found: FoundCeremony | undefined): Live {
    const { name, disk, clock, log } = this.#deps;
    const ceremony = to0x(definitionHash(plan.definition));
    const events = new EventLog(
      { ceremony, node: name, path: `${folder}/events.jsonl` },
      { disk, log, nowMs: clock.nowMs },
    );
    let course: ReshareCourse | undefined;
    const courseOf = (stage: Stage): Course => {
      if (!isChange(plan.definition) || plan.previous === undefined) return new KeygenCourse(stage, deps);
      course = this.#reshareCourse(stage, plan, plan.previous, folder);
      return course;
    };
    const deps = this.#ceremonyDeps(folder, events, courseOf);
    const run = new Ceremony(plan, deps, found);
    const live = { run, events, course };
    if (course !== undefined) this.#changes.push(live);
    return live;
  }

  #ceremonyDeps(folder: string, events: EventLog, courseOf: CeremonyDeps['courseOf']): CeremonyDeps {
    const { identity, host, disk, clock, log, rng, custody, service } = this.#deps;
    const members = (): Membership => membersOf(service);
    const contextOf = (plan: Plan) => ({
      purpose: plan.definition.purpose,
      definition: definitionHash(plan.definition),
      createdAt: plan.definition.timing.createdAtMs.toString(),
    });
    return {
      ...{ identity, host, disk, clock, log, rng, events, folder, courseOf },
      sessions: () => members().sessions,
      peers: () => service.membership()?.peers() ?? [],
      broadcast: (message) => service.membership()?.tellCeremony(message),
      logOf: (self, spec) => this.#newLog(self, spec),
      halt: service.halt,
      preflight: (plan) =>
        preflight(plan, {
          ...this.#deps.preflight,
          ...{ identity, disk },
          folders: this.#deps.folders,
          peers: service.membership()?.peers() ?? [],
          lock: service.lock(),
          isFrozen: service.key()?.gate.isFrozen ?? false,
          nowMs: clock.nowMs(),
          ownFolder: folder,
        }),
      keepPending: (pending, plan) => custody.prepare(pending, contextOf(plan)),
      dropPending: (record) => custody.dropPending(record),
      beginChecking: ({ record, certificate }) =>
        service.serve(custody.activate(record, certificate.hash), undefined),
      enterService: (lock) => void service.serve(custody.load(lock), lock),
    };
  }

  #newLog(self: PartyIndex, spec: Uint8Array): FoundSession {
    const { folders, rng, wal } = this.#deps;
    const seed = new Secret('session seed', rng(32));
    const kind = this.#current?.course === undefined ? 'keygen' : 'reshare';
    return { spec, seed, wal: Wal.create(wal, folders.wal, { kind, self, spec, seed }), entries: [] };
  }

  #reshareCourse(stage: Stage, plan: Plan, previous: Lock, folder: string): ReshareCourse {
    const { identity, disk, clock, log, rng, custody, service } = this.#deps;
    const { definition } = plan;
    return new ReshareCourse(stage, {
      ...{ identity, disk, clock, log, rng, folder, previous },
      key: service.key,
      prepare: ({ prepared, share, chainCode }) => {
        custody.prepare(
          { record: prepared.record, share, chainCode },
          {
            purpose: definition.purpose,
            definition: definitionHash(definition),
            createdAt: definition.timing.createdAtMs.toString(),
          },
        );
      },
      lockCommit: (certHash) => this.#lockCommit(previous, certHash),
      tellEpoch: (message) => this.#tellEpoch(message),
      switchTo: (lock) => this.#switchTo(lock, stage.self),
      eraseOld: () => this.#eraseOld(previous, folder),
    });
  }

  #tellEpoch(message: ActivationMessage): void {
    this.#deps.service.membership()?.tellEpoch(encode(activationMessageCodec, message));
  }

  #lockCommit({ record }: Lock, certHash: Uint8Array): boolean {
    const { custody, log, service } = this.#deps;
    try {
      custody.lockCommit(record, certHash);
      service.membership()?.runtime?.freeze();
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn('not committed', { reason: error.code, detail: error.message });
      return false;
    }
  }

  /** The lock is on disk. The manifest is the switch; what follows from it follows again after a crash. */
  #switchTo(lock: Lock, self: PartyIndex): KeyRuntime | undefined {
    const { custody, service } = this.#deps;
    const { record, certificate } = lock;
    const isMember = record.members.some(({ index }) => index === self);
    if (isMember) {
      const runtime = service.serve(custody.activate(record, certificate.hash), lock);
      service.changed(lock);
      return runtime;
    }
    custody.leave(record);
    service.left();
    return undefined;
  }

  #eraseOld({ record }: Lock, folder: string): boolean {
    const { custody, disk, clock, identity, name } = this.#deps;
    if (!record.members.some(({ identityPk }) => equalBytes(identityPk, identity.publicKey))) return false;
    const erased = custody.erase(record);
    const path = `${folder}/erasure-${name}.json`;
    if (disk.read(path) === undefined)
      disk.create(path, writeErasure({ ...erased, timeMs: BigInt(clock.nowMs()) }, identity));
    return true;
  }

  /**
   * A certificate of an attempt in which this node had no part: who leaves need not be there. One that gives us
   * a seat whose share we never had is what happens after a loss: the others go on, and we need a repair.
   */
  #overtaken(certificate: ActivationCertificate): void {
    const { service, custody, identity, log } = this.#deps;
    const lock = service.lock();
    if (lock === undefined || certificate.prepared.record.epochNo <= lock.record.epochNo) return;
    checkActivation(lock.record, certificate);
    const { record } = certificate.prepared;
    const isMember = record.members.some((one) => equalBytes(one.identityPk, identity.publicKey));
    custody.leave(record);
    service.left();
    const remedy = isMember ? 'this node has no share of it: propose a repair' : 'this node is not in it';
    log.error('epoch changed', { epoch: record.epochNo, detail: remedy });
  }
}

function membersOf(service: Service): Membership {
  const membership = service.membership();
  if (membership === undefined) throw new OperationError('not-connected', 'retry', 'there are no links yet');
  return membership;
}

/** Whether a text names a ceremony: the beginning of its id, at least four digits, with or without 0x. */
const isNamed = (id: string, text: string): boolean =>
  text.length >= 4 && id.startsWith(text.startsWith('0x') ? text : `0x${text}`);
