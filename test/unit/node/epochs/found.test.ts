import { describe, expect, it } from 'vitest';

import { type Plan, writeDefinition } from '../../../../src/chain/definition-file.ts';
import { writeLock } from '../../../../src/chain/lock-file.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii, equalBytes } from '../../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import { newSpec } from '../../../../src/node/ceremony/attempt.ts';
import { concerns, unfinishedIn } from '../../../../src/node/epochs/found.ts';
import { writeStanding } from '../../../../src/node/epochs/standing-file.ts';
import { newUuid } from '../../../../src/node/sealed-file.ts';
import { Wal } from '../../../../src/node/wal.ts';
import { seatsOf } from '../../../../src/protocols/ceremony/definition.ts';
import {
  certified,
  changeOf,
  firstEpoch,
  nextEpoch,
  redealt,
  seedOf,
  signedBy,
} from '../../audit/support/epochs.ts';
import { memoryDisk, memoryLog, named, seededRng } from '../helpers.ts';

const first = firstEpoch(3, 2);
const definition = changeOf(first.lock, { committee: [1, 3, 4] });
const plan: Plan = { ...signedBy(definition), previous: first.lock };
const { prepared, shares } = redealt(first, definition);
const standing = certified(first.lock.record, prepared, shares);

/** A node's disk with a change of epochs in folder `c`, as far as it had come. */
function made({ hasStanding = true, hasLog = false, hasLock = false, plan: one = plan, newest = 0 } = {}) {
  const [disk, log] = [memoryDisk(), memoryLog()];
  const master = { uuid: newUuid(seededRng('m')), secret: new Secret('master', named('master')) };
  const deps = {
    ...{ disk, log, master, rng: seededRng('wal'), identityPk: named('node') },
    folders: { ceremonies: 'ceremonies', wal: 'wal' },
    nowMs: () => 1,
    newestOf: (keyId: Uint8Array) => (equalBytes(keyId, first.lock.record.keyId) ? newest : undefined),
  };
  disk.files.set('ceremonies/c/definition.json', writeDefinition(one));
  if (hasStanding)
    disk.files.set(
      'ceremonies/c/activation.json',
      writeStanding({ attempt: 1, standing, isSuperseded: false }),
    );
  if (hasLock) disk.files.set('ceremonies/c/lock.json', writeLock(nextEpoch(first).lock));
  if (hasLog) {
    const parties = seatsOf(one.definition).map(({ index }) => index);
    const spec = newSpec(one, 1, parties, seededRng('spec'));
    Wal.create(deps, 'wal', {
      kind: 'reshare',
      self: partyIndex(2),
      spec,
      seed: new Secret('s', named('s')),
    });
  }
  return deps;
}

describe('a change of epochs that is found at the start', () => {
  it('goes on by what it had prepared, also when its session has no log any more', () => {
    const [one, ...more] = unfinishedIn(made());
    expect(more).toEqual([]);
    expect(one).toMatchObject({ folder: 'ceremonies/c', attempt: 1, session: undefined });
    expect(one?.standing?.standing.commits).toEqual(standing.commits);
    expect(one?.isOf(prepared.record.originSid)).toBe(true);
    expect(one?.isOf(named('another session'))).toBe(false);
  });

  it('goes on beside its lock: somebody may lack the certificate', () => {
    expect(unfinishedIn(made({ hasLock: true }))).toHaveLength(1);
  });

  it('goes on with its session, and brings what it had prepared', () => {
    const [one, ...more] = unfinishedIn(made({ hasLog: true }));
    expect(more).toEqual([]);
    expect(one?.session).toBeDefined();
    expect(one?.standing?.attempt).toBe(1);
    expect(unfinishedIn(made({ hasLog: true, hasStanding: false }))[0]?.standing).toBeUndefined();
  });

  it('is nothing without a log and without anything prepared', () => {
    expect(unfinishedIn(made({ hasStanding: false }))).toEqual([]);
  });

  it('has ended where its events say so: it keeps nobody from the next one', () => {
    const deps = made();
    expect(unfinishedIn(deps)[0]?.state).toBe('prepared');
    deps.disk.files.set(
      'ceremonies/c/events.jsonl',
      ascii('{"type":"prepared"}\n{"type":"result","ok":false,"state":"timed-out"}\n'),
    );
    expect(unfinishedIn(deps)[0]?.state).toBe('timed-out');
  });

  it('comes in the order of its plan among others', () => {
    const deps = made();
    const later = { ...definition, sequence: definition.sequence + 5n };
    deps.disk.files.set('ceremonies/b/definition.json', writeDefinition({ ...plan, ...signedBy(later) }));
    deps.disk.files.set(
      'ceremonies/b/activation.json',
      writeStanding({ attempt: 1, standing, isSuperseded: false }),
    );
    expect(unfinishedIn(deps).map(({ folder }) => folder)).toEqual(['ceremonies/c', 'ceremonies/b']);
  });
});

