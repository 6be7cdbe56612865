import { document } from '../output.ts';
import type { AddCommands, Cli } from './context.ts';

/** `conclave config` */
export const addConfig: AddCommands = (program, cli) => {
  const config = program.command('config').description('the configuration');
  config
    .command('check')
    .description('say what is wrong with it, if anything')
    .action(() => check(cli()));
  config
    .command('show')
    .description('print what holds')
    .option('--origin', 'and where each value came from')
    .action((flags: { readonly origin?: boolean }) => show(cli(), flags.origin === true));
};

async function check(cli: Cli): Promise<void> {
  const { origins, policy } = await cli.config();
  document(cli.output, { ok: true, settings: origins.size, rules: policy.rules.length }, [
    `${cli.output.paint('good', '✔')} the configuration is valid: ${origins.size} values, ` +
      `${policy.rules.length} policy rules`,
  ]);
}

async function show(cli: Cli, withOrigin: boolean): Promise<void> {
  const { settings, origins } = await cli.config();
  const { to0x } = await import('../../crypto/bytes.ts');
  const rows = [...leaves(settings, '', to0x)];
  const originOf = (path: string): string =>
    [...origins].find(([stated]) => path === stated || path.startsWith(`${stated}.`))?.[1] ?? 'default';
  document(
    cli.output,
    Object.fromEntries(
      rows.map(([path, value]) => [path, withOrigin ? { value, origin: originOf(path) } : value]),
    ),
    rows.map(([path, value]) => `${path} = ${value}${withOrigin ? `    # ${originOf(path)}` : ''}`),
  );
}

function* leaves(
  value: unknown,
  path: string,
  hex: (bytes: Uint8Array) => string,
): Generator<[string, string]> {
  if (value === undefined) return;
  if (value instanceof Uint8Array) yield [path, hex(value)];
  else if (typeof value !== 'object' || value === null) yield [path, textOf(value)];
  else
    for (const [key, child] of Object.entries(value))
      yield* leaves(child, path === '' ? key : `${path}.${key}`, hex);
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
