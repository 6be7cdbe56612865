import { encodeFunctionData } from 'viem/utils';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { serveDac, committeeOf } from '../../src/apps/dac-http.ts';
import { batchDigest } from '../../src/chain/batch-header.ts';
import { blocksRoot } from '../../src/chain/blocks-root.ts';
import { decodeRequest, digestOf, headerOf } from '../../src/chain/duty.ts';
import { type SealedBatch, requestFor } from '../../src/chain/sealed-batch.ts';
import { compareBytes, fromHex, to0x } from '../../src/crypto/bytes.ts';
import { encode } from '../../src/crypto/codec.ts';
import { signatureCodec } from '../../src/crypto/ecdsa.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { scalar } from '../../src/crypto/secp256k1.ts';
import { addressBytes } from '../../src/ethereum/address.ts';
import { networkForm } from '../../src/ethereum/blob-tx.ts';
import { keyRegistryAbi } from '../../src/ethereum/contracts/key-registry.ts';
import { signDigest as signAsContractsRead } from '../../src/ethereum/deployment-tx.ts';
import { DacMember } from '../../src/services/dac/member.ts';
import { SubmitterService } from '../../src/services/l1/service.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { sidecarOf, versionedHashesOf } from '../../src/system/blob-sidecar.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type DevContracts, deployContracts, fund, nameKeys } from '../../src/system/dev-l1.ts';
import { type Kzg, kzg } from '../../src/system/kzg.ts';
import { connectL1 } from '../../src/system/l1-client.ts';
import type { L1 } from '../../src/system/ports.ts';
import { insecureTestAccount, signDigest } from '../../scripts/lib/test-transactions.ts';
import { SimDisk } from '../sim/disk.ts';
import { keptLog } from '../sim/log.ts';
import { chain, requestOf } from '../unit/chain/blocks-samples.ts';

const l2ChainId = 71_001n;
const group = insecureTestAccount('e2e-l1-blocks', 0);
const keepers = Array.from({ length: 4 }, (_, i) => insecureTestAccount('e2e-l1-dac', i)).sort((a, b) =>
  compareBytes(addressBytes(a.address), addressBytes(b.address)),
);
const secretOf = ({ secret }: typeof group): Secret => new Secret('test key', secret.slice());

let anvil: Anvil;
let l1: L1;
let setup: Kzg;
let contracts: DevContracts;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  setup = await kzg();
  anvil = await startAnvil();
  l1 = await connectL1({ url: anvil.url, chainId: 31_337n, pollMs: 10 }, { clock: systemClock });
  contracts = await deployContracts(anvil, l2ChainId);
  const sign = (digest: Uint8Array): Promise<Uint8Array> => signAsContractsRead(digest, secretOf(group));
  await nameKeys(anvil, contracts, { account: group.address, sign });
  await fund(anvil, group.address, 10n ** 20n);
}, 120_000);

afterAll(async () => {
  for (const end of ends) await end();
  await anvil?.stop();
});

/** The committee on L1, by the hand of the timelock, which a development chain lends. */
async function nameCommittee(): Promise<void> {
  const timelock = contracts.at('Timelock');
  const signers = keepers.map(({ address }) => address);
  const data = encodeFunctionData({ abi: keyRegistryAbi, functionName: 'setDac', args: [signers, 3n] });
  await anvil.rpc('anvil_impersonateAccount', [timelock]);
  await fund(anvil, timelock, 10n ** 18n);
  await anvil.rpc('eth_sendTransaction', [{ from: timelock, to: contracts.registry, data }]);
}

/** Four members over HTTP, of which one is away. */
async function committee(): Promise<ReturnType<typeof committeeOf>> {
  const members = [];
  for (const [i, keeper] of keepers.entries()) {
    const sign = (digest: Uint8Array): Promise<Uint8Array> => signAsContractsRead(digest, secretOf(keeper));
    const deps = { disk: new SimDisk(i).open(), clock: systemClock, log: keptLog(), sign };
    const server = await serveDac(
      { address: '127.0.0.1:0' },
      new DacMember({ l2ChainId, reserveBytes: 0 }, deps),
    );
    if (i === 2) await server.close();
    else ends.push(server.close);
    members.push({ account: keeper.address, url: `http://${server.address}` });
  }
  return committeeOf(
    { members, required: 3, timeout: 5_000 },
    { l2ChainId, clock: systemClock, log: keptLog() },
  );
}

