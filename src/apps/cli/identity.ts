import { document, result } from '../output.ts';
import type { PublicIdentity } from '../public-identity.ts';
import type { AddCommands, Cli } from './context.ts';

/** `conclave identity` */
export const addIdentity: AddCommands = (program, cli) => {
  const identity = program.command('identity').description('the key by which other nodes know this one');
  identity
    .command('show')
    .description('print the invitation line, which other operators need')
    .action(() => show(cli()));
  identity
    .command('create')
    .description('make the identity of a configured node, once; an existing one is never replaced')
    .action(() => create(cli()));
};

async function read(cli: Cli): Promise<PublicIdentity> {
  const [{ readPublicIdentity }, { settings }] = await Promise.all([
    import('../public-identity.ts'),
    cli.config(),
  ]);
  return readPublicIdentity(cli.dataDir, settings.paths.keys);
}

const json = ({ name, words, fingerprint, advertise, line }: PublicIdentity): object => ({
  name,
  words,
  fingerprint,
  advertise,
  invitation: line,
});

async function show(cli: Cli): Promise<void> {
  const identity = await read(cli);
  document(cli.output, json(identity), [
    `name         ${identity.name}${identity.name === identity.words ? '' : ` (${identity.words})`}`,
    `fingerprint  ${identity.fingerprint}`,
    `reached at   ${identity.advertise}`,
    `invitation   ${identity.line}`,
  ]);
}

async function create(cli: Cli): Promise<void> {
  const { addIdentityTo, hasIdentity } = await import('../late-identity.ts');
  const config = await cli.config();
  if (hasIdentity(config)) {
    const { OperationError } = await import('../../crypto/errors.ts');
    const { line } = await read(cli);
    throw new OperationError('would-overwrite', 'fatal', `this node has an identity already: ${line}`);
  }
  addIdentityTo(config, await cli.password('Password of the node: '));
  const identity = await read(cli);
  result(cli.output, json(identity), [
    `${cli.output.paint('good', '✔')} identity ${identity.name}`,
    identity.line,
  ]);
}
