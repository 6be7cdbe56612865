import { encodeFunctionData, hexToBytes, keccak256, toHex } from 'viem/utils';

import { bigintToBytes, concat, equalBytes } from '../crypto/bytes.ts';
import { type Address, addressBytes, parseAddress } from './address.ts';
import { contracts } from './contracts.ts';
import type { DeploymentPlan, ProxyPlace } from './deployment-plan.ts';

/** A question to the chain whose right answer is known. */
export interface DeploymentCheck {
  /** Whose power it is about, and what must hold. */
  readonly subject: string;
  readonly rule: string;
  readonly ask:
    | { readonly kind: 'call'; readonly to: Address; readonly data: Uint8Array }
    | { readonly kind: 'slot'; readonly of: Address; readonly slot: Uint8Array };
  readonly expected: Uint8Array;
  /** A part of the answer that nobody can know before. */
  readonly ignored?: { readonly from: number; readonly to: number };
  /** Whether a vote can change the answer. */
  readonly isParameter?: boolean;
  /** The answer as people read it; throws for what is no answer. */
  readonly read?: (answer: Uint8Array) => string;
}

/** Whether an answer is the right one. */
export function isExpected({ expected, ignored }: DeploymentCheck, answer: Uint8Array): boolean {
  if (ignored === undefined) return equalBytes(answer, expected);
  const rest = (bytes: Uint8Array): Uint8Array =>
    concat(bytes.subarray(0, ignored.from), bytes.subarray(ignored.to));
  return answer.length === expected.length && equalBytes(rest(answer), rest(expected));
}

/** Where a proxy keeps its code and its admin. [EIP-1967] */
const slotOf = (name: string): Uint8Array =>
  bigintToBytes(BigInt(keccak256(toHex(`eip1967.proxy.${name}`))) - 1n, 32);
const word = (address: Address): Uint8Array => concat(new Uint8Array(12), addressBytes(address));
const yes: Uint8Array = bigintToBytes(1n, 32);
const no: Uint8Array = new Uint8Array(32);
const ANYONE: Address = parseAddress('0x0000000000000000000000000000000000000000');

/** All that must hold for no account but the Timelock to have a power over the contracts. */
export const powerChecksOf = (plan: DeploymentPlan, deployer: Address): readonly DeploymentCheck[] => [
  ...plan.proxies.flatMap((place) => proxyChecks(place, plan.timelock)),
  ...roleChecks(plan, deployer),
];

function proxyChecks(place: ProxyPlace, timelock: Address): readonly DeploymentCheck[] {
  const { name, proxy, admin, implementation } = place;
  const owner = encodeFunctionData({ abi: contracts.ProxyAdmin.abi, functionName: 'owner' });
  const slot = (which: string, expected: Address): DeploymentCheck => ({
    subject: name,
    rule: which === 'admin' ? 'its proxy obeys its own ProxyAdmin' : 'its proxy runs the code of this build',
    ask: { kind: 'slot', of: proxy, slot: slotOf(which) },
    expected: word(expected),
  });
  const timelocked = encodeFunctionData({ abi: contracts.Bridge.abi, functionName: 'timelock' });
  const parameters: DeploymentCheck = {
    ...{ subject: name, rule: 'only the Timelock sets its parameters' },
    ask: { kind: 'call', to: proxy, data: hexToBytes(timelocked) },
    expected: word(timelock),
  };
  return [
    slot('implementation', implementation),
    slot('admin', admin),
    {
      ...{ subject: name, rule: 'only the Timelock upgrades it' },
      ask: { kind: 'call', to: admin, data: hexToBytes(owner) },
      expected: word(timelock),
    },
    // Nobody has a say over the Slasher.
    ...(name === 'Slasher' ? [] : [parameters]),
  ];
}

const roleOf = (name: string): `0x${string}` =>
  name === 'DEFAULT_ADMIN_ROLE' ? toHex(no) : keccak256(toHex(name));

function roleChecks({ timelock, proxies }: DeploymentPlan, deployer: Address): readonly DeploymentCheck[] {
  const governor = proxies.find(({ name }) => name === 'Governor')?.proxy ?? ANYONE;
  const holders: readonly (readonly [string, string, Address])[] = [
    ['DEFAULT_ADMIN_ROLE', 'the Timelock', timelock],
    ['PROPOSER_ROLE', 'the Governor', governor],
    ['EXECUTOR_ROLE', 'anyone', ANYONE],
  ];
  const roles = ['DEFAULT_ADMIN_ROLE', 'PROPOSER_ROLE', 'EXECUTOR_ROLE', 'CANCELLER_ROLE'];
  const others: readonly (readonly [string, Address])[] = [
    ...([
      ['the deployer', deployer],
      ['anyone', ANYONE],
    ] as const),
    ...([
      ['the Governor', governor],
      ['the Timelock', timelock],
    ] as const),
  ];
  return roles.flatMap((role) =>
    others.map(([who, account]): DeploymentCheck => {
      const holds = holders.some(([name, , holder]) => name === role && holder === account);
      const args = [roleOf(role), account] as const;
      const call = { abi: contracts.Timelock.abi, functionName: 'hasRole', args } as const;
      return {
        subject: `Timelock ${role.replace(/_ROLE$/, '').toLowerCase()}`,
        rule: holds ? `${who} is it` : `${who} is not it`,
        ask: { kind: 'call', to: timelock, data: hexToBytes(encodeFunctionData(call)) },
        expected: holds ? yes : no,
      };
    }),
  );
}
