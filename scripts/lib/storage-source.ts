import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Bug } from '../../src/crypto/errors.ts';
import {
  type SolcLayout,
  type StorageLayouts,
  type StoredContract,
  type StoredType,
  joinTypes,
  linesOf,
  typesOf,
} from './storage-layout.ts';

/** Folders whose contracts keep their storage while their code changes: behind proxies, or in genesis. */
const FOLDERS = ['contracts/src/governance', 'contracts/src/l1', 'contracts/src/l2'];
/** Contracts there whose code stays what it is. */
const FIXED: ReadonlySet<string> = new Set([
  ...['MetisToken', 'Timelock', 'QuorumReexecution', 'StubValidity', 'BridgedToken'],
]);
/** What marks a struct that stands at a slot of its own. */
const MARK = /@custom:storage-location erc7201:(?<id>[\w.]+)/;

interface AstNode {
  readonly nodeType: string;
  readonly id: number;
  readonly name?: string;
  readonly canonicalName?: string;
  readonly abstract?: boolean;
  readonly contractKind?: string;
  readonly linearizedBaseContracts?: readonly number[];
  readonly documentation?: { readonly text?: string } | string | null;
  readonly members?: readonly { readonly name: string }[];
  readonly nodes?: readonly AstNode[];
}
interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly ast?: AstNode }>>;
  readonly contracts?: Readonly<
    Record<string, Readonly<Record<string, { readonly storageLayout: SolcLayout }>>>
  >;
}
type Found = { readonly contents: string } | { readonly error: string };
type Sources = Readonly<Record<string, string>>;

/** A struct at a slot of its own: the contract that declares it, and the source of that. */
interface Namespace {
  readonly id: string;
  readonly source: string;
  readonly contract: string;
  readonly contractId: number;
  readonly struct: string;
}

