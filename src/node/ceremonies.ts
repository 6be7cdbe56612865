import { type Plan, readDefinition, writeDefinition } from '../chain/definition-file.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { concat, equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { decode, encode } from '../crypto/codec.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { Secret } from '../crypto/secret.ts';
import { definitionHash, isChange } from '../protocols/ceremony/definition.ts';
import type { Clock, Disk, Log } from '../system/ports.ts';
import type { CeremonyEvent, CeremonyView } from './api.ts';
import { shareContextOf } from './ceremony/attempt.ts';
import { Ceremony } from './ceremony/ceremony.ts';
import type { Course, Stage } from './ceremony/course.ts';
import type { CeremonyDeps, FoundCeremony, FoundSession } from './ceremony/deps.ts';
import { EventLog } from './ceremony/events.ts';
import { greetingsOf } from './ceremony/greetings.ts';
import { KeygenCourse } from './ceremony/keygen-course.ts';
import { isOver } from './ceremony/machine.ts';
import { ceremonyMessageCodec } from './ceremony/messages.ts';
import { type PastCeremony, endedLine, pastCeremonies } from './ceremony/past.ts';
import { keepTranscript } from './ceremony/papers.ts';
import { type PreflightContext, preflight } from './ceremony/preflight.ts';
import type { ReshareCourse } from './ceremony/reshare-course.ts';
import type { PeerStatus } from './cluster/peer.ts';
import { EpochChanges } from './epochs/changes.ts';
import { type Unfinished, unfinishedIn } from './epochs/found.ts';
import { type RefreshOptions, isDueRefresh } from './epochs/refresh.ts';
import type { Identity } from './identity.ts';
import type { KeyCustody } from './key-custody.ts';
import { JOINED } from './key-runtime.ts';
import { CeremonyScribe } from './log/ceremony-scribe.ts';
import type { Membership } from './membership.ts';
import { policyHash } from './policy/policy.ts';
import type { Service } from './service.ts';
import type { HostPort } from './sessions/sessions.ts';
import { isOrdinary } from './supervise.ts';
import { Wal, type WalDeps } from './wal.ts';

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
  readonly refresh: RefreshOptions;
  /** What the pre-flight compares with. */
  readonly preflight: Pick<PreflightContext, 'network' | 'policy'>;
}

interface Live {
  readonly run: Ceremony;
  readonly events: EventLog;
  /** Of an epoch change. */
  readonly course: ReshareCourse | undefined;
}

/** A ceremony that nobody at this node has asked for: the schedule has, here or at a member. */
interface Unattended {
  readonly run: Ceremony;
  /** This node has signed it by standing consent. */
  readonly isAccepted: boolean;
}

/** The ceremonies of one node: those that were, the one that is, and epoch changes that are not decided. */
export class Ceremonies {
  readonly #deps: CeremoniesDeps;
  #past: readonly PastCeremony[] = [];
  #current: Live | undefined;
  readonly #changes: EpochChanges;
  #unattended: Unattended | undefined;
  /** Epoch changes of before the last start that wait for links. */
  #toResume: readonly Live[] = [];

  constructor(deps: CeremoniesDeps) {
    this.#deps = deps;
    this.#changes = new EpochChanges(deps);
  }

  /**
   * What the disk knows of ceremonies, at the start of the node. Nothing is sent. Returns whose links are
   * needed, and whether there is a key that only lacks its lock.
   */
  find(): { readonly unfinished: readonly Unfinished[]; readonly hasUnlockedKey: boolean } {
    const { disk, log, clock, folders, name, wal, custody } = this.#deps;
    const newestOf = (keyId: Uint8Array): number | undefined => custody.newestOf(keyId);
    const unfinished = unfinishedIn({ ...wal, log, folders, newestOf, nowMs: clock.nowMs });
    const folder = folders.ceremonies;
    this.#past = pastCeremonies(
      { disk, log, nowMs: clock.nowMs, folder, node: name },
      unfinished.map((one) => one.folder),
    );
    // A key generation that goes on may have come as far as its key.
    const mayHaveKey = unfinished.some(
      ({ plan, session }) => session !== undefined && !isChange(plan.definition),
    );
    return { unfinished, hasUnlockedKey: mayHaveKey || this.#past.some(({ hasKey }) => hasKey) };
  }

