import { existsSync } from 'node:fs';

import { equalBytes, latin1, to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { writeJsonFile } from '../../crypto/json-file.ts';
import type { Address } from '../../ethereum/address.ts';
import { contractProfiles } from '../../ethereum/contract-profiles.ts';
import { type DeploymentPlan, planDeployment } from '../../ethereum/deployment-plan.ts';
import { accountOfKey } from '../../ethereum/deployment-tx.ts';
import { systemClock } from '../../system/clock.ts';
import { openDisk } from '../../system/disk.ts';
import { takeFolder } from '../../system/folder-lease.ts';
import { type DeploymentL1, connectDeploymentL1 } from '../../system/l1-client-deploy.ts';
import { dataDirOf } from '../data-dir.ts';
import { checkDeployment } from '../deploy/check.ts';
import { deploy, idleNonce } from '../deploy/deploy.ts';
import { DeploymentJournal, refuseUnasked } from '../deploy/journal.ts';
import { readKeyFile } from '../deploy/key-file.ts';
import { checkChain, readRecord } from '../deploy/record.ts';
import {
  type DeploymentStart,
  parseDeploymentFile,
  sampleDeploymentFile,
  settingsOf,
  startCodec,
  startToJson,
} from '../deploy/settings.ts';
import { document } from '../output.ts';
import { sampleStakingFile } from '../deploy/staking.ts';
import { createUserFile, readUserFile } from '../user-file.ts';
import { type Cli, type DeployFlags, usage } from './context.ts';
import { hearing, reportChecks } from './contracts-report.ts';

/** Deploys, or goes on with it, and checks what stands there. */
export async function deployContracts(cli: Cli, flags: DeployFlags): Promise<void> {
  const folder = dataDirOf(`${flags.out}.journal`);
  const key = await readKeyFile(flags.keyFile, 'key of the deployer', flags.keyPasswordFile);
  try {
    const l1 = await connectDeploymentL1(flags.rpc, { clock: systemClock });
    const disk = openDisk({ folder });
    const lease = await takeFolder(folder, systemClock.nowMs());
    try {
      const journal = DeploymentJournal.open(disk, startCodec);
      const { out, resume } = flags;
      refuseUnasked(journal, { record: out, isThere: existsSync(out), resume: resume === true });
      const start = await startOf(cli, flags, { l1, journal, deployer: accountOfKey(key) });
      const plan = planDeployment(start.settings);
      const { deployer } = start.settings;
      await deploy({ start, deployer, plan }, { l1, journal, key, heard: hearing(cli.output) });
      const rows = await checkDeployment(plan, start.settings, { l1, isNew: true });
      writeRecord(flags.out, recordOf(start, plan, journal));
      reportChecks(cli.output, { code: plan.code, rows, left, more: { timelock: plan.timelock } });
    } finally {
      await lease.release();
    }
  } finally {
    key.wipe();
  }
}

type Journal = DeploymentJournal<DeploymentStart>;

interface Here {
  readonly l1: DeploymentL1;
  readonly journal: Journal;
  readonly deployer: Address;
}

/** How the deployment begins, or began: what was decided then holds, and what the flags say must agree. */
async function startOf(cli: Cli, flags: DeployFlags, here: Here): Promise<DeploymentStart> {
  const { l1, journal, deployer } = here;
  if (cli.flags.config === undefined)
    throw usage('--config', 'the deployment file is missing: "conclave contracts sample" prints one');
  const text = latin1(readUserFile(cli.flags.config));
  const file = parseDeploymentFile(text, cli.flags.config, flags.profile);
  const chainId = await l1.chainId();
  const profile = contractProfiles[flags.profile];
  if (chainId !== profile.l1ChainId)
    throw new OperationError(
      'wrong-chain',
      'fatal',
      `${flags.rpc} serves chain ${chainId}; the profile ${flags.profile} is for ${profile.l1ChainId}`,
    );
  const begun = journal.start?.settings;
  const firstNonce = begun?.firstNonce ?? (await idleNonce(l1, deployer));
  const rewardsStart =
    file.rewards_start ?? begun?.rewardsStart ?? (await l1.time()) + profile.pool.rateDelay;
  const settings = settingsOf(file, { profile: flags.profile, deployer, firstNonce, rewardsStart });
  const genesis = journal.start?.genesis ?? (await l1.genesis());
  const plan = planDeployment(settings).hash;
  const start = {
    profile: flags.profile,
    chainId: journal.start?.chainId ?? chainId,
    genesis,
    settings,
    plan,
  };
  if (journal.start !== undefined && !isSame(start, journal.start))
    throw new OperationError(
      'deployment-differs',
      'fatal',
      'profile, deployment file, key or contracts are not those with which the deployment began',
    );
  return start;
}

const isSame = (a: DeploymentStart, b: DeploymentStart): boolean =>
  JSON.stringify(startToJson(a)) === JSON.stringify(startToJson(b));

function recordOf(start: DeploymentStart, plan: DeploymentPlan, journal: Journal): Uint8Array {
  return writeJsonFile({
    ...{ kind: 'conclave-deployment', version: 1, start: startToJson(start) },
    addresses: Object.fromEntries(plan.code.map(({ name, at }) => [name, at])),
    transactions: plan.steps.map(({ name }) => {
      const mined = journal.mined(name);
      return {
        step: name,
        ...(mined && { hash: to0x(mined.hash), block: String(mined.block), gas: String(mined.gasUsed) }),
      };
    }),
  });
}

/** A deployment that is continued after its end writes the same record. */
export function writeRecord(path: string, record: Uint8Array): void {
  if (existsSync(path) && equalBytes(readUserFile(path), record)) return;
  createUserFile(path, record);
}

/** What must still be done: most by votes, the first by set 0 alone, transfers of METIS by whoever has it. */
const left = [
  'KeyRegistry.scheduleFirstKey of the group accounts, by set 0: contracts certify-key, contracts first-key',
  'LockingPool.updateMpc(the reward account), by a vote',
  'LockingPool.setWhitelist, for who may enter, and KeyRegistry.setDac, by votes',
  'METIS: Outputs.deposit for the account state, a transfer into RewardVault, GrantsBudget.fund',
  'the genesis of L2: contracts genesis',
] as const;

/** Checks a deployment again, from its record. */
export async function checkContracts(
  { output }: Cli,
  { out, rpc }: { readonly out: string; readonly rpc: string },
): Promise<void> {
  const { start } = readRecord(out);
  const l1 = await connectDeploymentL1(rpc, { clock: systemClock });
  await checkChain(start, l1);
  const plan = planDeployment(start.settings);
  if (!equalBytes(plan.hash, start.plan))
    throw new OperationError('deployment-differs', 'fatal', `${out} was made by another build`);
  const rows = await checkDeployment(plan, start.settings, { l1, isNew: false });
  reportChecks(output, { code: plan.code, rows, left, more: { timelock: plan.timelock } });
}

/** Prints a deployment file with comments. */
export function printSample({ output }: Cli, isStaking: boolean): void {
  const file = isStaking ? sampleStakingFile : sampleDeploymentFile;
  document(output, { type: 'result', ok: true, file }, [file.trimEnd()]);
}
