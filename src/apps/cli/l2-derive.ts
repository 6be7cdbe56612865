import { Option } from 'commander';

import { type AddCommands, collect, urlFlag } from './context.ts';
import type { DeriveFlags } from './l2-derive-run.ts';

const urls = (text: string, before?: readonly string[]): readonly string[] =>
  collect(urlFlag('--l1')(text), before);

/** `conclave l2 derive` */
export const addL2Derive: AddCommands = (l2, cli) => {
  l2.command('derive')
    .requiredOption('--l1 <url>', 'JSON-RPC of L1; several are asked in turn', urls)
    .requiredOption('--rollup <file>', 'what all who follow the L2 agree on')
    .requiredOption('--genesis <file>', 'its block 0')
    .requiredOption('--from-scratch', 'begin with block 0, and keep nothing')
    .option('--folder <folder>', 'an empty folder for the state (default: a temporary one)')
    .addOption(
      new Option('--member <account=url>', 'a member of the committee, for payloads that are not on L1')
        .argParser(collect)
        .default([]),
    )
    .option('--expect <hash>', 'the hash that the head must have; fails where it has another')
    .description('rebuild the whole L2 from L1 alone, and print the head that comes out')
    .action(async (flags: DeriveFlags) => {
      const { derive } = await import('./l2-derive-run.ts');
      await derive(cli(), flags);
    });
};
