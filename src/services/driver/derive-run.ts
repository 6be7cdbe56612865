import { planBlock } from '../../chain/attributes.ts';
import type { DerivationState } from '../../chain/derivation-state.ts';
import {
  type DeriveEffect,
  type DeriveReply,
  type DeriveRules,
  type Derived,
  deriveL1Block,
} from '../../chain/derive.ts';
import { encodeHeader } from '../../chain/block.ts';
import type { BuildRequest, BuildResult, ExecutedBlock } from '../../chain/execution.ts';
import type { AppendedBatch, L1Facts } from '../../chain/l1-facts.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { Executor } from '../../system/ports.ts';

/** What derivation is answered with. */
export interface DerivePorts {
  readonly build: (request: BuildRequest) => Promise<BuildResult>;
  /** `undefined` for blobs that hold no payload. @throws OperationError until it is found */
  readonly payload: (l1Block: bigint, batch: AppendedBatch) => Promise<Uint8Array | undefined>;
}

/** Derives what one block of L1 says. Where a port fails nothing has changed, and it may be done again. */
export async function runDerivation(
  rules: DeriveRules,
  state: DerivationState,
  facts: L1Facts,
  ports: DerivePorts,
): Promise<Derived> {
  const run = deriveL1Block(rules, state, facts);
  let step = run.next();
  while (step.done !== true) step = run.next(await answer(step.value, ports));
  return step.value;
}

async function answer(effect: DeriveEffect, { build, payload }: DerivePorts): Promise<DeriveReply> {
  if (effect.kind === 'build') return { kind: 'build', result: await build(effect.request) };
  return { kind: 'payload', payload: await payload(effect.l1Block, effect.batch) };
}

/** Leaves what is long and can be begun again. @throws OperationError driver-stopped */
export function goOn(isStopped: boolean): void {
  if (!isStopped) return;
  throw new OperationError('driver-stopped', 'retry', 'the node was stopped while it derived');
}

/**
 * Ports that answer nothing more once the node is being stopped: one block of L1 may bring thousands of L2,
 * and who stops the node waits for the one that is being executed. @throws OperationError driver-stopped
 */
export function untilStopped({ build, payload }: DerivePorts, isStopped: () => boolean): DerivePorts {
  return {
    build: async (request) => {
      goOn(isStopped());
      return build(request);
    },
    payload: async (l1Block, batch) => {
      goOn(isStopped());
      return payload(l1Block, batch);
    },
  };
}

/**
 * Builds, but takes a block of the own canonical chain instead where it is the one that would come out: most
 * batches hold what was executed here before. Blocks with forced transactions are always built.
 */
export const buildOrReuse =
  (executor: Pick<Executor, 'build' | 'block'>): DerivePorts['build'] =>
  async (request) => {
    const parent = await executor.block(request.parent);
    const held = parent && (await executor.block(parent.block.header.number + 1n));
    if (parent !== undefined && held !== undefined && isOutcome(request, parent, held))
      return { kind: 'built', executed: held, refused: [] };
    return executor.build(request);
  };

function isOutcome(request: BuildRequest, parent: ExecutedBlock, held: ExecutedBlock): boolean {
  const { attributes } = request;
  const transactions = [...request.transactions];
  if (attributes.forced.length > 0 || held.forcedCount > 0) return false;
  const { block } = held;
  const { hash, header } = parent.block;
  const { carry, nextWithdrawal } = parent;
  const plan = planBlock({ hash, header, carry, nextWithdrawal }, attributes);
  // Withdrawals are under a root of the header; the plan has them as they are.
  const isSamePlan = equalBytes(
    encodeHeader({ ...block.header, ...plan.header }),
    encodeHeader(block.header),
  );
  const isSameMoney =
    plan.withdrawals.length === block.withdrawals.length &&
    plan.withdrawals.every((one, i) => {
      const other = block.withdrawals[i];
      return other?.address === one.address && other.gwei === one.gwei && other.index === one.index;
    });
  const isSameList =
    transactions.length === block.transactions.length &&
    transactions.every(({ raw }, i) => equalBytes(raw, block.transactions[i] ?? new Uint8Array(0)));
  return isSamePlan && isSameMoney && isSameList;
}
