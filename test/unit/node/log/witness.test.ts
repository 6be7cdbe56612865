import { describe, expect, it } from 'vitest';

import type { SplitView } from '../../../../src/chain/log/split-view.ts';
import { isSplitView, signProof, verifyCountersignature } from '../../../../src/chain/log/head.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { HeadBook } from '../../../../src/node/log/head-book.ts';
import type { LogMessage } from '../../../../src/node/log/messages.ts';
import { SignatureLog } from '../../../../src/node/log/signature-log.ts';
import { Witness } from '../../../../src/node/log/witness.ts';
import { memoryDisk, memoryLog } from '../helpers.ts';
import { cluster, headOf, identityOf, logWith, refusal, stepClock, subject } from './samples.ts';

const [owner, self] = [identityOf(1), identityOf(2)];
const member = { index: partyIndex(1), identityPk: owner.publicKey };
const instance = new Uint8Array(0);

function made() {
  const clock = stepClock();
  const sent: LogMessage[] = [];
  const convicted: SplitView[] = [];
  const lines = memoryLog();
  const witness = new Witness({
    ...{ identity: self, cluster, self: () => partyIndex(2), clock, log: lines },
    book: HeadBook.open(memoryDisk(), { path: 'peers.log', keep: 1 }, memoryLog()),
    send: (_, message) => void sent.push(message),
    convicted: (_, evidence) => void convicted.push(evidence),
  });
  const hear = (signed: ReturnType<typeof headOf>, of = instance): void =>
    witness.hear(member, { owner: owner.publicKey, instance: of, signed });
  return { witness, sent, convicted, clock, hear, lines };
}
/** Two logs that begin alike for one entry, of 3 and of 5 entries. */
const { log } = logWith(3);
const three = headOf(log, owner, 1_000);
for (let i = 3; i < 5; i++) log.append(refusal(i), subject);
const five = headOf(log, owner, 2_000);
const { log: fork } = logWith(1);
for (let i = 1; i < 5; i++) fork.append(refusal(90 + i), subject);
const forkedFive = headOf(fork, owner, 3_000);
const answer = (to = five, of = log, from = three): Extract<LogMessage, { kind: 'proof' }> => ({
  ...{ kind: 'proof', from: from.head.size, to: to.head.size },
  proof: owner.lend((seed) => signProof(seed, from.head, to.head, of.proofBetween(3, 5))),
});

/** The n-th log that an owner begins anew, with one entry. */
function nthLog(n: number, entry = 0) {
  const instance = new Uint8Array(16).fill(n + 1);
  const anew = SignatureLog.open(
    { folder: 'data/log', owner: owner.publicKey, cluster, instance },
    { disk: memoryDisk(), clock: stepClock(), log: memoryLog() },
  );
  anew.append(refusal(entry), subject);
  return { instance, log: anew, signed: headOf(anew, owner, 5_000 + n) };
}

describe('a witness', () => {
  it('countersigns the first head that it sees, and a later one only with a proof', () => {
    const { witness, sent, hear } = made();
    hear(three);
    hear(five);
    expect(sent.map(({ kind }) => kind)).toEqual(['witness', 'prove']);
    witness.answered(member, answer());
    const last = sent.at(-1);
    if (last?.kind !== 'witness') expect.fail('no countersignature');
    expect(verifyCountersignature(self.publicKey, five.head, last.countersignature)).toBe(true);
    expect(witness.heads.map(({ signed }) => signed.head.size)).toEqual([5]);
  });

  it('asks once, and again when there is a new link', () => {
    const { witness, sent, hear } = made();
    hear(three);
    hear(five);
    hear(five);
    expect(sent.filter(({ kind }) => kind === 'prove')).toHaveLength(1);
    witness.linked(member);
    expect(sent.filter(({ kind }) => kind === 'prove')).toHaveLength(2);
  });

  it('drops what its owner did not sign, heads of no log of it, and answers that nobody asked for', () => {
    const { witness, sent, hear } = made();
    hear(headOf(log, identityOf(3)));
    hear(three, new Uint8Array(16));
    witness.answered(member, answer());
    expect([sent, witness.heads]).toEqual([[], []]);
    hear(three);
    hear(five);
    witness.answered(member, { ...answer(), from: 2 });
    witness.answered(member, { ...answer(), proof: { ...answer().proof, hashes: [] } });
    expect(witness.heads.map(({ signed }) => signed.head.size)).toEqual([3]);
  });

  it('takes an older head from another for the same log when the owner proves it', () => {
    const { witness, sent, convicted, hear } = made();
    hear(five);
    hear(three);
    expect(sent.at(-1)).toMatchObject({
      kind: 'prove',
      from: { head: { size: 3 } },
      to: { head: { size: 5 } },
    });
    witness.answered(member, answer());
    hear(three);
    expect(sent.map(({ kind }) => kind)).toEqual(['witness', 'prove']);
    expect([convicted, witness.heads.length]).toEqual([[], 1]);
  });

  it('convicts by two heads of one size, once', () => {
    const { convicted, hear } = made();
    hear(five);
    hear(forkedFive);
    hear(forkedFive);
    expect(convicted).toHaveLength(1);
    const [view] = convicted;
    expect(view && isSplitView(owner.publicKey, view.a, view.b, view.proof)).toBe(true);
  });

  it('convicts by an answer that proves nothing', () => {
    const { witness, convicted, hear } = made();
    hear(three);
    hear(forkedFive);
    witness.answered(member, answer(forkedFive, fork));
    const [view] = convicted;
    expect(view && isSplitView(owner.publicKey, view.a, view.b, view.proof)).toBe(true);
    expect(view && isSplitView(owner.publicKey, view.a, view.b)).toBe(false);
  });

  it('knows who owes an answer, and who keeps another log than before', () => {
    const { witness, clock, hear } = made();
    hear(three);
    hear(five);
    expect(witness.isOwing(member.identityPk, 100)).toBe(false);
    clock.move(101);
    expect(witness.isOwing(member.identityPk, 100)).toBe(true);
    expect(witness.hasBegunAnew(member.identityPk)).toBe(false);
  });

  it('follows the newest logs of an owner, and what it has closed for them never again', () => {
    const { witness, sent, hear, lines } = made();
    const all = Array.from({ length: 6 }, (_, i) => nthLog(i));
    for (const { signed, instance } of all) hear(signed, instance);
    expect(sent.filter(({ kind }) => kind === 'witness')).toHaveLength(6);
    const kept = (): readonly Uint8Array[] => witness.heads.map(({ instance }) => instance);
    expect(kept()).toEqual(all.slice(2).map(({ instance }) => instance));
    const [first] = all;
    if (first === undefined) expect.fail('no log');
    hear(headOf(first.log, owner, 9_000), first.instance);
    expect([sent.length, kept().length]).toEqual([6, 4]);
    expect(lines.lines).toHaveLength(1); // begun anew
    for (let i = 6; i < 80; i++) hear(nthLog(i).signed, nthLog(i).instance);
    expect(sent).toHaveLength(68);
  });

  it('keeps what convicts, and follows no other log of who was convicted by all that it may have', () => {
    const { convicted, sent, hear } = made();
    for (let i = 0; i < 6; i++) {
      const { signed, instance } = nthLog(i);
      hear(signed, instance);
      hear({ ...nthLog(i, 50).signed }, instance);
    }
    expect([convicted.length, sent.length]).toEqual([4, 4]);
  });

  it('says nothing more about a log that has convicted its owner before', () => {
    const { witness, sent, hear } = made();
    witness.noteConvicted(three.head.logId);
    hear(three);
    expect([sent, witness.heads]).toEqual([[], []]);
  });
});
