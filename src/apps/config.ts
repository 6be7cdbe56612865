import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import { type YAMLError, isMap, isScalar, isSeq, parseDocument } from 'yaml';

import { InputError } from '../crypto/errors.ts';
import type { GuardLimits } from '../node/guard-rules.ts';
import { checkPolicy } from '../node/policy/policy.ts';
import type { Policy } from '../node/policy/verdict.ts';
import { type Settings, settingsSchema, singleSettings } from './config-schema.ts';
import { CONFIG_FILE } from './data-dir.ts';

/** A plain tree of texts: what a file, the environment and flags say before types are known. */
export interface Tree {
  readonly [key: string]: Tree | string | readonly (Tree | string)[];
}

/** Where settings come from. Flags win over the environment, that over the file, that over defaults. */
export interface ConfigSources {
  /** Absolute. */
  readonly dataDir: string;
  /** Another file than `<data-dir>/conclave.yaml`. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings by their dotted path. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

/** The checked configuration of one node. */
export interface Config {
  readonly dataDir: string;
  readonly settings: Settings;
  readonly policy: Policy;
  readonly guardLimits: GuardLimits;
  /** Where each value came from, by dotted path; a path that is not named has its default. */
  readonly origins: ReadonlyMap<string, string>;
}

/** The longest configuration, in bytes. */
const MAX_BYTES = 262_144;
const PREFIX = 'CONCLAVE_';
/** Names that are no settings: where tools are, and where test reports go. */
const OTHER_NAMES = ['CONCLAVE_ANVIL', 'CONCLAVE_FORGE', 'CONCLAVE_TEST_REPORTS'];

/**
 * Reads, merges and checks everything. @throws InputError config-invalid, naming the setting and the reason;
 * unknown-environment-name; policy-invalid; file-unreadable
 */
export function loadConfig(sources: ConfigSources): Config {
  const file = sources.file ?? join(sources.dataDir, CONFIG_FILE);
  const origins = new Map<string, string>();
  const stated = parseConfigText(readText(file), file);
  for (const path of leavesOf(stated)) origins.set(path, file);
  let tree = stated;
  for (const [path, value, name] of environmentSettings(sources.environment)) {
    tree = withValue(tree, path, value);
    origins.set(path, `environment ${name}`);
  }
  for (const [path, value] of Object.entries(sources.flags ?? {})) {
    if (value === undefined) continue;
    tree = withValue(tree, path, value);
    origins.set(path, 'flag');
  }
  return { ...checkSettings(tree, file), dataDir: sources.dataDir, origins };
}

/** The settings of a tree of texts. @throws InputError config-invalid | policy-invalid */
export function checkSettings(tree: Tree, file: string): Pick<Config, 'settings' | 'policy' | 'guardLimits'> {
  const parsed = settingsSchema.safeParse(tree);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(file, (issue?.path ?? []).map(String).join('.'), issue?.message ?? 'is not allowed');
  }
  const settings = parsed.data;
  const policy = checkPolicy({ rules: settings.policy.rules });
  const foreign = policy.rules.find(
    (rule) =>
      rule.l1ChainId !== settings.network.l1_chain_id ||
      (rule.kind !== 'update-key' && rule.l2ChainId !== settings.network.l2_chain_id),
  );
  if (foreign !== undefined)
    throw invalid(file, `policy.rules.${foreign.id}`, 'is for another chain than network names');
  const { max_gap: maxGap, fee_steps_max: feeStepsMax } = settings.guard;
  return { settings, policy, guardLimits: { maxGap, feeStepsMax } };
}

const invalid = (file: string, path: string, what: string): InputError =>
  new InputError('config-invalid', path, `${file}: ${path === '' ? 'it' : path} ${lowerFirst(what)}`);

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function readText(file: string): string {
  if (!existsSync(file))
    throw new InputError(
      'config-invalid',
      file,
      `there is no ${file}: make a data folder with "conclave init", or name it with --data-dir`,
    );
  if (statSync(file).size > MAX_BYTES)
    throw new InputError('config-invalid', file, `${file} has more than ${MAX_BYTES} bytes`);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('file-unreadable', file, `${file} cannot be read: ${why}`, { cause });
  }
}

/**
 * The tree of a YAML text, every scalar as text. @throws InputError config-invalid for duplicate keys and
 * junk
 */
export function parseConfigText(text: string, file: string): Tree {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, merge: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw yamlError(problem, file);
  const tree = treeOf(document.contents, '', file);
  if (typeof tree === 'string' || Array.isArray(tree)) throw invalid(file, '', 'holds no settings');
  return Object.fromEntries(Object.entries(tree));
}

function yamlError({ message, linePos }: YAMLError, file: string): InputError {
  const [sentence = ''] = message.split('\n');
  const line = linePos?.[0].line;
  return new InputError(
    'config-invalid',
    line === undefined ? file : `line ${line}`,
    `${file}: ${sentence.replace(/:$/, '')}`,
  );
}

/** Anchors and aliases are refused: what a person reads is what holds. */
function treeOf(node: unknown, path: string, file: string): Tree | string | readonly (Tree | string)[] {
  if (node === null) return {};
  if (isScalar(node)) return typeof node.value === 'string' ? node.value : '';
  if (isSeq(node))
    return node.items.map((item, i) => {
      const child = treeOf(item, `${path}.${i}`, file);
      if (typeof child !== 'string' && Array.isArray(child))
        throw invalid(file, `${path}.${i}`, 'is a list in a list');
      return typeof child === 'string' ? child : Object.fromEntries(Object.entries(child));
    });
  if (!isMap(node)) throw invalid(file, path, 'is an alias or no plain value');
  return Object.fromEntries(
    node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      const at = path === '' ? name : `${path}.${name}`;
      return [name, value === null ? '' : treeOf(value, at, file)];
    }),
  );
}

function* leavesOf(tree: Tree, prefix = ''): Generator<string> {
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof value === 'string' || Array.isArray(value)) yield path;
    else yield* leavesOf(Object.fromEntries(Object.entries(value)), path);
  }
}

/** `CONCLAVE_P2P__LISTEN` is `p2p.listen`. @throws InputError unknown-environment-name */
function environmentSettings(
  environment: ConfigSources['environment'],
): readonly (readonly [path: string, value: string, name: string])[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (!name.startsWith(PREFIX) || value === undefined || OTHER_NAMES.includes(name)) return [];
    const path = name.slice(PREFIX.length).toLowerCase().replaceAll('__', '.');
    if (/PASSWORD|SECRET|KEY_HEX/.test(name) || !singleSettings.includes(path))
      throw new InputError(
        'unknown-environment-name',
        name,
        `${name} is no setting that the environment may state`,
      );
    return [[path, value, name] as const];
  });
}

function withValue(tree: Tree, path: string, value: string): Tree {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...tree, [key]: value };
  const below = tree[key];
  const child =
    below === undefined || typeof below === 'string' || Array.isArray(below)
      ? {}
      : Object.fromEntries(Object.entries(below));
  return { ...tree, [key]: withValue(child, rest.join('.'), value) };
}

/** The absolute path of a file that the configuration names relative to the data folder. */
export const pathIn = (config: Pick<Config, 'dataDir'>, path: string): string =>
  isAbsolute(path) ? path : join(config.dataDir, path);
