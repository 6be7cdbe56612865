import type { Rule } from '../../node/policy/verdict.ts';
import { document, table } from '../output.ts';
import type { AddCommands, Cli } from './context.ts';

/** `conclave policy` */
export const addPolicy: AddCommands = (program, cli) => {
  const policy = program.command('policy').description('what this node may sign');
  policy
    .command('show')
    .description('the rules, and the hash that all nodes of a ceremony share')
    .action(() => show(cli()));
  policy
    .command('check')
    .description('check the rules of the configuration')
    .action(() => show(cli()));
};

async function show(cli: Cli): Promise<void> {
  const [{ policyHash }, { to0x }, { policy }] = await Promise.all([
    import('../../node/policy/policy.ts'),
    import('../../crypto/bytes.ts'),
    cli.config(),
  ]);
  const hash = to0x(policyHash(policy));
  document(cli.output, { default: 'deny', hash, rules: policy.rules.map((rule) => plain(rule, to0x)) }, [
    ...table([['RULE', 'KEY', 'KIND', 'WHAT', 'TO', 'GAS', 'FEE CAP'], ...policy.rules.map(cells)]),
    ...policy.rules.flatMap((rule) =>
      rule.kind === 'submit-blocks' ? [`${rule.id}: ${verifierText(rule.verifier)}`] : [],
    ),
    ...(policy.rules.length === 0 ? ['no rule: nothing is signed'] : []),
    `policy hash  ${hash}`,
  ]);
}

const verifierText = (verifier: string): string =>
  verifier === 'none'
    ? 'NO VERIFIER: blocks are signed that nobody compares with a chain'
    : `blocks are compared by the verifier at ${verifier}`;

/** A proof of an account pays nothing. */
const cells = (rule: Rule): readonly string[] => [
  ...[rule.id, rule.purpose, rule.kind],
  ...(rule.kind === 'update-key'
    ? [rule.purposes.join(','), rule.registry, '-', '-']
    : [rule.da, rule.inbox, String(rule.gasMax), String(rule.feeCap)]),
];

/** Whole numbers of any size, and bytes, as text. */
const plain = (rule: Rule, hex: (bytes: Uint8Array) => string): object =>
  Object.fromEntries(
    Object.entries(rule).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? hex(value) : typeof value === 'bigint' ? String(value) : value,
    ]),
  );
