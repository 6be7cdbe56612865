import { ascii, concat, u64, u8 } from '../crypto/bytes.ts';
import { type Codec, type Fields, fixed, malformed, u32Codec, u64Codec, u8Codec } from '../crypto/codec.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { type Address, addressBytes, addressCodec } from '../ethereum/address.ts';
import { type KeyPromise, keyPurposeNumbers, keyPurposes, popDigest } from '../ethereum/key-pop.ts';

/**
 * Asks for the proof that the account of a key can sign, which KeyRegistry on L1 wants before anything
 * depends on that account. It is no transaction: whoever has the proof may hand it over.
 */
export interface UpdateKeyRequest extends KeyPromise {
  readonly kind: 'update-key';
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** u32 */
  readonly keyEpoch: number;
  /** The account of the key, which the registry is to know. */
  readonly account: Address;
}

const keyPurposeCodec: Codec<UpdateKeyRequest['purpose']> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (purpose) => u8(keyPurposeNumbers[purpose]),
  read: (from, path) => {
    const [byte = 0] = from.take(1, path);
    const purpose = keyPurposes[byte];
    if (purpose !== undefined) return purpose;
    throw malformed(path, `is ${byte}, which is no purpose of a key`);
  },
};

/** The wire form of such a request, but for its kind. */
export const updateKeyFields: Fields<Omit<UpdateKeyRequest, 'kind'>> = {
  keyId: fixed(32),
  keyEpoch: u32Codec,
  account: addressCodec,
  l1ChainId: u64Codec,
  registry: addressCodec,
  purpose: keyPurposeCodec,
  activationBlock: u64Codec,
};

/** What a guard slot holds on to. 32 bytes. */
export const keyContentHash = (request: UpdateKeyRequest): Uint8Array =>
  taggedHash(tags.content, ascii(request.kind), addressBytes(request.account), popDigest(request));

/** All that a guard lane of such requests is bound to: key, chain, registry and purpose. 61 bytes. */
export const keyUpdateScope = ({ keyId, l1ChainId, registry, purpose }: UpdateKeyRequest): Uint8Array =>
  concat(keyId, u64(l1ChainId), addressBytes(registry), u8(keyPurposeNumbers[purpose]));
