import { describe, expect, test } from 'vitest';

import { bigintToBytes, toHex } from '../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { OperationError } from '../../src/crypto/errors.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { KeyCustody } from '../../src/node/key-custody.ts';
import { Keystore } from '../../src/node/keystore.ts';
import { ManifestStore, activeOf } from '../../src/node/manifest.ts';
import { newUuid } from '../../src/node/sealed-file.ts';
import type { Disk } from '../../src/system/ports.ts';
import { type Fixture, context, epochFixture } from '../unit/node/epoch-fixture.ts';
import { memoryLog, named, seededRng } from '../unit/node/helpers.ts';
import { type DiskFault, PowerLoss, SimDisk, type TraceEntry } from './disk.ts';

// One node goes through an epoch change, and every call that reaches its disk is the last one once.

const zero = epochFixture('crash');
const one = epochFixture('crash, next', zero.record);
/** Another attempt at the same epoch, acknowledged before. */
const other = epochFixture('crash, other', zero.record);
const keyId = zero.record.keyId;
const certHash = named('certificate');
const master = { uuid: newUuid(seededRng('master')), secret: new Secret('master', named('master')) };

const lockOf = ({ record }: Fixture) => ({ record, certificate: { hash: certHash } });
const shareOf = ({ record, shares }: Fixture) => ({
  record,
  share: bigintToBytes(shares[1]?.share ?? 0n, 32),
  chainCode: named('chain code'),
});

interface Node {
  readonly disk: Disk;
  readonly manifest: ManifestStore;
  readonly custody: KeyCustody;
}

/** A process that starts on what a disk holds. */
function start(sim: SimDisk): Node {
  const disk = sim.open();
  const manifest =
    disk.read('manifest') === undefined ? ManifestStore.create(disk) : ManifestStore.open(disk);
  manifest.countBoot();
  const keystore = new Keystore(
    { folder: 'keys', network: 'devnet', identityPk: identityPublicKey(named('identity 2')) },
    { disk, manifest, master, rng: seededRng('seals') },
  );
  const log = memoryLog();
  const custody = new KeyCustody({ disk, log, manifest, keystore, limits: defaultGuardLimits });
  custody.tidy(() => false);
  return { disk, manifest, custody };
}

/** Where a node stands: what is active, waits and is retired; and that it really has what it says. */
function standing({ manifest, custody }: Node): string {
  const key = manifest.key(keyId);
  const words: string[] = [];
  for (const [name, of] of Object.entries({ zero, one, other })) {
    const noted = key?.shares.find(({ sid }) => toHex(sid) === toHex(of.record.originSid));
    if (noted === undefined) continue;
    const waiting = custody.pendingOf(keyId).find(({ sid }) => toHex(sid) === toHex(of.record.originSid));
    if (waiting?.isOnDisk === false) continue; // noted, and never written: as if it were not there
    const loaded = custody.openPending(of.record);
    const isWhole = loaded.secret.use((bytes) => toHex(bytes.slice(0, 32)) === toHex(shareOf(of).share));
    words.push(`${name} ${isWhole ? loaded.state : 'broken'}`);
    loaded.secret.wipe();
  }
  const active = key === undefined ? undefined : activeOf(key);
  if (active !== undefined) custody.load(lockOf(active === 0 ? zero : one)).secret.wipe();
  return words.join(', ') || 'nothing';
}

/** One operation with the disk on which it is done. */
interface Step {
  readonly name: string;
  readonly before: (node: Node) => void;
  readonly run: (node: Node) => void;
  /** The only states in which a crash may leave the node, the one before and the one after. */
  readonly legal: readonly [string, string];
  /** What else must hold once the step has returned. */
  readonly after?: (node: Node) => void;
}

const inService = ({ custody }: Node): void => {
  custody.prepare(shareOf(zero), context);
  custody.activate(zero.record, certHash).secret.wipe();
};
const acknowledged = (node: Node): void => {
  inService(node);
  node.custody.prepare(shareOf(other), context);
};
const prepared = (node: Node): void => {
  acknowledged(node);
  node.custody.prepare(shareOf(one), context);
};