/** A repository's contracts, as they are or with other text in some of them; of all folders or of these. */
export function layoutsOf(
  root: string,
  changed: Sources = {},
  folders: readonly string[] = FOLDERS,
): StorageLayouts {
  const files = folders.flatMap((folder) => solidityIn(root, folder));
  const read = readerOf(root, changed);
  const output = compile(Object.fromEntries(files.map((file) => [file, textOf(read, file)])), read, {
    '*': { '': ['ast'], '*': ['storageLayout'] },
  });
  const units = Object.entries(output.sources ?? {}).flatMap(([source, { ast }]) =>
    (ast?.nodes ?? []).map((node) => ({ source, node })),
  );
  const enums = new Map(units.flatMap(({ node }) => enumsIn(node)));
  const namespaces = units.flatMap(({ source, node }) => namespacesIn(source, node));
  for (const namespace of namespaces) checkSlot(namespace, read);
  const spaces = layoutsOfNamespaces(namespaces, read, enums);
  const kept = units
    .filter(({ source, node }) => files.includes(source) && isKept(node))
    .map(({ source, node }) => ({ source, node, layout: layoutAt(output, source, node.name ?? '') }));
  return {
    contracts: Object.fromEntries(
      kept
        .map(({ source, node, layout }): [string, StoredContract] => [
          `${source}:${node.name ?? ''}`,
          contractOf(node, layout, spaces.lines),
        ])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    types: joinTypes([...kept.map(({ layout }) => typesOf(layout, enums)), ...spaces.types]),
  };
}

const isKept = ({ nodeType, contractKind, abstract, name }: AstNode): boolean =>
  nodeType === 'ContractDefinition' &&
  contractKind === 'contract' &&
  abstract !== true &&
  !FIXED.has(name ?? '');

function contractOf(
  node: AstNode,
  layout: SolcLayout,
  spaces: readonly (readonly [Namespace, readonly string[]])[],
): StoredContract {
  const own = spaces.filter(([{ contractId }]) => node.linearizedBaseContracts?.includes(contractId));
  return {
    slots: linesOf(layout.storage, layout.types ?? {}),
    namespaces: Object.fromEntries(own.map(([{ id }, lines]) => [id, lines])),
  };
}

function namespacesIn(source: string, contract: AstNode): readonly Namespace[] {
  return (contract.nodes ?? []).flatMap((node) => {
    const { documentation } = node;
    const text = typeof documentation === 'string' ? documentation : documentation?.text;
    const id = MARK.exec(text ?? '')?.groups?.['id'];
    if (node.nodeType !== 'StructDefinition' || id === undefined) return [];
    return [{ id, source, contract: contract.name ?? '', contractId: contract.id, struct: node.name ?? '' }];
  });
}

function enumsIn(node: AstNode): readonly (readonly [string, readonly string[]])[] {
  const own =
    node.nodeType === 'EnumDefinition'
      ? [[`enum ${node.canonicalName ?? ''}`, (node.members ?? []).map(({ name }) => name)] as const]
      : [];
  return [...own, ...(node.nodes ?? []).flatMap(enumsIn)];
}

/** The id in the comment is the one that the code hashes; the libraries of others have the hash instead. */
function checkSlot({ id, source }: Namespace, read: (path: string) => Found): void {
  if (!source.startsWith('contracts/')) return;
  if (!textOf(read, source).includes(`keccak256("${id}")`)) throw new Bug(`${source} does not hash "${id}"`);
}

/** The compiler lays out what is a variable: one contract for each struct that has it as its only one. */
function layoutsOfNamespaces(
  namespaces: readonly Namespace[],
  read: (path: string) => Found,
  enums: ReadonlyMap<string, readonly string[]>,
): {
  readonly lines: readonly (readonly [Namespace, readonly string[]])[];
  readonly types: readonly Readonly<Record<string, StoredType>>[];
} {
  const text = namespaces.map(
    ({ source, contract, struct }, i) =>
      `import {${contract} as From${i}} from "${source}"; contract Probe${i} { From${i}.${struct} root; }`,
  );
  const probes = { 'probes.sol': `pragma solidity >=0.8.0;\n${text.join('\n')}` };
  const output = compile(probes, read, { 'probes.sol': { '*': ['storageLayout'] } });
  const layouts = namespaces.map((_, i) => layoutAt(output, 'probes.sol', `Probe${i}`));
  const roots = new Set(layouts.flatMap(({ storage }) => storage.map(({ type }) => type)));
  return {
    lines: namespaces.map((namespace, i) => [namespace, rootLines(layouts[i])]),
    types: layouts.map((layout) => typesOf(layout, enums, roots)),
  };
}

function rootLines(layout: SolcLayout | undefined): readonly string[] {
  const types = layout?.types ?? {};
  const root = types[layout?.storage[0]?.type ?? ''];
  if (root?.members === undefined) throw new Bug('a namespace is a struct');
  return linesOf(root.members, types);
}

function layoutAt(output: Output, source: string, contract: string): SolcLayout {
  const layout = output.contracts?.[source]?.[contract]?.storageLayout;
  if (layout === undefined) throw new Bug(`no layout of ${contract}`);
  return layout;
}

const solidityIn = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sol'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();

function readerOf(root: string, changed: Sources): (path: string) => Found {
  return (path) => {
    const other = changed[path];
    if (other !== undefined) return { contents: other };
    const place = [join(root, path), join(root, 'node_modules', path)].find((candidate) =>
      existsSync(candidate),
    );
    return place === undefined ? { error: `no ${path}` } : { contents: readFileSync(place, 'utf8') };
  };
}

function textOf(read: (path: string) => Found, path: string): string {
  const found = read(path);
  if ('error' in found) throw new Bug(found.error);
  return found.contents;
}

function compile(sources: Sources, read: (path: string) => Found, outputSelection: object): Output {
  const { compile: solc } = createRequire(import.meta.url)('solc') as {
    compile: (input: string, callbacks: { import: (path: string) => Found }) => string;
  };
  const entries = Object.entries(sources).map(([path, content]) => [path, { content }]);
  const settings = { evmVersion: 'cancun', outputSelection };
  const input = { language: 'Solidity', sources: Object.fromEntries(entries) as object, settings };
  const output = JSON.parse(solc(JSON.stringify(input), { import: read })) as Output;
  const bad = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (bad.length > 0) throw new Bug(bad.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return output;
}
