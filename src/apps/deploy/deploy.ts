import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { Address } from '../../ethereum/address.ts';
import type { DeploymentStep } from '../../ethereum/deployment-plan.ts';
import { signDeployment } from '../../ethereum/deployment-tx.ts';
import type { SignedL1Tx } from '../../ethereum/l1-tx.ts';
import type { DeploymentL1 } from '../../system/l1-client-deploy.ts';
import type { DeploymentJournal, MinedStep } from './journal.ts';
import { checkChain } from './record.ts';

/** What every deployment begins with. */
export interface Beginning {
  readonly chainId: bigint;
  /** The hash of block 0, 32 bytes. */
  readonly genesis: Uint8Array;
  /** The hash of the plan, 32 bytes. */
  readonly plan: Uint8Array;
}

/** Transactions of one account on one chain. */
export interface Deployment<Start extends Beginning> {
  readonly start: Start;
  readonly deployer: Address;
  readonly plan: { readonly steps: readonly DeploymentStep[]; readonly hash: Uint8Array };
}

/** What a deployment works with. */
export interface DeployTools<Start extends Beginning> {
  readonly l1: DeploymentL1;
  readonly journal: DeploymentJournal<Start>;
  readonly key: Secret;
  /** Hears of every step that is in a block; `isOld` if an earlier run had seen it there. */
  readonly heard: (step: DeploymentStep, mined: MinedStep, isOld: boolean) => void;
}

/** Milliseconds for which one transaction is waited for. */
export const MINED_TIMEOUT_MS = 600_000;
/** Gas beyond the estimate, in percent: what a transaction takes may change until it is in a block. */
const GAS_MARGIN = 20n;

/**
 * Begins or continues a deployment, and ends it. @throws OperationError deployment-differs |
 * deployment-diverged, and all of L1
 */
export async function deploy<Start extends Beginning>(
  deployment: Deployment<Start>,
  tools: DeployTools<Start>,
): Promise<void> {
  await checkStart(deployment, tools);
  for (const step of deployment.plan.steps) {
    const known = tools.journal.mined(step.name);
    const mined = known ?? (await finish(step, deployment, tools));
    tools.heard(step, mined, known !== undefined);
  }
}

/** The chain and the code must be those with which it began. */
async function checkStart<Start extends Beginning>(
  { start, plan }: Deployment<Start>,
  { l1, journal }: DeployTools<Start>,
): Promise<void> {
  await checkChain(start, l1);
  if (!equalBytes(plan.hash, start.plan))
    throw new OperationError(
      'deployment-differs',
      'fatal',
      'the contracts are not those with which the deployment began',
    );
  if (journal.start === undefined) journal.begin(start);
}

/** Brings one step into a block, whatever an earlier run did of it. */
async function finish<Start extends Beginning>(
  step: DeploymentStep,
  deployment: Deployment<Start>,
  tools: DeployTools<Start>,
): Promise<MinedStep> {
  const { l1, journal } = tools;
  const earlier = await firstMined(journal.sent(step.name), l1);
  if (earlier !== undefined) return ended(step, earlier, tools);
  const used = await l1.nonce(deployment.deployer, 'latest');
  if (used !== step.nonce)
    throw new OperationError(
      'deployment-diverged',
      'fatal',
      `${step.name} needs the nonce ${step.nonce}; the next of the deployer is ${used}`,
    );
  const tx = await send(step, deployment, tools);
  return ended(step, tx, tools);
}

async function firstMined(sent: readonly SignedL1Tx[], l1: DeploymentL1): Promise<SignedL1Tx | undefined> {
  for (const tx of sent) if ((await l1.receipt(tx.hash)) !== undefined) return tx;
  return undefined;
}

/** Sends what was signed last; where its fee is too low by now, the same again for a higher one. */
async function send<Start extends Beginning>(
  step: DeploymentStep,
  deployment: Deployment<Start>,
  tools: DeployTools<Start>,
): Promise<SignedL1Tx> {
  const last = tools.journal.sent(step.name).at(-1);
  if (last !== undefined) {
    try {
      await tools.l1.send(last);
      return last;
    } catch (error) {
      if (!(error instanceof OperationError) || error.code !== 'fee-too-low') throw error;
    }
  }
  const { start, deployer: from } = deployment;
  const tx = await signPriced(step, { chainId: start.chainId, from }, tools);
  tools.journal.sending(step.name, tx);
  await tools.l1.send(tx);
  return tx;
}

/** Wei per gas, and gas: more than any deployment is worth. Who answers for L1 does not spend our money. */
const MAX_FEE = 3_000_000_000_000n;
const MAX_GAS = 60_000_000n;

/** A call or a creation that has its number. */
export interface NumberedCall extends Pick<DeploymentStep, 'to' | 'data' | 'nonce'> {
  /** Wei. */
  readonly value?: bigint | undefined;
}

/**
 * Signs it with gas and fees as L1 has them now. @throws OperationError fee-implausible, before anything is
 * signed
 */
export async function signPriced(
  { to, data, nonce, value }: NumberedCall,
  { chainId, from }: { readonly chainId: bigint; readonly from: Address },
  { l1, key }: { readonly l1: Pick<DeploymentL1, 'gas' | 'fees'>; readonly key: Secret },
): Promise<SignedL1Tx> {
  const [gas, { baseFee, tip }] = await Promise.all([l1.gas({ from, to, data, value }), l1.fees()]);
  const fees = { maxFeePerGas: 3n * baseFee + tip, maxPriorityFeePerGas: tip };
  const gasLimit = (gas * (100n + GAS_MARGIN)) / 100n;
  if (fees.maxFeePerGas > MAX_FEE || gasLimit > MAX_GAS)
    throw new OperationError(
      'fee-implausible',
      'retry',
      `L1 asks for ${fees.maxFeePerGas} wei per gas and ${gasLimit} gas;` +
        ` at most ${MAX_FEE} and ${MAX_GAS} are paid`,
    );
  return signDeployment({ chainId, nonce, to, data, value, gasLimit, ...fees }, key);
}

async function ended<Start extends Beginning>(
  step: DeploymentStep,
  tx: SignedL1Tx,
  { l1, journal }: DeployTools<Start>,
): Promise<MinedStep> {
  const { hash, block, gasUsed } = await l1.mined(tx.hash, MINED_TIMEOUT_MS);
  if (step.created !== undefined && (await l1.code(step.created.address)).length === 0)
    throw new OperationError('deployment-diverged', 'fatal', `${to0x(hash)} made nothing: ${step.name}`);
  const mined = { hash, block, gasUsed };
  journal.ended(step.name, mined);
  return mined;
}

/** The next nonce of an account of which nothing waits. @throws OperationError deployment-diverged */
export async function idleNonce(l1: Pick<DeploymentL1, 'nonce'>, deployer: Address): Promise<bigint> {
  const [latest, pending] = await Promise.all([l1.nonce(deployer, 'latest'), l1.nonce(deployer, 'pending')]);
  if (latest === pending) return latest;
  throw new OperationError(
    'deployment-diverged',
    'fatal',
    `transactions of ${deployer} wait for a block: their number decides about addresses`,
  );
}
