import type { Abi } from 'viem';
import {
  bytesToHex,
  decodeFunctionResult,
  encodeFunctionData,
  encodeFunctionResult,
  hexToBytes,
} from 'viem/utils';

import type { Address } from './address.ts';
import { type ContractName, contracts } from './contracts.ts';
import type { DeploymentCheck } from './deployment-checks.ts';
import { type DeploymentSettings, NATIVE, NOBODY } from './deployment-init.ts';
import type { DeploymentPlan } from './deployment-plan.ts';

/** A view, what it must answer, and its arguments. */
export type ValueRow = readonly [view: string, answer: unknown, ...args: readonly unknown[]];

/** What a contract was given: what nothing changes, and what a vote can change. */
interface Values {
  readonly contract: ContractName;
  readonly fixed?: readonly ValueRow[];
  readonly parameters?: readonly ValueRow[];
}

/** Everything that settings and profile say, and that a contract shows. */
export function valueChecksOf(
  plan: DeploymentPlan,
  settings: DeploymentSettings,
): readonly DeploymentCheck[] {
  const places = new Map(plan.code.map(({ name, at }) => [name, at]));
  const at = (name: string): Address => places.get(name) ?? NOBODY;
  const here = { at, token: plan.token, settings };
  const all = [
    ...governanceValues(here),
    ...keyValues(here),
    poolValues(here),
    ...stakeValues(here),
    ...chainValues(here),
  ];
  const values = all.flatMap(({ contract, fixed = [], parameters = [] }) => [
    ...fixed.map((row) => checkOf(contract, at(contract), row)),
    ...parameters.map((row) => ({ ...checkOf(contract, at(contract), row), isParameter: true })),
  ]);
  return [...values, setZero(here)];
}

/** Where the number of the block stands that installed the set, which nobody knew before. */
const SET_BLOCK = { from: 64, to: 96 } as const;

function setZero({ at, settings: { members } }: Here): DeploymentCheck {
  const total = members.reduce((sum, { power }) => sum + power, 0n);
  const check = checkOf('KeyRegistry', at('KeyRegistry'), ['memberSet', [members, total, 0n], 0n]);
  return { ...check, rule: `member set 0 has ${members.length} members with ${total}`, ignored: SET_BLOCK };
}

/** The question whether a view of a contract answers so. */
export function checkOf(
  contract: ContractName,
  to: Address,
  [view, answer, ...args]: ValueRow,
): DeploymentCheck {
  const abi: Abi = contracts[contract].abi;
  const call = { abi, functionName: view } as const;
  const expected = hexToBytes(encodeFunctionResult({ ...call, result: answer }));
  const read = (found: Uint8Array): string =>
    text(decodeFunctionResult({ ...call, args, data: bytesToHex(found) }));
  const asked = args.length === 0 ? view : `${view}(${args.map(text).join(', ')})`;
  return {
    ...{ subject: contract, rule: `${asked} is ${text(answer)}`, expected, read },
    ask: { kind: 'call', to, data: hexToBytes(encodeFunctionData({ ...call, args })) },
  };
}

