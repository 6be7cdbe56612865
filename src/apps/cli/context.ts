import type { Command } from 'commander';

import { InputError } from '../../crypto/errors.ts';
import type { KeyPurpose } from '../../ethereum/key-pop.ts';
import type { AskOptions } from '../admin-client.ts';
import type { AdminVerb } from '../admin-protocol.ts';
import type { Config } from '../config.ts';
import { dataDirOf } from '../data-dir.ts';
import { durationMs } from '../duration.ts';
import type { ControlVerb } from '../l2/control-protocol.ts';
import { type Output, processOutput } from '../output.ts';
import { readPassword, terminalPrompt } from '../password.ts';

/** What an account can be for. Not imported, since the list of commands must not load the code of chains. */
export const purposeChoices: readonly KeyPurpose[] = ['batch', 'state', 'reward', 'blob', 'epoch'];

/** Flags that every command takes. [product, 4.3] */
export interface GlobalFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly admin?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly yes?: boolean;
  readonly color: boolean;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly timeout?: string;
  readonly passwordFile?: string;
  readonly passwordFd?: string;
}

/** Flags of `sign batch`. */
export interface SignBatchFlags {
  readonly file: string;
  readonly da: 'calldata' | 'blobs';
  readonly submit?: boolean;
  readonly signers?: string;
  readonly index?: string;
  readonly nonce?: string;
  readonly inbox?: string;
}

/** Flags of `contracts deploy`. */
export interface DeployFlags {
  readonly profile: 'mainnet' | 'test';
  readonly rpc: string;
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
  readonly out: string;
  readonly resume?: boolean;
}

/** Flags of `contracts certify-key`: which account, for what, from which L1 block on. */
export interface CertifyKeyFlags {
  readonly out: string;
  readonly rpc: string;
  readonly purpose: KeyPurpose;
  readonly account: string;
  readonly activation: string;
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
  readonly save?: string;
}

/** Flags of `contracts first-key`. */
export interface FirstKeyFlags extends Omit<CertifyKeyFlags, 'save'> {
  readonly proof: string;
  readonly signature: readonly string[];
}

/** Flags of `contracts genesis`. */
export interface GenesisFlags {
  readonly out?: string;
  readonly profile?: 'mainnet' | 'test';
  readonly deployer?: string;
  readonly nonce?: string;
  readonly file: string;
  readonly sequencer: string;
  readonly epochAccount: string;
  readonly timestamp: string;
  readonly firstEpochEnd?: string;
  readonly allocation?: readonly string[];
}

/** Flags of `contracts rollup`. */
export interface RollupFlags {
  readonly out: string;
  readonly rpc: string;
  readonly genesis: string;
  readonly file: string;
  readonly slotMs?: string;
  readonly maxDrift?: string;
  readonly sequencingWindow?: string;
  readonly phase2Height: string;
}

/** An account, and the deployment that it acts on. */
interface AccountFlags {
  readonly record: string;
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
}

/** Flags of `bridge deposit`. */
export interface DepositFlags extends AccountFlags {
  readonly l1: string;
  readonly wei: string;
  readonly token?: string;
  readonly to?: string;
  readonly l2Gas: string;
}

/** Flags of `bridge force`. */
export interface ForceFlags extends AccountFlags {
  readonly l1: string;
  readonly raw?: string;
  readonly l2?: string;
  readonly to?: string;
  readonly wei: string;
  readonly data: string;
}

/** Flags of `bridge withdraw`. */
export interface WithdrawFlags extends AccountFlags {
  readonly l2: string;
  readonly wei: string;
  readonly token?: string;
  readonly to?: string;
}

/** Flags of `bridge prove` and `bridge status`. */
export interface StatusFlags {
  readonly record: string;
  readonly l1: string;
  readonly l2: string;
}

/** Flags of `bridge finalize`. */
export interface FinalizeFlags extends AccountFlags, StatusFlags {}

/** Flags of what goes on, round after round. */
interface RoundFlags {
  readonly watch?: boolean;
  readonly every: string;
}

/** Flags of `bridge relay`. */
export interface RelayFlags extends FinalizeFlags, RoundFlags {}

/** Flags of `outputs deposit`. */
export interface BondFlags extends AccountFlags {
  readonly l1: string;
  readonly wei: string;
}

/** Flags of `outputs challenge`. */
export interface OutputsFlags extends FinalizeFlags, RoundFlags {}

/** Flags of `outputs propose`. */
export interface ProposeFlags extends OutputsFlags {
  readonly blocks?: string;
}

/** Flags of `contracts check-staking`. */
export interface CheckStakingFlags {
  readonly out: string;
  readonly file: string;
  readonly rpc: string;
  readonly l2Rpc?: string;
}

