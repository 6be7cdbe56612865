import { parseTransaction } from 'viem';

import { bytesToBigint, concat, equalBytes, to0x } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import type { Address } from '../../../../src/ethereum/address.ts';
import { contracts, creationOf } from '../../../../src/ethereum/contracts.ts';
import { checksOf } from '../../../../src/apps/deploy/check.ts';
import { type DeploymentPlan, planDeployment } from '../../../../src/ethereum/deployment-plan.ts';
import type { DeploymentSettings } from '../../../../src/ethereum/deployment-init.ts';
import { accountOfKey } from '../../../../src/ethereum/deployment-tx.ts';
import type { SignedL1Tx } from '../../../../src/ethereum/l1-tx.ts';
import type { DeploymentL1 } from '../../../../src/system/l1-client-deploy.ts';
import type { L1Receipt } from '../../../../src/system/ports.ts';
import {
  type DeploymentStart,
  parseDeploymentFile,
  sampleDeploymentFile,
  settingsOf,
} from '../../../../src/apps/deploy/settings.ts';

/** A key that anybody knows. */
export const testKey = (): Secret => new Secret('key of a test', new Uint8Array(32).fill(7));
const deployer: Address = accountOfKey(testKey());
const genesis: Uint8Array = new Uint8Array(32).fill(9);

/** How a deployment of the sample file begins on the fake chain. */
export function sampleStart(rewardsStart = 1_800_000_000n): DeploymentStart {
  const file = parseDeploymentFile(sampleDeploymentFile, 'sample', 'test');
  const settings = settingsOf(file, { profile: 'test', deployer, firstNonce: 0n, rewardsStart });
  return { profile: 'test', chainId: 31_337n, genesis, settings, plan: planDeployment(settings).hash };
}

/** Where a process is killed: at which call, and whether the chain still heard it. */
export interface Kill {
  readonly call: 'send' | 'mined';
  readonly nonce: number;
  readonly isHeard: boolean;
}

/** The death of a process, as the code sees it. */
export const killed = (): OperationError => new OperationError('node-stopped', 'fatal', 'killed');

/** A chain in memory that takes what a deployment sends. */
export class FakeL1 {
  readonly mined: { readonly nonce: number; readonly hash: string; readonly data: string }[] = [];
  readonly offered: SignedL1Tx[] = [];
  kill: Kill | undefined;
  chainId = 31_337n;
  genesis: Uint8Array = genesis;
  /** Fees that are asked for, and the least that is taken. */
  fee = 1_000n;
  leastFee = 0n;
  /** What it says that a transaction takes. */
  gas = 100_000n;
  isMaking = true;

  /** The next transaction of the deployer goes elsewhere. */
  sendElsewhere(): void {
    this.mined.push({ nonce: this.mined.length, hash: 'elsewhere', data: '' });
  }

  port(): DeploymentL1 {
    const unused = (): never => {
      throw new RangeError('not needed');
    };
    return {
      chainId: () => Promise.resolve(this.chainId),
      genesis: () => Promise.resolve(this.genesis),
      nonce: () => Promise.resolve(BigInt(this.mined.length)),
      fees: () => Promise.resolve({ baseFee: this.fee, tip: 1n, blobBaseFee: 1n }),
      gas: () => Promise.resolve(this.gas),
      code: () => Promise.resolve(new Uint8Array(this.isMaking ? 1 : 0)),
      send: async (tx) => this.#send(tx),
      receipt: async (hash) => this.#receipt(hash),
      mined: async (hash) => this.#mined(hash),
      head: unused,
      time: unused,
      call: unused,
      slot: unused,
    };
  }

  async #send(tx: SignedL1Tx): Promise<void> {
    const { nonce = 0, maxFeePerGas = 0n, data = '0x' } = parseTransaction(to0x(tx.raw));
    const isKilled = this.kill?.call === 'send' && this.kill.nonce === nonce;
    if (isKilled && !this.kill?.isHeard) throw killed();
    this.offered.push(tx);
    if (maxFeePerGas < this.leastFee) throw new OperationError('fee-too-low', 'retry', 'too low');
    if (nonce !== this.mined.length) throw new OperationError('nonce-too-low', 'fatal', `nonce ${nonce}`);
    this.mined.push({ nonce, hash: to0x(tx.hash), data });
    if (isKilled) throw killed();
  }

  #receipt(hash: Uint8Array): L1Receipt | undefined {
    const at = this.mined.findIndex((tx) => tx.hash === to0x(hash));
    if (at < 0) return undefined;
    return {
      ...{ status: 'success', hash, block: BigInt(at + 1), blockHash: hash, from: deployer },
      ...{ gasUsed: 1n, gasPrice: 1n, blobGasUsed: 0n, logs: [] },
    };
  }

  #mined(hash: Uint8Array): L1Receipt {
    const found = this.#receipt(hash);
    if (found === undefined) throw new OperationError('receipt-timeout', 'retry', 'in no block');
    if (this.kill?.call === 'mined' && BigInt(this.kill.nonce) + 1n === found.block) throw killed();
    return found;
  }
}

/** A chain on which everything of a plan stands as it should; one thing of it may be changed. */
export function deployedL1(
  plan: DeploymentPlan,
  settings: DeploymentSettings,
  change: { readonly code?: Address; readonly answer?: number } = {},
): Pick<DeploymentL1, 'code' | 'call' | 'slot'> {
  const checks = checksOf(plan, settings);
  const answerTo = (matches: (i: number) => boolean): Promise<Uint8Array> => {
    const at = checks.findIndex((_, i) => matches(i));
    const expected = checks[at]?.expected.slice() ?? new Uint8Array(0);
    // What nobody can know may be anything.
    const { from = 0, to = 0 } = checks[at]?.ignored ?? {};
    expected.fill(7, from, to);
    // Any other word: what was yes is no, what was one account is another.
    return Promise.resolve(
      change.answer === at ? concat(expected.subarray(1), Uint8Array.of(0xee)) : expected,
    );
  };
  return {
    code: (address) => {
      const found = plan.code.find(({ at }) => at === address);
      if (found === undefined) return Promise.resolve(new Uint8Array(0));
      const { from, to } = contracts[found.contract].runtime;
      const code = creationOf(found.contract).slice(from, to);
      return Promise.resolve(change.code === address ? code.subarray(1) : code);
    },
    call: (to, data) =>
      answerTo((i) => {
        const ask = checks[i]?.ask;
        return ask?.kind === 'call' && ask.to === to && equalBytes(ask.data, data);
      }),
    slot: (of, slot) =>
      answerTo((i) => {
        const ask = checks[i]?.ask;
        return ask?.kind === 'slot' && ask.of === of && bytesToBigint(ask.slot) === bytesToBigint(slot);
      }),
  };
}
