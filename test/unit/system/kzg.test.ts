import { beforeAll, describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { type Kzg, kzg, nativeKzg, pureKzg } from '../../../src/system/kzg.ts';

const blob = new Uint8Array(131_072);
for (let i = 1; i < blob.length; i += 32) blob[i] = (i * 31) & 255;

let chosen: Kzg;
const fallbacks: string[] = [];
beforeAll(async () => {
  chosen = await kzg((reason) => fallbacks.push(reason));
}, 120_000);

describe('KZG', () => {
  it('is loaded once a process, natively where this platform has the package', async () => {
    expect(await kzg()).toBe(chosen);
    expect(chosen.name).toBe(fallbacks.length === 0 ? 'native' : 'pure');
  });

  it('gives the commitment of the empty blob, the point at infinity', async () => {
    const commitment = await chosen.commitment(new Uint8Array(131_072));
    expect(to0x(commitment)).toBe(`0xc0${'00'.repeat(47)}`);
  });

  it('commits to the same bytes in both implementations', async () => {
    const pure = await pureKzg();
    expect(pure.name).toBe('pure');
    expect(to0x(await pure.commitment(blob))).toBe(to0x(await chosen.commitment(blob)));
  }, 120_000);

  it('proves every cell of a blob, 48 bytes each', async () => {
    const proofs = await chosen.cellProofs(blob);
    expect(proofs.map((proof) => proof.length)).toEqual(Array.from({ length: 128 }, () => 48));
    expect(new Set(proofs.map(to0x)).size).toBeGreaterThan(100);
  });

  it('refuses a blob of another length, or with an element above the modulus', async () => {
    await expect(chosen.commitment(new Uint8Array(131_071))).rejects.toThrow();
    await expect(chosen.commitment(new Uint8Array(131_072).fill(255))).rejects.toThrow();
  });

  it('says why the native package is not there, rather than throw', () => {
    const reasons: string[] = [];
    const native = nativeKzg(
      (reason) => reasons.push(reason),
      () => {
        throw new TypeError('no such package');
      },
    );
    expect(native).toBeUndefined();
    expect(reasons).toEqual(['no such package']);
  });
});
