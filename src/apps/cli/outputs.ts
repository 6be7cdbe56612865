import type { Command } from 'commander';

import {
  type AddCommands,
  type BondFlags,
  type OutputsFlags,
  type ProposeFlags,
  urlFlag,
} from './context.ts';

const KEY_FILE = 'the key that pays: hex, or a keystore of version 3, in a file that only you can read';
const L2_URL = 'JSON-RPC of an L2 node of your own: what it says you put a bond on';
const PASSWORD_FILE = 'the password of that keystore, in a file that only you can read';

/** `conclave outputs …` */
export const addOutputs: AddCommands = (program, cli) => {
  const outputs = program.command('outputs').description('claim on L1 what L2 is, and dispute what is wrong');
  const about = (name: string): Command =>
    outputs
      .command(name)
      .requiredOption('--record <file>', 'the record of the deployment')
      .requiredOption('--l1 <url>', 'JSON-RPC of L1', urlFlag('--l1'))
      .requiredOption('--key-file <file>', KEY_FILE)
      .option('--key-password-file <file>', PASSWORD_FILE);
  const playing = (name: string): Command =>
    about(name)
      .requiredOption('--l2 <url>', L2_URL, urlFlag('--l2'))
      .option('--watch', 'go on, round after round, until it is stopped')
      .option('--every <duration>', 'from round to round', '15s');
  about('deposit')
    .requiredOption('--wei <n>', 'METIS in wei')
    .description('bring METIS out of which bonds are taken')
    .action(async (flags: BondFlags) => {
      const { depositBond } = await import('./outputs-run.ts');
      await depositBond(cli(), flags);
    });
  playing('propose')
    .option('--blocks <n>', 'blocks of L2 from one output to the next (default: the profile)')
    .description('claim what L2 is when an output is due, and defend what was claimed')
    .action(async (flags: ProposeFlags) => {
      const { propose } = await import('./outputs-run.ts');
      await propose(cli(), flags);
    });
  playing('challenge')
    .description('dispute every output that your own node finds wrong, and play each game to its end')
    .action(async (flags: OutputsFlags) => {
      const { challenge } = await import('./outputs-run.ts');
      await challenge(cli(), flags);
    });
};
