import { signedTransaction } from '../../audit/l1-file.ts';
import { decodeRequest } from '../../chain/duty.ts';
import { blocksIn } from '../../chain/sealed-batch.ts';
import { decode } from '../../crypto/codec.ts';
import { signatureCodec } from '../../crypto/ecdsa.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { networkForm } from '../../ethereum/blob-tx.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { PlaceChoice } from '../../services/batcher/place-choice.ts';
import { BatcherService } from '../../services/batcher/service.ts';
import { type Cluster, SubmitterService } from '../../services/l1/service.ts';
import { sidecarOf, versionedHashesOf } from '../../system/blob-sidecar.ts';
import { brotli } from '../../system/compression.ts';
import { kzg } from '../../system/kzg.ts';
import { type FailoverL1, failoverL1 } from '../../system/l1-failover.ts';
import type { Log } from '../../system/ports.ts';
import type { L2Base } from './base.ts';
import type { SequencerSettings } from './settings.ts';
import { lastBatch } from './verifier.ts';

/** Milliseconds between two looks of batcher and submitter, and between two attempts to begin. */
const TURN_MS = 200;
const LOOK_MS = 500;
const BEGIN_MS = 500;
/** Milliseconds until a signature is asked for again, at first. */
const RETRY_MS = 1_000;
/** L1 blocks after which a transaction that nobody takes is sent again. */
const RESEND_AFTER = 2n;

/**
 * Loads what blobs need, which holds the thread for seconds: before anybody is served. Where payloads never
 * go to blobs it is left out.
 */
export async function prepareBlobs(
  { batches }: { readonly batches: Pick<SequencerSettings['batches'], 'da'> },
  log: Log,
  load: typeof kzg = kzg,
): Promise<void> {
  if (batches.da === 'calldata') return;
  await load((reason) => {
    log.warn('native blob commitments are not available, the slow ones run', { reason });
  });
}

/** What brings blocks onto L1: the batcher, the submitter, and the signers behind it. */
export interface Batching {
  readonly batcher: BatcherService;
  readonly submitter: SubmitterService;
  /** Where payloads go from the next batch on. @throws InputError committee-not-named */
  readonly choose: (place: PlaceChoice) => Promise<void>;
  /** Endpoints of L1 that are not asked any more, and why. */
  readonly endpointFaults: () => ReadonlyMap<string, string>;
}

