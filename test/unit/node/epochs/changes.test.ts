import { describe, expect, it } from 'vitest';

import { auditEvidence } from '../../../../src/audit/evidence-file.ts';
import { writeLock } from '../../../../src/chain/lock-file.ts';
import type { LogEvent } from '../../../../src/chain/log/entry.ts';
import type { Lock } from '../../../../src/chain/lock.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { equalBytes } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { identityPublicKey, signFor } from '../../../../src/crypto/ed25519.ts';
import { primitives } from '../../../../src/crypto/primitives.ts';
import type { CeremonyState } from '../../../../src/node/api.ts';
import type { Stage } from '../../../../src/node/ceremony/course.ts';
import { EpochChanges, type ChangesDeps } from '../../../../src/node/epochs/changes.ts';
import { type ActivationMessage, activationMessageCodec } from '../../../../src/node/epochs/messages.ts';
import type { NewShare } from '../../../../src/node/key-custody.ts';
import type { LogSubject } from '../../../../src/node/log/signature-log.ts';
import { type EpochRecord, epochIdOf } from '../../../../src/protocols/epoch.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import {
  type ActivationCertificate,
  certHashOf,
  preparedShareCodec,
} from '../../../../src/protocols/reshare/activation.ts';
import {
  type MadeEpoch,
  certified,
  changeOf,
  firstEpoch,
  nextEpoch,
  redealt,
  seedOf,
} from '../../audit/support/epochs.ts';
import { SimDisk } from '../../../sim/disk.ts';
import { handClock, memoryLog, named } from '../helpers.ts';

const first = firstEpoch(4, 3);
const definition = changeOf(first.lock, { ceremony: 'refresh' });
const { prepared, shares } = redealt(first, definition);
const self = partyIndex(1);

const other = redealt(first, definition, { label: 'another attempt' });
const second = nextEpoch(first);
const third = nextEpoch(second, { committee: [2, 3, 4] });

/** A member of the first epoch. `locked` is what it has committed to. */
function nodeWith(locked: Uint8Array | undefined, disk = new SimDisk().open()) {
  const kept: NewShare[] = [];
  const told: string[] = [];
  const sent: { readonly message: ActivationMessage; readonly to: number | undefined }[] = [];
  const left: number[] = [];
  const verdicts: [LogEvent, LogSubject][] = [];
  const log = memoryLog();
  let lock: Lock | undefined = first.lock;
  const deps = {
    ...{ disk, log, name: 'node-1', folders: { ceremonies: 'ceremonies' } },
    clock: handClock(),
    identity: {
      publicKey: identityPublicKey(seedOf(1)),
      lend: <T>(use: (seed: Uint8Array) => T): T => use(seedOf(1)),
      sign: (purpose: 'rs', hash: Uint8Array) => signFor(purpose, seedOf(1), hash),
    },
    rng: (length: number) => new Uint8Array(length).fill(7),
    custody: {
      newestOf: (keyId: Uint8Array) => (equalBytes(keyId, first.lock.record.keyId) ? 2 : undefined),
      commitLock: () => locked,
      lockCommit: () => undefined,
      prepare: (share: NewShare) => kept.push(share),
      pendingOf: (keyId: Uint8Array) =>
        kept.map(({ record }) => ({
          ...{ keyId, epochNo: record.epochNo, sid: record.originSid, isOnDisk: true },
        })),
      leave: ({ epochNo }: EpochRecord) => left.push(epochNo),
      erase: (record: EpochRecord) => ({
        ...{ keyId: record.keyId, epochId: epochIdOf(record), index: self },
      }),
    },
    service: {
      lock: () => lock,
      left: () => (lock = undefined),
      key: () => ({ self, gate: { isFrozen: locked !== undefined } }),
      membership: () => ({
        tellEpoch: (bytes: Uint8Array, to?: number) =>
          sent.push({ message: decode(activationMessageCodec, bytes.slice()), to }),
        log: { verdict: (event: LogEvent, subject: LogSubject) => void verdicts.push([event, subject]) },
      }),
    },
    // Only what these tests reach.
  } as unknown as ChangesDeps;
  const changes = new EpochChanges(deps);
  /** Another ceremony that starts from the first epoch. */
  const begin = (folder: string) => {
    const at: { state: CeremonyState } = { state: 'executing' };
    const stage = {
      self,
      signed: () => plan,
      attempt: () => 1,
      state: () => at.state,
      tell: (type: string, _: unknown, state = at.state) => {
        told.push(type);
        at.state = state;
      },
      guard: (step: () => void) => step(),
      end: (state: CeremonyState) => (at.state = state),
      nameOf: String,
    } as unknown as Stage;
    const plan = { definition, signatures: [], previous: first.lock };
    return { at, course: changes.courseOf(stage, { plan, previous: first.lock, folder }) };
  };
  const shareOf = (one: typeof other): Uint8Array =>
    encode(preparedShareCodec, {
      prepared: one.prepared,
      index: self,
      share: at(one.shares, self).slice(),
      chainCode: new Uint8Array(32),
    });
  const hear = (message: ActivationMessage): void =>
    changes.receive(partyIndex(2), encode(activationMessageCodec, message));
  const { course } = begin('ceremonies/1');
  const bytes = (): Uint8Array => shareOf({ prepared, shares });
  const service = { serve: (next: Lock | undefined) => (lock = next) };
  return {
    changes,
    course,
    kept,
    told,
    bytes,
    sent,
    left,
    log,
    begin,
    shareOf,
    hear,
    disk,
    service,
    verdicts,
  };
}

