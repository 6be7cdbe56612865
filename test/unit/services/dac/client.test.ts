import { describe, expect, it } from 'vitest';

import { dacDigest, dacSignature, weighCertificate } from '../../../../src/chain/dac.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { type Address, addressBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { compareBytes } from '../../../../src/crypto/bytes.ts';
import { DacClient, type DacPeer } from '../../../../src/services/dac/client.ts';
import { insecureTestAccount, signDigest } from '../../../../scripts/lib/test-transactions.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { keptLog } from '../../../sim/log.ts';

const accounts = Array.from({ length: 4 }, (_, i) => insecureTestAccount('dac client', i)).sort((a, b) =>
  compareBytes(addressBytes(a.address), addressBytes(b.address)),
);
const members: readonly Address[] = accounts.map(({ address }) => address);
const payload = new Uint8Array(300).fill(4);
const kept = { l2ChainId: 7n, payloadHash: keccak256(payload), payloadSize: 300 };

const never = <T>(): Promise<T> => new Promise(() => undefined);
const away = async (): Promise<never> => {
  throw new OperationError('peer-unreachable', 'retry', 'away');
};
const peer = (i: number, change: Partial<DacPeer> = {}): DacPeer => ({
  account: members[i]!,
  keep: async (bytes, expiry) => {
    const digest = dacDigest({ ...kept, payloadHash: keccak256(bytes), expiry });
    return dacSignature(signDigest(digest, accounts[i]!.secret));
  },
  payload: async () => payload,
  ...change,
});
const clock = new SimClock();
const clientOf = (...peers: readonly DacPeer[]): DacClient =>
  new DacClient(
    { l2ChainId: 7n, required: 3, timeoutMs: 3_000, retention: 1_209_600n },
    { peers, clock, log: keptLog() },
  );

describe('the client of a committee', () => {
  it('joins the signatures of three of four, in the order of the registry', async () => {
    const client = clientOf(peer(3), peer(0, { keep: away }), peer(2), peer(1));
    const certificate = await client.certify(payload);
    expect(weighCertificate(certificate!, members, kept)).toBe(3);
    expect(certificate![0]).toBe(0b1110);
  });

  it('does without it where too few sign, or sign with another key, or not in time', async () => {
    expect(
      await clientOf(peer(0), peer(1), peer(2, { keep: away }), peer(3, { keep: away })).certify(payload),
    ).toBeUndefined();
    const false2 = peer(2, { keep: peer(0).keep });
    expect(
      await clientOf(peer(0), peer(1), false2, peer(3, { keep: away })).certify(payload),
    ).toBeUndefined();
    expect(await clientOf(peer(0)).certify(payload)).toBeUndefined();
    const slow = clientOf(peer(0), peer(1), peer(2, { keep: never }), peer(3, { keep: never })).certify(
      payload,
    );
    let answer: unknown = 'waits';
    void slow.then((value) => (answer = value));
    await settle();
    await clock.advance(2_900);
    expect(answer).toBe('waits');
    await clock.advance(200);
    expect(await slow).toBeUndefined();
  });

  it('fetches a payload from whoever has it, and believes the hash alone', async () => {
    const other = peer(0, { payload: async () => new Uint8Array(300) });
    const client = clientOf(
      other,
      peer(1, { payload: away }),
      peer(2, { payload: async () => undefined }),
      peer(3),
    );
    expect(await client.fetch(kept.payloadHash)).toEqual(payload);
    expect(await clientOf(other).fetch(kept.payloadHash)).toBeUndefined();
  });

  it('does not take a fault of its own for a member that is away', async () => {
    const broken = peer(0, { keep: async () => Promise.reject(new TypeError('broken')) });
    await expect(
      clientOf(broken, peer(1), peer(2), peer(3, { keep: never })).certify(payload),
    ).rejects.toThrow('broken');
  });
});