const steps: readonly Step[] = [
  {
    name: 'a member prepares its share beside one of another attempt',
    before: acknowledged,
    run: ({ custody }) => {
      custody.prepare(shareOf(one), context);
    },
    legal: ['zero active, other pending', 'zero active, one pending, other pending'],
  },
  {
    name: 'a node that joins prepares its first share',
    before: () => undefined,
    run: ({ custody }) => {
      custody.prepare(shareOf(one), context);
    },
    legal: ['nothing', 'one pending'],
    after: ({ manifest }) => {
      expect(manifest.key(keyId)?.needsMarks).toBe(true);
    },
  },
  {
    name: 'a member commits',
    before: prepared,
    run: ({ custody }) => {
      custody.lockCommit(zero.record, certHash);
    },
    legal: ['zero active, one pending, other pending', 'zero active, one pending, other pending'],
    after: ({ custody }) => {
      expect(custody.commitLock(zero.record)).toEqual(certHash);
      const key = custody.load(lockOf(zero));
      key.secret.wipe();
      expect(key.gate.isFrozen).toBe(true);
    },
  },
  {
    name: 'a member activates the next epoch',
    before: prepared,
    run: ({ custody }) => {
      custody.activate(one.record, certHash).secret.wipe();
    },
    legal: ['zero active, one pending, other pending', 'zero retired, one active'],
  },
  {
    name: 'a node that joins activates its first epoch',
    before: ({ custody }) => {
      custody.prepare(shareOf(one), context);
    },
    run: ({ custody }) => {
      custody.activate(one.record, certHash).secret.wipe();
    },
    legal: ['one pending', 'one active'],
  },
  {
    name: 'a member leaves',
    before: acknowledged,
    run: ({ custody }) => {
      custody.leave(one.record);
    },
    legal: ['zero active, other pending', 'nothing'], // it is erased by the same switch
  },
  {
    name: 'a member erases its old share',
    before: (node) => {
      prepared(node);
      node.custody.activate(one.record, certHash).secret.wipe();
    },
    run: ({ custody }) => {
      custody.erase(zero.record);
    },
    legal: ['zero retired, one active', 'one active'],
    after: ({ disk }) => {
      const folder = `keys/${disk.list('keys')[0] ?? ''}/epoch-000000`;
      expect(disk.list(folder).filter((name) => name.startsWith('share-'))).toEqual([]);
    },
  },
];

/** The disk before a step, and the calls that the step makes on it. */
function staged({ before, run }: Step): { readonly sim: SimDisk; readonly calls: readonly TraceEntry[] } {
  const sim = new SimDisk(1);
  before(start(sim));
  const dry = sim.fork(1);
  const node = start(dry);
  dry.trace.length = 0;
  run(node);
  return { sim, calls: [...dry.trace] };
}

/** Faults at a call: the power goes before it; if it writes, also after none and after some of its bytes. */
const losses = ({ call }: TraceEntry, atCall: number): readonly DiskFault[] => [
  { kind: 'power-loss', atCall },
  ...(call === 'write' ? [1, 40].map((bytes) => ({ kind: 'power-loss', atCall, bytes }) as const) : []),
];

/** The step is done again after a start, and then stands, also after another start. */
function completes(sim: SimDisk, { run, legal, after }: Step): void {
  const node = start(sim);
  run(node);
  expect(standing(node)).toBe(legal[1]);
  sim.powerLoss();
  const again = start(sim);
  expect(standing(again)).toBe(legal[1]);
  after?.(again);
}

describe.each(steps)('$name', (step) => {
  const { sim, calls } = staged(step);
  const points = calls.flatMap((call, i) => (call.call === 'read' ? [] : [[call, i + 1] as const]));

  test('and every loss of power leaves it before or after, with every acknowledged share', () => {
    const seen = new Set<string>();
    for (const [call, atCall] of points)
      for (const fault of losses(call, atCall))
        for (const seed of [1, 2, 3, 4, 5, 6]) {
          const disk = sim.fork(seed * 1000 + atCall);
          const node = start(disk);
          disk.fault(fault);
          expect(() => {
            step.run(node);
          }, `${call.call} ${call.path}`).toThrow(PowerLoss);
          const state = standing(start(disk));
          expect(step.legal, `${call.call} ${call.path}, seed ${seed}`).toContain(state);
          seen.add(state);
          completes(disk, step);
        }
    expect([...seen].sort()).toEqual([...new Set(step.legal)].sort());
  });

  test('and is done once more after an error of the disk, in the same process where that may go on', () => {
    let goneOn = 0;
    for (const [call, atCall] of points) {
      const disk = sim.fork(atCall);
      const node = start(disk);
      disk.fault({ kind: 'error', code: 'EIO', atCall, isLasting: false });
      const failure = failureOf(() => {
        step.run(node);
      });
      disk.fault(undefined);
      if (failure?.code !== 'fsync-failed') {
        step.run(node);
        expect(standing(node), `${call.call} ${call.path}`).toBe(step.legal[1]);
        goneOn += 1;
      }
      disk.kill();
      completes(disk, step);
    }
    expect(goneOn).toBeGreaterThan(0);
  });

  test('and the power is lost again while it is done once more', () => {
    const middle = points[Math.floor(points.length / 2)]?.[1] ?? 1;
    const first = sim.fork(7);
    const node = start(first);
    first.fault({ kind: 'power-loss', atCall: middle });
    expect(() => {
      step.run(node);
    }).toThrow(PowerLoss);
    for (let atCall = 1; ; atCall++) {
      const second = first.fork(atCall);
      second.fault({ kind: 'power-loss', atCall });
      const isOver = isDone(() => {
        step.run(start(second));
      });
      second.fault(undefined);
      second.kill();
      expect(step.legal).toContain(standing(start(second)));
      completes(second, step);
      if (isOver) break;
    }
  });
});

/** The error of the disk with which something ended, if it did; others pass. */
function failureOf(action: () => void): OperationError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof OperationError) return error;
    throw error;
  }
}

/** Whether something was done before the power went. */
function isDone(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof PowerLoss) return false;
    throw error;
  }
}
