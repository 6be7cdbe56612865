import { emptyMessageTree, messageTreeRoot } from '../../chain/message-tree.ts';
import { genesisBlock, genesisOutputRoot, readGenesis } from '../../chain/genesis.ts';
import type { L1Origin } from '../../chain/l1-facts.ts';
import type { Rollup } from '../../chain/rollup.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { L2Genesis } from '../../ethereum/l2-genesis.ts';
import { systemClock } from '../../system/clock.ts';
import { type BridgeChain, connectBridgeChain } from '../../system/l1-client-chain.ts';
import { type DeploymentRecord, checkChain, readRecord } from '../deploy/record.ts';
import { result } from '../output.ts';
import { MAX_SLOT_MS, MAX_WINDOW, writeRollupFile } from '../rollup-file.ts';
import { readUserFile } from '../user-file.ts';
import { type Cli, type RollupFlags, bigFlag, usage } from './context.ts';
import { writeRecord } from './contracts-run.ts';

/**
 * Writes the rollup file. All of it follows from the record, the genesis, the flags and L1, so whoever doubts
 * a file runs the command again: the same bytes are no overwriting.
 */
export async function writeRollup({ output }: Cli, flags: RollupFlags): Promise<void> {
  const pace = paceOf(flags);
  const record = readRecord(flags.out);
  const genesis = readGenesis(readUserFile(flags.genesis), flags.genesis);
  refuseOther(record, genesis, flags);
  const l1 = await connectBridgeChain(flags.rpc, { clock: systemClock });
  await checkChain(record.start, l1);
  const origin = await originOf(record, l1);
  const rollup = rollupOf(record, genesis, pace, origin);
  writeRecord(flags.file, writeRollupFile(rollup));
  const value = {
    ...{ file: flags.file, l2ChainId: String(rollup.l2ChainId), genesis: to0x(rollup.genesis.hash) },
    origin: { number: String(origin.number), hash: to0x(origin.hash) },
  };
  result(output, value, [
    `${flags.file}: L2 ${value.l2ChainId}, which begins with block ${value.genesis}`,
    `It listens to L1 after block ${value.origin.number} (${value.origin.hash}).`,
  ]);
}

/** What the flags say of the pace of a chain; the rest is of the profile. */
interface Pace extends Partial<Pick<Rollup, 'slotMs' | 'maxDrift' | 'sequencingWindow'>> {
  readonly phase2Height: bigint;
}

const MAX_U64 = (1n << 64n) - 1n;

/** No file is written that nobody could read. @throws InputError usage */
function paceOf({ slotMs, maxDrift, sequencingWindow, phase2Height }: RollupFlags): Pace {
  const within = (flag: string, text: string, least: bigint, most: bigint): bigint => {
    const value = bigFlag(flag, text);
    if (value >= least && value <= most) return value;
    throw usage(flag, `${flag} is ${text}, not ${least} to ${most}`);
  };
  return {
    ...(slotMs !== undefined && { slotMs: Number(within('--slot-ms', slotMs, 1n, BigInt(MAX_SLOT_MS))) }),
    ...(maxDrift !== undefined && { maxDrift: within('--max-drift', maxDrift, 1n, MAX_U64) }),
    ...(sequencingWindow !== undefined && {
      sequencingWindow: within('--sequencing-window', sequencingWindow, 1n, MAX_WINDOW),
    }),
    phase2Height: within('--phase2-height', phase2Height, 0n, MAX_U64),
  };
}

function refuseOther(
  { start }: DeploymentRecord,
  genesis: L2Genesis,
  { out, genesis: file }: RollupFlags,
): void {
  const { l2ChainId, genesisRoot } = start.settings;
  if (genesis.l2ChainId === l2ChainId && equalBytes(genesisOutputRoot(genesis), genesisRoot)) return;
  throw new OperationError(
    'deployment-differs',
    'fatal',
    `${file} has the root ${to0x(genesisOutputRoot(genesis))}; ${out} was deployed for ${to0x(genesisRoot)}`,
  );
}

/**
 * The block before the deployment: no contract was there yet, so nothing was sent to L2 before, and nothing
 * is left out.
 */
async function originOf(record: DeploymentRecord, l1: BridgeChain): Promise<L1Origin> {
  const { deployer, firstNonce } = record.start.settings;
  const hash = record.firstHash();
  const first = await l1.transaction(hash);
  if (first === undefined || first.from !== deployer || first.nonce !== firstNonce)
    throw new OperationError(
      'deployment-diverged',
      'fatal',
      `${to0x(hash)} is not the transaction ${firstNonce} of ${deployer}, with which the deployment began`,
    );
  const { number, hash: blockHash, timestamp } = await l1.block(first.block - 1n);
  return { number, hash: blockHash, timestamp, messageRoot: messageTreeRoot(emptyMessageTree) };
}

function rollupOf({ start, at }: DeploymentRecord, genesis: L2Genesis, pace: Pace, origin: L1Origin): Rollup {
  const { rollup } = start.settings.profile;
  const { hash, header } = genesisBlock(genesis);
  return {
    ...{ l1ChainId: start.chainId, l2ChainId: genesis.l2ChainId },
    genesis: { hash, stateRoot: header.stateRoot, timestamp: header.timestamp, origin },
    ...{ inbox: at('BatchInbox'), bridge: at('Bridge') },
    ...{ forcedInbox: at('ForcedInbox'), outputs: at('Outputs') },
    slotMs: pace.slotMs ?? rollup.slotMs,
    maxDrift: pace.maxDrift ?? rollup.maxDrift,
    sequencingWindow: pace.sequencingWindow ?? rollup.sequencingWindow,
    phase2Height: pace.phase2Height,
  };
}
