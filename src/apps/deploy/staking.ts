import { z } from 'zod';

import { concat, equalBytes, fromHex, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { Point } from '../../crypto/secp256k1.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';
import type { StakingSettings } from '../../ethereum/staking-plan.ts';
import { parseConfigText } from '../config.ts';
import type { Beginning } from './deploy.ts';
import { accountText, hashText, numberText } from './fields.ts';
import type { StartCodec } from './journal.ts';
import type { DeploymentRecord } from './record.ts';

const name = z.string().regex(/^[ -~]{1,64}$/, 'is not 1 to 64 printable characters');
const bps = numberText.refine((value) => value <= 2_000n, 'is more than 2000 basis points');
/** 64 bytes that are a point: anything else could never sign. */
const signer: z.ZodType<Uint8Array> = z.string().transform((text, context) => {
  const bytes = /^0x[0-9a-f]{128}$/.test(text) ? fromHex(text) : undefined;
  if (bytes !== undefined && isPoint(bytes)) return bytes;
  context.addIssue('is no public key: 0x and the 128 hex digits of x and y');
  return z.NEVER;
});

function isPoint(key: Uint8Array): boolean {
  try {
    const odd = (key[63] ?? 0) & 1;
    const { uncompressed } = Point.fromBytes(concat(Uint8Array.of(2 + odd), key.subarray(0, 32)));
    return equalBytes(uncompressed.subarray(1), key);
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Every scalar of our files is text. */
const yesNo = z.enum(['true', 'false']).transform((text) => text === 'true');

const choices = {
  provider: accountText,
  guardian: accountText.optional(),
  treasury: accountText,
  operators: accountText,
  name,
  symbol: name,
  ticket_name: name,
  ticket_symbol: name,
  min_deposit: numberText,
  capacity: numberText.default(0n),
  protocol_bps: bps,
  operator_bps: bps,
  pre_stake: yesNo.default(false),
  signers: z.array(signer).max(64, 'has more than 64 sequencers'),
};
const fileSchema = z.strictObject({ version: z.literal('1'), ...choices });

/** What a staking file states: whose, and how it is called. */
export interface StakingFile {
  readonly provider: Address;
  readonly guardian?: Address | undefined;
  readonly treasury: Address;
  readonly operators: Address;
  readonly name: string;
  readonly symbol: string;
  readonly ticket_name: string;
  readonly ticket_symbol: string;
  readonly min_deposit: bigint;
  readonly capacity: bigint;
  readonly protocol_bps: bigint;
  readonly operator_bps: bigint;
  readonly pre_stake: boolean;
  readonly signers: readonly Uint8Array[];
}

/** Reads a staking file, YAML or JSON. @throws InputError config-invalid */
export function parseStakingFile(text: string, file: string): StakingFile {
  const parsed = fileSchema.safeParse(parseConfigText(text, file));
  if (parsed.success) {
    const { version: _, ...stated } = parsed.data;
    return stated;
  }
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map(String).join('.');
  throw new InputError('config-invalid', path, `${file}: ${path} ${issue?.message ?? 'is not allowed'}`);
}

/** The beginning of one leg of it: all that the transactions of both follow from, and on which chain. */
export interface StakingStart extends Beginning {
  readonly deployer: Address;
  readonly l1FirstNonce: bigint;
  readonly l2FirstNonce: bigint;
  readonly file: StakingFile;
}

const startSchema = z.strictObject({
  ...{ chain_id: numberText, genesis: hashText, plan: hashText, deployer: accountText },
  ...{ l1_first_nonce: numberText, l2_first_nonce: numberText },
  ...choices,
});

/** A start as journal and record hold it. */
export const stakingCodec: StartCodec<StakingStart> = {
  toJson: ({ chainId, genesis, plan, deployer, l1FirstNonce, l2FirstNonce, file }) => ({
    ...{ chain_id: String(chainId), genesis: to0x(genesis), plan: to0x(plan), deployer },
    ...{ l1_first_nonce: String(l1FirstNonce), l2_first_nonce: String(l2FirstNonce) },
    ...file,
    ...{ min_deposit: String(file.min_deposit), capacity: String(file.capacity) },
    ...{ protocol_bps: String(file.protocol_bps), operator_bps: String(file.operator_bps) },
    ...{ pre_stake: String(file.pre_stake), signers: file.signers.map(to0x) },
  }),
  fromJson: (value, path) => {
    const parsed = startSchema.safeParse(value);
    if (!parsed.success) throw new InputError('file-damaged', path, `${path} is no record of liquid staking`);
    const {
      chain_id: chainId,
      genesis,
      plan,
      deployer,
      l1_first_nonce,
      l2_first_nonce,
      ...file
    } = parsed.data;
    return {
      ...{ chainId, genesis, plan, deployer, file },
      ...{ l1FirstNonce: l1_first_nonce, l2FirstNonce: l2_first_nonce },
    };
  },
};

const NOBODY: Address = parseAddress('0x0000000000000000000000000000000000000000');

/**
 * The settings of a plan. @throws InputError config-invalid when the account that deploys would keep a say
 */
export function stakingSettingsOf(
  file: StakingFile,
  here: Pick<StakingSettings, 'deployer' | 'l1FirstNonce' | 'l2FirstNonce'>,
  { start, at }: DeploymentRecord,
): StakingSettings {
  const { provider, guardian = NOBODY, treasury, operators } = file;
  if ([provider, guardian, treasury, operators].includes(here.deployer))
    throw new InputError(
      'config-invalid',
      'deployer',
      'the account that deploys is none of provider, guardian, treasury, operators: it keeps no say',
    );
  const { profile, l2ChainId, token } = start.settings;
  const places = {
    ...{ timelock: at('Timelock'), bridge: at('Bridge'), pool: at('LockingPool') },
    ...{ escrow: at('LockingInfo'), metis: token ?? at('MetisToken') },
  };
  return {
    ...{ ...here, places, l2ChainId, times: profile.staking, maxPause: profile.pool.maxPause },
    ...{ provider, guardian, treasury, operators },
    share: { name: file.name, symbol: file.symbol },
    ticket: { name: file.ticket_name, symbol: file.ticket_symbol },
    ...{ minDeposit: file.min_deposit, capacity: file.capacity, hasPreStake: file.pre_stake },
    ...{ protocolBps: file.protocol_bps, operatorBps: file.operator_bps, signers: file.signers },
  };
}

/** A staking file with comments. */
export const sampleStakingFile: string = [
  'version: 1',
  '# The share, and the tickets of the way out, as wallets show them.',
  'name: "Staked METIS"',
  'symbol: "stMETIS"',
  'ticket_name: "METIS ticket"',
  'ticket_symbol: "tMETIS"',
  '# May lend METIS while some is on its way; at its own risk.',
  'provider: "0x1111111111111111111111111111111111111111"',
  '# May pause deposits for a time, and nothing else.',
  '# guardian: "0x2222222222222222222222222222222222222222"',
  '# Get the fees, in basis points of rewards.',
  'treasury: "0x3333333333333333333333333333333333333333"',
  'operators: "0x4444444444444444444444444444444444444444"',
  'protocol_bps: "500"',
  'operator_bps: "500"',
  '# METIS wei: the least deposit, and what may come in before L1 has reported what it can take.',
  'min_deposit: "1000000000000000000"',
  'capacity: "0"',
  '# Deposits for points, until a vote launches the vault.',
  'pre_stake: false',
  '# The key of the signer of each sequencer: 64 bytes, x and y.',
  'signers: []',
  '',
].join('\n');
