import ts from 'typescript';

import { casts, isAllowed, jsonReaders } from './allowances.ts';
import { type Finding, type Source, floorOf, lineOf, walk } from './sources.ts';

/** Where points are multiplied by what everybody knows. */
const publicMultiplications =
  /^src\/(crypto\/(secp256k1|primitives-pure)|ethereum\/(bn254|point-evaluation))[.]ts$/;

/** A rule on single nodes: where it holds, what it finds, and what to write in its place. */
export interface Rule {
  readonly name: string;
  readonly holdsIn: (path: string) => boolean;
  readonly finds: (node: ts.Node) => string | undefined;
  readonly instead: string;
}

const inSrc = (path: string): boolean => path.startsWith('src/');
const outside =
  (...floors: readonly string[]) =>
  (path: string): boolean =>
    inSrc(path) && !floors.includes(floorOf(path) ?? '');
const pureFloors = ['crypto', 'ethereum', 'protocols', 'chain', 'audit'];
const inPure = (path: string): boolean => pureFloors.includes(floorOf(path) ?? '');

/** The name, where the identifier stands for something from outside, not for a property or declaration. */
function freeName(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return undefined;
  if (ts.isQualifiedName(parent) && parent.right === node) return undefined;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return undefined;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return undefined;
  if (!ts.isShorthandPropertyAssignment(parent) && 'name' in parent && parent.name === node) return undefined;
  return node.text;
}

const free =
  (...names: readonly string[]) =>
  (node: ts.Node): string | undefined => {
    const name = freeName(node);
    return name !== undefined && names.includes(name) ? `\`${name}\`` : undefined;
  };

const member =
  (object: string, property: string) =>
  (node: ts.Node): string | undefined =>
    ts.isPropertyAccessExpression(node) && node.expression.getText() === object && node.name.text === property
      ? `\`${object}.${property}\``
      : undefined;

const anyName =
  (pattern: RegExp) =>
  (node: ts.Node): string | undefined =>
    ts.isIdentifier(node) && pattern.test(node.text) ? `\`${node.text}\`` : undefined;

const called =
  (pattern: RegExp, isBare = false) =>
  (node: ts.Node): string | undefined =>
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    pattern.test(node.expression.name.text) &&
    (!isBare || node.arguments.length === 0)
      ? `\`.${node.expression.name.text}()\``
      : undefined;

const either =
  (...finders: readonly Rule['finds'][]) =>
  (node: ts.Node): string | undefined => {
    for (const find of finders) {
      const found = find(node);
      if (found !== undefined) return found;
    }
    return undefined;
  };

function bareError(node: ts.Node): string | undefined {
  if (!ts.isThrowStatement(node)) return undefined;
  const thrown = node.expression;
  if (ts.isStringLiteralLike(thrown) || ts.isTemplateExpression(thrown)) return 'a thrown string';
  const made = ts.isNewExpression(thrown) || ts.isCallExpression(thrown) ? thrown.expression.getText() : '';
  return /^(Error|TypeError|RangeError|SyntaxError)$/.test(made) ? `a bare \`${made}\`` : undefined;
}

function assertion(node: ts.Node): string | undefined {
  if (ts.isNonNullExpression(node)) return '`!`';
  if (ts.isTypeAssertionExpression(node)) return '`<T>`';
  if (!ts.isAsExpression(node)) return undefined;
  return node.type.getText() === 'const' ? undefined : `\`as ${node.type.getText()}\``;
}

const skips = /^(only|skip|todo|skipIf|runIf|fails)$/;

function unrunTest(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && /^(xit|xtest|xdescribe|fit|fdescribe)$/.test(node.text))
    return `\`${node.text}\``;
  if (!ts.isPropertyAccessExpression(node) || !skips.test(node.name.text)) return undefined;
  const object = node.expression.getText().split('.')[0] ?? '';
  return /^(it|test|describe|suite|bench|ctx|context|task)$/.test(object)
    ? `\`${object}.${node.name.text}\``
    : undefined;
}

