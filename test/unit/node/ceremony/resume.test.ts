import { describe, expect, it } from 'vitest';

import { writeDefinition } from '../../../../src/chain/definition-file.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import { newSpec } from '../../../../src/node/ceremony/attempt.ts';
import { removeLog, resumableCeremonies } from '../../../../src/node/ceremony/resume.ts';
import { newUuid } from '../../../../src/node/sealed-file.ts';
import { Wal, type WalEntry } from '../../../../src/node/wal.ts';
import { sealEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { memoryDisk, memoryLog, named, seededRng } from '../helpers.ts';

const plan = signedDefinition(3, 2);
const all = plan.definition.committee.map(({ index }) => index);
const specOf = (attempt: number): Uint8Array => newSpec(plan, attempt, all, seededRng('spec'));
const [DEFINITION, EVENTS] = ['ceremonies/a/definition.json', 'ceremonies/a/events.jsonl'];

/** A broadcast of a member in some round. */
function envelope(round: number, sid: Uint8Array): Uint8Array {
  const fields = { kind: 0, proto: 1, suite: 1, sid, epochId: named('e'), round, from: partyIndex(2), to: 0 };
  const chain = { prev: named('p'), view: named('v'), ph: named('h') };
  return sealEnvelope({ ...fields, ...chain }, new Uint8Array(0), named('seed')).bytes;
}
const entries: readonly WalEntry[] = [
  { kind: 'sent', to: 0, hash: named('hello') },
  { kind: 'received', bytes: envelope(0, named('name')) },
  { kind: 'received', bytes: envelope(1, named('sid')) },
  // What a peer sent that is no envelope beyond its header must not stand in the way.
  { kind: 'received', bytes: envelope(1, named('sid')).slice(0, -30) },
];

/** A node that was ended in the middle of a ceremony. */
function made(spec = specOf(1), logged = entries) {
  const [disk, log] = [memoryDisk(), memoryLog()];
  const master = { uuid: newUuid(seededRng('m')), secret: new Secret('master', named('master')) };
  const deps = {
    ...{ disk, log, master, rng: seededRng('wal'), identityPk: named('node') },
    folders: { ceremonies: 'ceremonies', wal: 'wal' },
  };
  disk.files.set(DEFINITION, writeDefinition(plan));
  disk.files.set(EVENTS, ascii('{"type":"round"}\n'));
  const header = { kind: 'keygen', self: partyIndex(2), spec, seed: new Secret('s', named('seed')) } as const;
  const wal = Wal.create(deps, 'wal', header);
  for (const entry of logged) wal.append(entry);
  return {
    disk,
    log,
    deps,
    wal,
    logs: () => [...disk.files.keys()].filter((path) => path.startsWith('wal/')),
  };
}

describe('a ceremony that was under way when its node ended', () => {
  it.each([1, 2])('goes on with attempt %i: the same session, seed and log', (attempt) => {
    const { deps, logs } = made(specOf(attempt));
    const [found, ...more] = resumableCeremonies(deps);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ folder: 'ceremonies/a', attempt, state: 'executing' });
    expect(found?.plan.definition).toEqual(plan.definition);
    expect(found?.session.entries).toEqual(entries);
    expect(found?.session.spec).toEqual(specOf(attempt));
    expect(found?.session.seed.use((seed) => seed.slice())).toEqual(named('seed'));
    found?.session.wal.append({ kind: 'persisted' });
    expect(logs()).toHaveLength(2);
  });

  it('knows its pending share by the session id that the others used', () => {
    const [found] = resumableCeremonies(made().deps);
    expect([named('sid'), named('name'), named('x')].map((sid) => found?.isOf(sid))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each<[string, (node: ReturnType<typeof made>) => void]>([
    ['is over by its events', ({ disk }) => disk.files.set(EVENTS, ascii('{"type":"result","ok":false}\n'))],
    ['is complete', ({ disk }) => disk.files.set(EVENTS, ascii('{"type":"result","ok":true}\n'))],
    ['has its lock', ({ disk }) => disk.files.set('ceremonies/a/lock.json', ascii('{}'))],
    ['has no definition', ({ disk }) => disk.files.delete(DEFINITION)],
    ['has a damaged definition', ({ disk }) => disk.files.set(DEFINITION, ascii('{'))],
    ['was ended by this node', ({ wal }) => wal.append({ kind: 'aborted', code: 'timed-out' })],
  ])('does not go on when it %s; its log is removed', (_, change) => {
    const node = made();
    change(node);
    expect(resumableCeremonies(node.deps)).toEqual([]);
    expect(node.logs()).toEqual([]);
  });

  it('does not go on with a session that nobody has signed', () => {
    const node = made(newSpec(plan, 17, all, seededRng('spec')));
    expect(resumableCeremonies(node.deps)).toEqual([]);
    expect(node.logs()).toEqual([]);
  });

  it('does not go on from a damaged log: that is said with the remedy, and the log is removed', () => {
    const node = made();
    const path = node.logs().find((one) => one.endsWith('records.log')) ?? '';
    node.disk.files.set(
      path,
      (node.disk.files.get(path) ?? ascii('')).map((byte, i) => (i === 30 ? byte ^ 1 : byte)),
    );
    expect(resumableCeremonies(node.deps)).toEqual([]);
    expect(node.logs()).toEqual([]);
    expect(node.log.lines).toMatchObject([{ level: 'error', event: 'ceremony not resumed' }]);
    expect(node.log.lines[0]?.fields).toMatchObject({ reason: 'wal-damaged' });
    expect(node.log.lines[0]?.fields['detail']).toContain('propose the ceremony again');
  });

  it('is nothing on a node that had none', () => {
    const node = made();
    node.wal.shred();
    expect(resumableCeremonies(node.deps)).toEqual([]);
  });
});

describe('the log of a session that is over', () => {
  it('is removed; what the disk refuses is logged, and tried again by the next start', () => {
    const node = made();
    node.disk.fault = { code: 'disk-full', level: 'retry' };
    removeLog(node.wal, node.log);
    expect(node.logs()).toHaveLength(2);
    expect(node.log.lines).toMatchObject([{ level: 'error', fields: { reason: 'disk-full' } }]);
    node.disk.fault = undefined;
    removeLog(node.wal, node.log);
    expect(node.logs()).toEqual([]);
  });
});
