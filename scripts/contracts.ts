/**
 * Compiles the contracts offline and writes their ABI and bytecode where TypeScript reads them.
 * `--check` writes nothing and fails when a committed file differs from what the sources give.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import prettier from 'prettier';

import { Bug } from '../src/crypto/errors.ts';

type Found = { readonly contents: string } | { readonly error: string };

/** What is used of the compiler, which comes without types. */
const { compile: solc } = createRequire(import.meta.url)('solc') as {
  compile: (input: string, callbacks?: { import: (path: string) => Found }) => string;
};
const root = join(import.meta.dirname, '..');

interface Bytecode {
  readonly object: string;
  readonly immutableReferences?: Readonly<Record<string, readonly Place[]>>;
}
interface Place {
  readonly start: number;
  readonly length: number;
}
interface Contract {
  readonly abi: unknown;
  readonly evm: { readonly bytecode: Bytecode; readonly deployedBytecode: Bytecode };
}
interface Output {
  readonly errors?: readonly {
    readonly severity: string;
    readonly errorCode?: string;
    readonly formattedMessage: string;
  }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Contract>>>>;
}

/** Which contract goes to which file, under which name. */
interface Target {
  readonly source: string;
  readonly contract: string;
  readonly file: string;
  readonly name: string;
  readonly about: string;
}

const openZeppelin = '@openzeppelin/contracts/proxy/transparent';

/** What is deployed on L1, what stands in the genesis of L2, liquid staking: folder, contract, what it is. */
const deployed: readonly (readonly [string, string, string])[] = [
  ['contracts/src/l1', 'MetisToken', 'the token, where there is none yet'],
  ['contracts/src/governance', 'Governor', 'votes with locked METIS'],
  ['contracts/src/governance', 'Timelock', 'the owner of all other contracts'],
  ['contracts/src/governance', 'ParamRegistry', 'parameters by L1 block'],
  ['contracts/src/governance', 'GrantsBudget', 'METIS for grants'],
  ['contracts/src/governance', 'AllocationRegistry', 'which vault belongs to which sequencer'],
  ['contracts/src/l1', 'KeyRegistry', 'group accounts and member sets'],
  ['contracts/src/l1', 'LockingPool', 'the life of a stake'],
  ['contracts/src/l1', 'LockingInfo', 'the escrow of stake'],
  ['contracts/src/l1', 'RewardVault', 'METIS that pays rewards'],
  ['contracts/src/l1', 'Slasher', 'judges equivocation'],
  ['contracts/src/l1', 'BatchInbox', 'the L1 contract that orders batches'],
  ['contracts/src/l1', 'Outputs', 'roots of L2'],
  ['contracts/src/l1', 'DisputeGame', 'finds the block that two roots disagree about'],
  ['contracts/src/l1/verifiers', 'QuorumReexecution', 'a block re-executed by members'],
  ['contracts/src/l1/verifiers', 'StubValidity', 'the verifier of tests'],
  ['contracts/src/l1', 'Bridge', 'METIS and tokens between L1 and L2'],
  ['contracts/src/l1', 'ForcedInbox', 'transactions that no sequencer can keep out'],
  ['contracts/src/l2', 'SequencerSet', 'the mirror of epochs, in the genesis of L2'],
  ['contracts/src/l2', 'MessagePasser', 'the way out of L2, in its genesis'],
  ['contracts/src/l2', 'Messenger', 'messages from L1, in the genesis of L2'],
  ['contracts/src/l2', 'FeeVault', 'the fees of L2, in its genesis'],
  ['contracts/src/l2', 'WMETIS', 'METIS as an ERC-20, in the genesis of L2'],
  ['contracts/src/l2', 'L2TokenBridge', 'tokens of L1 on L2, in its genesis'],
  ['contracts/src/l2', 'BridgedToken', 'one token of L1 on L2'],
  ['contracts/src/staking', 'L2Vault', 'deposits and shares of liquid staking, on L2'],
  ['contracts/src/staking', 'L2Queue', 'tickets of redemption, on L2'],
  ['contracts/src/staking', 'L2Transmitter', 'the end on L2 between the chains'],
  ['contracts/src/staking', 'L1Transmitter', 'the end on L1 between the chains'],
  ['contracts/src/staking', 'L1Strategy', 'what METIS of liquid staking does on L1'],
  ['contracts/src/staking', 'SequencerVault', 'the owner of one stake of liquid staking'],
  [openZeppelin, 'TransparentUpgradeableProxy', 'the address that stays while code changes'],
  [openZeppelin, 'ProxyAdmin', 'the contract through which the owner of a proxy changes its code'],
];

