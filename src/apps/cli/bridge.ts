import type { Command } from 'commander';

import {
  type AddCommands,
  type DepositFlags,
  type FinalizeFlags,
  type ForceFlags,
  type RelayFlags,
  type StatusFlags,
  type WithdrawFlags,
  urlFlag,
} from './context.ts';

const KEY_FILE = 'the key that pays: hex, or a keystore of version 3, in a file that only you can read';
const PASSWORD_FILE = 'the password of that keystore, in a file that only you can read';

const withRecord = (command: Command): Command =>
  command.requiredOption('--record <file>', 'the record of the deployment');
const withL1 = (command: Command): Command =>
  command.requiredOption('--l1 <url>', 'JSON-RPC of L1', urlFlag('--l1'));
const withL2 = (command: Command): Command =>
  command.requiredOption('--l2 <url>', 'JSON-RPC of L2', urlFlag('--l2'));
const withKey = (command: Command): Command =>
  command.requiredOption('--key-file <file>', KEY_FILE).option('--key-password-file <file>', PASSWORD_FILE);

/** `conclave bridge …` */
export const addBridge: AddCommands = (program, cli) => {
  const bridge = program.command('bridge').description('move METIS and tokens between L1 and L2');
  withKey(withL1(withRecord(bridge.command('deposit'))))
    .requiredOption('--wei <n>', 'how much, in the smallest unit')
    .option('--token <address>', 'a registered token of L1 (default: METIS)')
    .option('--to <address>', 'who gets it on L2 (default: the account that pays)')
    .option('--l2-gas <n>', 'gas that the delivery of a token gets on L2', '200000')
    .description('let the bridge take METIS or a token, and give it out on L2')
    .action(async (flags: DepositFlags) => {
      const { deposit } = await import('./bridge-l1-run.ts');
      await deposit(cli(), flags);
    });
  withKey(withL1(withRecord(bridge.command('force'))))
    .option('--raw <hex or file>', 'a signed transaction of L2; or one is made of the next four')
    .option('--l2 <url>', 'JSON-RPC of L2: nonce and fees', urlFlag('--l2'))
    .option('--to <address>', 'who is called')
    .option('--wei <n>', 'METIS that goes along', '0')
    .option('--data <hex>', 'calldata', '0x')
    .description('put a transaction where the sequencer cannot leave it out')
    .action(async (flags: ForceFlags) => {
      const { force } = await import('./bridge-l1-run.ts');
      await force(cli(), flags);
    });
  withKey(withL2(withRecord(bridge.command('withdraw'))))
    .requiredOption('--wei <n>', 'how much, in the smallest unit')
    .option('--token <address>', 'the token of L1 (default: METIS)')
    .option('--to <address>', 'who gets it on L1 (default: the account that pays)')
    .description('let METIS or a token leave L2; "finalize" releases it on L1 after the challenge window')
    .action(async (flags: WithdrawFlags) => {
      const { withdraw } = await import('./bridge-l2-run.ts');
      await withdraw(cli(), flags);
    });
  addWayOut(bridge, cli);
};

/** From a withdrawal on L2 to METIS on L1, and from messages of L1 to L2. */
const addWayOut: AddCommands = (bridge, cli) => {
  withL2(withL1(withRecord(bridge.command('prove <hash>'))))
    .description('print what shows L1 that a transaction of L2 let something leave')
    .action(async (hash: string, flags: StatusFlags) => {
      const { prove } = await import('./bridge-l2-run.ts');
      await prove(cli(), hash, flags);
    });
  withKey(withL2(withL1(withRecord(bridge.command('finalize <hash>')))))
    .description('release on L1 what a transaction of L2 let leave')
    .action(async (hash: string, flags: FinalizeFlags) => {
      const { finalize } = await import('./bridge-l2-run.ts');
      await finalize(cli(), hash, flags);
    });
  withL2(withL1(withRecord(bridge.command('status <hash>'))))
    .description('say how far what a transaction of L2 let leave has come')
    .action(async (hash: string, flags: StatusFlags) => {
      const { status } = await import('./bridge-l2-run.ts');
      await status(cli(), hash, flags);
    });
  withKey(withL2(withL1(withRecord(bridge.command('relay')))))
    .option('--watch', 'go on, round after round, until it is stopped')
    .option('--every <duration>', 'from round to round', '15s')
    .description('deliver on L2 what L1 sent there; anybody may')
    .action(async (flags: RelayFlags) => {
      const { relay } = await import('./bridge-relay-run.ts');
      await relay(cli(), flags);
    });
};
