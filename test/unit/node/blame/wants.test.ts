import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import {
  ANSWER_MS,
  MAX_ASKED,
  REFUSED_MAX,
  REFUSED_MS,
  TURN_MS,
  Wants,
} from '../../../../src/node/blame/wants.ts';
import { SimClock } from '../../../sim/clock.ts';
import { memoryLog, named } from '../helpers.ts';

const [one, two, three] = [partyIndex(1), partyIndex(2), partyIndex(3)];

function asking() {
  const [clock, log] = [new SimClock(), memoryLog()];
  const asked: string[] = [];
  const wants = new Wants({
    ...{ clock, log, nameOf: (j) => `node-${j}` },
    ask: (of, name) => void asked.push(`${of} ${names.find((text) => named(text).join() === name.join())}`),
  });
  return { clock, log, asked, wants };
}
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('evidence that several say they hold', () => {
  it('is asked of the next one after a short turn, where the first stays silent', async () => {
    const { clock, asked, wants } = asking();
    for (const peer of [one, two, three]) wants.hear(peer, named('a'));
    expect(asked).toEqual(['1 a']);
    await clock.advance(TURN_MS - 1);
    expect(asked).toEqual(['1 a']);
    await clock.advance(1);
    expect(asked).toEqual(['1 a', '2 a']);
    await clock.advance(TURN_MS);
    expect(asked).toEqual(['1 a', '2 a', '3 a']);
    expect(wants.isAsked(one, named('a'))).toBe(true); // a late answer counts
  });

  it('is asked at once of one that comes when the turn of the others is over', async () => {
    const { clock, asked, wants } = asking();
    wants.hear(one, named('a'));
    await clock.advance(TURN_MS);
    wants.hear(two, named('a'));
    expect(asked).toEqual(['1 a', '2 a']);
  });

  it('may be announced again by who has not shown it for long', async () => {
    const { clock, asked, wants } = asking();
    wants.hear(one, named('a'));
    wants.hear(one, named('a'));
    await clock.advance(ANSWER_MS - 1);
    wants.hear(one, named('a'));
    expect(asked).toEqual(['1 a']);
    await clock.advance(1);
    expect(wants.isAsked(one, named('a'))).toBe(false);
    wants.hear(one, named('a'));
    expect(asked).toEqual(['1 a', '1 a']);
  });

  it('waits for no place of a silent one, which has only so many', async () => {
    const { clock, asked, wants } = asking();
    for (const name of ['a', 'b', 'c']) wants.hear(one, named(name));
    expect(asked).toHaveLength(MAX_ASKED);
    wants.hear(two, named('c'));
    expect(asked).toEqual(['1 a', '1 b', '2 c']);
    await clock.advance(ANSWER_MS);
    wants.hear(one, named('d'));
    expect(asked.slice(3)).toEqual(['1 c', '1 d']); // c also of the other holder, which was silent as well
  });

  it('is shown in another form by another one, where the first has spoiled it', () => {
    const { asked, wants } = asking();
    wants.hear(one, named('a'));
    wants.hear(two, named('a'));
    wants.spoiled(one, named('a'));
    expect(asked).toEqual(['1 a', '2 a']);
    expect([wants.isAsked(one, named('a')), wants.isAsked(two, named('a'))]).toEqual([false, true]);
  });

  it('is not asked for again once it is settled', () => {
    const { asked, wants } = asking();
    wants.hear(one, named('a'));
    wants.settled(named('a'));
    wants.hear(two, named('a'));
    expect(asked).toEqual(['1 a']);
    expect(wants.isAsked(one, named('a'))).toBe(false);
  });
});

describe('a peer whose evidence proves nothing', () => {
  it('is not listened to for a while, with one line in the log; others are', async () => {
    const { clock, log, asked, wants } = asking();
    for (const name of names.slice(0, REFUSED_MAX)) {
      wants.hear(one, named(name));
      expect(wants.isAsked(one, named(name))).toBe(true);
      wants.refused(one, named(name));
    }
    wants.hear(one, named('e'));
    expect(asked).toHaveLength(REFUSED_MAX);
    expect(log.lines).toMatchObject([{ event: 'evidence of a peer ignored', fields: { peer: 'node-1' } }]);
    wants.hear(two, named('e'));
    expect(asked).toHaveLength(REFUSED_MAX + 1);
    await clock.advance(REFUSED_MS);
    wants.hear(one, named('f'));
    expect(asked.at(-1)).toBe('1 f');
  });

  it('is not looked at either for what it was asked for before', () => {
    const { wants } = asking();
    for (const name of ['a', 'b']) wants.hear(one, named(name));
    for (let i = 0; i < REFUSED_MAX; i++) wants.refused(one, named('a'));
    expect(wants.isAsked(one, named('b'))).toBe(false);
  });
});

it('what waits is forgotten when the node stops', async () => {
  const { clock, asked, wants } = asking();
  wants.hear(one, named('a'));
  wants.hear(two, named('a'));
  wants.stop();
  await clock.advance(ANSWER_MS);
  expect(asked).toEqual(['1 a']);
  expect(clock.planned).toBe(0);
});
