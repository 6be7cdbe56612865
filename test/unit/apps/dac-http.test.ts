import { expect, it, onTestFinished } from 'vitest';

import { dacSignature, weighCertificate } from '../../../src/chain/dac.ts';
import { committeeOf, dacPeer, serveDac } from '../../../src/apps/dac-http.ts';
import { compareBytes } from '../../../src/crypto/bytes.ts';
import { addressBytes, keccak256 } from '../../../src/ethereum/address.ts';
import { DacMember } from '../../../src/services/dac/member.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';
import { SimDisk } from '../../sim/disk.ts';
import { keptLog } from '../../sim/log.ts';

const payload = new Uint8Array(1_000).fill(4);

it('a committee over HTTP certifies and serves, and outlives one of its members', async () => {
  const members = [];
  for (let i = 0; i < 4; i++) {
    const { address: account, secret } = insecureTestAccount('dac http', i);
    const sign = async (digest: Uint8Array) => dacSignature(signDigest(digest, secret));
    const deps = { disk: new SimDisk(i).open(), clock: systemClock, log: keptLog(), sign };
    const server = await serveDac(
      { address: '127.0.0.1:0' },
      new DacMember({ l2ChainId: 7n, reserveBytes: 0 }, deps),
    );
    onTestFinished(() => server.close());
    members.push({ account, url: `http://${server.address}`, close: server.close });
  }
  await members[0]!.close();
  const client = committeeOf(
    { members, required: 3, timeout: 5_000 },
    { l2ChainId: 7n, clock: systemClock, log: keptLog() },
  );
  const certificate = await client.certify(payload);
  const accounts = members
    .map(({ account }) => account)
    .sort((a, b) => compareBytes(addressBytes(a), addressBytes(b)));
  const kept = { l2ChainId: 7n, payloadHash: keccak256(payload), payloadSize: 1_000 };
  expect(weighCertificate(certificate!, accounts, kept)).toBe(3);
  expect(await client.fetch(kept.payloadHash)).toEqual(payload);
  expect(await client.fetch(new Uint8Array(32))).toBeUndefined();
  const one = dacPeer(members[1]!.account, members[1]!.url, { clock: systemClock, timeoutMs: 5_000 });
  await expect(one.keep(new Uint8Array(4), 1n)).rejects.toMatchObject({ code: 'peer-unreachable' });
  await expect(one.keep(new Uint8Array(400_000).fill(4), 1n)).rejects.toMatchObject({
    code: 'peer-unreachable',
  });
});
