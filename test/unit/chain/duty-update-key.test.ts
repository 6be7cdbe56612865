import { describe, expect, it } from 'vitest';

import { to0x, toHex } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { type UpdateKeyRequest, keyContentHash, keyUpdateScope } from '../../../src/chain/duty-update-key.ts';
import {
  contentHashOf,
  decodeRequest,
  digestOf,
  encodeRequest,
  requestId,
  slotsOf,
} from '../../../src/chain/duty.ts';
import { requestProblems } from '../../../src/chain/request-checks.ts';
import { addressBytes } from '../../../src/ethereum/address.ts';
import { keyPurposes, popDigest } from '../../../src/ethereum/key-pop.ts';
import { brotli } from '../../../src/system/compression.ts';
import { calldataRequest, keyRequest } from './samples.ts';

const other = calldataRequest.inbox;
const idsOf = (request: UpdateKeyRequest): string[] => slotsOf(request).map(({ id }) => toHex(id));

describe('a request for the proof of an account', () => {
  it('has its kind, key, account, chain, registry, purpose and block on the wire, and nothing else', () => {
    expect(to0x(encodeRequest(keyRequest))).toBe(
      '0x04' +
        `${'03'.repeat(32)}00000001${'04'.repeat(20)}` +
        `0000000000007a69${'07'.repeat(20)}0300000000000003e8`,
    );
  });

  it.each(keyPurposes)('for %s reads back', (purpose) => {
    const request = { ...keyRequest, purpose };
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
  });

  it('for a purpose that the registry does not know is refused', () => {
    const bytes = encodeRequest(keyRequest);
    bytes[bytes.length - 9] = keyPurposes.length;
    expect(() => decodeRequest(bytes)).toThrow(InputError);
    expect(() => decodeRequest(bytes)).toThrow('purpose');
  });

  it('asks for the digest of the registry, whichever shares sign', () => {
    expect(digestOf(keyRequest)).toEqual(popDigest(keyRequest));
    const later = { ...keyRequest, keyEpoch: 2 };
    expect(digestOf(later)).toEqual(digestOf(keyRequest));
    expect(contentHashOf(later)).toEqual(contentHashOf(keyRequest));
    expect(requestId(later)).not.toEqual(requestId(keyRequest));
  });

  it('has content of its own for every account and promise', () => {
    const changes: readonly Partial<UpdateKeyRequest>[] = [
      {},
      { account: other },
      { registry: other },
      { purpose: 'batch' },
      { activationBlock: 1n },
      { l1ChainId: 1n },
    ];
    const hashes = changes.map((change) => toHex(keyContentHash({ ...keyRequest, ...change })));
    expect(new Set(hashes).size).toBe(changes.length);
    expect(contentHashOf(keyRequest)).toEqual(keyContentHash(keyRequest));
  });

  it('takes one slot: its block, for its key, chain, registry and purpose', () => {
    expect(slotsOf(keyRequest)).toMatchObject([{ lane: 'key-update', number: 1_000n }]);
    const changes: readonly Partial<UpdateKeyRequest>[] = [
      {},
      { keyId: new Uint8Array(32) },
      { registry: other },
      { purpose: 'batch' },
      { activationBlock: 1n },
      { l1ChainId: 1n },
    ];
    const ids = changes.flatMap((change) => idsOf({ ...keyRequest, ...change }));
    expect(new Set(ids).size).toBe(changes.length);
    expect(idsOf({ ...keyRequest, account: other, keyEpoch: 9 })).toEqual(idsOf(keyRequest));
    expect(toHex(keyUpdateScope(keyRequest))).toBe(
      `${'03'.repeat(32)}0000000000007a69${toHex(addressBytes(keyRequest.registry))}03`,
    );
    // The scope of a batch is as long: the first byte tells the two apart.
    const [, batch] = slotsOf(calldataRequest);
    expect(batch?.scope).toHaveLength(1 + keyUpdateScope(keyRequest).length);
    expect(slotsOf(keyRequest)[0]?.scope[0]).toBe(4);
    expect(batch?.scope[0]).toBe(2);
  });

  it('has no content in which problems could be', async () => {
    const versionedHashes = () => Promise.reject(new RangeError('there are no blobs'));
    expect(await requestProblems(keyRequest, { compressor: brotli, versionedHashes })).toEqual([]);
  });
});
