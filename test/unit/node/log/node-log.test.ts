import { describe, expect, it } from 'vitest';

import { type CeremonyEvent, noRecord } from '../../../../src/chain/log/entry.ts';
import { readSplitView } from '../../../../src/chain/log/split-view.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { encodeLogMessage } from '../../../../src/node/log/messages.ts';
import { named } from '../helpers.ts';
import { Village, guardRow, headOf, logWith, refusal, subject } from './samples.ts';

const two = partyIndex(2);

/** Heads that a node of the village has countersigned by others. */
const witnessed = (village: Village, index: number): readonly number[] | undefined =>
  village.at(index).log.status().head?.countersignedBy;

/** Evidence on a node's disk. */
const evidenceOf = (village: Village, index: number): readonly string[] =>
  [...village.at(index).disk.files.keys()].filter((path) => path.startsWith('data/evidence/'));

/** The node with index 1 keeps two logs: each of the others sees another. */
function split(village: Village, sizes: readonly [number, number]): void {
  const liar = village.at(1).identity;
  sizes.forEach((size, i) => {
    const { log } = logWith(0, liar);
    for (let n = 0; n < size; n++) log.append(refusal(100 * i + n), subject);
    const { owner, instance } = log.of;
    const signed = headOf(log, liar, 5_000 + size);
    village.say(1, i + 2, encodeLogMessage({ kind: 'head', owner, instance, signed }));
  });
  village.settle();
}

describe('heads', () => {
  it('are made when there are enough entries, and countersigned by everybody', () => {
    const village = new Village(3);
    for (let i = 0; i < 4; i++) village.at(1).log.write(refusal(i), subject);
    village.settle();
    expect(village.at(1).log.status()).toMatchObject({ size: 4, head: { size: 4, countersignedBy: [2, 3] } });
  });

  it('are made when there is anything new and the time has come, and not otherwise', () => {
    const village = new Village(3);
    for (const { log } of village.villagers) log.start();
    village.at(1).log.write(refusal(1), subject);
    village.settle();
    expect(village.at(1).log.status().head).toBeUndefined();
    village.clock.move(60_000);
    village.settle();
    expect(witnessed(village, 1)).toEqual([2, 3]);
    // The others tell it to one another once.
    village.clock.move(60_000);
    village.settle();
    const before = village.sent.length;
    village.clock.move(60_000);
    village.settle();
    expect(village.sent.slice(before)).toEqual([]);
  });

  it('that follow are countersigned only after a proof', () => {
    const village = new Village(3);
    for (let i = 0; i < 8; i++) {
      village.at(1).log.write(refusal(i), subject);
      village.settle();
    }
    expect(village.at(1).log.status().head).toMatchObject({ size: 8, countersignedBy: [2, 3] });
    const kinds = village.sent.filter(({ to }) => to === 2).map(({ message }) => message.kind);
    expect(kinds.slice(0, 3)).toEqual(['head', 'head', 'proof']);
  });

  it('are told to a member that was away, and asked for again when the link comes back', () => {
    const village = new Village(3);
    for (const pair of ['1 2', '2 1']) village.cut.add(pair);
    for (let i = 0; i < 5; i++) village.at(1).log.write(refusal(i), subject);
    village.settle();
    expect(witnessed(village, 1)).toEqual([3]);
    village.link(1, 2);
    expect(witnessed(village, 1)).toEqual([3, 2]);
  });

  it('are made at an orderly stop', () => {
    const village = new Village(3);
    village.at(1).log.write(refusal(1), subject);
    village.at(1).log.stop();
    village.settle();
    expect(village.at(1).log.status().head).toMatchObject({ size: 1 });
    expect(
      village
        .at(2)
        .log.heads()
        .map(({ signed }) => signed.head.size),
    ).toEqual([1]);
  });

  it('that a full disk does not take end nothing, and are made when it has room again', () => {
    const village = new Village(3);
    const { log, disk, lines } = village.at(1);
    for (const one of village.villagers) one.log.start();
    log.write(refusal(1), subject);
    village.at(2).disk.fault = { code: 'disk-full', level: 'retry' };
    disk.fault = { code: 'disk-full', level: 'retry' };
    village.clock.move(60_000);
    expect(log.status().head).toBeUndefined();
    expect(lines.lines).toContainEqual(expect.objectContaining({ event: 'log head not written' }));
    disk.fault = undefined;
    village.clock.move(60_000);
    village.settle();
    expect(witnessed(village, 1)).toEqual([3]);
    village.at(2).disk.fault = undefined;
    village.link(1, 2);
    expect(witnessed(village, 1)).toEqual([3, 2]);
  });

  it('of two logs convict also where the evidence had no room at first', () => {
    const village = new Village(3);
    split(village, [5, 5]);
    village.at(3).disk.fault = { code: 'disk-full', level: 'retry' };
    village.link(2, 3);
    expect(evidenceOf(village, 3)).toEqual([]);
    village.at(3).disk.fault = undefined;
    village.link(2, 3);
    expect(evidenceOf(village, 3)).toHaveLength(1);
  });

  it('do not outlive a failed fsync: what is on disk is unknown after it', () => {
    const village = new Village(3);
    const { log, disk } = village.at(1);
    log.write(refusal(1), subject);
    disk.fault = { code: 'fsync-failed', level: 'fatal' };
    expect(() => log.stop()).toThrow(expect.objectContaining({ code: 'fsync-failed' }));
  });

  it('are still known after a restart, with the log', () => {
    const village = new Village(3);
    for (let i = 0; i < 5; i++) village.at(1).log.write(refusal(i), subject);
    village.settle();
    const status = village.at(1).log.status();
    const again = village.open(village.at(1), 1);
    expect(again.status()).toEqual(status);
    expect(again.heads()).toEqual(village.at(1).log.heads());
  });
});

