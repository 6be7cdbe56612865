import { type AddCommands, type RollupFlags, urlFlag } from './context.ts';

/** `conclave contracts rollup` */
export const addRollup: AddCommands = (contracts, cli) => {
  contracts
    .command('rollup')
    .requiredOption('--out <file>', 'the record of the deployment')
    .requiredOption('--rpc <url>', 'JSON-RPC of L1', urlFlag('--rpc'))
    .requiredOption('--genesis <file>', 'the genesis for which L1 was deployed')
    .requiredOption('--file <file>', 'the rollup file to write')
    .option('--slot-ms <ms>', 'milliseconds from block to block (default: the profile)')
    .option(
      '--max-drift <seconds>',
      'by which a block may be later than its L1 origin (default: the profile)',
    )
    .option(
      '--sequencing-window <blocks>',
      'L1 blocks of silence until L1 makes blocks (default: the profile)',
    )
    .option('--phase2-height <block>', 'from which on a block holds more than one transaction', '1')
    .description('write what all who follow the L2 must agree on, from the record, the genesis and L1')
    .action(async (flags: RollupFlags) => {
      const { writeRollup } = await import('./contracts-rollup-run.ts');
      await writeRollup(cli(), flags);
    });
};
