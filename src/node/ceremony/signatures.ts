import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { writeDefinition } from '../../chain/definition-file.ts';
import {
  type Definition,
  type DefinitionSignature,
  type Seat,
  type SignedDefinition,
  isAcceptance,
  isFullySigned,
  withSignature,
} from '../../protocols/ceremony/definition.ts';
import type { Disk } from '../../system/ports.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import type { Acceptance, Execute } from './messages.ts';

/** Who has signed the definition. The file on disk always holds what is known here. */
export class Signatures {
  readonly #disk: Disk;
  readonly #path: string;
  #signed: SignedDefinition;

  constructor(signed: SignedDefinition, disk: Disk, folder: string) {
    this.#disk = disk;
    this.#path = `${folder}/definition.json`;
    this.#signed = this.#kept(signed);
  }

  /** The plan. */
  get definition(): Definition {
    return this.#signed.definition;
  }

  /** The plan with the signatures so far. */
  get signed(): SignedDefinition {
    return this.#signed;
  }

  /** Whether everybody has signed. */
  get isComplete(): boolean {
    return isFullySigned(this.#signed);
  }

  /** The signature of an identity. */
  of(identityPk: Uint8Array): DefinitionSignature | undefined {
    return this.#signed.signatures.find((one) => equalBytes(one.identityPk, identityPk));
  }

  /** The seat of an index. */
  seat(index: number): Seat | undefined {
    return this.definition.committee.find((seat) => seat.index === index);
  }

  /** Names of those who have not signed. */
  get unsigned(): readonly string[] {
    return this.definition.committee
      .filter(({ identityPk }) => this.of(identityPk) === undefined)
      .map(({ name }) => name);
  }

  /** Everybody's signature so far, as an execution carries them. */
  get acceptances(): Execute['acceptances'] {
    return this.definition.committee.flatMap(({ index, identityPk }) => {
      const one = this.of(identityPk);
      return one === undefined ? [] : [{ index, signature: one.signature, signedAtMs: one.signedAtMs }];
    });
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

  /** What an attempt still waits for, a text for each member; `self` needs no link. */
  missing(self: PartyIndex, peers: readonly PeerStatus[]): readonly string[] {
    const byIndex = new Map(peers.map((peer) => [peer.index, peer]));
    return this.definition.committee.flatMap(({ index, name, identityPk }) => {
      if (this.of(identityPk) === undefined) return [`${name} has not signed`];
      const peer = byIndex.get(index);
      if (index === self || peer?.state === 'connected') return [];
      return [`${name} is not connected (${peer?.reason ?? 'no link yet'}, ${peer?.tries ?? 0} tries)`];
    });
  }

  /** On disk before it counts. */
  #kept(signed: SignedDefinition): SignedDefinition {
    this.#disk.replace(this.#path, writeDefinition(signed));
    return signed;
  }
}