describe('a ceremony', () => {
  it('has one entry for each session, also when that ends again after a restart', () => {
    const village = new Village(3);
    const event: { readonly kind: 'ceremony' } & CeremonyEvent = {
      ...{ kind: 'ceremony', ceremony: named('ceremony'), what: 'keygen', sid: named('sid') },
      ...{ outcome: 'done', reason: '', culprits: [], record: noRecord },
    };
    const { log } = village.at(1);
    for (const sid of [event.sid, event.sid, named('another sid')]) log.ceremony({ ...event, sid }, subject);
    expect(log.status().size).toBe(2);
    const again = village.open(village.at(1), 1);
    again.ceremony(event, subject);
    again.ceremony({ ...event, ceremony: named('another') }, subject);
    expect(again.status().size).toBe(3);
  });
});

describe('a member that shows two logs', () => {
  it('is convicted by both when the sizes are equal, with evidence that stands by itself', () => {
    const village = new Village(3);
    split(village, [3, 3]);
    village.link(2, 3);
    for (const index of [2, 3]) {
      expect(village.at(index).log.status().alarms).toMatchObject([{ code: 'split-view', member: 1 }]);
      const [path = ''] = evidenceOf(village, index);
      const evidence = readSplitView(village.at(index).disk.files.get(path) ?? new Uint8Array(0), path);
      expect(evidence.owner).toEqual(village.at(1).identity.publicKey);
      expect([...village.at(index).log.entries.entries()].map(({ event }) => event)).toMatchObject([
        { kind: 'verdict', culprit: 1, code: 'split-view', evidence: { path } },
      ]);
    }
  });

  it('stays an alarm after a restart, and is no second entry', () => {
    const village = new Village(3);
    split(village, [3, 3]);
    village.link(2, 3);
    village.at(2).log = village.open(village.at(2), 2);
    village.link(2, 3);
    expect(village.at(2).log.status().alarms).toMatchObject([{ code: 'split-view', member: 1 }]);
    expect(village.at(2).log.entries.size).toBe(1);
  });

  it('and gives no proof between sizes that are not equal is an alarm, and no evidence', () => {
    const village = new Village(3);
    split(village, [3, 5]);
    village.link(2, 3);
    expect(village.at(2).log.status().alarms).toEqual([]);
    village.clock.move(180_001);
    expect(village.at(2).log.status().alarms).toEqual([{ code: 'log-unproven', member: 1 }]);
    expect(evidenceOf(village, 2)).toEqual([]);
  });
});

describe('a node whose log is older than what the others know', () => {
  it('signs no head any more, and says why', () => {
    const village = new Village(3);
    for (let i = 0; i < 4; i++) village.at(1).log.write(refusal(i), subject);
    village.settle();
    for (const path of village.at(1).disk.files.keys()) village.at(1).disk.files.delete(path);
    village.at(1).log = village.open(village.at(1), 1);
    village.at(1).log.write(refusal(99), subject);
    village.link(1, 2);
    village.at(1).log.stop();
    expect(village.at(1).log.status()).toMatchObject({ size: 1, alarms: [{ code: 'log-rolled-back' }] });
    expect(village.at(1).log.status().head).toBeUndefined();
  });

  it('does not start when it knows itself that it signed more', () => {
    const village = new Village(3);
    for (let i = 0; i < 4; i++) village.at(1).log.write(refusal(i), subject);
    const { disk } = village.at(1);
    for (const path of disk.files.keys()) if (path.includes('/entries/')) disk.files.delete(path);
    expect(() => village.open(village.at(1), 1)).toThrow(expect.objectContaining({ code: 'log-damaged' }));
  });
});