/** An answer as people read it. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return text(Object.values(value));
  return String(value);
}

interface Here {
  readonly at: (name: string) => Address;
  readonly token: Address;
  readonly settings: DeploymentSettings;
}

function governanceValues({ at, token, settings }: Here): readonly Values[] {
  const { profile } = settings;
  const { lstCap, totalCap, reserved } = profile.grants;
  return [
    {
      contract: 'Timelock',
      fixed: [['governor', at('Governor')]],
      parameters: [['getMinDelay', profile.timelockDelay]],
    },
    { contract: 'Governor', fixed: [['metis', token]], parameters: [['settings', profile.votes]] },
    {
      contract: 'GrantsBudget',
      fixed: [
        ['metis', token],
        ['lstCap', lstCap],
        ['totalCap', totalCap],
        ['reserved', reserved],
      ],
    },
    { contract: 'AllocationRegistry', fixed: [['lockingPool', at('LockingPool')]] },
    { contract: 'ForcedInbox', parameters: [['feePerGas', profile.forcedFeePerGas]] },
    // A token that was there is nobody's promise.
    ...(settings.token === undefined
      ? [{ contract: 'MetisToken', fixed: [['totalSupply', profile.tokenSupply]] } as const]
      : []),
  ];
}

function keyValues({ at, settings }: Here): readonly Values[] {
  const { profile, l2ChainId } = settings;
  const { inbox } = profile;
  return [
    {
      contract: 'KeyRegistry',
      fixed: [['lockingPool', at('LockingPool')]],
      parameters: [
        ['keyNotice', profile.keys.noticeBlocks],
        ['setGrace', profile.keys.setGraceBlocks],
      ],
    },
    {
      contract: 'BatchInbox',
      fixed: [
        ['registry', at('KeyRegistry')],
        ['l2ChainId', l2ChainId],
      ],
      parameters: [
        ['permissionlessAfter', inbox.permissionlessAfterBlocks],
        ['dacRetention', inbox.dacRetention],
        ['authMode', inbox.authMode],
      ],
    },
    {
      contract: 'QuorumReexecution',
      fixed: [
        ['registry', at('KeyRegistry')],
        ['l2ChainId', l2ChainId],
      ],
    },
  ];
}

function poolValues({ at, settings }: Here): Values {
  const { profile, guardian = NOBODY, rewardsStart } = settings;
  const { pool, outputs } = profile;
  return {
    contract: 'LockingPool',
    fixed: [
      ...([
        ['escrow', at('LockingInfo')],
        ['keyRegistry', at('KeyRegistry')],
      ] as const),
      ...([
        ['exitDelayFloor', outputs.challengeWindow + pool.evidenceAge],
        ['maxPause', pool.maxPause],
      ] as const),
    ],
    parameters: [
      ...([
        ['guardian', guardian],
        ['slasher', at('Slasher')],
        ['mpcAddress', NOBODY],
      ] as const),
      ['exitDelayPeriod', pool.exitDelay],
      ['ownerSignerUpdateDelay', pool.ownerSignerUpdateDelay],
      ['signerUpdateThrottle', pool.signerUpdateThrottle],
      ...([
        ['rewardMode', TIME_WEIGHTED],
        ['rewardPerBlock', pool.rewardPerBlock],
      ] as const),
      ...([
        ['slashBps', pool.slashBps],
        ['reporterBps', pool.reporterBps],
      ] as const),
      ...([
        ['whitelistEnabled', pool.isWhitelisted],
        ['requireProof', !pool.isWhitelisted],
      ] as const),
      ['rateSchedule', [rewardsStart, pool.rateBps], 0n],
      ['rateSchedule', [rewardsStart + pool.rateDuration, 0], 1n],
    ],
  };
}

/** A share of the stake a year, whatever blocks take. [ILockingPool.sol] */
const TIME_WEIGHTED = 0;

function stakeValues({ at, token, settings }: Here): readonly Values[] {
  const { profile, l2ChainId } = settings;
  return [
    {
      contract: 'LockingInfo',
      fixed: [
        ...([
          ['manager', at('LockingPool')],
          ['bridge', at('Bridge')],
          ['l1Token', token],
        ] as const),
        ...([
          ['l2Token', NATIVE],
          ['l2ChainId', l2ChainId],
        ] as const),
      ],
      parameters: [
        ...([
          ['minLock', profile.locks.min],
          ['maxLock', profile.locks.max],
        ] as const),
        ['rewardPayer', at('RewardVault')],
      ],
    },
    {
      contract: 'RewardVault',
      fixed: [
        ['token', token],
        ['escrow', at('LockingInfo')],
      ],
      parameters: [['granted', profile.rewards.granted]],
    },
    {
      contract: 'Slasher',
      fixed: [
        ['pool', at('LockingPool')],
        ['l2ChainId', l2ChainId],
      ],
    },
  ];
}

function chainValues({ at, token, settings }: Here): readonly Values[] {
  const { profile, l2ChainId, genesisRoot, genesisAllocation } = settings;
  const { challengeWindow, bond } = profile.outputs;
  const stub: readonly ValueRow[] = profile.game.hasStubVerifier
    ? [['isVerifier', true, at('StubValidity')]]
    : [];
  return [
    {
      contract: 'Outputs',
      fixed: [
        ...([
          ['token', token],
          ['inbox', at('BatchInbox')],
          ['registry', at('KeyRegistry')],
        ] as const),
        ...([
          ['game', at('DisputeGame')],
          ['l2ChainId', l2ChainId],
        ] as const),
        ['outputRoot', bytesToHex(genesisRoot), 0n],
      ],
      parameters: [
        ['challengeWindow', challengeWindow],
        ['outputBond', bond],
      ],
    },
    {
      contract: 'DisputeGame',
      fixed: [
        ['outputs', at('Outputs')],
        ['inbox', at('BatchInbox')],
      ],
      parameters: [
        ['moveTimeout', profile.game.moveTimeout],
        ...[['isVerifier', true, at('QuorumReexecution')] as const, ...stub],
      ],
    },
    {
      contract: 'Bridge',
      fixed: [
        ...([
          ['metis', token],
          ['outputs', at('Outputs')],
          ['l2ChainId', l2ChainId],
        ] as const),
        ...([
          ['genesisAllocation', genesisAllocation],
          ['open', true],
        ] as const),
      ],
      parameters: [['fee', 0n]],
    },
  ];
}
