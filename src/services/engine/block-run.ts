import type { L2Header, Withdrawal } from '../../chain/block.ts';
import { encodeWithdrawal } from '../../chain/block.ts';
import type { BuildBudget, Candidate, TxReceipt, TxRefusal } from '../../chain/execution.ts';
import { blockLimits } from '../../chain/rollup.ts';
import { bigintToBytes, equalBytes } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { type L2Tx, intrinsicGas, readSignedTx, readUnprovenTx } from '../../ethereum/l2-tx.ts';
import { BEACON_ROOTS } from '../../ethereum/l2-genesis.ts';
import { orderedRoot } from '../../ethereum/ordered-root.ts';
import { NEW_ACCOUNT, NO_CODE } from './account.ts';
import { joinBlooms } from './bloom.ts';
import { type Draft, withoutZeros } from './draft.ts';
import { accountKey, keyOf } from './key.ts';
import type { Ancestors, Environment, Machine, MachineBlock } from './machine.ts';
import { type Message, type Outcome, applyTransaction } from './message.ts';
import { plainTransfer } from './plain-transfer.ts';
import { encodeReceipt } from './receipt.ts';
import type { State, WriteNode } from './state.ts';

/** What becomes known of a block by executing it. */
export type Results = Pick<
  L2Header,
  'stateRoot' | 'transactionsRoot' | 'receiptsRoot' | 'withdrawalsRoot' | 'logsBloom' | 'gasUsed'
>;

/** A transaction with all that executing it needs; the sender is known to be right. */
export type ProvenTx = Omit<L2Tx, 'signature'>;

const GWEI = 10n ** 9n;
/** No transaction uses less. [yellow paper, appendix G] */
const LEAST_GAS = 21_000n;
const BEACON_RING = 8_191n;

/** One block that is being executed: transactions go in one after another, then it is closed. */
export class BlockRun {
  readonly receipts: TxReceipt[] = [];
  readonly transactions: Uint8Array[] = [];
  gasUsed = 0n;
  readonly #machine: Machine;
  readonly #environment: Environment;
  readonly #block: MachineBlock;
  readonly #base: State;
  readonly #draft: Draft;
  readonly #chainId: bigint;
  readonly #encoded: Uint8Array[] = [];
  readonly #blooms: Uint8Array[] = [];

  constructor(machine: Machine, base: State, environment: Environment, ancestors: Ancestors) {
    this.#machine = machine;
    this.#environment = environment;
    this.#base = base;
    this.#draft = machine.state.begin(base);
    this.#block = machine.enter(environment, ancestors);
    this.#chainId = machine.common.chainId();
    this.#noteOrigin();
  }