async function sealed(index: bigint, da: SealedBatch['da'], at: number): Promise<SealedBatch> {
  const { payload, parentHash, lastHash, lastOrigin } = requestOf(chain, [at, at + 1], {
    batchIndex: index,
    da,
  });
  const hashes = chain.slice(at, at + 2).map(({ block }) => block.hash);
  const certificate = da === 'committee' ? await (await committee()).certify(payload) : new Uint8Array(0);
  if (certificate === undefined) throw new RangeError('no certificate');
  return {
    ...{ index, da, payload, parentHash, lastHash, lastOrigin, blocksRoot: blocksRoot(hashes) },
    ...{ dacCertificate: certificate },
    blobVersionedHashes: da === 'blobs' ? await versionedHashesOf(setup, payload) : [],
  };
}

it('batches of blocks reach a real inbox by calldata, by a committee and by blobs', async () => {
  await nameCommittee();
  const batches = [
    await sealed(1n, 'calldata', 1),
    await sealed(2n, 'committee', 3),
    await sealed(3n, 'blobs', 5),
  ];
  const ended: string[] = [];
  const key = { keyId: new Uint8Array(32).fill(3), keyEpoch: 0 };
  const { inbox } = contracts;
  const submitter: SubmitterService = new SubmitterService(
    {
      ...{
        accounts: { calldata: group.address, blobs: group.address },
        l1ChainId: 31_337n,
        l2ChainId,
        inbox,
      },
      caps: { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 12n, maxFeePerBlobGas: 10n ** 12n },
      ...{ maxOpen: 4, resendAfter: 2n, bumpAfter: 3n, signStaleMs: 20_000, retryMs: 100, lookMs: 20 },
      confirmations: 0n,
    },
    {
      ...{ disk: new SimDisk(9).open(), clock: systemClock, log: keptLog() },
      l1: { send: l1.send, look: (read) => read(l1) },
      cluster: {
        key: async () => key,
        sign: async (bytes) => {
          const { r, s, yParity } = signDigest(digestOf(decodeRequest(bytes)), group.secret);
          return encode(signatureCodec, { r: scalar(r), s: scalar(s), yParity });
        },
      },
      withBlobs: async (raw, payload) => networkForm(raw, await sidecarOf(setup, payload)),
      derived: (index) => {
        const own = submitter.status().batches.find((batch) => batch.index === index);
        return { isTaken: true, l1Hash: fromHex(own?.txHash ?? '') ?? new Uint8Array(32) };
      },
      ended: (index, how) => void ended.push(`${index} ${how}`),
      fatal: (error) => void ended.push(String(error)),
    },
  );
  ends.push(async () => submitter.stop());
  for (const batch of batches) submitter.submit(batch);
  submitter.start();
  await vi.waitFor(() => expect(ended).toHaveLength(3), { timeout: 60_000 });
  expect(ended).toEqual(['1 final', '2 final', '3 final']);
  const frame = { ...key, sender: group.address, l1ChainId: 31_337n, l2ChainId, inbox, nonce: 0n };
  const free = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, maxFeePerBlobGas: 0n };
  for (const batch of batches) {
    const header = headerOf(requestFor(batch, { ...frame, ...free }));
    const held = (await l1.batchAt(inbox, batch.index))!;
    expect(to0x(held.digest)).toBe(to0x(batchDigest({ l2ChainId, l1ChainId: 31_337n, inbox }, header)));
    expect([held.firstBlock, held.lastBlock]).toEqual([header.firstBlock, header.lastBlock]);
    expect(to0x(held.blocksRoot)).toBe(to0x(batch.blocksRoot));
  }
}, 120_000);
