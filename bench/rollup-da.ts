import { join } from 'node:path';

import { encodeFunctionData } from 'viem';

import { serveDac } from '../src/apps/dac-http.ts';
import { concat, bigintToBytes, u8 } from '../src/crypto/bytes.ts';
import { DacMember } from '../src/services/dac/member.ts';
import type { Address } from '../src/ethereum/address.ts';
import { keyRegistryAbi } from '../src/ethereum/contracts/key-registry.ts';
import { systemClock } from '../src/system/clock.ts';
import { fund } from '../src/system/dev-l1.ts';
import { openDisk } from '../src/system/disk.ts';
import type { JsonRpc } from '../src/system/json-rpc.ts';
import type { RpcServer } from '../src/system/network-rpc.ts';
import { insecureTestAccount, signDigest } from '../scripts/lib/test-transactions.ts';
import { L2_CHAIN } from '../test/stories/l2-town.ts';
import { memoryLog } from '../test/unit/node/helpers.ts';
import { type Context, measureOn } from './context.ts';
import { rounded } from './measure.ts';
import { headNumber, runLoad, untilSafe } from './rollup-load.ts';
import { BenchTown, batchesOf } from './rollup-town.ts';
import { type RollupPlace, rollupPlaces } from './rows.ts';

/** Transfers for each place. */
const COUNTS = { whole: 4_000, quick: 1_000 } as const;
/** What L1 asks, in gwei a gas and a blob gas. */
const PRICES = { gas: 20, blobGas: 1 } as const;

/** Transfers whose batches go onto L1 by calldata, in blobs, and by the certificate of a committee. */
export async function benchRollupDa(context: Context): Promise<void> {
  const [size] = context.plan.sizes;
  const [primitives] = context.plan.kinds;
  if (size === undefined || primitives === undefined) return;
  measureOn(primitives);
  const count = context.plan.effort.maxRuns > 5 ? COUNTS.whole : COUNTS.quick;
  context.say('rollup-da: an L1, contracts, a genesis of 1,000 accounts');
  const bench = await BenchTown.found();
  const members = await Promise.all([0, 1, 2].map((i) => startMember(bench, i)));
  try {
    await nameCommittee(bench, members);
    for (const place of rollupPlaces) {
      const costs = await costsAt(bench, place, committeeLine(members), count);
      const row = { bench: 'rollup-da', ...size, primitives, runs: count, place, ...costs } as const;
      context.add(row, `${place}: ${row.bytesPerTx} bytes, ${row.gweiPerTx} gwei a transfer`);
    }
  } finally {
    await bench.end();
    await Promise.all(members.map(({ server }) => server.close()));
  }
}

async function costsAt(bench: BenchTown, place: RollupPlace, committee: string, count: number) {
  const raws = bench.transactions('transfers', count);
  const { url, rpc, stop } = await bench.sequencer({ da: place, maxAge: '5s', committee });
  await untilSafe(rpc, await headNumber(rpc));
  const from = await headNumber(rpc);
  const last = await runLoad(url, raws);
  await untilSafe(rpc, last);
  const { bytes, l1Hashes } = await batchesOf(rpc, from + 1n, last);
  await stop();
  const spent = await Promise.all(l1Hashes.map((hash) => gasOf(bench.town.anvil.rpc, hash)));
  const gas = spent.reduce((sum, one) => sum + one.gas, 0);
  const blobGas = spent.reduce((sum, one) => sum + one.blobGas, 0);
  return {
    ...{ batches: l1Hashes.length, bytesPerTx: rounded(bytes / count) },
    ...{ l1GasPerTx: rounded(gas / count), blobGasPerTx: rounded(blobGas / count) },
    gweiPerTx: rounded((gas * PRICES.gas + blobGas * PRICES.blobGas) / count),
  };
}

async function gasOf(
  rpc: JsonRpc,
  hash: string,
): Promise<{ readonly gas: number; readonly blobGas: number }> {
  const receipt = (await rpc('eth_getTransactionReceipt', [hash])) as Record<string, string | undefined>;
  return { gas: Number(receipt['gasUsed']), blobGas: Number(receipt['blobGasUsed'] ?? 0) };
}

interface Member {
  readonly account: Address;
  readonly server: RpcServer;
}

const keeperOf = (i: number): ReturnType<typeof insecureTestAccount> => insecureTestAccount('bench-dac', i);

async function startMember({ town }: BenchTown, i: number): Promise<Member> {
  const { address, secret } = keeperOf(i);
  const sign = async (digest: Uint8Array): Promise<Uint8Array> => {
    const { r, s, yParity } = signDigest(digest, secret);
    return concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(27 + yParity));
  };
  const disk = openDisk({ folder: join(town.folder, `dac-${i}`) });
  const deps = { disk, clock: systemClock, log: memoryLog(), sign };
  const member = new DacMember({ l2ChainId: L2_CHAIN, reserveBytes: 0 }, deps);
  return { account: address, server: await serveDac({ address: '127.0.0.1:0' }, member) };
}

const committeeLine = (members: readonly Member[]): string => {
  const all = members.map(({ account, server }) => ({ url: `http://${server.address}`, account }));
  return `  committee: ${JSON.stringify({ members: all, required: 2, timeout: '5s' })}\n`;
};

/** The committee on L1, by the hand of the timelock, which a development chain lends. */
async function nameCommittee({ town }: BenchTown, members: readonly Member[]): Promise<void> {
  const timelock = town.contracts.at('Timelock');
  const accounts = members.map(({ account }) => account);
  const data = encodeFunctionData({ abi: keyRegistryAbi, functionName: 'setDac', args: [accounts, 2n] });
  await town.anvil.rpc('anvil_impersonateAccount', [timelock]);
  await fund(town.anvil, timelock, 10n ** 18n);
  await town.anvil.rpc('eth_sendTransaction', [{ from: timelock, to: town.contracts.registry, data }]);
}
