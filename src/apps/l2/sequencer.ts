import { type Secret } from '../../crypto/secret.ts';
import type { L2Block } from '../../chain/block.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import { positionOf } from '../../chain/l2-position.ts';
import { soleSequencer } from '../../chain/sequencer-set.ts';
import { sealDigest } from '../../chain/signed-block.ts';
import { toHex } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { accountOfKey, signDigest } from '../../ethereum/deployment-tx.ts';
import { SealBook } from '../../services/builder/seal-book.ts';
import { Builder, type BuilderHead } from '../../services/builder/service.ts';
import { Mempool, poolLimits } from '../../services/mempool/service.ts';
import type { DacClient } from '../../services/dac/client.ts';
import type { Cluster } from '../../services/l1/service.ts';
import { systemClock } from '../../system/clock.ts';
import type { Log } from '../../system/ports.ts';
import { systemRng } from '../../system/rng.ts';
import { clusterClient } from '../cluster-client.ts';
import { committeeOf } from '../dac-http.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { startRpc } from '../rpc/rpc.ts';
import { prepareBlobs, startBatching } from './batching.ts';
import { type L2Base, openBase } from './base.ts';
import { chainView } from './chain-view.ts';
import { type L2Config, fileIn } from './config.ts';
import { sequencerControl } from './control.ts';
import { headPath, poolNews } from './head-path.ts';
import { startWitness } from './second-engine.ts';
import type { SequencerSettings } from './settings.ts';
import { type L2Options, type RunningL2, headOf, runningOf } from './verifier.ts';

/** Where a sequencer keeps the last block that it signed, in its data folder. */
export const SEAL_FILE = 'sequencer/seal';
/** And what was handed to it. */
const POOL_FILE = 'sequencer/pool';
/** Milliseconds that the signers have for a signature. */
const SIGN_MS = 60_000;
/** Signatures of blocks that are kept at hand. */
const MOST_SEALS = 4_096;

/**
 * A node that builds: takes transactions, orders and executes them, seals blocks, and has them batched,
 * signed by the cluster and put on L1. @throws as `openBase`; InputError config-invalid | bad-key-file
 */
export async function startSequencer(
  options: L2Options,
  clusterOf: (dataDirs: readonly string[]) => Cluster = signersOf,
): Promise<RunningL2> {
  const { config, log, version } = options;
  const { settings, rollup } = config;
  const { sequencer, key, self } = await leaderIn(config);
  const committee = committeeIn(sequencer, rollup.l2ChainId, log);
  const base = await openBase(options, committee && ((batch) => committee.fetch(batch.payloadHash)));
  try {
    const { executor, driver, stages, clock } = base;
    await prepareBlobs(sequencer, log);
    const pool = await openPool(base, sequencer);
    const seals = new Seals(rollup.l2ChainId, key);
    const view = chainView({
      ...{ rollup, driver, executor, stages },
      signatureOf: async (block) => (isMine(base, block) ? seals.of(block) : undefined),
    });
    const heads = new PoolHeads(base, pool, await headOf(base));
    driver.on((news) => {
      if (news.kind === 'heads') heads.follow();
    });
    const builder = builderOf(base, { sequencer, self, key, pool, seals, heads });
    const rpc = await startRpc(
      {
        address: settings.rpc.listen,
        ...{ beyondLoopback: settings.rpc.beyond_loopback, origins: settings.rpc.origins },
      },
      { version, minTip: sequencer.min_tip },
      { chain: view, executor, pool, clock, rng: systemRng, log },
    );
    const batching = startBatching(base, sequencer, {
      cluster: clusterOf(sequencer.cluster),
      certify: committee?.certify ?? (() => Promise.resolve(undefined)),
      fatal: (error) => {
        throw error;
      },
    });
    const witness = startWitness(base, () => {
      batching.stop();
      void builder.stop();
    });
    base.lease.serve(
      sequencerControl({
        ...{ account: self, heads: driver.heads, log, witness },
        ...{ batching: batching.running, waitsFor: batching.waitsFor },
      }),
    );
    driver.start();
    builder.start();
    log.info('sequencer started', { rpc: rpc.address, account: self });
    return runningOf(rpc.address, base.failed, async () => {
      await builder.stop();
      batching.stop();
      await witness?.stop();
      await rpc.close();
      await heads.settled();
      await base.close();
    });
  } catch (error) {
    await base.close();
    throw error;
  }
}

/** Who builds here, with its key. @throws InputError config-invalid | bad-key-file */
async function leaderIn(
  config: L2Config,
): Promise<{ readonly sequencer: SequencerSettings; readonly key: Secret; readonly self: Address }> {
  const { sequencer, leader } = config.settings;
  if (sequencer === undefined)
    throw new InputError(
      'config-invalid',
      'sequencer',
      'l2.yaml has no group "sequencer": this node follows',
    );
  const key = await readKeyFile(
    fileIn(config, sequencer.key_file),
    'sequencer',
    sequencer.key_password_file && fileIn(config, sequencer.key_password_file),
  );
  const self = accountOfKey(key);
  if (self === leader) return { sequencer, key, self };
  throw new InputError('config-invalid', 'leader', `the key is that of ${self}, and ${leader} leads`);
}

