import type { CeremonyView, NodeStanding } from '../../node/api.ts';

/** What an epoch change needs now, in sentences. */
export interface ChangeAdvice {
  /** How far it has come, on all nodes together. */
  readonly phase: 'open' | 'running' | 'over' | 'prepared' | 'committed' | 'active';
  /** What that means for the key, and what is to be typed. */
  readonly sentences: readonly string[];
}

const OPEN = ['proposed', 'accepted', 'gathering'];
const ENDED = ['rejected', 'aborted', 'timed-out', 'failed'];

/** A change as far as this node knows of it; `undefined` for a ceremony that is none. */
interface Known {
  readonly view: CeremonyView;
  readonly change: NonNullable<CeremonyView['change']>;
  readonly standings: readonly NodeStanding[];
}

function knownOf(view: CeremonyView): Known | undefined {
  const { change, standings } = view;
  return change === undefined || standings === undefined ? undefined : { view, change, standings };
}

/**
 * What state an epoch change is in, interrupted or not, and what to do: by the most that any node has of it,
 * since what one node has made durable the others must complete. `undefined` for other ceremonies.
 */
export function adviceOf(view: CeremonyView): ChangeAdvice | undefined {
  const known = knownOf(view);
  if (known === undefined) return undefined;
  const { standings, change } = known;
  if (standings.some(({ epoch }) => epoch === change.after)) return active(known);
  if (standings.some(({ hasCommitLock }) => hasCommitLock === true)) return committed(known);
  if (standings.some(({ hasPending }) => hasPending === true)) return prepared(known);
  if (ENDED.includes(view.state)) return over(known);
  if (OPEN.includes(view.state)) return open(known);
  return {
    phase: 'running',
    sentences: [`Epoch ${change.before} signs meanwhile.`, 'Next: conclave ceremony watch'],
  };
}

function active({ change, standings, view }: Known): ChangeAdvice {
  const isBehind = ({ index, epoch }: NodeStanding): boolean =>
    epoch !== change.after && view.members.some((member) => member.index === index);
  const behind = standings.filter(isBehind);
  const sentences = [
    `Epoch ${change.after} is in service. What is left of epoch ${change.before} signs nothing.`,
  ];
  if (behind.length === 0) return { phase: 'active', sentences };
  const names = namesOf(behind);
  return {
    phase: 'active',
    sentences: [
      ...sentences,
      `Next: start ${names} with "conclave node run": the certificate of the epoch comes from the others.`,
    ],
  };
}

function committed({ change, standings }: Known): ChangeAdvice {
  const locked = standings.filter(({ hasCommitLock }) => hasCommitLock === true);
  const verb = locked.length === 1 ? 'has' : 'have';
  return {
    phase: 'committed',
    sentences: [
      `${namesOf(locked)} ${verb} committed to this attempt, and will take part in no other.`,
      `Who has committed signs nothing more in epoch ${change.before}. Do not propose again; remove no file.`,
      wait(standings, 'Next: leave all nodes running until the certificate is there'),
    ],
  };
}

function prepared({ change, standings }: Known): ChangeAdvice {
  return {
    phase: 'prepared',
    sentences: [
      `Epoch ${change.before} signs. Shares of epoch ${change.after} are kept and sign nothing.`,
      wait(standings, 'Next: leave all nodes running: the attempt is completed as soon as all are connected'),
      `If it is not to be completed: ${again(change.kind)}. What was kept is erased once that is certified.`,
    ],
  };
}

function over({ change, standings }: Known): ChangeAdvice {
  const silent = silentOf(standings);
  const kept =
    silent.length === 0
      ? `Nothing of epoch ${change.after} was kept, on any node.`
      : `Nothing of epoch ${change.after} is known to be kept; nothing was heard of ${namesOf(silent)}.`;
  return {
    phase: 'over',
    sentences: [`Epoch ${change.before} signs. ${kept}`, `Next: ${again(change.kind)}.`],
  };
}

function open({ change, view }: Known): ChangeAdvice {
  const unsigned = view.members.filter(({ hasSigned }) => !hasSigned);
  const next =
    unsigned.length === 0
      ? 'Next: the proposer runs "conclave ceremony execute".'
      : `Next: ${namesOf(unsigned)} run "conclave ceremony join FILE", then "conclave ceremony accept".`;
  return {
    phase: 'open',
    sentences: [`Epoch ${change.before} signs. Nothing of the next one exists yet.`, next],
  };
}

const silentOf = (standings: readonly NodeStanding[]): readonly NodeStanding[] =>
  standings.filter(({ state }) => state === undefined);

function wait(standings: readonly NodeStanding[], otherwise: string): string {
  const silent = silentOf(standings);
  return silent.length === 0
    ? `${otherwise}.`
    : `Next: start ${namesOf(silent)} with "conclave node run", and leave all nodes running.`;
}

const again = (kind: string): string => `propose again with "conclave ceremony propose --kind ${kind}"`;

const namesOf = (nodes: readonly { readonly name: string }[]): string =>
  nodes.map(({ name }) => name).join(', ');

/** One row for each node: what is known of it, and what is to be typed there. The first is the heading. */
export function standingRows(view: CeremonyView): readonly (readonly string[])[] {
  const known = knownOf(view);
  if (known === undefined) return [];
  const says = (value: boolean | undefined): string => (value === undefined ? '?' : value ? 'yes' : 'no');
  return [
    ['NODE', 'STATE', 'PENDING SHARE', 'COMMITTED', 'EPOCH', 'THERE'],
    ...known.standings.map((one) => [
      `${one.index} ${one.name}`,
      one.state ?? 'not heard',
      ...[says(one.hasPending), says(one.hasCommitLock), one.epoch ?? '?'],
      thereOf(one, known),
    ]),
  ];
}

/** What the operator of one node types, or nothing. */
function thereOf({ index, state, epoch, hasPending, hasCommitLock }: NodeStanding, known: Known): string {
  const { view, change } = known;
  const member = view.members.find((one) => one.index === index);
  if (state === undefined)
    return member?.hasSigned === false ? 'conclave ceremony join FILE' : 'conclave node run';
  if (state === 'proposed') return 'conclave ceremony accept';
  if (state === 'left') return 'conclave node stop';
  if (epoch !== change.after && (hasPending === true || hasCommitLock === true)) return 'leave it running';
  return '';
}