/** Flags of `contracts deploy-staking`. */
export interface StakingFlags extends CheckStakingFlags {
  readonly keyFile: string;
  readonly keyPasswordFile?: string;
  readonly l2Nonce?: string;
  readonly resume?: boolean;
}

/** What a command works with. */
export interface Cli {
  readonly flags: GlobalFlags;
  readonly output: Output;
  /** Absolute. */
  readonly dataDir: string;
  /** The checked configuration. @throws InputError config-invalid and others of `loadConfig` */
  readonly config: () => Promise<Config>;
  /**
   * The password of the node: of a flag, of the configuration, or typed. @throws InputError as `readPassword`
   */
  readonly password: (question?: string) => Promise<string>;
  /** Asks the running node. @throws OperationError no-node, and every error of the node */
  readonly ask: (verb: AdminVerb | ControlVerb, options?: AskOptions) => Promise<unknown>;
}

/** How a noun adds its commands; what they do is loaded when one of them runs. */
export type AddCommands = (program: Command, cli: () => Cli) => void;

const SOCKET = '/run/admin.sock';

/** The context of one command. @throws InputError usage */
export function contextOf(flags: GlobalFlags): Cli {
  const output = processOutput({
    isJson: flags.json === true,
    isQuiet: flags.quiet === true,
    noColor: !flags.color || (process.env['NO_COLOR'] ?? '') !== '',
  });
  const dataDir = dataDirOf(socketFolder(flags.admin) ?? flags.dataDir);
  const config = async (): Promise<Config> => {
    const { loadConfig } = await import('../config.ts');
    const logFlags = { 'log.level': flags.logLevel, 'log.format': flags.logFormat };
    return loadConfig({ dataDir, file: flags.config, environment: process.env, flags: logFlags });
  };
  const timeoutMs = flags.timeout === undefined ? 0 : durationFlag('--timeout', flags.timeout);
  return {
    ...{ flags, output, dataDir, config },
    password: async (question) =>
      readPassword(
        {
          file: flags.passwordFile ?? (await passwordFileOf(flags, config)),
          fd: flags.passwordFd === undefined ? undefined : numberFlag('--password-fd', flags.passwordFd),
          ask: terminalPrompt(),
        },
        question,
      ),
    ask: async (verb, options = {}) => {
      const { askAdmin } = await import('../admin-client.ts');
      return askAdmin(dataDir, verb, { timeoutMs, ...options });
    },
  };
}

function socketFolder(socket: string | undefined): string | undefined {
  if (socket === undefined) return undefined;
  if (socket.endsWith(SOCKET)) return socket.slice(0, -SOCKET.length);
  throw usage('--admin', `${socket} is not the run/admin.sock of a data folder`);
}

async function passwordFileOf(
  flags: GlobalFlags,
  config: () => Promise<Config>,
): Promise<string | undefined> {
  if (flags.passwordFd !== undefined) return undefined;
  const [loaded, { pathIn }] = await Promise.all([configIfAny(config), import('../config.ts')]);
  const file = loaded?.settings.keystore.password_file;
  return loaded === undefined || file === undefined ? undefined : pathIn(loaded, file);
}

/** A node that is being made has no configuration yet. */
async function configIfAny(config: () => Promise<Config>): Promise<Config | undefined> {
  try {
    return await config();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** A fault of a flag or argument. */
export const usage = (flag: string, message: string): InputError => new InputError('usage', flag, message);

/** The whole number of a flag. @throws InputError usage */
export function numberFlag(flag: string, text: string): number {
  if (/^(0|[1-9][0-9]{0,8})$/.test(text)) return Number(text);
  throw usage(flag, `${flag} is ${text}, which is no whole number`);
}

/** The whole number of a flag, of any size. @throws InputError usage */
export function bigFlag(flag: string, text: string): bigint {
  if (/^(0|[1-9][0-9]{0,19})$/.test(text)) return BigInt(text);
  throw usage(flag, `${flag} is ${text}, which is no whole number`);
}

/** The longest time of a flag: a timer of the system holds no more, and one beyond that fires at once. */
const MOST_DAYS = 24;

/** The milliseconds of a flag, at most 24 days. @throws InputError usage */
export function durationFlag(flag: string, text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms > 0 && ms <= MOST_DAYS * 86_400_000) return ms;
  const most = `up to ${MOST_DAYS}d`;
  throw usage(flag, `${flag} is ${text}, which is no duration such as 250ms, 8s, 10m or 24h, ${most}`);
}

/** Reads the URL of an endpoint, before anything is asked or made. @throws InputError usage */
export const urlFlag =
  (flag: string) =>
  (text: string): string => {
    if (/^https?:\/\/[^\s/]/.test(text) && URL.canParse(text)) return text;
    throw usage(flag, `${flag} is "${text.slice(0, 80)}", which is no http or https URL`);
  };

/** Collects a flag that may be given several times. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];