const certificateOf = ({ lock: { certificate } }: MadeEpoch): ActivationCertificate => {
  if (certificate.kind !== 'activation') throw new RangeError('a fixture');
  return certificate;
};
const activation = (epoch: MadeEpoch): ActivationMessage => ({
  kind: 'activation',
  certificate: certificateOf(epoch),
});

describe('a new share', () => {
  it('is kept, and acknowledged, by a node that is free', () => {
    const { course, kept, told, bytes } = nodeWith(undefined);
    course.keep(bytes());
    expect([kept.length, told]).toEqual([1, ['prepared']]);
  });

  it('is kept again when the session of the attempt it has committed to is repeated', () => {
    const { course, kept, bytes } = nodeWith(certHashOf(prepared));
    course.keep(bytes());
    expect(kept).toHaveLength(1);
  });

  it('is refused by a node that has gone back to an older attempt: this one cannot be decided then', () => {
    const { course, kept, told, bytes } = nodeWith(named('an older attempt'));
    expect(() => course.keep(bytes())).toThrow(expect.objectContaining({ code: 'commit-locked' }));
    expect([kept.length, told]).toEqual([0, []]);
  });
});

describe('another attempt', () => {
  it('is not begun by a node that has committed', () => {
    const { changes, course } = nodeWith(named('an older attempt'));
    expect(() => changes.begin(course)).toThrow(expect.objectContaining({ code: 'commit-locked' }));
  });

  it('is answered by a node that has committed with what it knows of the earlier one', () => {
    const { changes, course, bytes, begin, sent } = nodeWith(certHashOf(prepared));
    course.keep(bytes());
    sent.splice(0);
    expect(() => changes.begin(begin('ceremonies/2').course)).toThrow('committed to another');
    expect(sent).toMatchObject([{ message: { kind: 'ack', certHash: certHashOf(prepared) }, to: undefined }]);
  });
});

describe('what is followed', () => {
  it('is not what has ended before anything was prepared', () => {
    const { changes, course, bytes, begin, sent } = nodeWith(undefined);
    course.keep(bytes());
    for (let i = 0; i < 5; i++) begin(`ceremonies/void ${i}`).at.state = 'aborted';
    const late = begin('ceremonies/late');
    sent.splice(0);
    changes.linked(partyIndex(3));
    expect(sent).toMatchObject([{ to: 3 }]); // the others have heard it
    expect(late.at.state).toBe('executing');
  });

  it('ends with the epoch: what could follow the old one is let go of, and says so to its operator', () => {
    const node = nodeWith(undefined);
    const [lost, begun] = [node.begin('ceremonies/lost'), node.begin('ceremonies/begun')];
    lost.course.keep(node.shareOf(other));
    node.sent.splice(0);
    node.hear(activation(second));
    expect([lost.at.state, begun.at.state]).toEqual(['failed', 'failed']);
    node.changes.linked(partyIndex(3));
    expect(node.sent).toEqual([]);
  });
});

