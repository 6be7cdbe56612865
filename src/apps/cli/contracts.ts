import { Option } from 'commander';

import type { AddCommands, DeployFlags } from './context.ts';

/** `conclave contracts …` */
export const addContracts: AddCommands = (program, cli) => {
  const contracts = program.command('contracts').description('put the contracts on L1, and check them there');
  contracts
    .command('deploy')
    .addOption(
      new Option('--profile <name>', 'the values').choices(['mainnet', 'test']).makeOptionMandatory(),
    )
    .requiredOption('--rpc <url>', 'JSON-RPC of L1')
    .requiredOption('--key-file <file>', 'the key that pays, in hex: a file that only you can read')
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
    .requiredOption('--rpc <url>', 'JSON-RPC of L1')
    .description('compare code, proxies and roles on L1 with the record and with this build')
    .action(async (flags: { readonly out: string; readonly rpc: string }) => {
      const { checkContracts } = await import('./contracts-run.ts');
      await checkContracts(cli(), flags);
    });
  contracts
    .command('sample')
    .description('print a deployment file with comments')
    .action(async () => {
      const { printSample } = await import('./contracts-run.ts');
      printSample(cli());
    });
};
