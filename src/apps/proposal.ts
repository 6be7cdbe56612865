import { partyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Definition } from '../protocols/ceremony/definition.ts';
import { checkDefinition } from '../protocols/ceremony/rules.ts';
import { type Invitation, namesOf } from '../protocols/ceremony/names.ts';

/** When a ceremony is to happen, in milliseconds. */
export interface ProposalTimes {
  readonly nowMs: number;
  readonly acceptWithinMs: number;
  readonly executeWithinMs: number;
  readonly roundTimeoutMs: number;
}

/** What a proposer states; the rest follows. */
export interface Proposal extends ProposalTimes {
  readonly name: string;
  readonly purpose: string;
  readonly required: number;
  readonly network: Definition['network'];
  readonly policyHash: Uint8Array;
  /** The proposer. Where it is not among the members, it is the first. */
  readonly self: Invitation;
  /** In the order of their indices, from 1. */
  readonly members: readonly Invitation[];
  /** Left out: the time, which grows. */
  readonly sequence?: bigint | undefined;
}

/** The absolute times of a ceremony that is proposed now. */
export function timingOf(times: ProposalTimes): Definition['timing'] {
  const createdAtMs = BigInt(times.nowMs);
  return {
    createdAtMs,
    acceptByMs: createdAtMs + BigInt(times.acceptWithinMs),
    executeByMs: createdAtMs + BigInt(Math.max(times.executeWithinMs, times.acceptWithinMs)),
    roundTimeoutMs: times.roundTimeoutMs,
  };
}

/** The definition of a proposal. @throws InputError as `checkDefinition` */
export function definitionOf(proposal: Proposal): Definition {
  const { self, nowMs } = proposal;
  const isSelf = ({ identityPk }: Invitation): boolean => equalBytes(identityPk, self.identityPk);
  const invited = proposal.members.some(isSelf) ? proposal.members : [self, ...proposal.members];
  const names = namesOf(invited.map(({ identityPk }) => identityPk));
  const committee = invited.map(({ identityPk, host, port }, i) => ({
    index: partyIndex(i + 1),
    name: names[i] ?? '',
    identityPk,
    address: `${host}:${port}`,
  }));
  const repeated = invited.findIndex(
    (one, i) => invited.findIndex((o) => equalBytes(o.identityPk, one.identityPk)) < i,
  );
  if (repeated >= 0)
    throw new InputError(
      'bad-identity',
      'member',
      `${names[repeated] ?? ''} is named twice: one identity, one seat`,
    );
  return checkDefinition({
    name: proposal.name,
    ceremony: 'keygen',
    sequence: proposal.sequence ?? BigInt(nowMs),
    network: proposal.network,
    purpose: proposal.purpose,
    required: proposal.required,
    committee,
    proposer: partyIndex(invited.findIndex(isSelf) + 1),
    timing: timingOf(proposal),
    policyHash: proposal.policyHash,
  });
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What n and t mean, in one sentence. [product, 8.7] */
export function quorumSentence(members: number, required: number): string {
  const tolerated = 2 * required - members - 1;
  return (
    `${members} nodes, ${required} signers required: ` +
    `survives ${plural(members - required, 'crash', 'crashes')}; ` +
    `${plural(required - 1, 'leaked share reveals', 'leaked shares reveal')} nothing; ` +
    `${plural(tolerated, 'node', 'nodes')} may ignore ${tolerated === 1 ? 'its' : 'their'} guard ` +
    'without a double signature.'
  );
}

/** A warning for a committee of which no node may ignore its guard; `undefined` for others. [product, 8.7] */
export const quorumWarning = (members: number, required: number): string | undefined =>
  2 * required - members - 1 > 0
    ? undefined
    : `two quorums may share a single node: that node alone could sign twice. ` +
      `Suggested for ${members} nodes: ${Math.floor((2 * members) / 3) + 1} signers.`;