  /** Reads a transaction and says whether it is valid here, whatever room is left. */
  check(candidate: Candidate): ProvenTx | TxRefusal {
    const tx = candidate.tx ?? readCandidate(candidate);
    if (tx?.chainId !== this.#chainId) return 'tx-malformed';
    if (tx.gasLimit > blockLimits.gas) return 'gas-over-block';
    const { nonce, balance, codeHash } = this.#draft.account(accountKey(tx.sender)) ?? NEW_ACCOUNT;
    // A contract signs nothing. [EIP-3607]
    if (!equalBytes(codeHash, NO_CODE)) return 'tx-malformed';
    if (tx.nonce < nonce) return 'nonce-too-low';
    if (tx.nonce > nonce) return 'nonce-too-high';
    if (tx.maxFeePerGas < this.#environment.baseFeePerGas) return 'fee-too-low';
    return balance < tx.value + tx.gasLimit * tx.maxFeePerGas ? 'no-funds' : tx;
  }

  /** Whether the block has gas for any transaction at all. */
  get hasGas(): boolean {
    return this.gasUsed + LEAST_GAS <= this.#environment.gasLimit;
  }

  /** Whether the gas limit of a transaction fits beside what the block has spent. */
  hasGasFor(tx: ProvenTx): boolean {
    return this.gasUsed + tx.gasLimit <= this.#environment.gasLimit;
  }

  /**
   * Executes a transaction that `check` found valid. Whether it was done in time: where not, nothing has
   * happened.
   */
  async add(tx: ProvenTx, budget?: BuildBudget): Promise<boolean> {
    const { baseFeePerGas } = this.#environment;
    const capped = baseFeePerGas + tx.maxPriorityFeePerGas;
    const gasPrice = capped < tx.maxFeePerGas ? capped : tx.maxFeePerGas;
    const { to, value, data, accessList, gasLimit } = tx;
    const message: Message = {
      ...{ from: tx.sender, to, value, data, accessList, gasLimit, gasPrice },
      intrinsicGas: intrinsicGas(tx),
    };
    const outcome =
      plainTransfer(this.#machine, this.#block, message) ??
      (await this.#inTime(budget, () => applyTransaction(this.#machine, this.#block, message)));
    if (outcome === undefined) return false;
    this.gasUsed += outcome.gasUsed;
    this.transactions.push(tx.raw);
    const receipt = receiptOf(tx, outcome, gasPrice, this.gasUsed);
    const { bytes, bloom } = encodeReceipt(receipt);
    this.receipts.push(receipt);
    this.#encoded.push(bytes);
    this.#blooms.push(bloom);
    return true;
  }

  /** What came of something, unless it took longer than one transaction may. */
  async #inTime<T>(budget: BuildBudget | undefined, task: () => Promise<T>): Promise<T | undefined> {
    if (budget === undefined) return task();
    const { watch, state, abandon } = this.#machine;
    const [endMs, { depth }] = [budget.elapsedMs() + budget.txMs, state.draft];
    try {
      return await watch.within(() => endMs - budget.elapsedMs(), task);
    } catch (error) {
      if (!(error instanceof OperationError) || error.code !== 'tx-too-slow') throw error;
      abandon(depth);
      return undefined;
    }
  }

  /** Pays the withdrawals and computes the roots; `write` receives the nodes of the new state. */
  close(
    withdrawals: readonly Withdrawal[],
    write: WriteNode,
  ): { readonly results: Results; readonly state: State; readonly draft: Draft } {
    const draft = this.#draft;
    for (const { address, gwei } of withdrawals) {
      const account = draft.account(accountKey(address));
      // Nothing, to an account that is empty, leaves it empty.
      if (gwei === 0n && account === undefined) continue;
      const known = account ?? NEW_ACCOUNT;
      draft.setAccount(accountKey(address), { ...known, balance: known.balance + gwei * GWEI });
    }
    const state = this.#base.after(draft, write);
    const results: Results = {
      stateRoot: state.root,
      transactionsRoot: orderedRoot(this.transactions),
      receiptsRoot: orderedRoot(this.#encoded),
      withdrawalsRoot: orderedRoot(withdrawals.map(encodeWithdrawal)),
      logsBloom: joinBlooms(this.#blooms),
      gasUsed: this.gasUsed,
    };
    return { results, state, draft };
  }

  /** What the system does before the first transaction. [EIP-4788] */
  #noteOrigin(): void {
    const contract = accountKey(BEACON_ROOTS);
    if (this.#draft.account(contract) === undefined) return;
    const { timestamp, parentBeaconBlockRoot } = this.#environment;
    const slot = timestamp % BEACON_RING;
    const put = (at: bigint, value: Uint8Array): void =>
      this.#draft.setSlot(contract, keyOf(bigintToBytes(at, 32)), withoutZeros(value));
    put(slot, bigintToBytes(timestamp, 32));
    put(slot + BEACON_RING, parentBeaconBlockRoot);
  }
}

function readCandidate({ raw, sender }: Candidate): ProvenTx | undefined {
  try {
    return sender === undefined ? readSignedTx(raw) : { ...readUnprovenTx(raw), sender };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function receiptOf(tx: ProvenTx, outcome: Outcome, gasPrice: bigint, cumulativeGasUsed: bigint): TxReceipt {
  const { isSuccess, gasUsed, created, logs } = outcome;
  return {
    ...{ hash: tx.hash, type: tx.type, from: tx.sender, to: tx.to },
    created: tx.to === undefined ? created : undefined,
    ...{ isSuccess, gasUsed, cumulativeGasUsed, effectiveGasPrice: gasPrice, logs },
  };
}