describe('a member that was away', () => {
  /** A member that has stayed, with the locks of all epochs. */
  const witness = () => {
    const disk = new SimDisk().open();
    for (const [i, { lock }] of [first, second, third].entries())
      disk.create(`ceremonies/${i}/lock.json`, writeLock(lock));
    return nodeWith(undefined, disk);
  };
  /** Both talk until nobody says anything. Returns what the one that was away has asked. */
  const talk = (away: ReturnType<typeof nodeWith>, one: ReturnType<typeof nodeWith>) => {
    const asked: unknown[] = [];
    for (let said = true; said;) {
      said = false;
      for (const { message, to } of away.sent.splice(0)) {
        expect(to).toBe(2);
        asked.push(message);
        one.hear(message);
        said = true;
      }
      for (const { message } of one.sent.splice(0)) {
        away.hear(message);
        said = true;
      }
    }
    return asked;
  };

  it('for two changes of the epoch asks for the certificates in between, and learns where it stands', () => {
    const [away, one] = [nodeWith(undefined), witness()];
    away.hear(activation(third));
    expect(away.left).toEqual([]); // nothing shows yet that this counts
    const { keyId } = first.lock.record;
    expect(talk(away, one)).toEqual([
      { kind: 'ask', keyId, epochNo: 0 },
      { kind: 'ask', keyId, epochNo: 1 },
    ]);
    expect(away.left).toEqual([1, 2]);
    expect(away.log.lines).toMatchObject([
      { level: 'warn', event: 'epochs missed', fields: { epoch: 0, newest: 2 } },
      {
        event: 'epoch changed',
        fields: { epoch: 1, detail: expect.stringContaining('propose --kind repair --lost 1') as string },
      },
      {
        event: 'epoch changed',
        fields: { epoch: 2, detail: expect.stringContaining('conclave node add INVITATION') as string },
      },
    ]);
  });

  it('says once what to do where nobody has them, however often it is told', () => {
    const away = nodeWith(undefined);
    for (let i = 0; i < 3; i++) away.hear(activation(third));
    const missed = away.log.lines.filter(({ event }) => event === 'epochs missed');
    expect(missed).toMatchObject([
      { fields: { detail: expect.stringContaining('copy the ceremony folders of any member') as string } },
    ]);
    expect(away.left).toEqual([]);
  });

  it('does not follow a certificate that does not hold', () => {
    const away = nodeWith(undefined);
    const certificate = certificateOf(second);
    away.hear({ kind: 'activation', certificate: { ...certificate, commits: certificate.commits.slice(1) } });
    expect([away.left, away.log.lines.map(({ event }) => event)]).toEqual([[], ['epoch message refused']]);
  });

  it('answers nothing of which it has no lock', () => {
    const one = witness();
    const { keyId } = first.lock.record;
    for (const ask of [
      { keyId, epochNo: 2 },
      { keyId: named('another key'), epochNo: 0 },
    ])
      one.hear({ kind: 'ask', ...ask });
    expect(one.sent).toEqual([]);
  });

  it('is answered once for each epoch and link, and only then is a disk looked at', () => {
    const one = witness();
    const { keyId } = first.lock.record;
    const ask = (epochNo: number): void => one.hear({ kind: 'ask', keyId, epochNo });
    ask(0);
    ask(0);
    ask(1);
    ask(0);
    expect(one.sent).toMatchObject([{ to: 2 }, { to: 2 }]);
    one.changes.linked(partyIndex(2)); // it may have been started anew
    ask(0);
    expect(one.sent).toHaveLength(3);
    Object.assign(one.disk, { list: () => expect.unreachable('the disk is looked at') });
    for (const epochNo of [0, 2, 3, 0xffff_ffff]) ask(epochNo);
    one.hear({ kind: 'ask', keyId: named('another key'), epochNo: 0 });
    expect(one.sent).toHaveLength(3);
    expect(one.log.lines).toEqual([]);
  });

  it('does not give up a share of the new epoch that it holds without the plan', () => {
    const away = nodeWith(undefined);
    away.kept.push({ record: second.lock.record, share: new Uint8Array(32), chainCode: new Uint8Array(32) });
    away.hear(activation(second));
    expect(away.left).toEqual([]);
    expect(away.log.lines).toMatchObject([
      {
        level: 'error',
        event: 'epoch changed',
        fields: { detail: expect.stringContaining('copy') as string },
      },
    ]);
  });
});

describe('a member that commits twice', () => {
  it('is told of, and what proves it is kept where anybody can judge it', () => {
    const node = nodeWith(undefined);
    const [one, two] = [node.course, node.begin('ceremonies/2').course];
    one.keep(node.bytes());
    two.keep(node.shareOf(other));
    for (const attempt of [{ prepared, shares }, other]) {
      const { acks, commits } = certified(first.lock.record, attempt.prepared, attempt.shares);
      const commit = commits.find(({ index }) => index === 2);
      if (commit === undefined) throw new RangeError('a fixture');
      node.hear({ kind: 'commit', certHash: certHashOf(attempt.prepared), acks: acks.slice(1, 2), commit });
    }
    expect(node.log.lines).toMatchObject([
      { level: 'error', event: 'double commit', fields: { peer: 2, epoch: 0, reason: 'double-commit' } },
    ]);
    const [name = ''] = node.disk.list('ceremonies/1/evidence');
    const files = new Map([[name, node.disk.read(`ceremonies/1/evidence/${name}`) ?? new Uint8Array(0)]]);
    expect(auditEvidence({ path: 'evidence', files }, name)).toMatchObject({ ok: true });
    const { keyId } = first.lock.record;
    const path = `ceremonies/1/evidence/${name}`;
    expect(node.verdicts).toEqual([
      [
        {
          ...{ kind: 'verdict', session: epochIdOf(first.lock.record), culprit: 2, code: 'double-commit' },
          evidence: { path, hash: primitives().sha256(files.get(name) ?? new Uint8Array(0)) },
        },
        { keyId, epochNo: 0 },
      ],
    ]);
  });
});
