import { describe, expect, test } from 'vitest';

import { logChecks } from '../../../src/audit/audit-log.ts';
import { type HeadsCase, recheckHeads, recheckView } from '../../../src/audit/log-heads.ts';
import type { LogEvent } from '../../../src/chain/log/entry.ts';
import type { Report } from '../../../src/audit/report.ts';
import { signHead } from '../../../src/chain/log/head.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { type Files, thirtyTwo, under } from './support/folders.ts';
import {
  type Change,
  type Keeper,
  type Told,
  STEP_MS,
  failedIn,
  failures,
  filesOf,
  headAt,
  headsFile,
  judged,
  keepersOf,
  logEntries,
  makeWorld,
  recordOf,
  treeOf,
  walkOf,
} from './support/logs.ts';
import { fileOf, flips, lineMutations, withFile } from './support/tamper.ts';

const world = makeWorld();
const [own] = world.exports.filter(({ keeper }) => keeper.index === 2);
if (own === undefined) throw new RangeError('no member 2');
const { keeper, told } = own;
const good = filesOf(world, 2);
const walk = await walkOf(good);

/** What fails when the log tells it otherwise; heads are made for what it tells. */
const telling = async (change: (all: readonly Told[]) => readonly Told[]): Promise<readonly string[]> =>
  failedIn(await judged(walk, filesOf(world, 2, { told: change })));

/** One entry of a kind, changed. */
const with1 =
  <K extends LogEvent['kind']>(
    kind: K,
    fields: Partial<Extract<LogEvent, { readonly kind: K }>>,
  ): ((all: readonly Told[]) => readonly Told[]) =>
  (all) => {
    const at = all.findIndex(({ event }) => event.kind === kind);
    return all.map((one, i) => (i === at ? { ...one, event: { ...one.event, ...fields } } : one));
  };
const more =
  (...events: readonly LogEvent[]): ((all: readonly Told[]) => readonly Told[]) =>
  (all) => [...all, ...events.map((event, i) => ({ event, atMs: STEP_MS * (all.length + 10 + i) }))];
const eventOf = <K extends LogEvent['kind']>(kind: K): Extract<LogEvent, { readonly kind: K }> => {
  const found = told.find(({ event }) => event.kind === kind)?.event;
  if (found?.kind !== kind) throw new RangeError(kind);
  return found as Extract<LogEvent, { readonly kind: K }>;
};
const files = async (changed: Files): Promise<readonly string[]> => failures(await judged(walk, changed));

