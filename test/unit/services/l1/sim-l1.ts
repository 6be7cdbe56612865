import type { FeeObservation, Fees } from '../../../../src/chain/fees.ts';
import {
  contentHashOf,
  decodeRequest,
  isBatching,
  slotsOf,
  transactionOf,
} from '../../../../src/chain/duty.ts';
import type { SealedBatch } from '../../../../src/chain/sealed-batch.ts';
import { toHex, u64 } from '../../../../src/crypto/bytes.ts';
import { encode } from '../../../../src/crypto/codec.ts';
import { signatureCodec } from '../../../../src/crypto/ecdsa.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { scalar } from '../../../../src/crypto/secp256k1.ts';
import { decodeInboxCall } from '../../../../src/ethereum/abi.ts';
import { type Address, addressFromBytes, keccak256 } from '../../../../src/ethereum/address.ts';
import { type DecodedL1Tx, decodeSigned, signingDigest } from '../../../../src/ethereum/l1-tx.ts';
import { decideFees, defaultGuardLimits } from '../../../../src/node/guard-rules.ts';
import type { Cluster, SubmitterDeps, SubmitterSettings } from '../../../../src/services/l1/service.ts';
import {
  type TestAccount,
  insecureTestAccount,
  signDigest,
} from '../../../../scripts/lib/test-transactions.ts';
import type { L1, L1Reads } from '../../../../src/system/ports.ts';
import { Choices } from '../../../sim/random.ts';
import { chain, requestOf } from '../../chain/blocks-samples.ts';
import { blobHash } from '../../chain/samples.ts';

/** The accounts of the simulated cluster. */
export const batcher: TestAccount = insecureTestAccount('submitter', 0);
export const blobber: TestAccount = insecureTestAccount('submitter', 1);
const key: Awaited<ReturnType<Cluster['key']>> = { keyId: new Uint8Array(32).fill(3), keyEpoch: 1 };
export const inbox: Address = addressFromBytes(new Uint8Array(20).fill(5));
const versioned = Uint8Array.from(blobHash);

const made = new Map<string, SealedBatch>();

/** A sealed batch; `salt` makes another content of it. */
export function sealed(index: bigint, da: SealedBatch['da'] = 'calldata', salt = 1): SealedBatch {
  const name = `${index} ${da} ${salt}`;
  const batch = made.get(name) ?? makeSealed(index, da, salt);
  made.set(name, batch);
  return batch;
}

function makeSealed(index: bigint, da: SealedBatch['da'], salt: number): SealedBatch {
  const request = requestOf(chain, [salt, salt + 1], { batchIndex: index, da });
  const { payload, parentHash, lastHash, blocksRoot, lastOrigin, dacCertificate } = request;
  const blobVersionedHashes = da === 'blobs' ? [versioned] : [];
  const rest = { parentHash, lastHash, blocksRoot, lastOrigin, dacCertificate, blobVersionedHashes };
  return { index, da, payload, ...rest };
}

/** Signers with a guard: every second content for an index or a nonce is a fault that the test must see. */
export class SimCluster implements Cluster {
  readonly asked: { readonly slot: string; readonly digest: string }[] = [];
  readonly #slots = new Map<
    string,
    { readonly content: string; readonly nonce: bigint; readonly fees: Map<string, Fees> }
  >();
  conflicts = 0;
  isDown = false;
  /** Whether a nonce is final without effect: what was signed under it may be signed under another. */
  isUsed: (nonce: bigint) => boolean = () => false;
  hold: Promise<void> | undefined;

  readonly key = async (): Promise<typeof key> => key;
  readonly sign = async (bytes: Uint8Array): Promise<Uint8Array> => {
    await this.hold;
    if (this.isDown) throw new OperationError('no-node', 'retry', 'the cluster is down');
    const request = decodeRequest(bytes);
    if (!isBatching(request)) throw new Error('no batch');
    const tx = transactionOf(request);
    const digest = signingDigest(tx);
    const content = toHex(contentHashOf(request));
    for (const { id } of slotsOf(request)) {
      const slot = toHex(id);
      const before = this.#slots.get(slot);
      const isDead = before !== undefined && before.content === content && this.isUsed(before.nonce);
      const known =
        before === undefined || (isDead && before.nonce !== request.nonce)
          ? { content, nonce: request.nonce, fees: new Map<string, Fees>() }
          : before;
      const { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas } = request;
      const fees = { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas };
      if (known.content !== content) this.conflicts += 1;
      if (known.fees.size > 0 && !known.fees.has(toHex(digest))) {
        const caps = {
          maxFeePerGas: 10n ** 15n,
          maxPriorityFeePerGas: 10n ** 15n,
          maxFeePerBlobGas: 10n ** 15n,
        };
        const isBlobs = request.da === 'blobs';
        const asFees = (one: Fees) =>
          isBlobs ? one : { maxFeePerGas: one.maxFeePerGas, maxPriorityFeePerGas: one.maxPriorityFeePerGas };
        const verdict = decideFees(
          [...known.fees.values()].map(asFees),
          asFees(fees),
          caps,
          defaultGuardLimits,
        );
        if (verdict.kind === 'refused') throw new OperationError(verdict.reason, 'fatal', verdict.detail);
      }
      known.fees.set(toHex(digest), fees);
      this.#slots.set(slot, known);
      this.asked.push({ slot, digest: toHex(digest) });
    }
    const { secret } = request.sender === batcher.address ? batcher : blobber;
    const { r, s, yParity } = signDigest(digest, secret);
    return encode(signatureCodec, { r: scalar(r), s: scalar(s), yParity });
  };
}

