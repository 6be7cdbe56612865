import { describe, expect, test } from 'vitest';

import type { Report } from '../../../src/audit/report.ts';
import { type LogOwner, logIdOf } from '../../../src/chain/log/entry.ts';
import { toHex } from '../../../src/crypto/bytes.ts';
import { type OwnedLog, Successions } from '../../../src/audit/log-place.ts';
import { type Files, thirtyTwo, under } from './support/folders.ts';
import {
  type Keeper,
  type Told,
  entriesOf,
  failedIn,
  filesOf,
  headAt,
  headsFile,
  judged,
  keepersOf,
  logFile,
  makeWorld,
  recordOf,
  walkOf,
} from './support/logs.ts';

const world = makeWorld(1);
const [own] = world.exports.filter(({ keeper }) => keeper.index === 2);
const [first] = world.keepers;
if (own === undefined || first === undefined) throw new RangeError('members');
const { keeper, told } = own;
const good = filesOf(world, 2);
const walk = await walkOf(good);
const { keyId } = world.ceremony.lock.record;
const instance = new Uint8Array(16).fill(7);
const logId = logIdOf(keeper.owner);

const named = (change: Partial<LogOwner>, of: Keeper = keeper): Keeper => ({
  ...of,
  owner: { ...of.owner, ...change },
});
const succeeding = (predecessor: Uint8Array, as = instance): readonly Told[] => [
  { event: { kind: 'succeeds', predecessor, instance: as }, atMs: 0 },
  ...told,
];

/** A log and its head, kept under whatever name. */
function filesAs(of: Keeper, all: readonly Told[] = told): Files {
  const entries = entriesOf(of.owner, keyId, all);
  const heads = headsFile(of, [recordOf(of, headAt(of, entries, entries.length))]);
  return new Map([
    ['log.jsonl', logFile(of.owner, entries)],
    ['heads.jsonl', heads],
  ]);
}

/** What another member keeps of a log. */
const keptBy = (by: Keeper, of: Keeper): Files => {
  const head = headAt(of, entriesOf(of.owner, keyId, told), 2);
  return under('other', new Map([['heads.jsonl', headsFile(by, [recordOf(of, head)])]]));
};
const reportOn = async (files: Files, path = 'log.jsonl'): Promise<Report> => {
  const [report] = (await judged(walk, files)).filter(({ subject }) => subject.path === path);
  if (report === undefined) throw new RangeError('no report');
  return report;
};
const said = async (id: string, files: Files, path?: string): Promise<string> => {
  const check = (await reportOn(files, path)).checks.find((one) => one.id === id);
  return `${check?.verdict}: ${check?.detail}`;
};

describe('the place of a log', () => {
  test('is in a cluster in which a lock gives its owner a seat', async () => {
    expect(failedIn([await reportOn(filesAs(keeper))])).toEqual([]);
    const elsewhere = named({ cluster: thirtyTwo('another cluster') });
    expect(failedIn([await reportOn(filesAs(elsewhere))])).toEqual(['G14']);
    expect(await said('G14', filesAs(elsewhere))).toContain('entry 0: is about a key of another cluster');
    const [stranger] = keepersOf(4, keeper.owner.cluster).slice(3);
    if (stranger === undefined) throw new RangeError('stranger');
    expect(await said('G14', filesAs(stranger))).toContain('fail: log.jsonl: no lock here gives its owner');
  });

  test('is the first of its owner, unless its first entry names the one before', async () => {
    const again = named({ instance });
    expect(await said('G14', filesAs(again))).toContain('fail: log.jsonl: is no first log');
    expect(await said('G14', filesAs(keeper, succeeding(logId)))).toContain('fail: log.jsonl line 2 entry 0');
    expect(await said('G14', filesAs(again, succeeding(logId, new Uint8Array(16))))).toContain('fail: ');
  });

  test('cannot be judged where the log before it is missing, and that is said', async () => {
    const next = filesAs(named({ instance }), succeeding(logId));
    expect(await said('G14', next)).toMatch(/^skip: .* is not here/);
    expect(failedIn([await reportOn(next)])).toEqual([]);
    const both = new Map([...next, ...under('old', filesAs(keeper))]);
    expect(await said('G14', both)).toMatch(/^pass: .* is here/);
    expect(await said('G14', both, 'old/log.jsonl')).toMatch(/^pass: .* first log/);
  });

  test('is not behind the log of somebody else', async () => {
    const next = filesAs(named({ instance }), succeeding(logIdOf(first.owner)));
    const both = new Map([...next, ...under('first', filesAs(first))]);
    expect(await said('G14', both)).toContain('takes the place of a log of another owner');
  });
});

describe('heads of other logs of the same owner', () => {
  const stranger = /^fail: other\/heads.jsonl line 2: the owner has signed another log/;

  test('are of a log that is hidden, unless this one names it', async () => {
    const kept = keptBy(first, keeper);
    const again = named({ instance });
    expect(await said('G4', new Map([...filesAs(again), ...kept]))).toMatch(stranger);
    const other = succeeding(thirtyTwo('some other log'));
    expect(await said('G4', new Map([...filesAs(again, other), ...kept]))).toMatch(stranger);
    const next = new Map([...filesAs(again, succeeding(logId)), ...kept]);
    expect(await said('G4', next)).toMatch(/^(?:pass|skip)/);
  });

  test('are of one that goes on from this one, if that is here', async () => {
    const again = named({ instance });
    const kept = keptBy(first, again);
    const old = under('old', filesAs(keeper));
    expect(await said('G4', new Map([...old, ...kept]), 'old/log.jsonl')).toMatch(stranger);
    const both = new Map([...old, ...kept, ...filesAs(again, succeeding(logId))]);
    expect(await said('G4', both, 'old/log.jsonl')).toMatch(/^(?:pass|skip)/);
  });

  test('are nothing to a log of another cluster, nor to that of another member', async () => {
    const cluster = thirtyTwo('another cluster');
    const kept = keptBy(named({ cluster }, first), named({ cluster }));
    expect(await said('G4', new Map([...filesAs(keeper), ...kept]))).toMatch(/^skip/);
    expect(await said('G4', new Map([...filesAs(first), ...keptBy(first, keeper)]))).toMatch(/^skip/);
  });
});

test('a long line of logs is followed in the time that it takes to read it', () => {
  const name = (i: number): Uint8Array => Uint8Array.of(...new Uint8Array(12), 1, 1, i >> 8, i & 0xff);
  const owners = Array.from({ length: 1_000 }, (_, i) => ({ ...keeper.owner, instance: name(i) }));
  const logs = owners.map((owner, i): OwnedLog => {
    const predecessor = toHex(logIdOf(owners[i - 1] ?? keeper.owner));
    const row = { kind: 'succeeds', seq: 0, where: '', atMs: 0, keyId: '', epochNo: 0 } as const;
    const rows = [{ ...row, predecessor, instance: toHex(owner.instance) }];
    return { path: `${i}`, owner, rows, marks: new Map(), problem: undefined };
  });
  const successions = new Successions(logs);
  const sizes = logs.map((log) => successions.namesWith(log).size);
  expect(new Set(sizes)).toEqual(new Set([logs.length + 1])); // the first one names a log that is not here
}, 15_000);