/** How a sequencer gets its batches signed, and what it does when their way ends by a fault of ours. */
export interface BatchingDeps {
  readonly cluster: Cluster;
  /** certificate ‖ expiry of the committee; `undefined` where there is none in time. */
  readonly certify: (payload: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly fatal: (error: unknown) => void;
}

/**
 * Begins to batch as soon as the driver has read L1 to its head, and L1 names the accounts that send; until
 * then it asks again, and blocks collect. The returned function ends it.
 */
export function startBatching(
  base: L2Base,
  settings: SequencerSettings,
  deps: BatchingDeps,
): {
  readonly running: () => Batching | undefined;
  /** Why it has not begun. */
  readonly waitsFor: () => string | undefined;
  readonly stop: () => void;
} {
  const { settings: common, rollup } = base.config;
  const options = { urls: common.l1.rpc, chainId: rollup.l1ChainId };
  const l1 = failoverL1(options, { clock: base.clock, log: base.log });
  let batching: Batching | undefined;
  let waitsFor: string | undefined;
  let [isStopped, said] = [false, ''];
  let cancel: () => void = () => undefined;
  const begin = async (): Promise<void> => {
    try {
      await refuseBehindL1(base);
      const named = await connectOne(l1, base);
      if (isStopped) return;
      batching = open(base, settings, deps, named);
      if (batching.submitter.status().isPaused) base.log.warn('batches are paused since before the start');
      batching.submitter.start();
      batching.batcher.start();
    } catch (error) {
      if (!isOrdinary(error)) return void deps.fatal(error);
      if (error.code !== said) base.log.warn('no batches yet', { reason: error.code, detail: error.message });
      said = error.code;
      waitsFor = `${error.code}: ${error.message}`;
      if (!isStopped) cancel = base.clock.after(BEGIN_MS, () => void begin());
    }
  };
  void begin();
  const stop = (): void => {
    isStopped = true;
    cancel();
    batching?.batcher.stop();
    batching?.submitter.stop();
  };
  return { running: () => batching, waitsFor: () => waitsFor, stop };
}

/**
 * What L1 took while this node was away may have replaced its blocks. A batch of those would be refused by
 * signers who have read on, or worse, be signed by too few and hold its index. @throws OperationError
 * l1-not-read
 */
export async function refuseBehindL1({
  l1,
  driver,
}: {
  readonly l1: Pick<L2Base['l1'], 'head'>;
  readonly driver: Pick<L2Base['driver'], 'heads'>;
}): Promise<void> {
  const { number } = await l1.head('latest');
  const read = driver.heads().l1.number;
  if (read < number)
    throw new OperationError('l1-not-read', 'retry', `L1 is read to block ${read} of ${number}`);
}

interface NamedL1 {
  readonly l1: FailoverL1;
  readonly accounts: { readonly calldata: Address; readonly blobs: Address };
}

/** Whom KeyRegistry names. */
async function connectOne(l1: FailoverL1, { config }: L2Base): Promise<NamedL1> {
  const { accounts, registry } = await l1.inbox(config.rollup.inbox);
  const { calldata, blobs } = accounts;
  const named = calldata ?? blobs;
  if (named !== undefined) return { l1, accounts: { calldata: calldata ?? named, blobs: blobs ?? named } };
  throw new OperationError(
    'account-not-named',
    'retry',
    `KeyRegistry ${registry} names no account for batches`,
  );
}

function open(
  base: L2Base,
  settings: SequencerSettings,
  { cluster, certify, fatal }: BatchingDeps,
  { l1, accounts }: NamedL1,
): Batching {
  const { config, clock, disk, log, driver, executor, stages } = base;
  const { rollup } = config;
  const { batches, fees } = settings;
  const submitter = new SubmitterService(
    {
      ...{ l1ChainId: rollup.l1ChainId, l2ChainId: rollup.l2ChainId, inbox: rollup.inbox, accounts },
      caps: {
        ...{ maxFeePerGas: fees.cap, maxPriorityFeePerGas: fees.cap, maxFeePerBlobGas: fees.blob_cap },
      },
      ...{ maxOpen: batches.max_unfinal, bumpAfter: BigInt(fees.bump_after), resendAfter: RESEND_AFTER },
      ...{ signStaleMs: settings.sign_stale, retryMs: RETRY_MS, lookMs: LOOK_MS },
    },
    {
      ...{ disk, clock, log, l1, fatal },
      cluster: { key: cluster.key, sign: (request) => signed(base, cluster, request) },
      withBlobs: async (raw, payload) => networkForm(raw, await sidecarOf(await kzg(), payload)),
      derived: (index) => {
        const record = driver.batches.at(index);
        return record && { isTaken: record.outcome === 'taken', l1Hash: record.l1Hash };
      },
      ended: (index, how) => batcher.ended(index, how),
    },
  );
  const batcher: BatcherService = new BatcherService(
    {
      ...{ rollup, maxAge: BigInt(Math.ceil(batches.max_age / 1_000)), maxOpen: batches.max_unfinal },
      ...{ turnMs: TURN_MS, place: batches.da },
    },
    {
      ...{ disk, clock, log, brotli, certify, fatal, fees: l1.fees },
      chain: { head: () => driver.heads().unsafe.number, block: (number) => executor.block(number) },
      versionedHashes: async (payload) => versionedHashesOf(await kzg(), payload),
      lastOnL1: () => lastBatch(driver),
      submitter: {
        submit: (batch) => {
          stages.sealed({ index: batch.index, ...blocksIn(batch) }, clock.nowMs());
          submitter.submit(batch);
        },
        open: () => submitter.status().open,
        giveUp: (index) => submitter.giveUp(index),
      },
    },
  );
  const choose = async (place: PlaceChoice): Promise<void> => {
    if (place === 'committee' && settings.committee === undefined)
      throw new InputError('committee-not-named', 'place', 'l2.yaml has no group "sequencer.committee"');
    await prepareBlobs({ batches: { da: place } }, log);
    batcher.choose(place);
  };
  return { batcher, submitter, choose, endpointFaults: l1.faults };
}

/** Has a request signed, and notes when that was. */
async function signed({ clock, stages }: L2Base, cluster: Cluster, bytes: Uint8Array): Promise<Uint8Array> {
  const signature = await cluster.sign(bytes);
  const request = decodeRequest(bytes);
  if (request.kind === 'submit-blocks') {
    const { hash } = signedTransaction(request, decode(signatureCodec, signature, 'signature'));
    stages.signed(request.batchIndex, hash, clock.nowMs());
  }
  return signature;
}
