import type { PartyIndex } from '../../src/crypto/brand.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { decode } from '../../src/crypto/codec.ts';
import type { Mesh } from '../../src/node/cluster/mesh.ts';
import { channels } from '../../src/node/control.ts';
import { type ActivationMessage, activationMessageCodec } from '../../src/node/epochs/messages.ts';
import { HEADER_BYTES, type Header, headerCodec, protos } from '../../src/protocols/kernel/envelope.ts';
import type { Protocol, Sending } from '../../src/protocols/kernel/protocol.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import type * as reshares from '../../src/protocols/reshare/reshare.ts';
import { lying } from '../sim/cheating.ts';

/** One message of a node, before its link takes it. */
export interface Post {
  readonly to: PartyIndex;
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/** What one member does in place of what its program says: a hook between core and link. */
export interface Script {
  /** What leaves in place of a message; none withholds it. */
  readonly posts?: (post: Post) => readonly Uint8Array[];
  /** Changes what it says in a reshare, which is signed and sealed as if it were honest. */
  readonly says?: (send: Sending) => Sending;
}

const scripts = new Map<string, Script>();

/** From now on this member follows a script. */
export const corrupt = (identityPk: Uint8Array, script: Script): void =>
  void scripts.set(toHex(identityPk), script);

/** Everybody is honest. */
export const reform = (): void => scripts.clear();

/** The mesh of a node, with the hook. */
export const lyingMesh = (Real: typeof Mesh): typeof Mesh =>
  class extends Real {
    readonly #own: string;

    constructor(...args: ConstructorParameters<typeof Mesh>) {
      super(...args);
      this.#own = toHex(args[0].self.identityPublicKey);
    }

    override send(to: PartyIndex, channel: number, bytes: Uint8Array): boolean {
      const posts = scripts.get(this.#own)?.posts ?? ((one: Post) => [one.bytes]);
      return posts({ to, channel, bytes }).every((one) => super.send(to, channel, one));
    }
  };

/** The protocol of a node, with the hook. */
export const lyingReshare = (real: typeof reshares.reshare): typeof reshares.reshare =>
  function* (party, inputs): Protocol<reshares.ReshareOutput> {
    const script = scripts.get(toHex(at(inputs.identityPks, party.self)));
    const honest = real(party, inputs);
    return yield* script?.says === undefined ? honest : lying(honest, script.says);
  };

/** The header of an envelope of a session, if this is one. */
export const envelopeIn = ({ channel, bytes }: Post): Header | undefined =>
  channel === channels.session ? decode(headerCodec, bytes.subarray(32, 32 + HEADER_BYTES)) : undefined;

/** What is said about a certificate, if this is it. */
export const activationIn = ({ channel, bytes }: Post): ActivationMessage | undefined =>
  channel === channels.epochs ? decode(activationMessageCodec, bytes) : undefined;

/** Withholds what fits, from these members or from all. */
export const withholding =
  (fits: (post: Post) => boolean, from?: readonly number[]) =>
  (post: Post): readonly Uint8Array[] =>
    fits(post) && (from === undefined || from.includes(post.to)) ? [] : [post.bytes];

/** Messages of a round of a reshare. */
export const ofRound =
  (round: number) =>
  (post: Post): boolean => {
    const header = envelopeIn(post);
    return (
      header !== undefined && header.proto === protos.reshare && header.kind <= 1 && header.round === round
    );
  };
