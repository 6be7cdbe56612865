import { type Command, Option } from 'commander';

import {
  type AddCommands,
  type CertifyKeyFlags,
  type CheckStakingFlags,
  type DeployFlags,
  type FirstKeyFlags,
  type GenesisFlags,
  type StakingFlags,
  collect,
  purposeChoices,
  urlFlag,
} from './context.ts';
import { addRollup } from './contracts-rollup.ts';

const KEY_FILE = 'hex, or a keystore of version 3, in a file that only you can read';
const PASSWORD_FILE = 'the password of that keystore, in a file that only you can read';

/** `conclave contracts …` */
export const addContracts: AddCommands = (program, cli) => {
  const contracts = program.command('contracts').description('put the contracts on L1, and check them there');
  contracts
    .command('deploy')
    .addOption(
      new Option('--profile <name>', 'the values').choices(['mainnet', 'test']).makeOptionMandatory(),
    )
    .requiredOption('--rpc <url>', 'JSON-RPC of L1', urlFlag('--rpc'))
    .requiredOption('--key-file <file>', `the key that pays: ${KEY_FILE}`)
    .option('--key-password-file <file>', PASSWORD_FILE)
    .option('--out <file>', 'the record of the deployment; its journal stands beside it', 'deployment.json')
    .option('--resume', 'go on with a deployment that was interrupted')
    .description('deploy every contract of L1; --config names the deployment file')
    .action(async (flags: DeployFlags) => {
      const { deployContracts } = await import('./contracts-run.ts');
      await deployContracts(cli(), flags);
    });
  contracts
    .command('check')
    .requiredOption('--out <file>', 'the record of the deployment')
    .requiredOption('--rpc <url>', 'JSON-RPC of L1', urlFlag('--rpc'))
    .description('compare code, proxies and roles on L1 with the record and with this build')
    .action(async (flags: { readonly out: string; readonly rpc: string }) => {
      const { checkContracts } = await import('./contracts-run.ts');
      await checkContracts(cli(), flags);
    });
  addKeyCommands(contracts, cli);
  addGenesis(contracts, cli);
  addRollup(contracts, cli);
  addStaking(contracts, cli);
  contracts
    .command('sample')
    .option('--staking', 'a file for deploy-staking')
    .description('print a deployment file with comments')
    .action(async ({ staking }: { readonly staking?: boolean }) => {
      const { printSample } = await import('./contracts-run.ts');
      printSample(cli(), staking === true);
    });
};

/** The first account of a purpose: what members sign, and what registers it. */
const addKeyCommands: AddCommands = (contracts, cli) => {
  const about = (name: string, key: string): Command =>
    contracts
      .command(name)
      .requiredOption('--out <file>', 'the record of the deployment')
      .requiredOption('--rpc <url>', 'JSON-RPC of L1', urlFlag('--rpc'))
      .addOption(
        new Option('--purpose <name>', 'what the account is for')
          .choices(purposeChoices)
          .makeOptionMandatory(),
      )
      .requiredOption('--account <address>', 'account of the group key')
      .requiredOption('--activation <block>', 'L1 block from which on it acts')
      .requiredOption('--key-file <file>', `${key}: ${KEY_FILE}`)
      .option('--key-password-file <file>', PASSWORD_FILE);
  about('certify-key', 'the key of a member of the set')
    .option('--save <file>', 'write the signature into a new file')
    .description('sign, as a member of the set, that an account is the first of a purpose')
    .action(async (flags: CertifyKeyFlags) => {
      const { certifyFirstKey } = await import('./contracts-keys-run.ts');
      await certifyFirstKey(cli(), flags);
    });
  about('first-key', 'the key that pays')
    .requiredOption('--proof <hex or file>', 'signature of the account itself: "conclave sign update-key"')
    .requiredOption('--signature <file>', 'a file of certify-key; once for each member', collect)
    .description('register the first account of a purpose with signatures of the members')
    .action(async (flags: FirstKeyFlags) => {
      const { registerFirstKey } = await import('./contracts-keys-run.ts');
      await registerFirstKey(cli(), flags);
    });
};

/** What L2 begins with, as L1 was deployed. */
const addGenesis: AddCommands = (contracts, cli) => {
  contracts
    .command('genesis')
    .option('--out <file>', 'the record of the deployment; before there is one, the next three')
    .addOption(new Option('--profile <name>', 'the values').choices(['mainnet', 'test']))
    .option('--deployer <address>', 'the account that will deploy; --config names the deployment file')
    .option('--nonce <n>', 'its next nonce on L1')
    .requiredOption('--file <file>', 'the genesis to write')
    .requiredOption('--sequencer <address>', 'who leads epoch 0')
    .requiredOption('--epoch-account <address>', 'the group account that writes the epochs')
    .requiredOption('--timestamp <seconds>', 'Unix time of block 0')
    .option('--first-epoch-end <block>', 'last block of epoch 0 (default: the length of an epoch)')
    .option('--allocation <account=wei>', 'METIS of an account in block 0; may be repeated', collect)
    .description('write the genesis of L2: its contracts, their storage, and METIS that was escrowed')
    .action(async (flags: GenesisFlags) => {
      const { writeGenesis } = await import('./contracts-genesis-run.ts');
      writeGenesis(cli(), flags);
    });
};

/** Liquid staking of one provider, on both chains. */
const addStaking: AddCommands = (contracts, cli) => {
  const about = (name: string): Command =>
    contracts
      .command(name)
      .requiredOption('--out <file>', 'the record of the deployment on L1')
      .requiredOption('--file <file>', 'the record of liquid staking; its journals stand beside it')
      .requiredOption('--rpc <url>', 'JSON-RPC of L1', urlFlag('--rpc'))
      .option('--l2-rpc <url>', 'JSON-RPC of L2: the part there too', urlFlag('--l2-rpc'));
  about('deploy-staking')
    .requiredOption('--key-file <file>', `the key that pays: ${KEY_FILE}`)
    .option('--key-password-file <file>', PASSWORD_FILE)
    .option('--l2-nonce <n>', 'the next nonce of its account on L2 (default: as L2 says, 0 without L2)')
    .option('--resume', 'go on with a deployment that was interrupted, or on L2')
    .description('deploy the contracts of liquid staking; --config names the staking file')
    .action(async (flags: StakingFlags) => {
      const { deployStaking } = await import('./contracts-staking-run.ts');
      await deployStaking(cli(), flags);
    });
  about('check-staking')
    .description('compare code and values of liquid staking with its record and with this build')
    .action(async (flags: CheckStakingFlags) => {
      const { checkStaking } = await import('./contracts-staking-run.ts');
      await checkStaking(cli(), flags);
    });
};