/** The table of what is not written, where, and what is written instead. */
export const rules: readonly Rule[] = [
  {
    name: 'no clock',
    holdsIn: outside('system'),
    finds: either(free('Date'), member('performance', 'now'), member('process', 'hrtime')),
    instead: 'take a Clock: `clock.nowMs()`, `clock.monotonicMs()`',
  },
  {
    name: 'no timer',
    // It waits for no time: it lets others have their turn.
    holdsIn: (path) => outside('system')(path) && path !== 'src/services/engine/breathe.ts',
    finds: either(
      free('setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'),
      member('AbortSignal', 'timeout'),
    ),
    instead: 'take a Clock: `clock.after(durationMs, event)`',
  },
  {
    name: 'no randomness',
    holdsIn: outside('system'),
    finds: either(
      member('Math', 'random'),
      anyName(/^(randomBytes|getRandomValues|randomSecretKey|randomPrivateKey|randomUUID|randomInt)$/),
      called(/^(keyPair|keygen|generateKeyPair|generateKeyPairSync|generateKey)$/, true),
      anyName(/^generateKeyPair(Sync)?$/),
    ),
    instead: 'take an Rng: `rng(length)`; key generators of packages draw randomness unseen',
  },
  {
    name: 'no world',
    holdsIn: outside('system', 'apps'),
    finds: free('process', 'fetch', 'console', 'globalThis'),
    instead: 'take it from the configuration, a port, or `log`',
  },
  {
    name: 'no code from text',
    holdsIn: () => true,
    finds: either(free('eval'), (node) =>
      (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'Function'
        ? '`Function` from text'
        : undefined,
    ),
    instead: 'write the function',
  },
  {
    name: 'no locale, no implied order',
    holdsIn: inPure,
    finds: either(free('Intl'), called(/^(toLocale\w+|localeCompare)$/), called(/^(sort|toSorted)$/, true)),
    instead: 'give the order explicitly: `.sort((a, b) => …)`, or compare code units',
  },
  {
    name: 'no JSON from peers or disk',
    holdsIn: (path) => outside('apps')(path) && !isAllowed(jsonReaders, path),
    finds: member('JSON', 'parse'),
    instead: 'use a codec; a reader of files for people is a row of `jsonReaders` in test/tidy/allowances.ts',
  },
  {
    name: 'no variable-time multiplication',
    holdsIn: (path) => inSrc(path) && !publicMultiplications.test(path),
    finds: anyName(/^(\w*Unsafe|pippenger\w*)$/),
    instead: '`actPublic` for public scalars, `act` for secret ones',
  },
  {
    name: 'no assertions of type',
    holdsIn: (path) => inSrc(path) && !isAllowed(casts, path),
    finds: assertion,
    instead:
      'decode it, or narrow it; a constructor of a brand is a row of `casts` in test/tidy/allowances.ts',
  },
  {
    name: 'no any',
    holdsIn: inSrc,
    finds: (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? '`any`' : undefined),
    instead: '`unknown`, decoded once',
  },
  {
    name: 'no bare error',
    holdsIn: (path) => /^(src|scripts|bench)\//.test(path),
    finds: bareError,
    instead: 'throw ProtocolAbort, InputError, OperationError or Bug (src/crypto/errors.ts)',
  },
  {
    name: 'no empty catch',
    holdsIn: () => true,
    finds: (node) =>
      ts.isCatchClause(node) && node.block.statements.length === 0 && !/\/[/*]/.test(node.block.getText())
        ? 'an empty `catch`'
        : undefined,
    instead: 'handle it, or say in a comment why there is nothing to do',
  },
  {
    name: 'no test that does not run',
    holdsIn: (path) => /^(test|bench)\//.test(path),
    finds: unrunTest,
    instead: 'run it, or delete it',
  },
];

/** All findings of the table in these sources. */
export function broken(sources: readonly Source[], table: readonly Rule[] = rules): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { path, tree } of sources) {
    const here = table.filter(({ holdsIn }) => holdsIn(path));
    if (here.length === 0) continue;
    walk(tree(), (node) => {
      for (const { finds, instead } of here) {
        const found = finds(node);
        if (found !== undefined) findings.push({ file: path, line: lineOf(node), found, instead });
      }
    });
  }
  return findings;
}
