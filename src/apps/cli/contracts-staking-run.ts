import { existsSync } from 'node:fs';

import { equalBytes, latin1 } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { readJsonFile, writeJsonFile } from '../../crypto/json-file.ts';
import type { Secret } from '../../crypto/secret.ts';
import { accountOfKey } from '../../ethereum/deployment-tx.ts';
import { type StakingLeg, planStaking } from '../../ethereum/staking-plan.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { takeFolder } from '../../system/folder-lease.ts';
import { type DeploymentL1, connectDeploymentL1 } from '../../system/l1-client-deploy.ts';
import { dataDirOf } from '../data-dir.ts';
import { type CheckRow, checkStanding } from '../deploy/check.ts';
import { deploy, idleNonce } from '../deploy/deploy.ts';
import { DeploymentJournal, refuseUnasked } from '../deploy/journal.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { type DeploymentRecord, checkChain, readRecord } from '../deploy/record.ts';
import { type StakingStart, parseStakingFile, stakingCodec, stakingSettingsOf } from '../deploy/staking.ts';
import { readUserFile } from '../user-file.ts';
import { type CheckStakingFlags, type Cli, type StakingFlags, bigFlag, usage } from './context.ts';
import { hearing, reportChecks } from './contracts-report.ts';
import { writeRecord } from './contracts-run.ts';

type Journal = DeploymentJournal<StakingStart>;
type Legs = ReturnType<typeof planStaking>;

/** Deploys liquid staking on L1, and on L2 where that is named, and checks what stands there. */
export async function deployStaking(cli: Cli, flags: StakingFlags): Promise<void> {
  const record = readRecord(flags.out);
  const key = await readKeyFile(flags.keyFile, 'key of the deployer', flags.keyPasswordFile);
  try {
    const chains = await connect(record, flags);
    const at = { flags, key, heard: hearing(cli.output) };
    const start = await withJournal(`${flags.file}.journal`, async (journal) => {
      const isThere = existsSync(flags.file);
      refuseUnasked(journal, { record: flags.file, isThere, resume: flags.resume === true });
      const begun = await startOf(cli, { ...at, record, journal, chains });
      await runLeg(begun, planOf(begun, record).l1, { ...at, journal, chain: chains.l1 });
      return begun;
    });
    const legs = planOf(start, record);
    const { l2 } = chains;
    if (l2 !== undefined)
      await withJournal(`${flags.file}.l2.journal`, async (journal) => {
        const place = { chainId: await l2.chainId(), genesis: await l2.genesis() };
        const begun = sameAs(journal, { ...start, ...place, plan: legs.l2.hash });
        await runLeg(begun, legs.l2, { ...at, journal, chain: l2 });
      });
    writeRecord(flags.file, recordOf(start, legs));
    await report(cli, legs, { ...chains, isNew: true });
  } finally {
    key.wipe();
  }
}

/** The same checks by anybody. */
export async function checkStaking(cli: Cli, flags: CheckStakingFlags): Promise<void> {
  const record = readRecord(flags.out);
  const file = readJsonFile(readUserFile(flags.file), flags.file);
  const start = stakingCodec.fromJson(file.get('start'), flags.file);
  const legs = planOf(start, record);
  if (!equalBytes(readUserFile(flags.file), recordOf({ ...start, plan: legs.l1.hash }, legs)))
    throw new OperationError(
      'deployment-differs',
      'fatal',
      `${flags.file} was made by another build, or changed since`,
    );
  await report(cli, legs, { ...(await connect(record, flags)), isNew: false });
}

interface Chains {
  readonly l1: DeploymentL1;
  readonly l2: DeploymentL1 | undefined;
}

async function connect(record: DeploymentRecord, { rpc, l2Rpc }: CheckStakingFlags): Promise<Chains> {
  const l1 = await connectDeploymentL1(rpc, { clock: systemClock });
  await checkChain(record.start, l1);
  if (l2Rpc === undefined) return { l1, l2: undefined };
  const l2 = await connectDeploymentL1(l2Rpc, { clock: systemClock });
  const { l2ChainId } = record.start.settings;
  const found = await l2.chainId();
  if (found === l2ChainId) return { l1, l2 };
  throw new OperationError('wrong-chain', 'fatal', `${l2Rpc} serves chain ${found}, not the L2 ${l2ChainId}`);
}