describe('a node that nobody has told yet which of its heads they hold', () => {
  const written = (village: Village, count: number): void => {
    for (let i = 0; i < count; i++) village.at(1).log.write(refusal(i), subject);
    village.settle();
  };

  it('signs none before most of the others have, where it had no log', () => {
    const village = new Village(3, false);
    written(village, 5);
    village.link(1, 2);
    village.at(1).log.write(refusal(5), subject);
    expect(village.at(1).log.status().head).toBeUndefined();
    village.clock.move(180_001);
    expect(village.at(1).log.status().alarms).toEqual([{ code: 'log-unheard' }]);
    village.link(1, 3);
    village.at(1).log.stop();
    expect(village.at(1).log.status()).toMatchObject({ head: { size: 6 }, alarms: [] });
  });

  it('signs none before one of the others has, where it goes on with a log', () => {
    const village = new Village(3);
    written(village, 1);
    village.at(1).log = village.open(village.at(1), 1);
    written(village, 4);
    expect(village.at(1).log.status().head).toBeUndefined();
    village.link(1, 3);
    written(village, 1);
    expect(village.at(1).log.status().head).toMatchObject({ size: 6 });
  });

  it('is not convicted when all of its log was lost, and says so itself', () => {
    const village = new Village(3);
    written(village, 4);
    for (const path of village.at(1).disk.files.keys()) village.at(1).disk.files.delete(path);
    village.at(1).log = village.open(village.at(1), 1);
    for (const pair of ['1 2', '2 1', '1 3', '3 1']) village.cut.add(pair);
    for (let i = 0; i < 4; i++) village.at(1).log.write(refusal(90 + i), subject);
    village.link(1, 2);
    village.link(1, 3);
    village.at(1).log.stop();
    village.settle();
    expect(village.at(1).log.status().alarms).toEqual([{ code: 'log-rolled-back' }]);
    for (const index of [2, 3]) expect(village.at(index).log.status().alarms).toEqual([]);
  });
});

describe('what is written down', () => {
  it('a refusal once', () => {
    const { log } = new Village(3).at(1);
    const refused = { requestId: named('r'), from: 2, reason: 'guard-conflict' };
    log.refused(refused, subject);
    log.refused(refused, subject);
    expect(log.entries.size).toBe(1);
  });

  it('an epoch once, and the one before it as retired', () => {
    const village = new Village(3);
    const { log } = village.at(1);
    const [zero, one] = [0, 1].map((epochNo) => ({ epochNo, certHash: named(`cert ${epochNo}`) }));
    if (zero === undefined || one === undefined) expect.fail('no epochs');
    log.epoch('active', zero, named('key'));
    log.epoch('active', zero, named('key'));
    log.epoch('active', one, named('key'));
    const again = village.open(village.at(1), 1);
    again.epoch('active', one, named('key'));
    again.epoch('left', { epochNo: 2, certHash: named('cert 2') }, named('key'));
    const states = [...again.entries.entries()].map(
      ({ event }) => event.kind === 'epoch' && `${event.epochNo} ${event.state}`,
    );
    expect(states).toEqual(['0 active', '0 retired', '1 active', '1 retired', '2 left']);
  });

  it('a verdict once, also after a restart', () => {
    const village = new Village(3);
    const verdict = { kind: 'verdict', session: named('session'), code: 'c', evidence: noRecord } as const;
    const { log } = village.at(1);
    for (const culprit of [two, two, partyIndex(3)]) log.verdict({ ...verdict, culprit }, subject);
    const again = village.open(village.at(1), 1);
    again.verdict({ ...verdict, culprit: two }, subject);
    again.verdict({ ...verdict, culprit: two, code: 'd' }, subject);
    const found = [...again.entries.entries()].map(
      ({ event }) => event.kind === 'verdict' && `${event.culprit} ${event.code}`,
    );
    expect(found).toEqual(['2 c', '3 c', '2 d']);
  });

  it('sessions that a crash interrupted, once for each key', () => {
    const { log } = new Village(3).at(1);
    const guarded = { keyId: named('key'), records: [guardRow(1)] };
    log.recover(guarded);
    log.recover({ ...guarded, records: [guardRow(1), guardRow(2)] });
    expect(log.entries.size).toBe(1);
  });
});

describe('what peers say', () => {
  it('is dropped when it is no message, of no member, or too much', () => {
    const village = new Village(3);
    const { log, lines } = village.at(2);
    log.receive(two, new Uint8Array(9));
    log.receive(partyIndex(9), new Uint8Array(9));
    expect(lines.lines).toMatchObject([{ event: 'log message dropped' }, { event: 'log message dropped' }]);
    for (let i = 0; i < 600; i++) log.receive(partyIndex(1), new Uint8Array(1));
    split(village, [1, 1]);
    expect(witnessed(village, 1)).toBeUndefined();
    expect(log.heads()).toEqual([]);
  });
});
