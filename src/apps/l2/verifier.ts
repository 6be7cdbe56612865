import type { ExecutedBlock } from '../../chain/execution.ts';
import { soleSequencer } from '../../chain/sequencer-set.ts';
import { fromHex } from '../../crypto/bytes.ts';
import { InputError, OperationError, assert } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import type { Driver } from '../../services/driver/service.ts';
import { Follower } from '../../services/follower/service.ts';
import {
  type QuestionAnswer,
  VERIFY_BATCH_PATH,
  VerifierQuestions,
} from '../../services/verifier/questions.ts';
import type { BatchEnd } from '../../services/verifier/verify-batch.ts';
import type { WitnessStatus } from '../../services/witness/service.ts';
import { systemClock } from '../../system/clock.ts';
import { batchCompressors } from '../../system/compression.ts';
import { jsonRpc } from '../../system/json-rpc.ts';
import type { TxPool } from '../../system/ports.ts';
import { systemRng } from '../../system/rng.ts';
import { lineHandler } from '../admin-line.ts';
import { committeeOf } from '../dac-http.ts';
import { startRpc } from '../rpc/rpc.ts';
import { type BaseOptions, type L2Base, openBase } from './base.ts';
import { chainView } from './chain-view.ts';
import { forwardPool } from './forward-pool.ts';
import { startWitness } from './second-engine.ts';
import { questionDesk } from './question-desk.ts';

/** A node of L2 that runs. */
export interface RunningL2 {
  /** `host:port` of its RPC. */
  readonly rpc: string;
  /** Resolves when it was ended. @throws OperationError what it has ended of by itself */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What a node is started with. */
export interface L2Options extends BaseOptions {
  readonly version: string;
}

/**
 * A node that builds nothing: it derives L2 from L1, executes the sequencer's newer blocks again on its own
 * view of L1, serves both to readers, and answers signers whether a batch is what its own chain gives.
 * @throws as `openBase`; OperationError port-in-use
 */
export async function startVerifier(options: L2Options): Promise<RunningL2> {
  const { config, log, version } = options;
  const { committee: named } = config.settings;
  const deps = { l2ChainId: config.rollup.l2ChainId, clock: options.machine?.clock ?? systemClock, log };
  // It asks members and makes no certificate, so any number of them will do.
  const committee = named && committeeOf({ ...named, required: 1 }, deps);
  const base = await openBase(options, committee && ((batch) => committee.fetch(batch.payloadHash)));
  try {
    const questions = questionsOf(base);
    const witness = startWitness(base, () => undefined);
    const answer = (body: Uint8Array): Promise<QuestionAnswer> =>
      judgedBy(() => witness?.status(), questions, body);
    const view = chainView({
      ...{ rollup: config.rollup, driver: base.driver, executor: base.executor, stages: base.stages },
      signatureOf: () => Promise.resolve(undefined),
    });
    const rpc = await startRpc(
      {
        address: config.settings.rpc.listen,
        ...{ beyondLoopback: config.settings.rpc.beyond_loopback, origins: config.settings.rpc.origins },
        posts: { [VERIFY_BATCH_PATH]: questionDesk({ answer, clock: base.clock, log }) },
      },
      { version, minTip: 0n },
      { chain: view, executor: base.executor, pool: poolOf(base), clock: base.clock, rng: systemRng, log },
    );
    const follower = followerOf(base);
    base.lease.serve(lineHandler(log, toldNothing));
    base.driver.start();
    follower?.start();
    log.info('verifier started', { rpc: rpc.address, follows: config.settings.follow?.rpc ?? 'L1 alone' });
    return runningOf(rpc.address, base.failed, async () => {
      await follower?.stop();
      await witness?.stop();
      await rpc.close();
      await base.close();
    });
  } catch (error) {
    await base.close();
    throw error;
  }
}

/** Without this whoever took its folder for that of a sequencer would hear for ever that it is starting. */
const toldNothing = (): Promise<never> => {
  const message = 'a verifier runs here, which takes no commands: name the folder of a sequencer or a signer';
  return Promise.reject(new InputError('usage', '--data-dir', message));
};

/** Nobody is told that a chain is right of which two engines say different things. */
export async function judgedBy(
  witness: () => WitnessStatus | undefined,
  questions: Pick<VerifierQuestions, 'answer'>,
  body: Uint8Array,
): Promise<QuestionAnswer> {
  const said = witness();
  if (said?.state !== 'differs') return questions.answer(body);
  return { status: 200, body: { verdict: 'refused', reason: `the second engine differs: ${said.why}` } };
}

/** The handle of a node: it ends once, whether by `stop`, however often that is called, or by a fault. */
export function runningOf(
  rpc: string,
  failed: Promise<OperationError>,
  close: () => Promise<void>,
): RunningL2 {
  let closing: Promise<void> | undefined;
  let asked: () => void = () => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    asked = () => resolve(undefined);
  });
  const end = (): Promise<void> => (closing ??= close());
  const ended = Promise.race([stopped, failed]).then(async (error) => {
    // What cannot be closed either is no news.
    if (error !== undefined) await end().catch(() => undefined);
    if (error !== undefined) throw error;
    await end();
  });
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    asked();
    await end();
  };
  return { rpc, ended, stop };
}