  /** Takes up what is not finished; before there are links. */
  takeUp(unfinished: readonly Unfinished[]): void {
    this.#toResume = unfinished.map(({ plan, folder, attempt, state, standing, session }) => {
      const failure = isOver(state) ? endedLine(state) : undefined;
      const live = this.#live(plan, folder, { state, attempt, failure });
      if (standing !== undefined) live.course?.restore(standing);
      this.#current = live;
      if (session !== undefined) live.run.resume(session);
      return live;
    });
  }

  /** This node has left its key: what of that a restart has interrupted is finished. */
  finishLeaving(unfinished: readonly Unfinished[]): void {
    this.#changes.finishLeaving(unfinished);
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

  /**
   * Takes up a definition that an operator brings: one ceremony at a time. One that nobody here has asked for
   * and that has not begun makes room: a member that proposes refreshes and never executes them must not keep
   * the operator from the change by which it is removed. @throws OperationError ceremony-in-progress |
   * would-overwrite; InputError not-a-member
   */
  open(plan: Plan): Ceremony {
    const former = this.#current?.run;
    const doesYield = former !== undefined && this.#doesYield(former);
    const run = this.#open(plan, doesYield);
    if (run !== former && doesYield) former.reject('the operator of this node has begun another ceremony');
    this.#unattended = undefined; // also when it is the same one: now somebody has asked for it
    return run;
  }

  /** Consent given by hand stays, and so does what has begun. */
  #doesYield(run: Ceremony): boolean {
    if (run !== this.#unattended?.run) return false;
    if (run.state === 'accepted') return this.#unattended.isAccepted;
    return run.state === 'proposed' || run.state === 'gathering';
  }

  #open(plan: Plan, doesYield = false): Ceremony {
    const id = definitionHash(plan.definition);
    const known = this.#current?.run;
    if (known !== undefined && equalBytes(known.id, id)) return known;
    if (known !== undefined && !this.isIdle && !doesYield)
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
    // What is decided first: a ceremony that waited for this link begins another attempt behind it.
    if (peer.state === 'connected') this.#changes.linked(peer.index);
    this.#current?.run.peerChanged(peer);
    if (peer.state === 'connected') this.#tellLock();
  }

  /** A key generation was complete here before the last start: who was away with us may still wait for us. */
  #tellLock(): void {
    const { service, identity } = this.#deps;
    const lock = service.lock();
    if (lock === undefined || lock.previousLockHash !== undefined) return;
    const id = definitionHash(lock.definition.definition);
    const self = lock.record.members.find((one) => equalBytes(one.identityPk, identity.publicKey))?.index;
    if (self === undefined || (this.#current !== undefined && equalBytes(this.#current.run.id, id))) return;
    for (const message of greetingsOf(lock, self))
      service.membership()?.tellCeremony(concat(id, encode(ceremonyMessageCodec, message)));
  }

  /** A message of the ceremony channel. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    const isOfCurrent =
      this.#current !== undefined && equalBytes(this.#current.run.id, bytes.subarray(0, 32));
    if (isOfCurrent) this.#current?.run.receive(from, bytes);
    else this.#hearProposal(from, bytes);
  }

  /** Whether another ceremony may begin. */
  get isIdle(): boolean {
    const state = this.#current?.run.state;
    return state === undefined || isOver(state) || state === 'checking';
  }

  /** Shares of the key in service that wait for the end of an attempt. */
  get undecided(): number {
    const { service, custody } = this.#deps;
    const lock = service.lock();
    return lock === undefined ? 0 : custody.pendingOf(lock.record.keyId).length;
  }

  /** Proposes a refresh by schedule, and starts it as soon as everybody has accepted. */
  propose(plan: Plan): void {
    const run = this.#open(plan);
    this.#unattended = { run, isAccepted: true };
    run.accept();
    const message = { kind: 'proposal', definition: writeDefinition(plan) } as const;
    this.#deps.service.membership()?.tellCeremony(concat(run.id, encode(ceremonyMessageCodec, message)));
    run.execute(true);
  }

  /** Only a refresh that is due comes over a link: every other ceremony is agreed on between people. */
  #hearProposal(from: PartyIndex, bytes: Uint8Array): void {
    const { log, clock, service, refresh } = this.#deps;
    if (!this.isIdle || bytes.length < 33) return;
    try {
      const message = decode(ceremonyMessageCodec, bytes.slice(32), 'message');
      if (message.kind !== 'proposal') return;
      const plan = readDefinition(message.definition, 'proposal');
      const common = { policyHash: policyHash(this.#deps.preflight.policy), undecided: this.undecided };
      const context = { from, nowMs: clock.nowMs(), everyMs: refresh.everyMs, ...common };
      if (!isDueRefresh(plan, service.lock(), context)) return;
      const run = this.#open(plan);
      this.#unattended = { run, isAccepted: refresh.isConsented };
      log.info('refresh proposed', { peer: from, isConsented: refresh.isConsented });
      if (refresh.isConsented) run.accept();
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      log.warn('proposal refused', { peer: from, reason: error.code, detail: error.message });
    }
  }

  /** A message about the certificate of an epoch change. */
  receiveEpoch(from: PartyIndex, bytes: Uint8Array): void {
    this.#changes.receive(from, bytes);
  }

  /** Shares of an epoch have made a signature: those of the epoch before are of no use any more. */
  signedIn(epochNo: number): void {
    this.#changes.signedIn(epochNo);
  }

  /** The node stops. Returns whether others were told something that must still leave. */
  stop(): boolean {
    this.#changes.stop();
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
      const change = this.#changes.courseOf(stage, { plan, previous: plan.previous, folder });
      course = change;
      return change;
    };
    const scribe = new CeremonyScribe(plan, {
      ...{ disk, folder },
      log: () => this.#deps.service.membership()?.log,
    });
    events.listen(scribe.heard);
    const deps = this.#ceremonyDeps(folder, events, courseOf, scribe);
    const run = new Ceremony(plan, deps, found);
    const live = { run, events, course };
    return live;
  }

  #ceremonyDeps(
    folder: string,
    events: EventLog,
    courseOf: CeremonyDeps['courseOf'],
    scribe: CeremonyScribe,
  ): CeremonyDeps {
    const { identity, host, disk, clock, log, rng, custody, service } = this.#deps;
    const members = (): Membership => membersOf(service);
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
          isQuarantined: ![undefined, JOINED].includes(service.key()?.guard.quarantineReason),
          nowMs: clock.nowMs(),
          ownFolder: folder,
        }),
      keepPending: (pending, { definition }) => custody.prepare(pending, shareContextOf(definition)),
      keepTranscript: (ending, transcript) => {
        const isThere = keepTranscript({ disk, folder, log, identity }, ending, transcript);
        scribe.concluded(ending, transcript.sid);
        return isThere;
      },
      dropPending: (record) => custody.dropPending(record),
      beginChecking: ({ record, certificate }) =>
        service.serve(custody.activate(record, certificate.hash), undefined),
      enterService: (lock) => void service.serve(custody.load(lock), lock),
    };
  }

  #newLog(self: PartyIndex, spec: Uint8Array): FoundSession {
    const { folders, rng, wal } = this.#deps;
    const seed = new Secret('session seed', rng(32));
    const course = this.#current?.course;
    if (course !== undefined) this.#changes.begin(course);
    const kind = course === undefined ? 'keygen' : 'reshare';
    return { spec, seed, wal: Wal.create(wal, folders.wal, { kind, self, spec, seed }), entries: [] };
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
