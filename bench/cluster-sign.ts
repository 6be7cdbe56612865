import { askAdmin } from '../src/apps/admin-client.ts';
import { signReport } from '../src/apps/admin-protocol.ts';
import { encodeBatch } from '../src/chain/batch.ts';
import { encodeRequest } from '../src/chain/duty.ts';
import { fromHex, to0x } from '../src/crypto/bytes.ts';
import { Bug, OperationError, assert } from '../src/crypto/errors.ts';
import { parseAddress } from '../src/ethereum/address.ts';
import type { NodeStatus, SignReport } from '../src/node/api.ts';
import { brotli } from '../src/system/compression.ts';
import { makeTransactions } from '../scripts/lib/test-transactions.ts';
import type { Size } from './cases.ts';
import type { Context } from './context.ts';
import { quantile, rounded } from './measure.ts';
import { hasNative } from './primitives.ts';
import { INBOX, Processes, chains } from './processes.ts';
import type { ClusterRow } from './rows.ts';

/** Presignatures made ahead for the warm requests: as many as one session makes. */
const TARGET = 64;
/** Requests that are not counted, so that every process has seen the code. */
const WARM_UP = 6;
const DEADLINE_MS = 60_000;

/** Whole signatures by real processes. One ceremony; first with empty pools, then with full ones. */
export async function benchClusterSign(context: Context): Promise<void> {
  for (const size of context.plan.clusterSizes) {
    context.say(`cluster-sign (${size.n}, ${size.t}): starting ${size.n} processes`);
    const processes = await Processes.make(size);
    try {
      await processes.start(0);
      await processes.runCeremony();
      const client = new Client(processes, await keyOf(processes));
      await benchCold(context, size, client);
      await processes.stop();
      await processes.start(TARGET);
      await benchWarm(context, size, client);
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      const primitives = hasNative ? 'native' : 'pure';
      context.leave({ bench: 'cluster-sign', ...size, primitives, why: error.message });
    } finally {
      await processes.remove();
    }
  }
}

/** Nothing is made ahead, and what a cold request leaves over is passed by. */
async function benchCold(context: Context, size: Size, client: Client): Promise<void> {
  const { cold } = context.plan.requests;
  const samples: Asked[] = [];
  for (let count = 0; samples.length < cold + 1 && count < 8 * cold; count++) {
    const asked = await client.ask(0);
    if (!asked.report.isWarm) samples.push(asked);
  }
  // The first one has the compiler of every process to wait for.
  add(context, size, 'cold', samples.slice(1));
}

/**
 * Every member may use its own part of a batch, so the members are asked in turn. Where the pool of one runs
 * low, it
 * is filled in the background; what falls into such a time counts all the same.
 */
async function benchWarm(context: Context, size: Size, client: Client): Promise<void> {
  const { warm } = context.plan.requests;
  await client.processes.ready(0);
  await client.ask(0); // its quorum is the one whose pool is filled from here on
  const samples: Asked[] = [];
  for (let count = 0; samples.length < warm + WARM_UP && count < 4 * warm; count++) {
    const place = await client.placeWithPresignature();
    const asked = await client.ask(place);
    if (asked.report.isWarm) samples.push(asked);
  }
  add(context, size, 'warm', samples.slice(WARM_UP));
}

function add(context: Context, size: Size, pool: ClusterRow['pool'], samples: readonly Asked[]): void {
  const all = samples.map(({ ms }) => ms);
  if (all.length === 0) throw new Bug(`no ${pool} signature in (${size.n}, ${size.t})`);
  const phase = (name: keyof SignReport['phasesMs']): number =>
    rounded(
      quantile(
        samples.map(({ report }) => report.phasesMs[name]),
        0.5,
      ),
    );
  const row = {
    bench: 'cluster-sign',
    ...size,
    pool,
    p50Ms: rounded(quantile(all, 0.5)),
    p95Ms: rounded(quantile(all, 0.95)),
    primitives: hasNative ? 'native' : 'pure',
    runs: all.length,
    phases: { approve: phase('approve'), presign: phase('presign'), online: phase('online') },
  } as const;
  context.add(row, `${pool}: p50 ${row.p50Ms} ms, p95 ${row.p95Ms} ms of ${all.length}`);
}

/** One answer and how long it took, from the connection to the last line. */
interface Asked {
  readonly ms: number;
  readonly report: SignReport;
}

type Key = NonNullable<NodeStatus['key']>;

async function keyOf(processes: Processes): Promise<Key> {
  const [first = ''] = processes.folders;
  const { key } = await processes.status(first);
  if (key === undefined) throw new Bug('a ceremony without a key');
  return key;
}

/** Asks for one batch after the other, as an operator does. */
class Client {
  readonly processes: Processes;
  readonly #key: Key;
  #next = 1n;
  #turn = 0;

  constructor(processes: Processes, key: Key) {
    this.processes = processes;
    this.#key = key;
  }

  /** Has the next batch signed by the node at this place. */
  async ask(place: number): Promise<Asked> {
    const folder = this.processes.folders[place];
    assert(folder !== undefined, `there is no node ${place}`);
    const request = to0x(this.#request());
    const startedMs = performance.now();
    const answer = await askAdmin(folder, 'sign', { args: { request, deadlineMs: DEADLINE_MS } });
    const ms = performance.now() - startedMs;
    return { ms, report: signReport.parse(answer) };
  }

  /** The next member in turn that belongs to a quorum with presignatures. */
  async placeWithPresignature(): Promise<number> {
    const [first = ''] = this.processes.folders;
    await this.processes.ready(1);
    const { presignatures } = await this.processes.status(first);
    const signers = presignatures.toSorted((a, b) => b.ready - a.ready)[0]?.signers ?? [1];
    return (signers[this.#turn++ % signers.length] ?? 1) - 1;
  }

  #request(): Uint8Array {
    const { keyId, epoch, address } = this.#key;
    const [batchIndex, da, l2ChainId] = [this.#next++, 'calldata', chains.l2ChainId] as const;
    const transactions = makeTransactions({ seed: 'bench', l2ChainId, accounts: 2, transactions: 3 });
    return encodeRequest({
      kind: 'submit-batch',
      ...{ keyId: fromHex(keyId) ?? new Uint8Array(0), keyEpoch: Number(epoch), ...chains, batchIndex, da },
      sender: parseAddress(address, 'key'),
      inbox: parseAddress(INBOX, 'inbox'),
      payload: encodeBatch({ index: batchIndex, da, l2ChainId, compression: 'none', transactions }, brotli),
      nonce: batchIndex - 1n,
      ...{ gasLimit: 700_000n, maxFeePerGas: 41n, maxPriorityFeePerGas: 1n },
      ...{ maxFeePerBlobGas: 0n, blobVersionedHashes: [] },
    });
  }
}