async function withJournal<T>(path: string, work: (journal: Journal) => Promise<T>): Promise<T> {
  const folder = dataDirOf(path);
  const disk = openDisk({ folder });
  const lease = await takeFolder(folder, systemClock.nowMs());
  try {
    return await work(DeploymentJournal.open(disk, stakingCodec));
  } finally {
    await lease.release();
  }
}

interface Here {
  readonly flags: StakingFlags;
  readonly key: Secret;
  readonly heard: ReturnType<typeof hearing>;
  readonly journal: Journal;
}

/** How it begins on L1, or began: what was decided then holds, and what the flags say must agree. */
async function startOf(
  cli: Cli,
  {
    flags,
    key,
    journal,
    record,
    chains,
  }: Here & { readonly record: DeploymentRecord; readonly chains: Chains },
): Promise<StakingStart> {
  if (cli.flags.config === undefined)
    throw usage('--config', 'the staking file is missing: "conclave contracts sample --staking" prints one');
  const file = parseStakingFile(latin1(readUserFile(cli.flags.config)), cli.flags.config);
  const { l1, l2 } = chains;
  const deployer = accountOfKey(key);
  const named = flags.l2Nonce === undefined ? undefined : bigFlag('--l2-nonce', flags.l2Nonce);
  const begun = journal.start;
  const l1FirstNonce = begun?.l1FirstNonce ?? (await idleNonce(l1, deployer));
  const found = named ?? begun?.l2FirstNonce;
  const l2FirstNonce = found ?? (l2 === undefined ? 0n : await idleNonce(l2, deployer));
  const { chainId, genesis } = record.start;
  const start = { chainId, genesis, deployer, l1FirstNonce, l2FirstNonce, file, plan: new Uint8Array(32) };
  return sameAs(journal, { ...start, plan: planOf(start, record).l1.hash });
}

function sameAs(journal: Journal, start: StakingStart): StakingStart {
  const text = (one: StakingStart): string => JSON.stringify(stakingCodec.toJson(one));
  if (journal.start === undefined || text(journal.start) === text(start)) return start;
  throw new OperationError(
    'deployment-differs',
    'fatal',
    'chain, staking file, key, nonce or contracts are not those with which the deployment began',
  );
}

const planOf = (start: StakingStart, record: DeploymentRecord): Legs =>
  planStaking(stakingSettingsOf(start.file, start, record));

async function runLeg(
  start: StakingStart,
  plan: StakingLeg,
  { journal, chain, key, heard }: Here & { readonly chain: DeploymentL1 },
): Promise<void> {
  await deploy({ start, deployer: start.deployer, plan }, { l1: chain, journal, key, heard });
}

/** The same whether L2 is there yet or not: all addresses are known from the beginning. */
const recordOf = (start: StakingStart, { l1, l2 }: Legs): Uint8Array =>
  writeJsonFile({
    ...{ kind: 'conclave-staking', version: 1, start: stakingCodec.toJson(start) },
    addresses: {
      l1: Object.fromEntries(l1.code.map(({ name, at }) => [name, at])),
      l2: Object.fromEntries(l2.code.map(({ name, at }) => [name, at])),
    },
  });

const left = [
  'LockingPool.setWhitelist of each SequencerVault and L1Strategy.addVault, by votes',
  'SequencerVault.setProof by each signer, where the pool asks for proofs',
  'L1Transmitter.report, by anyone',
  'AllocationRegistry.allocate for each sequencer, by a vote, once its vault has stake',
] as const;

async function report(
  { output }: Cli,
  legs: Legs,
  { l1, l2, isNew }: Chains & { readonly isNew: boolean },
): Promise<void> {
  const rowsOf = (leg: StakingLeg, chain: DeploymentL1): Promise<readonly CheckRow[]> => {
    const checks = leg.checks.map((check) => ({ ...check, kind: 'value' as const }));
    return checkStanding(leg.code, checks, { l1: chain, isNew });
  };
  const rows = [...(await rowsOf(legs.l1, l1)), ...(l2 === undefined ? [] : await rowsOf(legs.l2, l2))];
  const missing = l2 === undefined ? ['the part on L2: again with --l2-rpc'] : [];
  reportChecks(output, { code: [...legs.l1.code, ...legs.l2.code], rows, left: [...missing, ...left] });
}
