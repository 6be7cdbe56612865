import type { Lock } from '../../chain/lock.ts';
import type { ChangeDefinition, Seat } from '../../protocols/ceremony/definition.ts';
import { identityText } from '../../protocols/ceremony/names.ts';
import type { ChangePreview, Tolerance } from '../../protocols/ceremony/preview.ts';
import { previewOfPlan } from '../change-proposal.ts';
import { type Output, progress, table } from '../output.ts';
import { quorumWarning } from '../proposal.ts';

/** The plan of an epoch change with the lock from which it starts. */
export interface ChangePlan {
  readonly definition: ChangeDefinition;
  readonly previous: Lock;
}

const qualities: readonly (readonly [quality: keyof Tolerance, label: string, fewer: string])[] = [
  ['crashesSurvived', 'crashes survived', 'fewer crashes are survived'],
  ['equivocatingNodesTolerated', 'equivocating nodes tolerated', 'fewer nodes may ignore their guard'],
  ['leakedSharesHarmless', 'leaked shares harmless', 'fewer leaked shares are harmless'],
];

/** What an operator should think about before consenting. */
export function warningsOf({ before, after, worse }: ChangePreview): readonly string[] {
  const fewer = qualities
    .filter(([quality]) => worse.includes(quality))
    .map(([quality, , text]) => `${text}: ${before[quality]} before, ${after[quality]} after`);
  const shared = quorumWarning(after.members.length, after.required);
  return shared === undefined ? fewer : [...fewer, shared];
}

/** The preview as an event for programs. */
export function previewEvent(plan: ChangePlan): object {
  const { definition, previous } = plan;
  const preview = previewOfPlan(definition, previous);
  const side = ({ members, ...numbers }: ChangePreview['before']): object => ({
    ...numbers,
    members: members.map(({ index, name }) => ({ index, name })),
  });
  return {
    type: 'preview',
    ceremony: definition.ceremony,
    address: definition.key.address,
    epoch: { before: String(definition.key.epochNo), after: String(definition.key.epochNo + 1) },
    before: side(preview.before),
    after: side(preview.after),
    joining: indicesOf(preview.joining),
    joiners: joinersOf(definition).map(({ index, identityPk, address }) => ({
      ...{ index, address },
      identity: identityText(identityPk),
    })),
    leaving: indicesOf(preview.leaving),
    lost: definition.change.lost,
    worse: preview.worse,
    warnings: warningsOf(preview),
  };
}

const indicesOf = (members: readonly { readonly index: number }[]): readonly number[] =>
  members.map(({ index }) => index);

const joinersOf = ({ committee, change }: ChangeDefinition): readonly Seat[] =>
  committee.filter(({ index }) => change.joining.includes(index));

/** A name is the word of who proposes: the identity is what the share is given to. */
const joinerLines = (definition: ChangeDefinition): readonly string[] =>
  joinersOf(definition).flatMap(({ index, name, identityPk, address }) => [
    `  + ${index}  ${name} joins`,
    `       ${identityText(identityPk)} at ${address}`,
  ]);

/** Who stays is called and reached as before; what a proposer changes about that is to be seen. */
const movedLines = ({ definition, previous }: ChangePlan): readonly string[] =>
  definition.committee.flatMap(({ index, name, address }) => {
    const before = previous.definition.definition.committee.find((seat) => seat.index === index);
    if (before === undefined || (before.name === name && before.address === address)) return [];
    return [`  ~ ${index}  ${before.name} at ${before.address} becomes ${name} at ${address}`];
  });

/** The preview for people: both committees side by side, who comes and goes, and what gets worse. */
export function previewLines(plan: ChangePlan, output: Output): readonly string[] {
  const { definition, previous } = plan;
  const { key, change } = definition;
  const preview = previewOfPlan(definition, previous);
  const { before, after } = preview;
  const named = (mark: string, members: ChangePreview['joining'], text: string): readonly string[] =>
    members.map(({ index, name }) => `  ${mark} ${index}  ${name} ${text}`);
  const lost = before.members.filter(({ index }) => change.lost.some((one) => one === index));
  return [
    `${definition.ceremony} of ${key.address}: the address stays, its shares are replaced`,
    ...table([
      ['', 'BEFORE', 'AFTER'],
      ['epoch', String(key.epochNo), String(key.epochNo + 1)],
      ['members', String(before.members.length), String(after.members.length)],
      ['signers required', String(before.required), String(after.required)],
      ...qualities.map(([quality, label]) => [label, String(before[quality]), String(after[quality])]),
    ]),
    ...joinerLines(definition),
    ...movedLines(plan),
    ...named('-', preview.leaving, 'leaves: its share signs nothing afterwards'),
    ...named('!', lost, 'holds no share, so it deals none'),
    ...warningsOf(preview).map((text) => `${output.paint('warn', 'warning:')} ${text}`),
  ];
}

/** Shows the preview before anybody consents to the plan. */
export function showPreview(output: Output, plan: ChangePlan): void {
  progress(output, previewEvent(plan), ...previewLines(plan, output));
}