const kebab = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
/** WMETIS is one word. */
const lowerFirst = (name: string): string =>
  name === name.toUpperCase() ? name.toLowerCase() : `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

const targets: readonly Target[] = deployed.map(([folder, contract, about]) => ({
  ...{ contract, about },
  source: `${folder}/${contract}.sol`,
  file: `src/ethereum/contracts/${kebab(contract)}.ts`,
  name: lowerFirst(contract),
}));

/** A source by the name that the compiler has for it: of this repository, or of a package. */
function sourceAt(path: string): Found {
  const place = [join(root, path), join(root, 'node_modules', path)].find((candidate) =>
    existsSync(candidate),
  );
  return place === undefined ? { error: `no ${path}` } : { contents: readFileSync(place, 'utf8') };
}

function textOf(path: string): string {
  const found = sourceAt(path);
  if ('error' in found) throw new Bug(found.error);
  return found.contents;
}

/** The same settings as foundry.toml, so that forge tests the bytes that are committed. */
function compile(wanted: readonly Target[]): Output {
  const outputs = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode'];
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(wanted.map(({ source }) => [source, { content: textOf(source) }])),
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: Object.fromEntries(
        wanted.map(({ source, contract }) => [source, { [contract]: outputs }]),
      ),
    },
  };
  return JSON.parse(solc(JSON.stringify(input), { import: sourceAt })) as Output;
}

/** The compiler's reminder to clear transient storage, which the reentrancy guard does. */
const TRANSIENT_STORAGE = '2394';

function builtOf(output: Output, { source, contract }: Target): Contract {
  const problems = (output.errors ?? []).filter(
    ({ severity, errorCode }) => severity !== 'info' && errorCode !== TRANSIENT_STORAGE,
  );
  const built = output.contracts?.[source]?.[contract];
  if (problems.length > 0 || built === undefined)
    throw new Bug(problems.map(({ formattedMessage }) => formattedMessage).join('\n') || 'no output');
  return built;
}

async function render(target: Target, built: Contract): Promise<string> {
  const { file, name, about, source, contract } = target;
  const digits = built.evm.bytecode.object.match(/.{1,96}/g) ?? [];
  const abi = await formatted(file, `export const ${name}Abi = ${JSON.stringify(built.abi)} as const;`);
  const lines = [
    `// Generated from ${source} by scripts/contracts.ts; do not edit.`,
    '',
    `/** ABI of ${contract}, ${about}. */`,
    abi,
    `/** Creation code of ${contract}; the constructor's arguments follow it. Hex. */`,
    `export const ${name}Bytecode: \`0x\${string}\` = \`0x\${[`,
    ...digits.map((line) => `  '${line}',`),
    "].join('')}`;",
    '',
  ];
  const immutables = 'readonly immutables: readonly (readonly [number, number])[]';
  const type = `{ readonly from: number; readonly to: number; ${immutables} }`;
  const runtime = `export const ${name}Runtime: ${type} = ${JSON.stringify(runtimeOf(target, built))};`;
  return [
    ...lines,
    '/** Which bytes of the creation code are the code on chain; ' +
      'places and lengths of immutables in that. */',
    await formatted(file, runtime),
  ].join('\n');
}

const formatted = async (file: string, text: string): Promise<string> =>
  prettier.format(text, { parser: 'typescript', ...(await prettier.resolveConfig(join(root, file))) });

/** Code on chain is one piece of the creation code, but for the values of immutables. */
function runtimeOf({ contract }: Target, { evm }: Contract): object {
  const { object, immutableReferences } = evm.deployedBytecode;
  const at = evm.bytecode.object.lastIndexOf(object);
  if (at < 0 || at % 2 !== 0) throw new Bug(`the code of ${contract} is no part of its creation code`);
  const places = Object.values(immutableReferences ?? {}).flat();
  const immutables = places.map(({ start, length }) => [start, length] as const).sort(([a], [b]) => a - b);
  return { from: at / 2, to: (at + object.length) / 2, immutables };
}

const check = process.argv.includes('--check');
const output = compile(targets);
for (const target of targets) {
  const wanted = await render(target, builtOf(output, target));
  const path = join(root, target.file);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    console.log(`wrote ${target.file}`);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== wanted) {
    console.error(
      `${target.file} is not what ${target.source} compiles to: run npx tsx scripts/contracts.ts`,
    );
    process.exitCode = 1;
  } else {
    console.log(`${target.file} is up to date`);
  }
}
