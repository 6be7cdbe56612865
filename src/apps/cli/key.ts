import type { NodeStatus } from '../../node/api.ts';
import { document, table } from '../output.ts';
import type { AddCommands, Cli } from './context.ts';
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
};

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
