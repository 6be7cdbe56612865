import { contentHashOf, decodeRequest, isBatching, slotsOf } from '../../src/chain/duty.ts';
import type { Fees } from '../../src/chain/fees.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { OperationError, assert } from '../../src/crypto/errors.ts';
import { decideFees, defaultGuardLimits } from '../../src/node/guard-rules.ts';
import type { Cluster } from '../../src/services/l1/service.ts';
import { oneKey } from './l2-town.ts';

/** What signers were asked for, and signed. */
export interface Asked {
  readonly index: bigint;
  readonly nonce: bigint;
  /** Hex, of all but fees. */
  readonly content: string;
  readonly fees: Fees;
}

/** Signers that go by the rules of a guard: one content for index and nonce, and prices by their ladder. */
export class GuardedSigners implements Cluster {
  readonly key: Cluster['key'] = oneKey.key;
  /** What was signed, in its order. */
  readonly signed: Asked[] = [];
  /** What was refused, by the words of the guard. */
  readonly refused: string[] = [];
  readonly #contents = new Map<string, string>();
  readonly #cap: bigint;
  readonly #blobCap: bigint;

  /** Caps in wei per gas. */
  constructor(cap: bigint, blobCap: bigint = cap) {
    this.#cap = cap;
    this.#blobCap = blobCap;
  }

  readonly sign = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const request = decodeRequest(bytes);
    assert(isBatching(request), 'only batches are signed here');
    const content = toHex(contentHashOf(request));
    const slots = slotsOf(request).map(({ id }) => toHex(id));
    const { batchIndex: index, nonce, maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas } = request;
    const fees = { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas };
    if (slots.some((slot) => (this.#contents.get(slot) ?? content) !== content))
      return this.#refuse('guard-conflict', `batch ${index} under nonce ${nonce} has another content`);
    for (const slot of slots) this.#contents.set(slot, content);
    const before = this.signed.filter((one) => one.index === index).map((one) => one.fees);
    if (!before.some((one) => JSON.stringify(one, text) === JSON.stringify(fees, text)))
      this.#decide(request.da, before, fees);
    this.signed.push({ index, nonce, content, fees });
    return oneKey.sign(bytes);
  };

  /** A second price is no new decision: the rules for it stand since the first. */
  #decide(da: string, before: readonly Fees[], fees: Fees): void {
    const shown = ({ maxFeePerBlobGas, ...rest }: Fees) =>
      da === 'blobs' ? { ...rest, maxFeePerBlobGas } : rest;
    const caps = {
      maxFeePerGas: this.#cap,
      maxPriorityFeePerGas: this.#cap,
      maxFeePerBlobGas: this.#blobCap,
    };
    const verdict = decideFees(before.map(shown), shown(fees), caps, defaultGuardLimits);
    if (verdict.kind === 'refused') this.#refuse(verdict.reason, verdict.detail);
  }

  #refuse(reason: string, detail: string): never {
    this.refused.push(`${reason}: ${detail}`);
    throw new OperationError(reason, 'fatal', detail);
  }
}

const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
