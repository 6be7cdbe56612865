import type { EpochView, KeyView } from '../shared/messages.ts';
import { definitions, hash, html, section } from './dom.ts';

/** The epochs of each key, as a chain of locks. */
export const keyList = (keys: readonly KeyView[]): HTMLElement =>
  html(
    'div',
    {},
    ...keys.map(({ address, keyId, epochs }) =>
      section(
        `Key ${address}`,
        'h4',
        definitions([['key', hash(keyId)]]),
        html('ol', { class: 'epochs' }, ...epochs.map((epoch, i) => epochCard(epoch, epochs[i - 1]))),
      ),
    ),
  );

const epochCard = (epoch: EpochView, before: EpochView | undefined): HTMLElement =>
  html(
    'li',
    { class: 'epoch' },
    html('p', { class: 'joint' }, jointOf(epoch)),
    html('h5', {}, `Epoch ${epoch.epochNo}: ${epoch.ceremony}`),
    html('p', {}, `${epoch.threshold} of ${epoch.members.length} sign. ${changesOf(epoch, before)}`),
    html(
      'ul',
      { class: 'members' },
      ...epoch.members.map(({ index, name, identity }) =>
        html('li', { title: identity }, html('b', {}, String(index)), ' ', name),
      ),
    ),
    definitions([
      ['lock', hash(epoch.lock)],
      ['file', epoch.path],
    ]),
  );

function jointOf({ previous, isLinked }: EpochView): string {
  if (previous === '') return '● begins here';
  return isLinked ? '↳ follows from the lock above' : '⚠ the lock before it is not here';
}

function changesOf(epoch: EpochView, before: EpochView | undefined): string {
  if (before === undefined) return '';
  const has = ({ members }: EpochView, identity: string): boolean =>
    members.some((member) => member.identity === identity);
  const joined = epoch.members.filter(({ identity }) => !has(before, identity)).map(({ index }) => index);
  const left = before.members.filter(({ identity }) => !has(epoch, identity)).map(({ index }) => index);
  const said = [
    ...(joined.length > 0 ? [`party ${joined.join(', ')} joined`] : []),
    ...(left.length > 0 ? [`party ${left.join(', ')} left`] : []),
  ];
  return said.length === 0
    ? 'The members are the same, with new shares.'
    : `Of the epoch before, ${said.join('; ')}.`;
}
