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
import { type CheckRow, checkDeployment } from '../deploy/check.ts';
import { deploy } from '../deploy/deploy.ts';
import { DeploymentJournal } from '../deploy/journal.ts';
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
import { exits } from '../exit-codes.ts';
import { type Output, document, progress, result, table } from '../output.ts';
import { createUserFile, readUserFile } from '../user-file.ts';
import { type Cli, type DeployFlags, usage } from './context.ts';

/** Deploys, or goes on with it, and checks what stands there. */
export async function deployContracts(cli: Cli, flags: DeployFlags): Promise<void> {
  const folder = dataDirOf(`${flags.out}.journal`);
  const key = readKeyFile(flags.keyFile, 'key of the deployer');
  try {
    const l1 = await connectDeploymentL1(flags.rpc, { clock: systemClock });
    const disk = openDisk({ folder });
    const lease = await takeFolder(folder, systemClock.nowMs());
    try {
      const journal = DeploymentJournal.open(disk, startCodec);
      refuseUnasked(journal, flags);
      const start = await startOf(cli, flags, { l1, journal, deployer: accountOfKey(key) });
      const plan = planDeployment(start.settings);
      const { deployer } = start.settings;
      await deploy({ start, deployer, plan }, { l1, journal, key, heard: hearing(cli.output) });
      const rows = await checkDeployment(plan, start.settings, { l1, isNew: true });
      writeRecord(flags.out, recordOf(start, plan, journal));
      report(cli.output, plan, rows);
    } finally {
      await lease.release();
    }
  } finally {
    key.wipe();
  }
}

/** Without `--resume` nothing is continued, and no record is replaced. */
function refuseUnasked(journal: Journal, { out, resume }: DeployFlags): void {
  if (journal.start === undefined && existsSync(out))
    throw new OperationError('would-overwrite', 'fatal', `${out} exists; nothing was sent`);
  if (journal.start !== undefined && resume !== true)
    throw new OperationError(
      'would-overwrite',
      'fatal',
      `a deployment has begun in ${out}.journal; with --resume it goes on`,
    );
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

/** The next nonce of an account of which nothing waits. */
async function idleNonce(l1: DeploymentL1, deployer: Address): Promise<bigint> {
  const [latest, pending] = await Promise.all([l1.nonce(deployer, 'latest'), l1.nonce(deployer, 'pending')]);
  if (latest === pending) return latest;
  throw new OperationError(
    'deployment-diverged',
    'fatal',
    `transactions of ${deployer} wait for a block: their number decides about addresses`,
  );
}

const hearing =
  (output: Output): Parameters<typeof deploy>[1]['heard'] =>
  ({ name, created }, { hash, block, gasUsed }, isOld) => {
    const address = created?.address;
    progress(
      output,
      {
        ...{ type: 'step', step: name, address, transaction: to0x(hash) },
        ...{ block: Number(block), gas: Number(gasUsed), earlier: isOld },
      },
      `${isOld ? 'there ' : 'made  '} ${name.padEnd(24)} ${address ?? 'called'}`,
    );
  };

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
function writeRecord(path: string, record: Uint8Array): void {
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

function report(output: Output, plan: DeploymentPlan, rows: readonly CheckRow[]): void {
  const wrong = rows.filter(({ ok }) => !ok);
  const powers = rows.filter(({ kind }) => kind === 'power');
  const changed = rows.filter((row) => row.changed === true);
  const value = {
    ...{ type: 'result', ok: wrong.length === 0, timelock: plan.timelock, checks: rows, left },
    addresses: Object.fromEntries(plan.code.map(({ name, at }) => [name, at])),
  };
  if (wrong.length > 0) process.exitCode = exits.verification;
  const lines = [
    ...table([
      ['who or what', 'rule', ''],
      ...powers.map(({ subject, rule, ok }) => [subject, rule, ok ? 'yes' : 'NO']),
    ]),
    ...changed.map((row) => `${output.paint('warn', '!')} ${foundInstead(row)}: changed by a vote since`),
    ...wrong.map((row) => `${output.paint('bad', '✖')} ${foundInstead(row)}`),
    wrong.length === 0
      ? output.paint(
          'good',
          `✔ ${rows.length} checks: code as built, values as recorded, and no account but the Timelock has power`,
        )
      : `${output.paint('bad', `✖ ${wrong.length} of ${rows.length} checks failed`)} [deployment-unsafe]`,
    `left to do: ${left.join('; ')}`,
  ];
  if (wrong.length === 0) result(output, value, lines);
  else document(output, value, lines);
}

const foundInstead = ({ subject, rule, found }: CheckRow): string =>
  `${subject}: not so: ${rule}${found === undefined ? '' : `; it is ${found}`}`;

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
  report(output, plan, await checkDeployment(plan, start.settings, { l1, isNew: false }));
}

/** Prints a deployment file with comments. */
export function printSample({ output }: Cli): void {
  document(output, { type: 'result', ok: true, file: sampleDeploymentFile }, [
    sampleDeploymentFile.trimEnd(),
  ]);
}
