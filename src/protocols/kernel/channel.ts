import type { PartyIndex } from '../../crypto/brand.ts';
import { concat, equalBytes, wipe } from '../../crypto/bytes.ts';
import { encode } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import * as dleq from '../../crypto/proofs/dleq.ts';
import { directKey, openDirect, sealDirect } from '../../crypto/seal.ts';
import { type Rng, pointCodec } from '../../crypto/secp256k1.ts';
import {
  type Envelope,
  type HeaderFields,
  SIGNED_BYTES,
  associatedData,
  directsCodec,
  plaintextHash,
  sealEnvelope,
} from './envelope.ts';
import type { Delivery, Party, RevealedKey, Sending, SentDirect } from './protocol.ts';
import { showSharedKey } from './shared-key.ts';

/** Where the messages of one round go in the session: header fields for an addressee, 0 for all. */
export type FieldsFor = (kind: 'broadcast' | 'direct', to: number) => HeaderFields;

/** Seals and opens what one session says: signatures, and direct messages under a key for each direction. */
export class Channel {
  readonly #identitySeed: Uint8Array;
  readonly #rng: Rng;
  readonly #keys = new Map<string, Uint8Array>();
  /** Our own direct messages, by round and addressee, as far as an opening needs them. */
  readonly #sent = new Map<string, SentDirect>();
  #party: Party | undefined;

  constructor(identitySeed: Uint8Array, rng: Rng) {
    this.#identitySeed = identitySeed;
    this.#rng = rng;
  }

  /** Derives the keys of every pair from the Diffie-Hellman values of the session. */
  bind(party: Party): void {
    const { sid, self, keys } = party;
    this.#party = party;
    for (const [j, sharedX] of keys.sharedX) {
      this.#keys.set(`${self} ${j}`, directKey(sharedX, sid, self, j));
      this.#keys.set(`${j} ${self}`, directKey(sharedX, sid, j, self));
    }
  }

  /** Lets go of all keys, and of everything by which a message of ours could be shown. */
  forget(): void {
    wipe(...this.#keys.values(), ...[...this.#sent.values()].map(({ salt }) => salt));
    this.#keys.clear();
    this.#sent.clear();
    this.#party = undefined;
  }

  /** Header and salt of our own direct message of a round. @throws Bug once they are forgotten */
  sent(round: number, to: PartyIndex): SentDirect {
    const found = this.#sent.get(`${round} ${to}`);
    assert(found !== undefined, `no direct message of round ${round} to party ${to} to show`);
    return { signed: found.signed, salt: found.salt.slice() };
  }

  /** A signed envelope with a public body. */
  sign(fields: HeaderFields, body: Uint8Array): Envelope {
    return sealEnvelope(fields, body, this.#identitySeed);
  }

  /** The envelopes of one round: direct ones first, because the broadcast names them. */
  seal(
    sending: Sending,
    fieldsFor: FieldsFor,
  ): { readonly directs: readonly Envelope[]; readonly broadcast: Envelope } {
    const directs = [...(sending.directs ?? [])].map(([to, plaintext]) =>
      this.#sealDirect(fieldsFor('direct', to), to, plaintext),
    );
    const entries = [...(sending.directs ?? [])].map(([to], i) => {
      const direct = directs[i];
      assert(direct !== undefined, 'a direct message got lost');
      return { to, eid: direct.eid };
    });
    const head = sending.directs === undefined ? new Uint8Array(0) : encode(directsCodec, entries);
    return { directs, broadcast: this.sign(fieldsFor('broadcast', 0), concat(head, sending.broadcast)) };
  }

  #sealDirect(fields: HeaderFields, to: PartyIndex, plaintext: Uint8Array): Envelope {
    const salt = this.#rng(32);
    const committed = { ...fields, ph: plaintextHash(fields, salt, plaintext) };
    const opened = concat(salt, plaintext);
    const body = sealDirect(this.#key(fields.from, to), fields.round, associatedData(committed), opened);
    wipe(opened);
    const envelope = this.sign(committed, body);
    this.#sent.set(`${fields.round} ${to}`, { signed: envelope.bytes.slice(0, SIGNED_BYTES), salt });
    return envelope;
  }

  /** What a direct message to `self` says, or that it does not open to what its header commits to (V10). */
  open({ header, body, bytes }: Envelope, self: PartyIndex): Delivery {
    const opened = openDirect(this.#key(header.from, self), header.round, associatedData(header), body);
    const closed = (): Delivery => {
      const reveal = (): RevealedKey => this.#reveal(header.from);
      return { kind: 'undecryptable', envelope: bytes, reveal };
    };
    if (opened === undefined || opened.length < 32) return closed();
    const [salt, plaintext] = [opened.subarray(0, 32), opened.subarray(32)];
    if (!equalBytes(plaintextHash(header, salt, plaintext), header.ph)) return closed();
    return { kind: 'opened', plaintext, salt, signed: bytes.slice(0, SIGNED_BYTES) };
  }

  #reveal(peer: PartyIndex): RevealedKey {
    assert(this.#party !== undefined, 'the keys of this session are gone');
    const { D, proof } = showSharedKey(this.#party, peer);
    return { shared: encode(pointCodec, D), proof: encode(dleq.proofCodec, proof) };
  }

  #key(from: PartyIndex, to: PartyIndex): Uint8Array {
    const key = this.#keys.get(`${from} ${to}`);
    assert(key !== undefined, 'a direct message before the session has keys');
    return key;
  }
}
