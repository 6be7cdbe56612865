import { expect, it } from 'vitest';

import { logIdOf } from '../../../../src/chain/log/entry.ts';
import { beginAnew, beginAnewAfterLoss } from '../../../../src/node/log/begin-anew.ts';
import { memoryDisk, memoryLog, seededRng } from '../helpers.ts';
import { Village, cluster, identityOf, refusal, stepClock, subject } from './samples.ts';

const rng = seededRng('anew');
const again = (village: Village, stamp: string) => {
  const { disk, identity } = village.at(1);
  const options = { owner: identity.publicKey, cluster, folder: 'data/log', stamp };
  return beginAnew(options, { disk, clock: stepClock(), log: memoryLog() }, rng);
};

it('a damaged log goes to the attic, and the new one names it; the others see that it ended', () => {
  const village = new Village(3);
  for (let i = 0; i < 4; i++) village.at(1).log.write(refusal(i), subject);
  village.settle();
  const { disk, identity } = village.at(1);
  const path = [...disk.files.keys()].find((name) => name.endsWith('000001.log')) ?? '';
  disk.files.set(path, (disk.files.get(path) ?? new Uint8Array(0)).with(60, 255));
  expect(() => village.open(village.at(1), 1)).toThrow(expect.objectContaining({ code: 'log-damaged' }));
  const done = again(village, '1');
  const owner = { owner: identity.publicKey, cluster, instance: new Uint8Array(0) };
  expect(done.predecessor).toEqual(logIdOf(owner));
  expect([...disk.files.keys()].some((name) => name.startsWith(`${done.attic}/entries/`))).toBe(true);
  village.at(1).log = village.open(village.at(1), 1);
  const { entries } = village.at(1).log;
  expect([...entries.entries()]).toMatchObject([
    { event: { kind: 'succeeds', predecessor: done.predecessor } },
  ]);
  expect(logIdOf(entries.of)).toEqual(done.logId);
  village.link(1, 2);
  for (let i = 0; i < 4; i++) village.at(1).log.write(refusal(i), subject);
  village.settle();
  expect(village.at(2).log.status().alarms).toEqual([{ code: 'log-begun-anew', member: 1 }]);
  expect(village.at(1).log.status().alarms).toEqual([]);
});

it('what is known of the others stays, and a log that was begun anew can be so again', () => {
  const village = new Village(3);
  for (let i = 0; i < 4; i++) village.at(2).log.write(refusal(i), subject);
  village.at(1).log.write(refusal(9), subject);
  village.settle();
  const first = again(village, '1');
  const second = again(village, '2');
  expect(second.predecessor).toEqual(first.logId);
  expect(village.open(village.at(1), 1).heads()).toHaveLength(1);
});

it('where there is no log there is nothing to do', () => {
  const options = { owner: identityOf(1).publicKey, cluster, folder: 'data/log', stamp: '1' };
  const deps = { disk: memoryDisk(), clock: stepClock(), log: memoryLog() };
  expect(() => beginAnew(options, deps, rng)).toThrow(expect.objectContaining({ code: 'nothing-to-repair' }));
});

it('after a loss another begins in any case, behind the first of this node or what lies there', () => {
  const village = new Village(3, false);
  const { disk, identity } = village.at(1);
  const options = { owner: identity.publicKey, cluster, folder: 'data/log', stamp: '1' };
  const lose = (stamp: string): void => {
    beginAnewAfterLoss({ ...options, stamp }, { disk, clock: stepClock(), log: memoryLog() }, rng);
  };
  for (const path of disk.files.keys()) disk.files.delete(path);
  const begun = () => village.open(village.at(1), 1).entries;
  lose('1');
  const first = begun();
  const none = logIdOf({ owner: identity.publicKey, cluster, instance: new Uint8Array(0) });
  expect([...first.entries()]).toMatchObject([{ event: { kind: 'succeeds', predecessor: none } }]);
  lose('2');
  expect([...begun().entries()]).toMatchObject([{ event: { predecessor: logIdOf(first.of) } }]);
  disk.fault = { code: 'disk-full', level: 'retry' };
  for (const path of disk.files.keys()) disk.files.delete(path);
  expect(() => lose('3')).toThrow(expect.objectContaining({ code: 'log-not-begun' }));
});