function questionsOf({ config: { rollup }, executor, driver }: L2Base): VerifierQuestions {
  return new VerifierQuestions(
    { rollup, block: (number) => executor.block(number), lastOnL1: () => lastBatch(driver) },
    batchCompressors,
  );
}

/** Behind what a batch has to begin, and its index: the safe head, whatever has brought it there. */
export function lastBatch({ batches, heads }: Pick<Driver, 'batches' | 'heads'>): BatchEnd {
  const { number: lastBlock, hash: lastHash } = heads().safe;
  return { index: batches.last()?.index ?? 0n, lastBlock, lastHash };
}

/** Where it follows a sequencer, transactions go there. */
function poolOf(base: L2Base): TxPool | undefined {
  const { follow } = base.config.settings;
  if (follow === undefined) return undefined;
  const nonce = async (account: Address): Promise<bigint> =>
    (await base.executor.account((await headOf(base)).block.hash, account))?.nonce ?? 0n;
  return forwardPool({ url: follow.rpc, clock: base.clock, nonce });
}

function followerOf(base: L2Base): Follower | undefined {
  const { config, executor, driver, stages, clock, log } = base;
  const { settings, rollup } = config;
  if (settings.follow === undefined) return undefined;
  const call = jsonRpc(settings.follow.rpc);
  return new Follower(
    { rollup, pollMs: settings.follow.poll },
    {
      ...{ executor, log, clock, set: soleSequencer(settings.leader) },
      ask: async (number) => bytesIn(await call('conclave_getRawBlock', [`0x${number.toString(16)}`])),
      head: () => headOf(base),
      safeNumber: () => driver.heads().safe.number,
      originAt: driver.origin,
      accept: async (_, executed) => {
        if (!(await driver.turnTo(executed))) return;
        const { number } = executed.block.header;
        stages.block(number, executed.block.hash, clock.nowMs());
      },
    },
  );
}

/** The unsafe head as it was executed. */
export async function headOf({
  executor,
  driver,
}: Pick<L2Base, 'executor' | 'driver'>): Promise<ExecutedBlock> {
  const executed = await executor.block(driver.heads().unsafe.hash);
  assert(executed !== undefined, 'the engine holds the head');
  return executed;
}

function bytesIn(answer: unknown): Uint8Array | undefined {
  if (answer === null) return undefined;
  const bytes = typeof answer === 'string' ? fromHex(answer) : undefined;
  if (bytes !== undefined) return bytes;
  throw new OperationError('l1-rejected', 'retry', 'the sequencer answers with no block');
}
