import { describe, expect, it } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import { addressOf } from '../../../src/ethereum/address.ts';
import {
  type GuardCareDeps,
  checkGuard,
  guardPlaceOf,
  importGuard,
  initGuard,
  openOffline,
  repairGuard,
} from '../../../src/node/guard-care.ts';
import type { GuardExport } from '../../../src/node/guard-file.ts';
import { type GuardClaim, defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { KeyCustody } from '../../../src/node/key-custody.ts';
import { publicKeyOf } from '../../../src/protocols/epoch.ts';
import { context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { memoryLog, named } from './helpers.ts';
import { bigintToBytes } from '../../../src/crypto/bytes.ts';

const zero = epochFixture('care');
const { record } = zero;
const lock = { record, certificate: { hash: named('certificate') } };
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
const lane = { lane: 'nonce', scope: ascii('a') } as const;
const claim = (number: bigint, content: string): GuardClaim => ({
  ...{ slots: [{ ...lane, number }], kind: 'l1-tx', contentHash: named(content), digest: named(content) },
  ...{ fees: undefined, feeCaps: undefined, requestHash: named('r'), presigId: named('p'), tau0: named('t') },
  ...{ posRef: new Uint8Array(0), boot: 1n, epoch: 0 },
});

/** A node that has a key in service and has signed the numbers 0 and 1; its process has ended. */
function made() {
  const node = nodeFixture(2);
  const custody = (): KeyCustody => new KeyCustody({ ...node, log: memoryLog(), limits: defaultGuardLimits });
  const first = custody();
  const share = { record, share: bigintToBytes(zero.shares[1]?.share ?? 0n, 32) };
  first.prepare({ ...share, chainCode: named('chain code') }, context);
  first.activate(record, lock.certificate.hash);
  const { guard } = first.load(lock);
  for (const number of [0n, 1n]) guard.check(claim(number, `content ${number}`));
  custody().load(lock); // a later start notes how far the register reaches
  const deps: GuardCareDeps = { ...node, log: memoryLog(), keys: 'keys', record, limits: defaultGuardLimits };
  const { path } = guardPlaceOf('keys', record);
  const bytes = node.disk.files.get(path) ?? new Uint8Array(0);
  return { ...node, deps, path, bytes, start: () => custody().load(lock).guard };
}
const exported = (change: Partial<GuardExport> = {}): GuardExport => {
  const { deps } = made();
  const guard = openOffline(deps);
  return {
    ...{ l1ChainId: 1n, identityPk: identityPublicKey(named('i')), seq: guard.seq, head: guard.head },
    ...{ exportedAt: 'now', keyId: record.keyId, address: addressOf(publicKeyOf(record)) },
    ...{ marks: [], records: guard.records, ...change },
  };
};

describe('a lost register', () => {
  it('is missing, stops the node, and begins anew in quarantine with what L1 shows', () => {
    const { deps, disk, path, start } = made();
    disk.files.delete(path);
    expect(checkGuard(deps)).toMatchObject({ state: 'missing', entries: 0 });
    expect(start).toThrow(code('safety-state-missing'));
    initGuard(deps, [{ ...lane, low: 1n, high: undefined }]);
    const guard = start();
    expect([guard.quarantineReason, guard.laneState(lane).low]).toEqual(['relearned', 1n]);
    expect(checkGuard(deps)).toMatchObject({ state: 'sound', quarantine: 'relearned' });
    guard.release('test');
    expect(guard.check(claim(1n, 'other'))).toMatchObject({ reason: 'below-watermark' });
    expect(start().check(claim(2n, 'next')).kind).toBe('new');
  });

  it('does not begin anew over one that is there', () => {
    expect(() => initGuard(made().deps, [])).toThrow(code('would-overwrite'));
  });

  it('comes back from an export, in quarantine', () => {
    const { deps, disk, path, start } = made();
    disk.files.delete(path);
    expect(importGuard(deps, exported())).toEqual({ isNew: true });
    const guard = start();
    expect([guard.quarantineReason, guard.records.length]).toEqual(['imported', 2]);
    guard.release('test');
    expect(guard.check(claim(1n, 'other'))).toMatchObject({ reason: 'guard-conflict' });
  });
});

describe('a register that is there', () => {
  it('is sound, and needs no repair', () => {
    const { deps } = made();
    expect(checkGuard(deps)).toMatchObject({ state: 'sound', problem: undefined, quarantine: undefined });
    expect(() => repairGuard(deps, 'now')).toThrow(code('nothing-to-repair'));
  });

  it('takes in what an export knows beyond it, and stays out of quarantine', () => {
    const { deps, start } = made();
    const more = exported({ marks: [{ ...lane, low: 7n, high: undefined, highest: 9n }], records: [] });
    expect(importGuard(deps, more)).toEqual({ isNew: false });
    expect([start().laneState(lane).low, start().isQuarantined]).toEqual([9n, false]);
  });

  it('takes in nothing of another key, and nothing that contradicts it', () => {
    const { deps, start } = made();
    expect(() => importGuard(deps, exported({ keyId: named('other') }))).toThrow(code('wrong-cluster'));
    const records = exported().records.map((one) => ({ ...one, contentHash: named('forged') }));
    expect(() => importGuard(deps, exported({ records }))).toThrow(code('guard-conflict'));
    expect(start().seq).toBe(3);
  });
});

describe('a damaged register', () => {
  it('stops the node, is kept, and its sound part goes on in quarantine', () => {
    const { deps, disk, path, bytes, start } = made();
    const broken = bytes.map((byte, i) => (i === bytes.length - 20 ? byte ^ 1 : byte));
    disk.files.set(path, broken);
    expect(checkGuard(deps)).toMatchObject({ state: 'damaged', entries: 2, problem: /byte \d+/ });
    expect(start).toThrow(/"conclave guard repair"/);
    const { kept, attic, problem } = repairGuard(deps, '1');
    expect([kept, disk.files.get(attic)]).toEqual([1, broken]);
    expect(problem).toMatch(/byte \d+/);
    const guard = start();
    expect([guard.quarantineReason, guard.records.length]).toEqual(['repaired', 1]);
  });

  it('loses no record to a repair that is begun twice', () => {
    const { deps, disk, path, bytes } = made();
    disk.files.set(
      path,
      bytes.map((byte, i) => (i === bytes.length - 20 ? byte ^ 1 : byte)),
    );
    const replace = deps.disk.replace;
    const torn = { ...deps, disk: { ...disk, replace: failing } };
    expect(() => repairGuard(torn, '1')).toThrow('power cut');
    expect(repairGuard({ ...deps, disk: { ...disk, replace } }, '2').kept).toBe(1);
  });

  it('that is older than the manifest is kept as far as it goes, in quarantine', () => {
    const { deps, disk, path, bytes, start } = made();
    const older = openOffline(deps).records.length;
    disk.files.set(path, bytes.slice(0, bytes.length - 1)); // its last record is gone
    expect(checkGuard(deps)).toMatchObject({ state: 'rolled-back', quarantine: undefined });
    expect(start).toThrow(code('rollback-detected'));
    expect(repairGuard(deps, '1').kept).toBe(older - 1);
    expect(start().quarantineReason).toBe('repaired');
  });
});

const failing = (): void => {
  throw new RangeError('power cut');
};