interface SimTx extends DecodedL1Tx {
  readonly raw: Uint8Array;
  /** Of the batch in it. */
  readonly index: bigint;
}
const decoded = new Map<string, SimTx>();
function read(raw: Uint8Array): SimTx {
  const name = toHex(keccak256(raw));
  const known = decoded.get(name);
  if (known !== undefined) return known;
  const one = decodeSigned(raw);
  const tx = { ...one, raw, index: decodeInboxCall(one.tx.data).header.index };
  decoded.set(name, tx);
  return tx;
}
interface SimBlock {
  readonly number: bigint;
  readonly hash: Uint8Array;
  readonly txs: readonly { readonly tx: SimTx; readonly isSuccess: boolean }[];
}

const FINAL_DEPTH = 8;

/** A chain with a pool that has geth's rules, an inbox that wants each index once, and bad days. */
export class SimL1 {
  readonly choices: Choices;
  readonly pool: Map<string, SimTx> = new Map();
  blocks: SimBlock[] = [{ number: 0n, hash: keccak256(u64(0)), txs: [] }];
  fee: FeeObservation = { baseFee: 1_000n, tip: 100n, blobBaseFee: 1_000n };
  wei: bigint = 10n ** 24n;
  isDown = false;
  /** Indices that the inbox reverts. */
  readonly refused: Set<bigint> = new Set();
  /** The last batch that came from an account of somebody else, and its block. */
  foreignIndex = 0n;
  foreignBlock = 0n;
  /** Nothing leaves the pool. */
  isStuck = false;
  sends = 0;
  /** What the endpoint says otherwise. */
  lie: ((calls: L1Reads) => Partial<L1Reads>) | undefined;
  #salt = 0;

  constructor(seed: number) {
    this.choices = new Choices(seed);
  }

  nonceOf(account: Address, back = 0): bigint {
    const blocks = this.blocks.slice(0, this.blocks.length - back);
    const own = blocks.flatMap(({ txs }) => txs).filter(({ tx }) => tx.sender === account);
    return BigInt(own.length) + (this.foreign.get(account) ?? 0n);
  }
  /** Nonces that somebody else has used. */
  readonly foreign: Map<Address, bigint> = new Map();

  /** The batches that the inbox has, oldest first. */
  get batches(): readonly bigint[] {
    const sent = this.blocks.flatMap(({ txs }) => txs).filter(({ isSuccess }) => isSuccess);
    return sent.map(({ tx }) => tx.index);
  }

  /** The transaction that brought a batch; zeros where it is of somebody else. */
  hashOf(index: bigint): Uint8Array {
    const sent = this.blocks.flatMap(({ txs }) => txs);
    const own = sent.find(({ tx, isSuccess }) => isSuccess && tx.index === index);
    return own?.tx.hash ?? new Uint8Array(32);
  }

  get lastIndex(): bigint {
    const own = this.batches.at(-1) ?? 0n;
    return own > this.foreignIndex ? own : this.foreignIndex;
  }