describe('a change of epochs that cannot be read', () => {
  const parts = ['activation.json', 'definition.json'] as const;
  const broken = parts.flatMap((name) =>
    (['damaged', 'missing'] as const)
      .filter((how) => name === 'definition.json' || how === 'damaged') // without the other there was none
      .map((how) => [name, how] as const),
  );
  const breaking = (options: Parameters<typeof made>[0], name: string, how: 'damaged' | 'missing') => {
    const deps = made(options);
    if (how === 'missing') deps.disk.files.delete(`ceremonies/c/${name}`);
    else deps.disk.files.set(`ceremonies/c/${name}`, ascii('{'));
    return deps;
  };

  it.each(broken)('stops the start while it is not decided, and says what to copy: %s %s', (name, how) => {
    const deps = breaking({ hasLog: true }, name, how);
    const logs = deps.disk.list('wal');
    expect(() => unfinishedIn(deps)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(how === 'missing' ? /^safety-state-missing$/ : /^file-/),
        path: `ceremonies/c/${name}`,
        message: expect.stringContaining(`Copy ceremonies/c/${name} from any member`),
      }),
    );
    expect(deps.disk.list('wal')).toEqual(logs); // what it still needs is there
  });

  it.each(broken)('stops no start when this node holds a newer epoch, and is logged: %s %s', (name, how) => {
    for (const newest of [1, 2]) {
      const deps = breaking({ newest }, name, how);
      expect(unfinishedIn(deps)).toEqual([]);
      expect(deps.log.lines).toMatchObject([
        { level: 'error', event: 'ceremony not readable', fields: { path: `ceremonies/c/${name}` } },
      ]);
    }
  });

  it('stops the start where nothing of it says which epoch it is', () => {
    const deps = breaking({ newest: 7 }, 'definition.json', 'damaged');
    deps.disk.files.set('ceremonies/c/activation.json', ascii('{'));
    expect(() => unfinishedIn(deps)).toThrow(/definition\.json.* and ceremonies\/c\/activation\.json/);
  });

  it('goes on by its lock, which holds the same certificate', () => {
    const { certificate } = nextEpoch(first).lock;
    const deps = breaking({ hasLock: true, newest: 1 }, 'activation.json', 'damaged');
    expect(unfinishedIn(deps)).toMatchObject([
      { folder: 'ceremonies/c', standing: { standing: certificate } },
    ]);
    expect(deps.log.lines).toMatchObject([{ level: 'error', event: 'ceremony not readable' }]);
  });
});

describe('whether it concerns this node still', () => {
  const one = { plan, standing: { attempt: 1, standing, isSuperseded: false } };
  const own = (index: number): Uint8Array => identityPublicKey(seedOf(index));
  const second = nextEpoch(first);

  it('it does while its epoch follows the one in service', () => {
    expect(concerns(one, first.lock, own(1))).toBe(true);
  });

  it('it does when it made the epoch in service', () => {
    const made = { ...first.lock, record: prepared.record };
    expect(concerns(one, made, own(1))).toBe(true);
  });

  it('it does not when the key is an epoch further, or on another branch', () => {
    expect(concerns(one, second.lock, own(1))).toBe(false);
    expect(concerns(one, nextEpoch(second).lock, own(1))).toBe(false);
  });

  it('without a key it concerns whom it gives one, and nobody else', () => {
    expect(concerns(one, undefined, own(4))).toBe(true);
    expect(concerns(one, undefined, own(2))).toBe(false);
  });

  it('a key generation concerns a node that has a key no more', () => {
    const keygen = { plan: first.lock.definition, standing: undefined };
    expect(concerns(keygen, undefined, own(1))).toBe(true);
    expect(concerns(keygen, first.lock, own(1))).toBe(false);
  });
});
