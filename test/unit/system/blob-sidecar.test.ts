import { beforeAll, describe, expect, it } from 'vitest';

import { packBlobs } from '../../../src/chain/blobs.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { versionedHash } from '../../../src/ethereum/blob-tx.ts';
import { payloadOfBlobs, sidecarOf, versionedHashesOf } from '../../../src/system/blob-sidecar.ts';
import { type Kzg, kzg } from '../../../src/system/kzg.ts';

const payload = Uint8Array.from({ length: 130_000 }, (_, i) => i & 255);
const refused = expect.objectContaining({ code: 'blob-malformed' });
let setup: Kzg;
beforeAll(async () => {
  setup = await kzg();
}, 120_000);

describe('what travels beside a blob transaction', () => {
  it('has a commitment a blob, 128 proofs a blob, and the hashes that signers compute', async () => {
    const { blobs, commitments, cellProofs } = await sidecarOf(setup, payload);
    expect(blobs).toEqual(packBlobs(payload));
    expect(cellProofs).toHaveLength(256);
    expect((await versionedHashesOf(setup, payload)).map(to0x)).toEqual(
      commitments.map(versionedHash).map(to0x),
    );
  });

  it('is read back only if every blob is the one that was named, in its place', async () => {
    const hashes = await versionedHashesOf(setup, payload);
    const [a, b] = packBlobs(payload);
    expect(await payloadOfBlobs(setup, [a!, b!], hashes)).toEqual(payload);
    const changed = b!.slice();
    changed[1]! ^= 1;
    await expect(payloadOfBlobs(setup, [a!, changed], hashes)).rejects.toThrow(refused);
    await expect(payloadOfBlobs(setup, [a!, b!], [...hashes].reverse())).rejects.toThrow(refused);
    await expect(payloadOfBlobs(setup, [a!], hashes)).rejects.toThrow(refused);
  });
});
