import { unpackBlobs } from '../chain/blobs.ts';
import type { AppendedBatch, L1Facts } from '../chain/l1-facts.ts';
import type { Rollup } from '../chain/rollup.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { addressBytes } from '../ethereum/address.ts';
import { versionedHash } from '../ethereum/blob-tx.ts';
import { l1EventsOf } from '../ethereum/l1-events.ts';
import { mayHold } from '../ethereum/l1-header.ts';
import { type JsonRpc, jsonRpc } from './json-rpc.ts';
import { kzg } from './kzg.ts';
import { blobsOf } from './l1-client.ts';
import { readBatches } from './l1-client-batch.ts';
import { type BoundBlock, checkAnchor, checkChain, lie, readBlock, readReceipts } from './l1-client-block.ts';
import type { Clock, L1Source, Log } from './ports.ts';
import { shownUrl } from './shown-url.ts';

/** How L1 is read. */
export interface L1SourceOptions {
  /** JSON-RPC endpoints, the preferred one first; the next one is asked where one fails. At least one. */
  readonly urls: readonly string[];
  readonly rollup: Rollup;
  /** Milliseconds for one call. */
  readonly callTimeoutMs?: number;
}

/** What reading L1 needs of the machine. */
export interface L1SourceDeps {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Pick<Log, 'warn'>;
}

const CALL_TIMEOUT_MS = 30_000;
/** Milliseconds until the preferred endpoint is asked again. */
const RETURN_MS = 60_000;

interface Endpoint {
  readonly url: string;
  readonly rpc: JsonRpc;
}

/**
 * Reads L1 so that an endpoint can withhold, but not change what a block says: see the port. It cannot know
 * whether the chain of blocks that it is shown is the one that validators chose; whoever names the endpoint
 * answers for that. Calls also @throws OperationError wrong-chain
 * @throws OperationError l1-unreachable | l1-lies | wrong-chain where no endpoint is of use
 */
export async function connectL1Source(options: L1SourceOptions, deps: L1SourceDeps): Promise<L1Source> {
  const { rollup } = options;
  const endpoints = new Endpoints(options, deps);
  const head: L1Source['head'] = (tag) =>
    endpoints.ask(async ({ rpc }) => {
      const found = await readBlock(rpc, tag);
      if (found === undefined) throw lie(`there is no ${tag} block`);
      const { number, hash, parentHash } = found;
      if (tag === 'finalized') endpoints.anchor = { number, hash };
      return { number, hash, parentHash };
    });
  await head('latest');
  return {
    head,
    facts: (number) =>
      endpoints.ask(async ({ rpc }) => {
        const block = await readBlock(rpc, number);
        return block && readFacts(rpc, rollup, block);
      }),
    blobPayload: async (block, batch) =>
      unpackBlobs(await endpoints.ask(({ url }) => checkedBlobs(url, block, batch))),
  };
}

/** What a block says to L2. Most say nothing, which the bloom in their header proves. */
async function readFacts(rpc: JsonRpc, rollup: Rollup, block: BoundBlock): Promise<L1Facts> {
  const { number, hash, parentHash, timestamp } = block;
  const places = [rollup.inbox, rollup.bridge, rollup.forcedInbox, rollup.outputs];
  const isQuiet = !places.some((place) => mayHold(block.logsBloom, addressBytes(place)));
  const receipts = isQuiet ? [] : await readReceipts(rpc, block);
  const events = l1EventsOf(
    receipts.flatMap(({ logs }) => logs),
    rollup,
  );
  const batches = await readBatches(rpc, rollup, block, receipts);
  return { number, hash, parentHash, timestamp, ...events, ...batches };
}

/** Blobs with the hashes that the chain holds, whatever they pack. */
async function checkedBlobs(
  url: string,
  block: bigint,
  { blobHashes }: AppendedBatch,
): Promise<readonly Uint8Array[]> {
  const blobs = await blobsOf(url, block, blobHashes);
  const { commitment } = await kzg();
  const commitments = await Promise.all(blobs.map((blob) => commitment(blob))).catch((cause: unknown) => {
    throw lie(`what came for block ${block} is no blob`, cause);
  });
  const hashes = commitments.map(versionedHash);
  if (
    blobs.length !== blobHashes.length ||
    hashes.some((hash, i) => !equalBytes(hash, blobHashes[i] ?? hash))
  )
    throw lie(`the blobs of block ${block} are not those of the batch`);
  return blobs;
}

/** Several endpoints of one chain, of which one is asked until it fails. */
class Endpoints {
  /** The last block that one of them called final: each that is asked from then on must have it. */
  anchor: Pick<BoundBlock, 'number' | 'hash'> | undefined;
  readonly #all: readonly Endpoint[];
  readonly #chainId: bigint;
  readonly #deps: L1SourceDeps;
  readonly #checked = new Set<Endpoint>();
  #current = 0;
  #leftAtMs = 0;

  constructor({ urls, rollup, callTimeoutMs = CALL_TIMEOUT_MS }: L1SourceOptions, deps: L1SourceDeps) {
    this.#all = urls.map((url) => ({ url, rpc: jsonRpc(url, callTimeoutMs) }));
    this.#chainId = rollup.l1ChainId;
    this.#deps = deps;
  }

  /** The first answer that one of them gives; where none does, the fault of the last that was asked. */
  readonly ask = async <T>(call: (endpoint: Endpoint) => Promise<T>): Promise<T> => {
    let fault = new OperationError('l1-unreachable', 'retry', 'no L1 endpoint is named');
    if (this.#deps.clock.monotonicMs() - this.#leftAtMs > RETURN_MS) this.#current = 0;
    for (let tries = 0; tries < this.#all.length; tries++) {
      const endpoint = this.#all[this.#current];
      if (endpoint === undefined) break;
      try {
        return await this.#askOne(endpoint, call);
      } catch (error) {
        fault = faultOf(error);
        this.#leave(endpoint, fault);
      }
    }
    throw fault;
  };

  async #askOne<T>(endpoint: Endpoint, call: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    if (!this.#checked.has(endpoint)) await this.#check(endpoint);
    this.#checked.add(endpoint);
    return call(endpoint);
  }

  async #check({ rpc, url }: Endpoint): Promise<void> {
    await checkChain(rpc, url, this.#chainId);
    if (this.anchor !== undefined && this.#all.length > 1) await checkAnchor(rpc, url, this.anchor);
  }

  /** Which chain it serves is asked again when it is asked again. */
  #leave(endpoint: Endpoint, { code, message }: OperationError): void {
    this.#deps.log.warn('l1-endpoint-failed', { url: shownUrl(endpoint.url), code, message });
    this.#checked.delete(endpoint);
    this.#leftAtMs = this.#deps.clock.monotonicMs();
    this.#current = (this.#current + 1) % this.#all.length;
  }
}

/** Reading can always be tried again: to refuse a call is no more than not to answer. */
function faultOf(error: unknown): OperationError {
  if (!(error instanceof OperationError)) throw error;
  if (error.code !== 'l1-rejected') return error;
  return new OperationError('l1-unreachable', 'retry', error.message, { cause: error });
}
