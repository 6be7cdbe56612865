import { blockHash, decodeExtra, nextBaseFee } from '../../chain/block.ts';
import type { L2Block, L2Header } from '../../chain/block.ts';
import type { ExecutedBlock, ImportVerdict } from '../../chain/execution.ts';
import { type Rollup, blockLimits } from '../../chain/rollup.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { predeploys } from '../../ethereum/l2-genesis.ts';
import { orderedRoot } from '../../ethereum/ordered-root.ts';
import { encodeWithdrawal } from '../../chain/block.ts';
import { BlockRun } from './block-run.ts';
import { type ExecutionSite, kept } from './site.ts';

/** The field of a header that is not as it must be. */
type Fault = keyof L2Header | 'hash' | 'transactions' | undefined;

const GWEI = 10n ** 9n;

/** Whether a header has its hash, and the body its roots: what no execution is needed for. */
export function faultOfBytes({ hash, header, transactions, withdrawals }: L2Block): Fault {
  if (!equalBytes(blockHash(header), hash)) return 'hash';
  if (!equalBytes(orderedRoot(transactions), header.transactionsRoot)) return 'transactionsRoot';
  const paid = orderedRoot(withdrawals.map(encodeWithdrawal));
  return equalBytes(paid, header.withdrawalsRoot) ? undefined : 'withdrawalsRoot';
}

/** Whether a block may come after its parent, whatever it executes. [sequencer, 8.3, 8.4] */
function faultOfPlan(
  { header, withdrawals }: L2Block,
  parent: ExecutedBlock,
  { slotMs }: Pick<Rollup, 'slotMs'>,
): Fault {
  const before = parent.block.header;
  const earliest = slotMs < 1000 ? before.timestamp : before.timestamp + 1n;
  if (header.coinbase !== predeploys.FeeVault) return 'coinbase';
  if (header.number !== before.number + 1n) return 'number';
  if (header.gasLimit !== blockLimits.gas) return 'gasLimit';
  if (header.timestamp < earliest) return 'timestamp';
  if (!isExtra(header.extraData)) return 'extraData';
  if (header.baseFeePerGas !== nextBaseFee(before)) return 'baseFeePerGas';
  const isInRow = withdrawals.every(({ index }, i) => index === parent.nextWithdrawal + BigInt(i));
  const burnt = burntBefore(parent) / GWEI;
  const last = withdrawals.at(-1);
  const isPaidBack = burnt === 0n || (last?.address === predeploys.FeeVault && last.gwei === burnt);
  return isInRow && isPaidBack ? undefined : 'withdrawalsRoot';
}

const burntBefore = ({ block: { header }, carry }: ExecutedBlock): bigint =>
  carry + header.baseFeePerGas * header.gasUsed;

function isExtra(bytes: Uint8Array): boolean {
  try {
    decodeExtra(bytes);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Executes a block of somebody else, and keeps it if everything comes out as its header says. */
export async function importBlock(
  site: ExecutionSite,
  block: L2Block,
  rollup: Pick<Rollup, 'slotMs'>,
): Promise<ImportVerdict> {
  const { header, transactions, withdrawals } = block;
  const fault = faultOfPlan(block, site.parent, rollup);
  if (fault !== undefined) return { kind: 'invalid', field: fault };
  const run = new BlockRun(site.machine, site.state, header, site.ancestors);
  for (const raw of transactions) {
    const tx = run.check({ raw });
    if (typeof tx === 'string' || !run.hasGasFor(tx)) return { kind: 'invalid', field: 'transactions' };
    await run.add(tx);
  }
  const closed = run.close(withdrawals, site.write);
  const { results } = closed;
  const field =
    (['stateRoot', 'receiptsRoot', 'logsBloom'] as const).find(
      (name) => !equalBytes(results[name], header[name]),
    ) ?? (results.gasUsed === header.gasUsed ? undefined : 'gasUsed');
  if (field !== undefined) return { kind: 'invalid', field };
  const carry = burntBefore(site.parent) % GWEI;
  const nextWithdrawal = site.parent.nextWithdrawal + BigInt(withdrawals.length);
  // Nothing in a block says which of its transactions L1 forced in: who must know, builds it from attributes.
  await kept(site, { block, receipts: run.receipts, forcedCount: 0, carry, nextWithdrawal }, closed);
  return { kind: 'valid' };
}
