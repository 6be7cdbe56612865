import { afterAll, beforeAll, expect, it } from 'vitest';

import { encodeRequest } from '../../src/chain/duty.ts';
import type { LogEntry } from '../../src/chain/log/entry.ts';
import { LogReader } from '../../src/chain/log/log-file.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import { primitives } from '../../src/crypto/primitives.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import { ExclusionLog } from '../../src/node/blame/exclusions.ts';
import { named } from '../unit/node/helpers.ts';
import { batchFor, signBatch } from './batches.ts';
import { type Resident, changePlan, hold, plan, reopen, settle, stateOf, story, until } from './house.ts';

type Kind = LogEntry['event']['kind'];
type Of<K extends Kind> = Extract<LogEntry['event'], { readonly kind: K }>;

const residents: Resident[] = [];
const at = (index: number): Resident => {
  const resident = residents[index - 1];
  if (resident === undefined) throw new RangeError(`no resident ${index}`);
  return resident;
};

/** All entries of a node: the pages of its API, read as the exported file is. */
function entriesOf({ node }: Resident): readonly LogEntry[] {
  const reader = new LogReader('log.jsonl');
  const log = node.log();
  const lines = [log.view().logHeader];
  for (let from: number | undefined = 0; from !== undefined;) {
    const page = log.entries(from, 3);
    lines.push(...page.lines);
    from = page.next;
  }
  return lines.flatMap((line) => reader.read(line)?.entry ?? []);
}

function eventsOf<K extends Kind>(resident: Resident, kind: K): readonly Of<K>[] {
  const isOf = (event: LogEntry['event']): event is Of<K> => event.kind === kind;
  return entriesOf(resident)
    .map(({ event }) => event)
    .filter(isOf);
}

const signatureOf = (resident: Resident, presigId: Uint8Array): Of<'sign'> | undefined =>
  eventsOf(resident, 'sign').find((one) => toHex(one.presigId) === toHex(presigId));

/** What a crash leaves that comes between proof and its entry in the log. */
function proveAgainst({ disk }: Resident, index: number): void {
  const [guard = ''] = [...disk.files.keys()].filter((name) => name.endsWith('/guard/000001.log'));
  ExclusionLog.open(disk, guard.replace('guard/000001.log', 'exclusions.log')).exclude({
    ...{ member: partyIndex(index), identityPk: at(index).publicKey, epochNo: 1 },
    ...{ session: named('a session of member 1'), evidence: named('e'), code: 'bad-opening', atMs: 0n },
  });
}

beforeAll(async () => {
  for (let i = 0; i < 4; i++) residents.push(settle(27_600 + i));
  for (const { node } of residents) await node.start();
  const id = await hold(residents, plan(residents, 3));
  await until('complete', () => residents.every((one) => stateOf(one, id) === 'complete'), 60_000).catch(
    (cause: unknown) => {
      throw new RangeError(story(residents), { cause });
    },
  );
});
afterAll(async () => {
  for (const { node } of residents) await node.stop();
});

it('a key generation leaves an entry on every node, with its transcript, and the epoch another', () => {
  for (const one of residents) {
    const [ceremony] = eventsOf(one, 'ceremony');
    expect(ceremony).toMatchObject({ what: 'keygen', outcome: 'done', reason: '', culprits: [] });
    const bytes = one.disk.files.get(ceremony?.record.path ?? '') ?? new Uint8Array(0);
    expect(primitives().sha256(bytes)).toEqual(ceremony?.record.hash);
    expect(eventsOf(one, 'epoch')).toMatchObject([{ epochNo: 0, state: 'active' }]);
  }
});

it('every signature stands in the logs of all its signers, and in nobody else’s', async () => {
  const quorums = [
    [1, 2, 3],
    [1, 2, 4],
    [2, 3, 4],
  ];
  for (const [i, quorum] of quorums.entries()) await signBatch(at(quorum[0] ?? 1), BigInt(i + 1), quorum);
  const ofKey = (one: Resident): readonly Of<'sign'>[] =>
    eventsOf(one, 'sign').filter(({ record }) => record.path !== '');
  await until('entries', () => [1, 2, 3, 4].every((i) => ofKey(at(i)).length === [2, 3, 2, 2][i - 1]));
  for (const one of residents)
    for (const event of ofKey(one)) {
      expect(event).toMatchObject({ outcome: 'done', reason: '', culprits: [] });
      for (const member of event.quorum) {
        const theirs = signatureOf(at(member), event.presigId);
        expect(theirs?.signature).toEqual(event.signature);
        expect([theirs?.sid, theirs?.root, theirs?.digest]).toEqual([event.sid, event.root, event.digest]);
      }
      const bytes = one.disk.files.get(event.record.path) ?? new Uint8Array(0);
      expect(primitives().sha256(bytes)).toEqual(event.record.hash);
      expect(eventsOf(one, 'presign').map(({ sid }) => toHex(sid))).toContain(toHex(event.presignSid));
    }
});

