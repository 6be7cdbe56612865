import { z } from 'zod';

import { to0x } from '../../crypto/bytes.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import {
  type ContractProfile,
  type ProfileName,
  contractProfiles,
} from '../../ethereum/contract-profiles.ts';
import type { DeploymentSettings } from '../../ethereum/deployment-init.ts';
import { parseConfigText } from '../config.ts';
import { accountText as account, hashText as root, numberText as number, timeText } from './fields.ts';
import type { StartCodec } from './journal.ts';

const member = z.strictObject({
  signer: account,
  power: number.refine((power) => power >= 1n && power <= 100_000n, 'is not 1 to 100000 METIS'),
});

/** Who may append a batch, in the order in which the inbox numbers it. [IBatchInbox.sol] */
const authModes = ['sender', 'quorum', 'both'] as const;
type AuthMode = (typeof authModes)[number];

const choices = {
  l2_chain_id: number.refine((id) => id > 0n && id < 1n << 53n, 'is no chain id'),
  token: account.optional(),
  treasury: account.optional(),
  guardian: account.optional(),
  genesis_root: root,
  genesis_allocation: number.default(0n),
  rewards_start: timeText.optional(),
  auth_mode: z.enum(authModes).optional(),
  members: z.array(member).min(1, 'is empty').max(256, 'has more than 256 members'),
};

/** What a deployment file states: who, and on which L2. */
export interface DeploymentFile {
  readonly l2_chain_id: bigint;
  readonly token?: Address | undefined;
  readonly treasury?: Address | undefined;
  readonly guardian?: Address | undefined;
  readonly genesis_root: Uint8Array;
  readonly genesis_allocation: bigint;
  readonly rewards_start?: bigint | undefined;
  /** Who may append a batch; absent, as the profile has it. */
  readonly auth_mode?: AuthMode | undefined;
  readonly members: DeploymentSettings['members'];
}
const fileSchema = z.strictObject({ version: z.literal('1'), ...choices });

const invalid = (file: string, path: string, what: string): InputError =>
  new InputError('config-invalid', path, `${file}: ${path} ${what}`);

/** Reads a deployment file, YAML or JSON. @throws InputError config-invalid */
export function parseDeploymentFile(text: string, file: string, profile: ProfileName): DeploymentFile {
  const parsed = fileSchema.safeParse(parseConfigText(text, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(file, (issue?.path ?? []).map(String).join('.'), issue?.message ?? 'is not allowed');
  }
  const { data } = parsed;
  const hasSupply = contractProfiles[profile].tokenSupply > 0n;
  if (data.token === undefined && !hasSupply)
    throw invalid(file, 'token', `must name METIS: the profile ${profile} makes none`);
  if (data.token === undefined && data.treasury === undefined)
    throw invalid(file, 'treasury', 'must name who gets the new token, or token one that is there');
  const isAscending = data.members.every(
    ({ signer }, i) => i === 0 || (data.members[i - 1]?.signer ?? '').toLowerCase() < signer.toLowerCase(),
  );
  if (!isAscending) throw invalid(file, 'members', 'are not in strictly ascending order of their signers');
  return data;
}

const recordSchema = z.strictObject({
  profile: z.enum(['mainnet', 'test']),
  chain_id: number,
  genesis: root,
  deployer: account,
  first_nonce: number,
  plan: root,
  ...choices,
  rewards_start: timeText,
});

/** The beginning of a deployment: all that its transactions follow from, and on which chain. */
export interface DeploymentStart {
  readonly profile: ProfileName;
  readonly chainId: bigint;
  /** The hash of block 0, 32 bytes. */
  readonly genesis: Uint8Array;
  readonly settings: DeploymentSettings;
  /** The hash of the plan, 32 bytes. */
  readonly plan: Uint8Array;
}

/** A start as a journal and a record hold it: every scalar as text. */
export function startToJson({ profile, chainId, genesis, settings, plan }: DeploymentStart): object {
  const { deployer, firstNonce, token, treasury, guardian, genesisRoot, members } = settings;
  return {
    ...{ profile, chain_id: String(chainId), genesis: to0x(genesis), deployer },
    ...{ first_nonce: String(firstNonce), plan: to0x(plan), l2_chain_id: String(settings.l2ChainId) },
    ...{ token, treasury, guardian, genesis_root: to0x(genesisRoot) },
    genesis_allocation: String(settings.genesisAllocation),
    rewards_start: String(settings.rewardsStart),
    auth_mode: authModes[settings.profile.inbox.authMode],
    members: members.map(({ signer, power }) => ({ signer, power: String(power) })),
  };
}

/** Reads one back. @throws InputError file-damaged */
export function startFromJson(value: unknown, path: string): DeploymentStart {
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) throw new InputError('file-damaged', path, `${path} is no record of a deployment`);
  const { data } = parsed;
  const { profile, chain_id: chainId, genesis, plan, deployer, first_nonce: firstNonce } = data;
  const settings = settingsOf(data, { profile, deployer, firstNonce, rewardsStart: data.rewards_start });
  return { profile, chainId, genesis, plan, settings };
}