  /** The next block, with what its price allows. */
  mine(): void {
    const txs: { readonly tx: SimTx; readonly isSuccess: boolean }[] = [];
    let last = this.lastIndex;
    for (const account of [batcher.address, blobber.address])
      for (let nonce = this.nonceOf(account); !this.isStuck; nonce++) {
        const tx = this.pool.get(`${account} ${nonce}`);
        if (tx === undefined || !this.#pays(tx)) break;
        const { index } = tx;
        const isSuccess = index === last + 1n && !this.refused.has(index);
        if (isSuccess) last = index;
        txs.push({ tx, isSuccess });
        this.pool.delete(`${account} ${nonce}`);
      }
    const number = BigInt(this.blocks.length);
    this.blocks.push({ number, hash: keccak256(u64(number * 1_000_000n + BigInt(this.#salt++))), txs });
  }

  #pays({ tx }: SimTx): boolean {
    if (tx.maxFeePerGas < this.fee.baseFee) return false;
    return tx.type !== 'eip4844' || tx.maxFeePerBlobGas >= this.fee.blobBaseFee;
  }

  /** Takes blocks away; what was in them is in the pool again, or lost. */
  reorg(depth: number, lost: number): void {
    const gone = this.blocks.splice(Math.max(1, this.blocks.length - depth));
    for (const { tx } of gone.flatMap(({ txs }) => txs))
      if (!this.choices.happens(lost)) this.pool.set(`${tx.sender} ${tx.tx.nonce}`, tx);
  }

  /** Loses what waits. */
  drop(): void {
    this.pool.clear();
  }

  /** The port. */
  get port(): SubmitterDeps['l1'] {
    const { send, ...reads } = this.calls;
    return { send, look: (read) => read({ ...reads, ...this.lie?.(reads) }) };
  }

  /** What one endpoint answers. */
  get calls(): L1Reads & Pick<L1, 'send'> {
    const up = <T>(value: () => T): Promise<T> =>
      this.isDown
        ? Promise.reject(new OperationError('l1-unreachable', 'retry', 'down'))
        : Promise.resolve().then(value);
    const zero = new Uint8Array(32);
    return {
      head: (tag) =>
        up(() => {
          const back = tag === 'latest' ? 1 : FINAL_DEPTH;
          const block = this.blocks[Math.max(0, this.blocks.length - back)]!;
          return { number: block.number, hash: block.hash, parentHash: zero };
        }),
      hashAt: (number) => up(() => this.blocks[Number(number)]?.hash),
      nonce: (account, at) => up(() => this.nonceOf(account, at === 'finalized' ? FINAL_DEPTH - 1 : 0)),
      balance: () => up(() => this.wei),
      fees: () => up(() => this.fee),
      inbox: () =>
        up(() => ({
          ...{
            l2ChainId: 71_001n,
            lastIndex: this.lastIndex,
            authMode: 'sender',
            registry: inbox,
          },
          accounts: { calldata: batcher.address, blobs: blobber.address },
        })),
      batchAt: (_, index) =>
        up(() => {
          const own = this.blocks.find(({ txs }) =>
            txs.some(({ tx, isSuccess }) => isSuccess && tx.index === index),
          );
          const l1Block = own?.number ?? this.foreignBlock;
          return { digest: zero, blocksRoot: zero, firstBlock: index, lastBlock: index, l1Block };
        }),
      receipt: (hash) =>
        up(() => {
          for (const block of this.blocks)
            for (const { tx, isSuccess } of block.txs)
              if (toHex(tx.hash) === toHex(hash))
                return {
                  ...{ status: isSuccess ? 'success' : 'reverted', hash, block: block.number },
                  ...{
                    blockHash: block.hash,
                    from: tx.sender,
                    gasUsed: 100_000n,
                    gasPrice: this.fee.baseFee,
                  },
                  ...{ blobGasUsed: 0n, logs: [] },
                } as const;
          return undefined;
        }),
      send: ({ raw }) => up(() => this.#take(raw)),
    };
  }

  #take(raw: Uint8Array): void {
    this.sends += 1;
    const tx = read(raw);
    const { nonce } = tx.tx;
    if (nonce < this.nonceOf(tx.sender)) throw new OperationError('nonce-too-low', 'fatal', 'used');
    const known = this.pool.get(`${tx.sender} ${nonce}`);
    if (known !== undefined && toHex(known.hash) !== toHex(tx.hash) && !replaces(known, tx))
      throw new OperationError('fee-too-low', 'fatal', 'replacement underpriced');
    this.pool.set(`${tx.sender} ${nonce}`, tx);
  }
}

function replaces({ tx: before }: SimTx, { tx: after }: SimTx): boolean {
  if (before.type !== after.type) return false;
  if (after.type === 'eip4844' && before.type === 'eip4844')
    return (
      after.maxFeePerGas >= 2n * before.maxFeePerGas &&
      after.maxPriorityFeePerGas >= 2n * before.maxPriorityFeePerGas &&
      after.maxFeePerBlobGas >= 2n * before.maxFeePerBlobGas
    );
  return (
    10n * after.maxFeePerGas >= 11n * before.maxFeePerGas &&
    10n * after.maxPriorityFeePerGas >= 11n * before.maxPriorityFeePerGas
  );
}

/** Settings of the tests; one look a block. */
export const settings: SubmitterSettings = {
  accounts: { calldata: batcher.address, blobs: blobber.address },
  caps: { maxFeePerGas: 1_000_000n, maxPriorityFeePerGas: 1_000_000n, maxFeePerBlobGas: 1_000_000_000n },
  ...{ maxOpen: 4, resendAfter: 2n, bumpAfter: 3n, signStaleMs: 20_000, retryMs: 1_000 },
  ...{ l1ChainId: 31_337n, l2ChainId: 71_001n, inbox, lookMs: 1_000 },
};
