import { type PartyIndex, partyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { judge } from '../../protocols/judge.ts';
import { protos } from '../../protocols/kernel/envelope.ts';
import { type Evidence, decodeEvidence, encodeEvidence } from '../../protocols/kernel/evidence.ts';
import { type Spec, decodeSpec, specCodec, specHash } from '../../protocols/kernel/spec.ts';
import type { Clock, Log } from '../../system/ports.ts';
import type { KeyContext } from '../key-context.ts';
import type { Ending } from '../sessions/messages.ts';
import type { Finished } from '../sessions/sessions.ts';
import { Demands, type Silence } from './demands.ts';
import type { Exclusion } from './exclusions.ts';
import {
  type BlameMessage,
  type EvidenceCase,
  type HeldEvidence,
  MAX_CASE_BYTES,
  blameMessageCodec,
  evidenceName,
} from './messages.ts';
import { Wants } from './wants.ts';

/** What blame works with. */
export interface BlameDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly nameOf: (index: PartyIndex) => string;
  readonly send: (to: PartyIndex, message: BlameMessage) => void;
  /** Members with a link, this node included. */
  readonly connected: () => readonly PartyIndex[];
  /** Keeps evidence as a file that anybody can judge. */
  readonly keep: (evidence: EvidenceCase, session: Uint8Array) => void;
  /** The evidence that was kept for an exclusion; `undefined` where its file is gone. */
  readonly find: (exclusion: Exclusion) => EvidenceCase | undefined;
  /** A member is in no quorum from here on. */
  readonly excluded: (exclusion: Exclusion) => void;
  readonly identitySeed: Uint8Array;
  /** A member has not answered a demand in time. It is no proof of anything. */
  readonly unresponsive: (silence: Silence) => void;
}

const CODE = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * What proof does. A member whom signed bytes convict is excluded from the quorums of this node, on disk; the
 * evidence goes to all members, those who were not there included, and each judges it for itself: a node
 * never excludes by another's word, so nobody can make two honest nodes exclude each other.
 * [protocol, 10.1, 13]
 */
export class Blame {
  readonly #key: KeyContext;
  readonly #deps: BlameDeps;
  /** Evidence that is on its way here. */
  readonly #wants: Wants;
  readonly #demands: Demands;

  constructor(key: KeyContext, deps: BlameDeps) {
    this.#key = key;
    this.#deps = deps;
    this.#demands = new Demands(key, deps);
    this.#wants = new Wants({ ...deps, ask: (of, name) => deps.send(of, { kind: 'wanted', name }) });
  }

  /**
   * A session has ended. With proof: who is guilty is excluded, and everybody hears of it. By its deadline:
   * who was awaited is asked before everybody for the message that did not come.
   */
  async ended(spec: Spec, { ending, awaited, transcript }: Finished): Promise<void> {
    this.#punish(spec, ending);
    const isLate = ending.kind === 'aborted' && ending.code === 'timed-out';
    this.#demands.ended(spec, await transcript, isLate ? awaited : []);
  }

  #punish(spec: Spec, ending: Ending): void {
    if (ending.kind !== 'aborted' || ending.grade !== 'A' || ending.evidence === undefined) return;
    const evidence = decodeEvidence(ending.evidence);
    for (const culprit of ending.culprits.map((index) => partyIndex(index))) {
      const against: Evidence = { ...evidence, accused: culprit };
      // What fits the first culprit fits the others as a rule; what is shown to others has to.
      if (culprit === evidence.accused || this.#isGuilty(spec, against))
        this.#convict(caseOf(ending.code, spec, against), spec, culprit);
    }
  }

  /** A link has come: its peer hears what is held here. */
  linked(peer: PartyIndex): void {
    const items = this.#held();
    if (items.length > 0) this.#deps.send(peer, { kind: 'held', items });
  }

  /** Takes a message. Junk of an authenticated peer is dropped and logged. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    try {
      this.#hear(from, decode(blameMessageCodec, bytes, 'message'));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#deps.log.warn('message refused', { peer: from, reason: error.code, detail: error.message });
    }
  }

  #hear(from: PartyIndex, message: BlameMessage): void {
    switch (message.kind) {
      case 'held':
        for (const item of message.items) this.#hearOf(from, item);
        break;
      case 'wanted':
        this.#show(from, message.name);
        break;
      case 'case':
        this.#weigh(from, message);
        break;
      case 'demand':
        this.#demands.hear(from, message);
        break;
      case 'answer':
        this.#demands.answered(message);
        break;
    }
  }

  /** Nothing is asked for any more. */
  stop(): void {
    this.#demands.stop();
    this.#wants.stop();
  }