function profileOf(name: ProfileName, mode: AuthMode | undefined): ContractProfile {
  const profile = contractProfiles[name];
  if (mode === undefined) return profile;
  const numbers = { sender: 0, quorum: 1, both: 2 } as const;
  return { ...profile, inbox: { ...profile.inbox, authMode: numbers[mode] } };
}

/** How a journal holds it. */
export const startCodec: StartCodec<DeploymentStart> = { toJson: startToJson, fromJson: startFromJson };

/** The settings of a deployment that begins here. */
export function settingsOf(
  file: DeploymentFile,
  here: Pick<DeploymentSettings, 'deployer' | 'firstNonce' | 'rewardsStart'> & {
    readonly profile: ProfileName;
  },
): DeploymentSettings {
  const { l2_chain_id: l2ChainId, token, treasury, guardian, members } = file;
  const { deployer, firstNonce, rewardsStart } = here;
  assert(members.length > 0, 'the schema asks for members');
  return {
    profile: profileOf(here.profile, file.auth_mode),
    ...{ deployer, firstNonce, rewardsStart, l2ChainId, token, treasury, guardian, members },
    genesisRoot: file.genesis_root,
    genesisAllocation: file.genesis_allocation,
  };
}

/** A commented deployment file; its accounts belong to nobody. */
export const sampleDeploymentFile: string = [
  '# What "conclave contracts deploy" puts on L1 besides the values of its profile.',
  'version: 1',
  'l2_chain_id: "71001"',
  '# METIS where it exists already; without it, and in the profile test only, a token is made.',
  '# token: "0x9e32b13ce7f2e80a01932b42553652e053d6ed8e"',
  '# Who gets the supply of a token that is made.',
  'treasury: "0x1111111111111111111111111111111111111111"',
  '# May pause the pool for a time, and nothing else. A threshold account.',
  '# guardian: "0x2222222222222222222222222222222222222222"',
  '# The output root of L2 after block 0, and the METIS wei that its genesis gives out, which the',
  '# deployer brings.',
  'genesis_root: "0x0000000000000000000000000000000000000000000000000000000000000001"',
  'genesis_allocation: "0"',
  '# When rewards begin, Unix seconds; without it, some time after the deployment begins.',
  '# rewards_start: "1800000000"',
  '# Who may append a batch: both (the group account, with a certificate of the members, as the profile',
  '# has it), quorum (a certificate), or sender (the group account), until validators run and certify.',
  '# auth_mode: sender',
  '# Member set 0, ascending by signer; power in whole METIS.',
  'members:',
  '  - { signer: "0x3333333333333333333333333333333333333333", power: "20000" }',
  '  - { signer: "0x4444444444444444444444444444444444444444", power: "20000" }',
  '  - { signer: "0x5555555555555555555555555555555555555555", power: "20000" }',
  '  - { signer: "0x6666666666666666666666666666666666666666", power: "20000" }',
  '',
].join('\n');
