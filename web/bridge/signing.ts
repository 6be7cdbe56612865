import { fromHex, to0x } from '../../src/crypto/bytes.ts';
import { InputError } from '../../src/crypto/errors.ts';
import { bridgeErrorOf } from '../../src/ethereum/bridge-errors.ts';
import * as calls from '../explorer/calls.ts';
import { bytes } from '../explorer/decode.ts';
import { type L2Node, Refused } from '../explorer/node.ts';
import { problemOf } from '../explorer/problem.ts';
import { BadAmount } from './amount.ts';
import type { Ends, Flow, Step } from './flows.ts';
import { BadProof } from './proof.ts';
import { type Wallet, type WalletChain, WalletProblem } from './wallet.ts';

/** Milliseconds between two looks for a receipt. */
const POLL_MS = 1_000;

/** A transaction that is in a block, and failed there. */
class Failed extends Error {}

/** What of a flow is to be shown. */
export interface Shown {
  readonly step: Step;
  readonly number: number;
  readonly busy: string | undefined;
  readonly problem: string | undefined;
}

/** Who shows it. */
export interface Stage {
  readonly ends: Ends;
  readonly wallet: Wallet;
  readonly chains: Readonly<Record<Step['on'], WalletChain>>;
  /** Undefined: there is nothing to be signed any more. */
  readonly show: (shown: Shown | undefined) => void;
  /** A transaction is in a block: what the account has is another. */
  readonly moved: () => void;
  /** All of it is signed. */
  readonly done: () => void;
}

/** A flow on its way through the wallet, one signature after another; each only when its reader says so. */
export class Signing {
  readonly flow: Flow;
  readonly #stage: Stage;
  readonly #done: string[] = [];
  #step: Step | undefined;
  #isClosed = false;

  constructor(flow: Flow, stage: Stage) {
    [this.flow, this.#stage] = [flow, stage];
  }

  /** Prepares the next step, and shows it. @throws what hinders it, where nothing is shown yet */
  async next(): Promise<void> {
    this.#step = await this.flow.next(this.#done);
    if (this.#step !== undefined) {
      this.#show({});
      return;
    }
    this.#stage.done();
    this.close();
  }

  /** Forgets what is not signed yet; what was sent is sent. */
  close(): void {
    this.#isClosed = true;
    this.#stage.show(undefined);
  }

  /** Has the step that is shown signed, and waits for its block. */
  async sign(): Promise<void> {
    const step = this.#step;
    if (step === undefined || this.#isClosed) return;
    try {
      this.#show({ busy: 'Waiting for the wallet…' });
      this.#done.push(await this.#signed(step));
      await this.next();
    } catch (error) {
      this.#show({ problem: problemOfSigning(error) });
    }
  }

  async #signed(step: Step): Promise<string> {
    const { ends, wallet, chains, moved } = this.#stage;
    const node = ends[step.on];
    const chain = chains[step.on];
    if (step.fees !== undefined) return wallet.sign(chain, step.call, step.fees);
    await rehearse(node, wallet, step);
    const hash = await wallet.send(chain, step.call);
    this.#show({ busy: `Sent: ${hash}. Waiting for its block on ${chain.name}…` });
    await inBlock(node, hash, () => this.#isClosed);
    moved();
    return hash;
  }

  #show({ busy, problem }: Partial<Pick<Shown, 'busy' | 'problem'>>): void {
    if (this.#isClosed || this.#step === undefined) return;
    this.#stage.show({ step: this.#step, number: this.#done.length + 1, busy, problem });
  }
}

/** Nobody is asked to sign what a contract would refuse. @throws Refused */
async function rehearse(node: L2Node, { account }: Wallet, { call }: Step): Promise<void> {
  const { to, value, data } = call;
  const params = [{ from: account, to, value: `0x${value.toString(16)}`, data: to0x(data) }, 'latest'];
  await node.ask({ method: 'eth_call', params, read: bytes });
}

/** @throws Failed */
async function inBlock(node: L2Node, hash: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const receipt = await node.ask(calls.getReceipt(hash));
    if (receipt?.status === 1n) return;
    if (receipt !== null) throw new Failed(`${hash} is in a block, and failed there.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Why something was not signed or not done, for the reader of the page. */
export function problemOfSigning(error: unknown): string {
  const isOurs =
    error instanceof WalletProblem ||
    error instanceof BadProof ||
    error instanceof BadAmount ||
    error instanceof Failed;
  if (isOurs) return error.message;
  if (error instanceof InputError) return `That cannot be: ${error.message}.`;
  if (!(error instanceof Refused)) return problemOf(error);
  const data = typeof error.data === 'string' ? fromHex(error.data) : undefined;
  const name = data && bridgeErrorOf(data);
  return name === undefined
    ? `It would fail: ${error.message}`
    : `It would fail: the contract says ${name}. Nothing was signed.`;
}
