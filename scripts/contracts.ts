/**
 * Compiles the contracts offline and writes their ABI and bytecode where TypeScript reads them.
 * `--check` writes nothing and fails when a committed file differs from what the sources give.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import prettier from 'prettier';

import { Bug } from '../src/crypto/errors.ts';

/** What is used of the compiler, which comes without types. */
const { compile: solc } = createRequire(import.meta.url)('solc') as { compile: (input: string) => string };
const root = join(import.meta.dirname, '..');

interface Contract {
  readonly abi: unknown;
  readonly evm: { readonly bytecode: { readonly object: string } };
}
interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Contract>>>>;
}

/** Which contract goes to which file, under which name. */
const targets = [
  {
    source: 'contracts/src/first/BatchInbox.sol',
    contract: 'BatchInbox',
    file: 'src/ethereum/batch-inbox.ts',
    name: 'batchInbox',
    about: 'the L1 contract that orders batches',
  },
] as const;

/** The same settings as foundry.toml, so that forge tests the bytes that are committed. */
function compile(source: string): Output {
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(join(root, source), 'utf8') } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  return JSON.parse(solc(JSON.stringify(input))) as Output;
}

async function render(target: (typeof targets)[number]): Promise<string> {
  const output = compile(target.source);
  const problems = (output.errors ?? []).filter(({ severity }) => severity !== 'info');
  const built = output.contracts?.[target.source]?.[target.contract];
  if (problems.length > 0 || built === undefined)
    throw new Bug(problems.map(({ formattedMessage }) => formattedMessage).join('\n') || 'no output');
  const { file, name, about, source, contract } = target;
  const digits = built.evm.bytecode.object.match(/.{1,96}/g) ?? [];
  const abi = await prettier.format(`export const ${name}Abi = ${JSON.stringify(built.abi)} as const;`, {
    parser: 'typescript',
    ...(await prettier.resolveConfig(join(root, file))),
  });
  return [
    `// Generated from ${source} by scripts/contracts.ts; do not edit.`,
    '',
    `/** ABI of ${contract}, ${about}. */`,
    abi,
    `/** Creation code of ${contract}; the constructor's arguments follow it. Hex. */`,
    `export const ${name}Bytecode: \`0x\${string}\` = \`0x\${[`,
    ...digits.map((line) => `  '${line}',`),
    "].join('')}`;",
    '',
  ].join('\n');
}

const check = process.argv.includes('--check');
for (const target of targets) {
  const wanted = await render(target);
  const path = join(root, target.file);
  if (!check) {
    writeFileSync(path, wanted);
    console.log(`wrote ${target.file}`);
  } else if (readFileSync(path, 'utf8') !== wanted) {
    console.error(
      `${target.file} is not what ${target.source} compiles to: run npx tsx scripts/contracts.ts`,
    );
    process.exitCode = 1;
  } else {
    console.log(`${target.file} is up to date`);
  }
}
