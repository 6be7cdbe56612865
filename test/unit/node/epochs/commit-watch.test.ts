import { describe, expect, it } from 'vitest';

import {
  auditDoubleCommit,
  isDoubleCommitFile,
  readDoubleCommit,
  writeDoubleCommit,
} from '../../../../src/audit/double-commit.ts';
import { CommitWatch } from '../../../../src/node/epochs/commit-watch.ts';
import type { AttemptMessage } from '../../../../src/node/epochs/messages.ts';
import { partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { certHashOf, commitHashOf } from '../../../../src/protocols/reshare/activation.ts';
import { certified, changeOf, firstEpoch, redealt, seedOf } from '../../audit/support/epochs.ts';
import { named } from '../helpers.ts';

const first = firstEpoch(4, 3);
const old = first.lock.record;
const change = changeOf(first.lock, { ceremony: 'refresh' });
const [a, b] = ['a', 'b'].map((label) => redealt(first, change, { label }));
if (a === undefined || b === undefined) throw new RangeError('a fixture');
const party = (j: number) => partyIndex(j);
const [wholeA, wholeB] = [a, b].map(({ prepared, shares }, i) =>
  certified(old, prepared, shares, [1, 2, 3, 4].slice(i, i + 3).map(party)),
);
if (wholeA === undefined || wholeB === undefined) throw new RangeError('a fixture');
const commitOf = (whole: typeof wholeA, j: number): AttemptMessage => {
  const commit = whole.commits.find(({ index }) => index === j);
  if (commit === undefined) throw new RangeError('a fixture');
  return { kind: 'commit', certHash: certHashOf(whole.prepared), acks: [], commit };
};
const watching = (): CommitWatch => {
  const watch = new CommitWatch();
  watch.learn(old, wholeA.prepared);
  watch.learn(old, wholeB.prepared);
  return watch;
};
const culprits = (watch: CommitWatch, ...messages: readonly AttemptMessage[]): readonly number[] =>
  messages.flatMap((message) => watch.hear(message)).map(({ first: { commit } }) => commit.index);

describe('a member that commits to two successors of one epoch', () => {
  it('is noticed by its two COMMITs, in any order, and once', () => {
    const [one, two] = [commitOf(wholeA, 2), commitOf(wholeB, 2)];
    expect(culprits(watching(), one, two, one, two)).toEqual([2]);
    expect(culprits(watching(), two, one)).toEqual([2]);
  });

  it('is noticed by a COMMIT beside a certificate, and by two certificates', () => {
    expect(culprits(watching(), { kind: 'activation', certificate: wholeA }, commitOf(wholeB, 3))).toEqual([
      3,
    ]);
    const both = [wholeA, wholeB].map((certificate): AttemptMessage => ({ kind: 'activation', certificate }));
    expect(culprits(watching(), ...both)).toEqual([2, 3]);
    // Of the second attempt this node had not heard: a certificate says itself what it is about.
    const watch = new CommitWatch();
    watch.learn(old, wholeA.prepared);
    expect(culprits(watch, ...both)).toEqual([2, 3]);
  });

  it('is not seen in one that commits once, nor in what another has forged in its name', () => {
    expect(culprits(watching(), commitOf(wholeA, 1), commitOf(wholeB, 4), commitOf(wholeA, 1))).toEqual([]);
    const [by2, by3] = [commitOf(wholeB, 2), commitOf(wholeB, 3)];
    if (by2.kind !== 'commit' || by3.kind !== 'commit') throw new RangeError('a fixture');
    const forged: AttemptMessage = { ...by3, commit: { ...by2.commit, index: party(3) } };
    expect(culprits(watching(), commitOf(wholeA, 3), forged)).toEqual([]);
    expect(culprits(watching(), forged, commitOf(wholeA, 3))).toEqual([]);
  });

  it('does not use up the room by committing to whatever it makes up', () => {
    const watch = new CommitWatch();
    watch.learn(old, wholeA.prepared);
    for (let i = 0; i < 300; i++) {
      const record = { ...wholeA.prepared.record, originSid: sessionId(named(`made up ${i}`)) };
      const prepared = { ...wholeA.prepared, record };
      const signature = signFor('rs', seedOf(4), commitHashOf(certHashOf(prepared)));
      const certificate = { prepared, acks: [], commits: [{ index: party(4), signature }] };
      watch.hear({ kind: 'activation', certificate });
    }
    watch.learn(old, wholeB.prepared);
    expect(culprits(watch, commitOf(wholeA, 2), commitOf(wholeB, 2))).toEqual([2]);
  });

  it('leaves evidence that anybody can judge by itself', () => {
    const watch = watching();
    const [proof] = [commitOf(wholeA, 2), commitOf(wholeB, 2)].flatMap((message) => watch.hear(message));
    if (proof === undefined) throw new RangeError('nothing noticed');
    const bytes = writeDoubleCommit(proof);
    expect(readDoubleCommit(bytes, 'f')).toEqual(proof);
    const name = '0011aabb-double-commit-2.json';
    expect([isDoubleCommitFile(name), isDoubleCommitFile('0011aabb-double-commit.json')]).toEqual([
      true,
      false,
    ]);
    const folder = (content: Uint8Array) => ({ path: 'evidence', files: new Map([[name, content]]) });
    expect(auditDoubleCommit(folder(bytes), name)).toMatchObject({ ok: true });
    const twice = writeDoubleCommit({ ...proof, second: proof.first });
    expect(auditDoubleCommit(folder(twice), name)).toMatchObject({ ok: false });
    expect(auditDoubleCommit(folder(bytes.subarray(0, 99)), name)).toMatchObject({ ok: false });
  });
});