it('a request that policy refuses leaves one entry where it was asked', async () => {
  const asked = { ...batchFor(at(1), 4n), inbox: parseAddress('0x0000000000000000000000000000000000000001') };
  for (let i = 0; i < 2; i++)
    await expect(at(1).node.sign(encodeRequest(asked), { deadlineMs: 20_000 })).rejects.toThrow();
  expect(eventsOf(at(1), 'refused')).toMatchObject([{ from: 0, reason: 'wrong-target' }]);
  expect(eventsOf(at(2), 'refused')).toEqual([]);
});

it('a request that the others refuse is a failed session here and a refusal there', async () => {
  const before = eventsOf(at(1), 'sign').length;
  // The first node was not there when the third batch was signed.
  const asked = batchFor(at(1), 3n, 'other');
  const signing = at(1).node.sign(encodeRequest(asked), { signers: [1, 2, 3], deadlineMs: 20_000 });
  await expect(signing).rejects.toMatchObject({ code: 'signing-failed' });
  await until('its entry', () => eventsOf(at(1), 'sign').length > before);
  expect(eventsOf(at(1), 'sign').at(-1)).toMatchObject({ outcome: 'aborted', reason: 'refused-by-peer' });
  const told = [2, 3].flatMap((i) => eventsOf(at(i), 'refused'));
  expect(told.length).toBeGreaterThan(0);
  for (const one of told) expect(one).toMatchObject({ from: 1, reason: 'guard-conflict' });
});

it('heads are countersigned by everybody, and nobody raises an alarm', async () => {
  await until('countersigned', () =>
    residents.every(({ node }) => node.status().log?.head?.countersignedBy.length === 3),
  );
  for (const { node } of residents) expect(node.status().log?.alarms).toEqual([]);
  const { lines } = at(1).node.log().heads(0, 200);
  const owners = lines.map((line) => /"owner":"(0x[0-9a-f]{64})"/.exec(line)?.[1]);
  expect(new Set(owners).size).toBe(4);
});

it('a reshare leaves an entry on every node, and the old epoch is retired', async () => {
  const id = await hold(residents, changePlan(at(1), { kind: 'refresh' }));
  await until('resharing', () => residents.every((one) => stateOf(one, id) === 'complete'), 60_000);
  await until('entries', () => residents.every((one) => eventsOf(one, 'ceremony').length === 2));
  for (const one of residents) {
    expect(eventsOf(one, 'ceremony').at(-1)).toMatchObject({ what: 'reshare', outcome: 'done' });
    expect(eventsOf(one, 'epoch').map(({ epochNo, state }) => `${epochNo} ${state}`)).toEqual([
      ...['0 active', '0 retired', '1 active'],
    ]);
  }
});

it('a crash between the signature and its entry leaves an entry that says so', async () => {
  const { disk } = at(4);
  const { append } = disk;
  Object.assign(disk, {
    append: (path: string, bytes: Uint8Array) => {
      if (path.includes('/entries/')) throw new OperationError('disk-full', 'retry', 'no room for the log');
      append(path, bytes);
    },
  });
  await signBatch(at(2), 4n, [2, 3, 4]);
  await until('the entry waits', () => (at(4).node.status().log?.waiting ?? 0) >= 2);
  expect(at(4).node.status().log?.alarms).toEqual([{ code: 'log-behind' }]);
  const [theirs] = eventsOf(at(2), 'sign').slice(-1);
  await at(4).node.stop();
  Object.assign(disk, { append });
  proveAgainst(at(4), 1);
  residents[3] = reopen(at(4));
  await at(4).node.start();
  const proven = { culprit: 1, code: 'bad-opening', session: named('a session of member 1') };
  expect(eventsOf(at(4), 'verdict')).toMatchObject([proven]);
  expect(signatureOf(at(4), theirs?.presigId ?? new Uint8Array(0))).toMatchObject({
    ...{ outcome: 'interrupted', reason: 'node-restarted', digest: theirs?.digest },
    requestId: theirs?.requestId,
  });
  await until('its heads are seen', () => at(4).node.status().log?.head?.countersignedBy.length === 3);
  expect(at(4).node.status().log?.alarms).toEqual([]);
});