describe('the audit of a log', () => {
  test('says of each check what was found', async () => {
    const [report] = await judged(walk, good);
    expect(report?.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
      Object.keys(logChecks).map((id) => `${id} ${['G4', 'G12', 'G13'].includes(id) ? 'skip' : 'pass'}`),
    );
    expect(report?.facts).toMatchObject({ party: '2', entries: '1 ceremony, 1 epoch, 2 presign, 4 sign' });
  });

  test('finds every line that is deleted, doubled or moved, and every turned bit', async () => {
    const log = fileOf(good, 'log.jsonl');
    for (const { what, bytes } of [...lineMutations(log), ...flips(log, 150)])
      expect(await files(withFile(good, 'log.jsonl', bytes)), what).toEqual([
        expect.stringMatching(/^G1: log\.jsonl line \d+/),
      ]);
    expect(await files(withFile(good, 'log.jsonl', log.subarray(0, log.length / 2)))).toHaveLength(1);
  });

  test('finds the same in the heads', async () => {
    const heads = fileOf(good, 'heads.jsonl');
    for (const { what, bytes } of [...lineMutations(heads), ...flips(heads, 60)])
      expect(await files(withFile(good, 'heads.jsonl', bytes)), what).toEqual(
        expect.arrayContaining([expect.stringMatching(/^G2: /)]),
      );
    expect(await files(withFile(good, 'heads.jsonl', undefined))).toEqual([
      expect.stringContaining('G2: heads.jsonl is missing'),
    ]);
  });

  test('finds an entry that was left out, changed or put in, with all that follows made anew', async () => {
    const heads = fileOf(good, 'heads.jsonl');
    const kept = async (change: Change): Promise<readonly string[]> =>
      failedIn(await judged(walk, withFile(filesOf(world, 2, change), 'heads.jsonl', heads)));
    for (let i = 0; i < told.length; i++) {
      expect(await kept({ told: (all) => all.filter((_, k) => k !== i) })).toContain('G2');
      expect(
        await kept({ told: (all) => all.map((one, k) => (k === i ? { ...one, atMs: one.atMs + 1 } : one)) }),
      ).toContain('G2');
    }
    expect(await kept({ told: more(eventOf('epoch')) })).toContain('G2');
  });

  test('wants the last entry signed, by a head that is not older than a smaller one', async () => {
    expect(failedIn(await judged(walk, filesOf(world, 2, { sizes: (n) => [n - 1] })))).toEqual(['G2']);
    expect(failedIn(await judged(walk, filesOf(world, 2, { sizes: () => [] })))).toEqual(['G2']);
    const entries = logEntries(world, 2);
    const old = { ...headAt(keeper, entries, 2).head, atMs: 100 * STEP_MS };
    const backwards = { head: old, signature: signHead(keeper.seed, old) };
    const record = [recordOf(keeper, backwards), recordOf(keeper, headAt(keeper, entries, entries.length))];
    expect(await files(withFile(good, 'heads.jsonl', headsFile(keeper, record)))).toEqual([
      expect.stringContaining('was signed before the smaller head'),
    ]);
  });

  test('wants no head that says an earlier time than its entries', async () => {
    const entries = logEntries(world, 2);
    const lastMs = entries.at(-1)?.atMs ?? 0;
    const at = async (atMs: number): Promise<readonly string[]> => {
      const head = { ...headAt(keeper, entries, entries.length).head, atMs };
      const record = recordOf(keeper, { head, signature: signHead(keeper.seed, head) });
      return files(withFile(good, 'heads.jsonl', headsFile(keeper, [record])));
    };
    expect(await at(lastMs - 120_000)).toEqual([]);
    expect(await at(lastMs - 120_001)).toEqual([expect.stringMatching(/^G2: .* says an earlier time/)]);
  });

  test('takes the heads beside the log for those of its export', async () => {
    const entries = logEntries(world, 2);
    const older = headsFile(keeper, [recordOf(keeper, headAt(keeper, entries, 2))]);
    expect(failures(await judged(walk, new Map([...good, ['older/heads.jsonl', older]])))).toEqual([
      expect.stringContaining('G1: older/log.jsonl is missing'),
    ]);
    const [first] = world.keepers;
    if (first === undefined) throw new RangeError('keeper');
    expect(await files(withFile(good, 'heads.jsonl', headsFile(first, [])))).toEqual([
      expect.stringContaining('G2: heads.jsonl: is kept with another log'),
    ]);
  });

  test('says who has countersigned, and believes no stranger', async () => {
    const entries = logEntries(world, 2);
    const head = headAt(keeper, entries, entries.length);
    const by = async (...witnesses: Parameters<typeof recordOf>[2] & object): Promise<readonly string[]> => {
      const heads = headsFile(keeper, [recordOf(keeper, head, witnesses)]);
      const [report] = await judged(walk, withFile(good, 'heads.jsonl', heads));
      const check = report?.checks.find(({ id }) => id === 'G3');
      return [check?.verdict ?? '', check?.detail ?? ''];
    };
    const [first, second, third] = world.keepers;
    const [stranger] = keepersOf(4).slice(3);
    if (!first || !second || !third || !stranger) throw new RangeError('keepers');
    expect(await by(first, third)).toEqual(['pass', 'by 2 members: party 1 up to 8, party 3 up to 8']);
    expect((await by())[0]).toBe('skip');
    expect((await by(stranger))[0]).toBe('fail');
    expect((await by(second))[0]).toBe('fail');
    expect((await by({ ...third, index: partyIndex(1) }))[0]).toBe('fail');
  });

  test('holds a countersignature that is none against who keeps it', async () => {
    const [first, second, third] = world.keepers;
    const [stranger] = keepersOf(4).slice(3);
    if (!first || !second || !third || !stranger) throw new RangeError('keepers');
    const of = (who: Keeper) => {
      const entries = logEntries(world, who.index);
      return headAt(who, entries, entries.length);
    };
    const forged = recordOf(second, of(second), [{ ...stranger, index: third.index }]);
    const theirs = headsFile(first, [recordOf(first, of(first), [second]), forged]);
    const reports = await judged(walk, withFile(treeOf(world), 'node-1/heads.jsonl', theirs));
    const failing = reports.flatMap(({ subject, checks }) =>
      checks.filter(({ id, verdict }) => id === 'G3' && verdict === 'fail').map(() => subject.path),
    );
    expect(failing).toEqual(['node-1/log.jsonl']);
  });

  test('takes any number of heads', () => {
    const entries = logEntries(world, 2);
    const record = recordOf(keeper, headAt(keeper, entries, 2));
    const one = { record, where: 'w', path: 'heads.jsonl', isOwn: true, ofCluster: keeper.owner.cluster };
    const heads = Array.from({ length: 150_000 }, () => one);
    const log = { path: 'log.jsonl', owner: keeper.owner, rows: [], marks: new Map(), problem: undefined };
    const about = {
      log,
      owner: keeper.owner,
      beside: 'heads.jsonl',
      heads,
      kept: [],
      strangers: [],
      seats: [],
    };
    const all: HeadsCase = { ...about, problem: undefined };
    expect(recheckHeads('G2', all).verdict).toBe('fail');
    const others = { ...all, heads: [...heads, { ...one, isOwn: false, path: 'other' }] };
    expect(recheckView('G4', others).map(({ verdict }) => verdict)).toEqual(['skip']);
  });

  test('finds a log that others have seen otherwise', async () => {
    const [first] = world.keepers;
    if (first === undefined) throw new RangeError('keeper');
    const kept = recordOf(keeper, headAt(keeper, logEntries(world, 2), 5));
    const seen = under('other', new Map([['heads.jsonl', headsFile(first, [kept])]]));
    const judge = async (changed: Files): Promise<readonly Report[]> =>
      (await judged(walk, new Map([...changed, ...seen]))).filter(
        ({ subject }) => subject.path === 'log.jsonl',
      );
    expect(failedIn(await judge(good))).toEqual([]);
    const { head: small } = headAt(keeper, logEntries(world, 2), 2);
    const late = { ...small, atMs: 100 * STEP_MS };
    const later = recordOf(keeper, { head: late, signature: signHead(keeper.seed, late) });
    const shown = new Map([...good, ['other/heads.jsonl', headsFile(first, [later])]]);
    expect(failures(await judged(walk, shown))).toContainEqual(
      expect.stringMatching(/^G4: .*signed later than the larger head.*; this alone proves no split view$/),
    );
    const rewritten = filesOf(world, 2, { told: (all) => all.filter((_, i) => i !== 3) });
    expect(failures(await judge(rewritten))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^G4: other\/heads.jsonl line 2: .*split view/)]),
    );
    const cut = filesOf(world, 2, { told: (all) => all.slice(0, 4) });
    // Of a member that is asked a minute before another, nothing is missing that it hides.
    const soon = (all: readonly Told[]): readonly Told[] =>
      all.slice(0, 5).map((one, i) => ({ ...one, atMs: 1000 + i }));
    const head = headAt(keeper, logEntries(world, 2, { told: soon }), 5);
    const early = filesOf(world, 2, { told: (all) => soon(all).slice(0, 4) });
    const fresh = new Map([['other/heads.jsonl', headsFile(first, [recordOf(keeper, head)])]]);
    const [report] = await judged(walk, new Map([...early, ...fresh]));
    const view = report?.checks.find(({ id }) => id === 'G4');
    expect([view?.verdict, view?.detail]).toEqual(['skip', expect.stringContaining('newer entries exist')]);
    const [newer] = failures(await judge(cut));
    expect(newer).toContain(
      'G4: other/heads.jsonl line 2: the owner has signed 5 entries, and log.jsonl holds 4: newer',
    );
    expect(newer).not.toContain('split view');
  });

  test('finds an entry that says something else than its record, field by field', async () => {
    const [zero, four] = [thirtyTwo('x'), [partyIndex(2), partyIndex(3), partyIndex(1)]];
    const changes: readonly ((all: readonly Told[]) => readonly Told[])[] = [
      ...(['sid', 'requestId', 'presignSid', 'presigId', 'digest', 'root'] as const).map((field) =>
        with1('sign', { [field]: zero }),
      ),
      with1('sign', { attempt: 1 }),
      with1('sign', { quorum: four }),
      with1('sign', { outcome: 'aborted', signature: new Uint8Array(0) }),
      with1('sign', { signature: eventOf('sign').signature.map((byte, i) => (i === 63 ? byte ^ 1 : byte)) }),
      ...(['sid', 'root'] as const).map((field) => with1('presign', { [field]: zero })),
      with1('presign', { batch: 5 }),
      with1('presign', { quorum: four }),
      with1('presign', { outcome: 'aborted' }),
      with1('ceremony', { ceremony: zero }),
      with1('ceremony', { sid: zero }),
      with1('ceremony', { what: 'reshare' }),
      with1('ceremony', { outcome: 'aborted' }),
    ];
    for (const change of changes) expect(await telling(change), String(change)).toContain('G6');
    expect(await telling(with1('presign', { outcome: 'discarded' }))).toEqual([]);
    const presign = eventOf('presign').record;
    expect(await telling(with1('sign', { record: presign }))).toContain('G6');
  });

  test('finds a record that is gone, is another one, or is named by nobody', async () => {
    const { record } = eventOf('sign');
    expect(await telling(with1('sign', { record: { ...record, hash: thirtyTwo('x') } }))).toEqual(['G5']);
    expect(await telling(with1('sign', { record: { ...record, path: 'gone/sign.jsonl' } }))).toEqual([
      'G5',
      'G7',
    ]);
    expect(await telling(with1('sign', { record: { ...record, path: '../../sign.jsonl' } }))).toContain('G5');
    const at = told.findIndex(({ event }) => event.kind === 'sign');
    expect(await telling((all) => all.filter((_, i) => i !== at))).toEqual(['G7']);
    const twice = told[at];
    if (twice === undefined) throw new RangeError('no entry');
    expect(await telling((all) => [...all, twice])).toContain('G7');
  });

  test('finds a signature of which nobody shows what it signed', async () => {
    const none = { path: '', hash: new Uint8Array(32) };
    expect(await telling(with1('sign', { record: none }))).toEqual(['G7']);
    const hidden = new Map([...good].filter(([path]) => !path.startsWith('data/signatures/')));
    const bare = await walkOf(hidden);
    const silent: Change = {
      told: (all) =>
        all.map((one) =>
          one.event.kind === 'sign' ? { ...one, event: { ...one.event, record: none } } : one,
        ),
    };
    expect(failedIn(await judged(bare, filesOf(world, 2, silent)))).toEqual(['G5']);
  });

  test('fails with a record that fails its own audit', async () => {
    const { record } = eventOf('sign');
    const folder = record.path.slice(0, record.path.lastIndexOf('/'));
    const path = `${folder}/presign.jsonl`;
    const broken = withFile(good, path, fileOf(good, path).subarray(1));
    expect(failures(await judged(await walkOf(broken), good)).join()).toContain(
      'sign.jsonl fails its own audit',
    );
  });
});
