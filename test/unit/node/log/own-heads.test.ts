import { describe, expect, it } from 'vitest';

import type { HeadRecord } from '../../../../src/chain/log/heads-file.ts';
import {
  countersignHead,
  isSplitView,
  signHead,
  verifyHead,
  verifyProof,
} from '../../../../src/chain/log/head.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { HeadBook } from '../../../../src/node/log/head-book.ts';
import { OwnHeads } from '../../../../src/node/log/own-heads.ts';
import { memoryLog } from '../helpers.ts';
import { headOf, identityOf, logWith, openOn, refusal, stepClock, subject } from './samples.ts';

const identity = identityOf(1);
function made(count: number) {
  const { log: entries, disk } = logWith(count);
  const lines = memoryLog();
  const told: HeadRecord[] = [];
  const clock = stepClock();
  const gate = { isOpen: true };
  const book = HeadBook.open(disk, { path: 'heads.log', keep: 9 }, lines);
  const deps = {
    identity,
    entries,
    book,
    clock,
    log: lines,
    mayPublish: () => gate.isOpen,
    announce: (one: HeadRecord) => void told.push(one),
  };
  return {
    own: new OwnHeads({ everyEntries: 3, everyMs: 1_000 }, deps),
    entries,
    told,
    lines,
    clock,
    deps,
    gate,
  };
}

describe('own heads', () => {
  it('are signed when there are enough entries, and told when they are on disk', () => {
    const { own, entries, told } = made(2);
    own.appended();
    expect(told).toEqual([]);
    entries.append(refusal(2), subject);
    own.appended();
    expect(told).toEqual([own.newest]);
    expect(told[0] && verifyHead(identity.publicKey, told[0].signed)).toBe(true);
    expect(own.all).toEqual(told);
  });

  it('are not signed before they may be', () => {
    const { own, told, gate } = made(3);
    gate.isOpen = false;
    own.publish();
    expect([told, own.isBehind]).toEqual([[], true]);
    gate.isOpen = true;
    own.publish();
    expect([told.length, own.isBehind]).toEqual([1, false]);
  });

  it('never go back in time, also when the clock does', () => {
    const { own, entries, clock } = made(1);
    clock.move(5_000);
    own.publish();
    const first = own.newest;
    clock.move(-4_000);
    entries.append(refusal(1), subject);
    own.publish();
    const second = own.newest;
    if (first === undefined || second === undefined) expect.fail('no heads');
    expect(second.signed.head.atMs).toBe(first.signed.head.atMs);
    expect(isSplitView(identity.publicKey, first.signed, second.signed)).toBe(false);
  });

  it('say no earlier time than their last entry, also when the clock goes back, and after a restart', () => {
    const { own, entries, clock, told } = made(3); // by another clock, which is not behind this one
    const lastAtMs = entries.newestAtMs;
    clock.move(-300_000);
    own.publish();
    expect(clock.nowMs()).toBeLessThan(lastAtMs);
    expect(told[0]?.signed.head.atMs).toBe(lastAtMs);
    const { log, disk } = logWith(2);
    expect([...log.entries()].at(-1)?.atMs).toBe(log.newestAtMs);
    expect(openOn(disk).newestAtMs).toBe(log.newestAtMs);
    expect(logWith(0).log.newestAtMs).toBe(0);
  });

  it('are proven to continue one another, and nothing else is', () => {
    const { own, entries } = made(2);
    const from = headOf(entries, identity, 1);
    entries.append(refusal(2), subject);
    const to = headOf(entries, identity, 2);
    const proof = own.prove({ from, to });
    if (proof === undefined) expect.fail('no proof');
    expect(verifyProof(identity.publicKey, from.head, to.head, proof.proof)).toBe(true);
    expect(own.prove({ from: to, to: from })).toBeUndefined();
    const foreign = headOf(entries, identityOf(2));
    expect(own.prove({ from: { ...from, signature: foreign.signature }, to })).toBeUndefined();
    expect(own.isFenced).toBe(false);
  });

  it('are signed no more when one of them is not of this log', () => {
    const { own, lines, told } = made(2);
    const { log: other } = logWith(5);
    own.heardOwn(headOf(other, identityOf(2)));
    expect(own.isFenced).toBe(false);
    own.heardOwn(headOf(other, identity));
    own.heardOwn(headOf(other, identity));
    expect(own.isFenced).toBe(true);
    expect(lines.lines).toMatchObject([{ level: 'error', fields: { reason: 'log-rolled-back' } }]);
    own.publish();
    expect(told).toEqual([]);
  });

  it('of a log that ended before this one began are no matter, later ones of another log are', () => {
    const { own, entries } = made(1);
    const other = { ...entries.headAt(entries.beganAtMs), logId: new Uint8Array(32) };
    const signed = (head: typeof other) => ({
      head,
      signature: identity.lend((seed) => signHead(seed, head)),
    });
    own.heardOwn(signed(other));
    expect(own.isFenced).toBe(false);
    own.heardOwn(signed({ ...other, atMs: other.atMs + 1 }));
    expect(own.isFenced).toBe(true);
  });

  it('count a countersignature of a member under its own index, once', () => {
    const { own } = made(3);
    own.publish();
    const head = own.newest?.signed.head;
    if (head === undefined) expect.fail('no head');
    const witness = identityOf(2);
    const two = { index: partyIndex(2), identityPk: witness.publicKey };
    const countersignature = witness.lend((seed) => countersignHead(seed, head, two.index));
    const message = { logId: head.logId, size: head.size, countersignature };
    expect(own.witnessed({ ...two, index: partyIndex(3) }, message)).toBe(false);
    expect(own.witnessed({ ...two, identityPk: identityOf(3).publicKey }, message)).toBe(false);
    expect(own.witnessed(two, { ...message, size: 9 })).toBe(false);
    expect(own.witnessed(two, message)).toBe(true);
    expect(own.witnessed(two, message)).toBe(false);
  });

  it('of more entries than there are stop the start', () => {
    const { own, deps } = made(3);
    own.publish();
    const { log: shorter } = logWith(1);
    expect(() => new OwnHeads({ everyEntries: 3, everyMs: 1 }, { ...deps, entries: shorter })).toThrow(
      expect.objectContaining({ code: 'log-damaged' }),
    );
  });
});
