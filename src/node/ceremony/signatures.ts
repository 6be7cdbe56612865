import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { type Plan, writeDefinition } from '../../chain/definition-file.ts';
import { holdersOf, isApproved, termsOf } from '../../protocols/ceremony/change.ts';
import {
  type Definition,
  type DefinitionSignature,
  type Seat,
  isAcceptance,
  isChange,
  isFullySigned,
  seatsOf,
  withSignature,
} from '../../protocols/ceremony/definition.ts';
import { type Spec, partiesOf } from '../../protocols/kernel/spec.ts';
import type { Disk } from '../../system/ports.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import type { Acceptance, Execute } from './messages.ts';

/** Who has signed the definition. The file on disk always holds what is known here. */
export class Signatures {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #withdrawn = new Set<PartyIndex>();
  #signed: Plan;

  constructor(signed: Plan, disk: Disk, folder: string) {
    this.#disk = disk;
    this.#path = `${folder}/definition.json`;
    this.#signed = this.#kept(signed);
  }

  /** The plan. */
  get definition(): Definition {
    return this.#signed.definition;
  }

  /** The plan with the signatures so far. */
  get signed(): Plan {
    return this.#signed;
  }

  /** Whether everybody has signed whose consent is needed. */
  get isComplete(): boolean {
    const { previous } = this.#signed;
    return previous === undefined ? isFullySigned(this.#signed) : isApproved(this.#signed, previous.record);
  }

  /** The signature of an identity. */
  of(identityPk: Uint8Array): DefinitionSignature | undefined {
    return this.#signed.signatures.find((one) => equalBytes(one.identityPk, identityPk));
  }

  /** The seat of an index. */
  seat(index: number): Seat | undefined {
    return seatsOf(this.definition).find((seat) => seat.index === index);
  }

  /** Names of those who have not signed. */
  get unsigned(): readonly string[] {
    return this.definition.committee
      .filter(({ identityPk }) => this.of(identityPk) === undefined)
      .map(({ name }) => name);
  }

  /** Everybody's signature so far, as an execution carries them. */
  get acceptances(): Execute['acceptances'] {
    return seatsOf(this.definition).flatMap(({ index, identityPk }) => {
      const one = this.of(identityPk);
      return one === undefined ? [] : [{ index, signature: one.signature, signedAtMs: one.signedAtMs }];
    });
  }

  /**
   * Who has signed and is there, ascending: the parties of an attempt. `self` needs no link. Who leaves
   * without a share has no part: it could only keep the others from going on without it.
   */
  present(self: PartyIndex, peers: readonly PeerStatus[]): readonly PartyIndex[] {
    const { leaving = [], lost = [] } = this.definition.change ?? {};
    const isThere = (index: PartyIndex): boolean =>
      !this.#withdrawn.has(index) &&
      !(leaving.includes(index) && lost.includes(index)) &&
      (index === self || peers.some((peer) => peer.index === index && peer.state === 'connected'));
    return seatsOf(this.definition)
      .filter(({ index, identityPk }) => this.of(identityPk) !== undefined && isThere(index))
      .map(({ index }) => index);
  }

  /** Adds our own signature. */
  add(one: DefinitionSignature): void {
    this.#signed = this.#kept(withSignature(this.#signed, one));
  }

  /** Adds a member's. Returns its seat if it is new. @throws InputError bad-signature */
  hear(from: PartyIndex, { signature, signedAtMs }: Acceptance): Seat | undefined {
    const seat = this.seat(from);
    if (seat === undefined || this.of(seat.identityPk) !== undefined) return undefined;
    const one = { identityPk: seat.identityPk, signature, signedAtMs };
    if (!isAcceptance(this.definition, one))
      throw new InputError('bad-signature', 'acceptance', `${seat.name} has not signed this definition`);
    this.add(one);
    return seat;
  }

  /**
   * A party takes its part back. Returns whether the ceremony cannot go on without it: who leaves may be
   * dead, so its word ends nothing that the others can do, or it would end every plan by which it is removed.
   * @param spec of the session that is under way
   */
  withdraws(party: PartyIndex, spec: Spec | undefined): boolean {
    const { previous, definition } = this.#signed;
    if (definition.committee.some(({ index }) => index === party)) return true;
    if (spec !== undefined) return partiesOf(spec).includes(party);
    if (previous === undefined || !isChange(definition)) return false;
    this.#withdrawn.add(party);
    const dealing = holdersOf(definition, previous.record).filter((index) => !this.#withdrawn.has(index));
    return dealing.length < previous.record.threshold;
  }

  /** What an attempt still waits for, a text for each member; `self` needs no link. */
  missing(self: PartyIndex, peers: readonly PeerStatus[]): readonly string[] {
    const texts = this.definition.committee.flatMap((seat) => this.#missingOf(seat, self, peers));
    const short = this.#dealersShort(this.present(self, peers));
    if (texts.length > 0 || short <= 0) return texts;
    const leavers = this.definition.leavers ?? [];
    return leavers.flatMap((seat) => this.#missingOf(seat, self, peers));
  }

  #missingOf(
    { index, name, identityPk }: Seat,
    self: PartyIndex,
    peers: readonly PeerStatus[],
  ): readonly string[] {
    if (this.of(identityPk) === undefined) return [`${name} has not signed`];
    const peer = peers.find((one) => one.index === index);
    if (index === self || peer?.state === 'connected') return [];
    return [`${name} is not connected (${peer?.reason ?? 'no link yet'}, ${peer?.tries ?? 0} tries)`];
  }

  /** How many dealers an epoch change lacks; who leaves need not be there if the others suffice. */
  #dealersShort(present: readonly PartyIndex[]): number {
    const { previous, definition } = this.#signed;
    if (previous === undefined || !isChange(definition)) return 0;
    const { dealers } = termsOf(definition, previous.record, present);
    return previous.record.threshold - dealers.length;
  }

  /** On disk before it counts. */
  #kept(signed: Plan): Plan {
    this.#disk.replace(this.#path, writeDefinition(signed));
    return signed;
  }
}
