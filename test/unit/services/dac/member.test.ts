import { describe, expect, it } from 'vitest';

import { dacDigest, dacSignature, dacSigner } from '../../../../src/chain/dac.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { DacMember } from '../../../../src/services/dac/member.ts';
import { insecureTestAccount, signDigest } from '../../../../scripts/lib/test-transactions.ts';
import { SimClock } from '../../../sim/clock.ts';
import { PowerLoss, SimDisk } from '../../../sim/disk.ts';
import { keptLog } from '../../../sim/log.ts';

const account = insecureTestAccount('dac member', 0);
const payload = new Uint8Array(500).fill(4);
const hash = keccak256(payload);
const now = 1_700_000_000n;

function memberOf(disk: SimDisk, clock = new SimClock(), reserveBytes = 0): DacMember {
  const sign = async (digest: Uint8Array) => dacSignature(signDigest(digest, account.secret));
  return new DacMember({ l2ChainId: 7n, reserveBytes }, { disk: disk.open(), clock, log: keptLog(), sign });
}

describe('a member of the committee', () => {
  it('keeps a payload, and signs for it', async () => {
    const disk = new SimDisk();
    const signature = await memberOf(disk).keep(payload, now + 100n);
    const kept = { l2ChainId: 7n, payloadHash: hash, payloadSize: 500, expiry: now + 100n };
    expect(dacSigner(dacDigest(kept), signature)).toBe(account.address);
    expect(memberOf(disk).payload(hash)).toEqual(payload);
    expect(memberOf(disk).payload(new Uint8Array(32))).toBeUndefined();
  });

  it('has it on disk before it signs, wherever the power goes', async () => {
    const whole = new SimDisk();
    await memberOf(whole).keep(payload, now + 100n);
    for (let atCall = 1; atCall <= whole.trace.length; atCall++) {
      const disk = new SimDisk(atCall);
      const member = memberOf(disk);
      disk.fault({ kind: 'power-loss', atCall, bytes: 11 });
      const signed = await member.keep(payload, now + 100n).then(
        () => true,
        (error: unknown) => {
          if (error instanceof PowerLoss) return false;
          throw error;
        },
      );
      disk.powerLoss();
      if (signed) expect(memberOf(disk).payload(hash)).toEqual(payload);
      await memberOf(disk).keep(payload, now + 100n);
      expect(memberOf(disk).payload(hash)).toEqual(payload);
    }
  });

  it.each([
    ['another place', Uint8Array.of(0, 1, 2), now + 1n, 'dac-payload'],
    ['a long payload', new Uint8Array(119_457).fill(4), now + 1n, 'dac-payload'],
    ['a time that has passed', payload, now, 'dac-expiry'],
    ['a time far away', payload, now + 31n * 86_400n + 1n, 'dac-expiry'],
  ])('refuses %s', async (_, bytes, expiry, code) => {
    await expect(memberOf(new SimDisk()).keep(bytes, expiry)).rejects.toMatchObject({ code });
  });

  it('promises nothing where the disk is nearly full', async () => {
    const member = memberOf(new SimDisk(), new SimClock(), 2 ** 40);
    await expect(member.keep(payload, now + 1n)).rejects.toMatchObject({ code: 'dac-full' });
  });

  it('keeps it for the longest time that it promised, and removes it then', async () => {
    const disk = new SimDisk();
    const clock = new SimClock();
    const member = memberOf(disk, clock);
    await member.keep(payload, now + 100n);
    await member.keep(payload, now + 50n);
    clock.wallOffsetMs += 100_000;
    expect(member.sweep()).toBe(0);
    clock.wallOffsetMs += 1_000;
    expect(member.sweep()).toBe(1);
    expect(member.payload(hash)).toBeUndefined();
    expect(member.sweep()).toBe(0);
  });

  it('serves no bytes that are not those of the hash, and takes them again', async () => {
    const disk = new SimDisk();
    const member = memberOf(disk);
    await member.keep(payload, now + 100n);
    const port = disk.open();
    const path = `dac/payloads/${toHex(hash)}`;
    const bytes = port.read(path)!;
    bytes[30]! ^= 1;
    port.replace(path, bytes);
    expect(memberOf(disk).payload(hash)).toBeUndefined();
    await memberOf(disk).keep(payload, now + 50n);
    expect(memberOf(disk).payload(hash)).toEqual(payload);
  });
});
