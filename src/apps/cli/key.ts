import { type Command, Option } from 'commander';

import type { NodeStatus } from '../../node/api.ts';
import { document, table } from '../output.ts';
import { type AddCommands, type Cli, collect } from './context.ts';
import type { BackupFlags, OpenFlags } from './key-backup.ts';
import { statusOf } from './status.ts';

/** `conclave key` */
export const addKey: AddCommands = (program, cli) => {
  const key = program.command('key').description('keys of this node');
  key
    .command('list')
    .description('keys in service')
    .action(() => list(cli()));
  key
    .command('show')
    .description('the key in service: address, epoch, members, lock')
    .action(() => show(cli()));
  key
    .command('address')
    .description('the address alone')
    .action(() => address(cli()));
  addBackups(key, cli);
  key
    .command('give-up-lost')
    .description('say that the share of this node is lost for good, so that the others can give it another')
    .action(async () => {
      await (await backups()).giveUpShare(cli());
    });
  addRecipients(key, cli);
  key
    .command('passwd')
    .description('change the password of this node; only master.json is replaced')
    .option('--new-password-file <file>', 'the new password: a file that only you can read')
    .action(async ({ newPasswordFile }: { readonly newPasswordFile?: string }) => {
      await (await backups()).newPassword(cli(), newPasswordFile);
    });
};

const backups = async () => import('./key-backup.ts');

function addBackups(key: Command, cli: () => Cli): void {
  const password = '--backup-password-file <file>';
  key
    .command('backup')
    .description('write a sealed backup of every share of this node, whether it runs or not')
    .option('--to <recipient>', 'seal it to the recipient x25519:...')
    .option(password, 'seal it to the password in a file that only you can read')
    .option('--out <dir>', 'where to write it', '.')
    .option('--address <address>', 'only the key of this address')
    .action(async (flags: BackupFlags) => {
      await (await backups()).backupKeys(cli(), flags);
    });
  const opening = (command: Command): Command =>
    command
      .option('--recipient-key <file>', 'key file of the recipient')
      .option(password, 'password of the backup: a file that only you can read')
      .addOption(
        new Option('--lock <file>', 'a newer lock of the key; may be repeated')
          .argParser(collect)
          .default([]),
      );
  opening(key.command('verify-backup <file>'))
    .description('check a backup, offline; what needs its key is skipped without it')
    .action(async (file: string, flags: OpenFlags) => {
      await (await backups()).verifyBackup(cli(), file, flags);
    });
  opening(key.command('restore <file>'))
    .description('put a share back into a node that has none; it begins in quarantine')
    .action(async (file: string, flags: OpenFlags) => {
      await (await backups()).restoreKey(cli(), file, flags);
    });
}

function addRecipients(key: Command, cli: () => Cli): void {
  const recipient = key.command('recipient').description('whom backups are sealed to');
  recipient
    .command('new')
    .description('make a recipient, on a host that is kept offline')
    .requiredOption('--out <file>', 'its key file')
    .action(async ({ out }: { readonly out: string }) => {
      (await backups()).newRecipientFile(cli(), out);
    });
  recipient
    .command('show <file>')
    .description('the line of a recipient, from its key file')
    .action(async (file: string) => {
      (await backups()).showRecipient(cli(), file);
    });
}

type Key = NonNullable<NodeStatus['key']>;

async function keyOf(cli: Cli): Promise<{ readonly key: Key; readonly status: NodeStatus }> {
  const status = await statusOf(cli);
  if (status.key !== undefined) return { key: status.key, status };
  const { InputError } = await import('../../crypto/errors.ts');
  throw new InputError('key-unknown', 'key', 'this node has no key yet');
}

async function list(cli: Cli): Promise<void> {
  const { key } = await statusOf(cli);
  const keys = key === undefined ? [] : [key];
  document(
    cli.output,
    keys,
    table([
      ['ADDRESS', 'PURPOSE', 'REQUIRED', 'EPOCH'],
      ...keys.map((each) => [each.address, each.purpose, String(each.required), each.epoch]),
    ]),
  );
}

async function show(cli: Cli): Promise<void> {
  const { key, status } = await keyOf(cli);
  const names = status.members.map(({ name }) => name);
  document(cli.output, { ...key, members: status.members.map(({ index, name }) => ({ index, name })) }, [
    `address   ${key.address}`,
    `key       ${key.keyId}`,
    `purpose   ${key.purpose}, epoch ${key.epoch}`,
    `signers   ${key.required} of ${status.members.length}: ${names.join(', ')}`,
    `lock      ${key.lockHash}`,
  ]);
}

async function address(cli: Cli): Promise<void> {
  const { key } = await keyOf(cli);
  document(cli.output, { address: key.address }, [key.address]);
}