  #held(): readonly HeldEvidence[] {
    return this.#key.exclusions.standing.map(({ evidence, member, session }) => ({
      name: evidence,
      accused: member,
      session,
    }));
  }

  /** Asks for what accuses somebody who is not excluded here, of a session not yet held against it. */
  #hearOf(from: PartyIndex, { name, accused, session }: HeldEvidence): void {
    const { exclusions } = this.#key;
    const isOld = exclusions.members.has(accused) || exclusions.knows(accused, session);
    if (!isOld) this.#wants.hear(from, name);
  }

  #show(to: PartyIndex, name: Uint8Array): void {
    const exclusion = this.#key.exclusions.standing.find(({ evidence }) => equalBytes(evidence, name));
    const found = exclusion && this.#deps.find(exclusion);
    if (found !== undefined && found.evidence.length <= MAX_CASE_BYTES)
      this.#deps.send(to, { kind: 'case', ...found });
  }

  /** Judges what a peer shows. Only what was asked for is looked at: judging costs a second. */
  #weigh(from: PartyIndex, shown: EvidenceCase): void {
    const name = evidenceName(shown);
    if (!this.#wants.isAsked(from, name)) return;
    // The reason is nobody's signature, and names a file; all else is what the name is a hash of.
    if (!CODE.test(shown.reason)) {
      this.#wants.spoiled(from, name);
      throw new InputError('malformed', 'reason', 'the reason is no code');
    }
    const { spec, evidence } = this.#opened(from, shown);
    if (this.#key.exclusions.isPardoned(evidence.accused, spec.notAfterMs)) {
      this.#wants.settled(name);
      return;
    }
    const { keyId, epochId } = this.#key;
    const isOurs = equalBytes(spec.keyId, keyId) && equalBytes(spec.epochId, epochId);
    if (isOurs && this.#isGuilty(spec, evidence)) {
      this.#wants.settled(name);
      this.#convict(shown, spec, evidence.accused);
      return;
    }
    this.#wants.refused(from, name);
    this.#deps.log.warn('evidence refused', {
      peer: this.#deps.nameOf(from),
      accused: this.#deps.nameOf(evidence.accused),
      reason: isOurs ? 'proves-nothing' : 'stale-epoch',
    });
  }

  /** @throws InputError for what does not decode, which is no evidence */
  #opened(from: PartyIndex, shown: EvidenceCase): { readonly spec: Spec; readonly evidence: Evidence } {
    try {
      return { spec: decodeSpec(shown.spec), evidence: decodeEvidence(shown.evidence) };
    } catch (error) {
      this.#wants.refused(from, evidenceName(shown));
      throw error;
    }
  }

  /**
   * Only by a session of a quorum: all of its parties are members, which the judge compares with the record.
   * In a ceremony there are others too, and whoever likes can make one up with a key of its own in the seat
   * of a member.
   */
  #isGuilty(spec: Spec, evidence: Evidence): boolean {
    if (spec.proto !== protos.presign && spec.proto !== protos.sign) return false;
    return judge(evidence, spec, [], this.#key.record).guilty === 'accused';
  }

  #convict(shown: EvidenceCase, spec: Spec, member: PartyIndex): void {
    const { exclusions, record } = this.#key;
    const exclusion = {
      member,
      epochNo: record.epochNo,
      session: specHash(spec),
      code: shown.reason,
      evidence: evidenceName(shown),
      atMs: BigInt(this.#deps.clock.nowMs()),
    };
    if (exclusions.members.has(member) || exclusions.knows(member, exclusion.session)) return;
    if (exclusions.isPardoned(member, spec.notAfterMs)) return;
    this.#deps.keep(shown, exclusion.session);
    if (!exclusions.exclude(exclusion)) return;
    this.#deps.log.error('member excluded', { peer: this.#deps.nameOf(member), reason: shown.reason });
    const [known] = exclusions.standing.filter((one) => one.member === member);
    if (known !== undefined) this.#deps.excluded(known);
    const items = this.#held();
    for (const peer of this.#deps.connected())
      if (peer !== this.#key.self) this.#deps.send(peer, { kind: 'held', items });
  }
}

const caseOf = (reason: string, spec: Spec, evidence: Evidence): EvidenceCase => ({
  reason,
  spec: encode(specCodec, spec),
  evidence: encodeEvidence(evidence),
});