/** Who keeps payloads beside L1; nobody, where none is named. */
const committeeIn = ({ committee }: SequencerSettings, l2ChainId: bigint, log: Log): DacClient | undefined =>
  committee && committeeOf(committee, { l2ChainId, clock: systemClock, log });

const signersOf = (dataDirs: readonly string[]): Cluster => clusterClient({ dataDirs, deadlineMs: SIGN_MS });

interface BuilderParts {
  readonly sequencer: SequencerSettings;
  readonly self: Address;
  readonly key: Secret;
  readonly pool: Mempool;
  readonly seals: Seals;
  readonly heads: PoolHeads;
}

function builderOf(base: L2Base, { sequencer, self, key, pool, seals, heads }: BuilderParts): Builder {
  const { executor, driver, disk, stages, clock, log } = base;
  const { rollup } = base.config;
  const { unsafe, safe } = driver.heads();
  return new Builder(
    { rollup, self, idleMs: sequencer.idle, maxUnsafeBlocks: sequencer.max_unsafe },
    {
      ...{ executor, pool, log, clock, set: soleSequencer(self) },
      book: SealBook.open(disk, SEAL_FILE, unsafe.number > safe.number),
      head: () => builderHead(base),
      safeNumber: () => driver.heads().safe.number,
      nextOrigin: driver.nextOrigin,
      l1Time: () => driver.origin(driver.heads().l1.number)?.origin.timestamp ?? 0n,
      sign: (digest) => signDigest(digest, key),
      publish: async ({ signed, executed, tookMs }) => {
        seals.add(signed.block, signed.signature);
        if (!(await driver.adopt(executed)))
          throw new OperationError('l2-parent-moved', 'retry', 'the head moved while a block was built');
        const { header, hash, transactions } = executed.block;
        stages.block(header.number, hash, clock.nowMs());
        await heads.settled();
        log.debug('block built', {
          ...{ number: String(header.number), transactions: transactions.length },
          ...{ gasUsed: String(header.gasUsed), tookMs: Math.round(tookMs) },
        });
      },
      dropped: (raws) => {
        pool.bar(raws);
        log.warn('transactions took too long', { count: raws.length });
      },
    },
  );
}

async function openPool(base: L2Base, { min_tip: minTip, allow }: SequencerSettings): Promise<Mempool> {
  const { disk, log, clock, executor, config } = base;
  const head = await headOf(base);
  return Mempool.open(
    {
      ...{ path: POOL_FILE, limits: poolLimits, chainId: config.rollup.l2ChainId, minTip },
      allowed: allow && new Set(allow),
    },
    { disk, log, clock, state: executor },
    head.block,
  );
}

/** The head, with the origin as this node's own driver has read it. */
async function builderHead(base: L2Base): Promise<BuilderHead> {
  const { driver, config } = base;
  const executed = await headOf(base);
  const { origin: number } = positionOf(executed.block, config.rollup);
  const origin = driver.origin(number)?.origin;
  // An origin that is gone from L1 has no hash that anything could be built on.
  const gone = { number, hash: new Uint8Array(32), timestamp: 0n, messageRoot: new Uint8Array(32) };
  return { executed, origin: origin ?? gone };
}

/** Blocks that L1 fixed need no signature of ours, and may be another's. */
const isMine = ({ driver }: L2Base, { header }: L2Block): boolean =>
  header.number > driver.heads().safe.number;

/** Signatures over blocks of this run; one of an earlier run is made again, and comes out the same. */
class Seals {
  readonly #chain: bigint;
  readonly #key: Secret;
  readonly #held = new Map<string, Uint8Array>();

  constructor(chain: bigint, key: Secret) {
    this.#chain = chain;
    this.#key = key;
  }

  add(block: L2Block, signature: Uint8Array): void {
    this.#held.set(toHex(block.hash), signature);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_SEALS && oldest !== undefined) this.#held.delete(oldest);
  }

  async of(block: L2Block): Promise<Uint8Array> {
    const held = this.#held.get(toHex(block.hash));
    if (held !== undefined) return held;
    const signature = await signDigest(sealDigest(this.#chain, block), this.#key);
    this.add(block, signature);
    return signature;
  }
}

/** Tells the pool of every change of the head, one after another. */
class PoolHeads {
  readonly #base: L2Base;
  readonly #pool: Mempool;
  #head: ExecutedBlock;
  #turn: Promise<void> = Promise.resolve();

  constructor(base: L2Base, pool: Mempool, head: ExecutedBlock) {
    this.#base = base;
    this.#pool = pool;
    this.#head = head;
  }

  follow(): void {
    this.#turn = this.#turn.then(() => this.#step());
  }

  /** When the pool has heard of all heads so far. */
  settled(): Promise<void> {
    return this.#turn;
  }

  async #step(): Promise<void> {
    const next = await headOf(this.#base);
    const { mined, returned } = poolNews(await headPath(this.#base.executor, this.#head, next));
    await this.#pool.onHead(next.block, mined, returned);
    this.#head = next;
  }
}
