import { describe, expect, it } from 'vitest';

import type { Allowance } from './allowances.ts';
import { shown, source, texts } from './sources.ts';
import type { Finding, Source } from './sources.ts';

/** Errors and events of contracts that no test has to name, and why. */
const mayBeUnnamed: readonly Allowance[] = [
  [
    'ISequencerInfo.NoRewardRecipient',
    'in the ABI for tooling, never raised: the owner is the recipient then',
  ],
];

/** An error or event, and the contract that declares it. */
interface Declared {
  readonly name: string;
  readonly of: string;
  readonly file: string;
  readonly line: number;
}

/** What a folder of contracts declares: errors and events, and who inherits from whom. */
interface Contracts {
  readonly declared: readonly Declared[];
  readonly heirs: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Comments are blanked out, so that lines keep their numbers. */
const bare = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) => comment.replace(/[^\n]/g, ' '));

const unit =
  /\b(?:contract|interface|library)\s+(\w+)(?:\s+is\s+([^{]*))?\s*\{|\b(?:error|event)\s+(\w+)\s*\(/g;

function declarationsOf({ path, text }: Source, heirs: Map<string, Set<string>>): readonly Declared[] {
  const code = bare(text);
  const found: Declared[] = [];
  let of = '';
  for (const { index, 1: contract, 2: parents, 3: name } of code.matchAll(unit)) {
    if (name === undefined) {
      of = contract ?? '';
      for (const parent of parents?.match(/\w+/g) ?? []) {
        heirs.set(parent, (heirs.get(parent) ?? new Set()).add(of));
      }
    } else {
      found.push({ name, of, file: path, line: code.slice(0, index).split('\n').length });
    }
  }
  return found;
}

function contractsOf(files: readonly Source[]): Contracts {
  const heirs = new Map<string, Set<string>>();
  return { declared: files.flatMap((file) => declarationsOf(file, heirs)), heirs };
}

/** A contract and all that inherit from it: a test may name an error by any of them. */
function family(of: string, heirs: Contracts['heirs']): ReadonlySet<string> {
  const all = new Set([of]);
  for (const member of all) for (const heir of heirs.get(member) ?? []) all.add(heir);
  return all;
}

function unnamed(sources: readonly Source[], tests: readonly Source[]): readonly Finding[] {
  const { declared, heirs } = contractsOf(sources);
  const named = new Set(tests.flatMap(({ text }) => bare(text).match(/\b\w+\.\w+\b/g) ?? []));
  const isNamed = ({ name, of }: Declared): boolean =>
    [...family(of, heirs)].some((member) => named.has(`${member}.${name}`));
  const allowed = new Set(mayBeUnnamed.map(([id]) => id));
  return declared
    .filter((one) => !isNamed(one) && !allowed.has(`${one.of}.${one.name}`))
    .map(({ name, of, file, line }) => ({
      ...{ file, line, found: `no test names ${of}.${name}` },
      instead: 'expect it in a test under contracts/test, by its contract',
    }));
}

const solidity = texts.filter(({ path }) => path.endsWith('.sol'));
const inFolder = (folder: string): readonly Source[] =>
  solidity.filter(({ path }) => path.startsWith(`contracts/${folder}/`));

describe('errors and events of the contracts', () => {
  it('are found', () => {
    const names = new Set(contractsOf(inFolder('src')).declared.map(({ of, name }) => `${of}.${name}`));
    expect(names.size).toBeGreaterThan(200);
    for (const name of ['L2Vault.DepositCap', 'MessageTree.TreeFull', 'ILockingPool.NotSlasher']) {
      expect(names, name).toContain(name);
    }
  });

  it('are each named by a test', () => {
    expect(shown(unnamed(inFolder('src'), inFolder('test')))).toEqual([]);
  });

  it('are not named by a comment, by another contract of the same word, or without their contract', () => {
    const pool = source('a.sol', '// error Gone();\ncontract Pool is Base, Other {\n  error Shut();\n}');
    const line = 'a.sol:3 no test names Pool.Shut: expect it in a test under contracts/test, by its contract';
    const named = (test: string): readonly string[] => shown(unnamed([pool], [source('b.sol', test)]));
    for (const test of ['// Pool.Shut', '/* Pool.Shut */', 'Base.Shut', 'Shut()', 'Pool.Shutter']) {
      expect(named(test), test).toEqual([line]);
    }
    expect(named('Pool.Shut.selector')).toEqual([]);
  });

  it('are named by whoever inherits them, at any distance', () => {
    const files = [
      'interface Top { event Moved(); }',
      'contract Mid is Top(1), X {}',
      'contract Low is Y, Mid {}',
    ];
    const contracts = files.map((text, i) => source(`${i}.sol`, text));
    expect(shown(unnamed(contracts, [source('t.sol', 'emit Low.Moved();')]))).toEqual([]);
    expect(shown(unnamed(contracts, [source('t.sol', 'emit Y.Moved();')]))).toHaveLength(1);
  });

  it('are excepted with a reason, while they are there', () => {
    const names = contractsOf(inFolder('src')).declared.map(({ of, name }) => `${of}.${name}`);
    for (const [id, reason] of mayBeUnnamed) {
      expect(names).toContain(id);
      expect(reason.length).toBeGreaterThan(20);
    }
  });
});
