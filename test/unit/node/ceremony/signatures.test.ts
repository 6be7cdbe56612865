import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Signatures } from '../../../../src/node/ceremony/signatures.ts';
import type { PeerStatus } from '../../../../src/node/cluster/peer.ts';
import { readDefinition } from '../../../../src/chain/definition-file.ts';
import { changeOf, firstEpoch, signedBy } from '../../audit/support/epochs.ts';
import { signedDefinition } from '../../audit/support/folders.ts';
import { specOf } from '../../../../src/node/ceremony/attempt.ts';
import { memoryDisk } from '../helpers.ts';

const whole = signedDefinition(3, 2);
const [first, second, third] = whole.signatures;
if (first === undefined || second === undefined || third === undefined)
  throw new RangeError('three signatures');
const made = () => {
  const disk = memoryDisk();
  return { disk, signatures: new Signatures({ ...whole, signatures: [] }, disk, 'c') };
};
const peer = (index: number, state: PeerStatus['state']): PeerStatus => ({
  ...{ index: partyIndex(index), name: `node-${index}`, state, lastSeen: undefined, tries: 3 },
  ...{ reason: 'peer-unreachable', rttMs: undefined, queuedBytes: 0, hello: undefined },
});

describe('the signatures of a definition', () => {
  it('are on disk as far as they are known', () => {
    const { disk, signatures } = made();
    const onDisk = (): number =>
      readDefinition(disk.read('c/definition.json') ?? new Uint8Array(0), 'c').signatures.length;
    expect(onDisk()).toBe(0);
    signatures.add(first);
    expect(signatures.hear(partyIndex(2), second)?.name).toBe('node-2');
    expect([onDisk(), signatures.isComplete, signatures.unsigned]).toEqual([2, false, ['node-3']]);
    signatures.hear(partyIndex(3), third);
    expect([onDisk(), signatures.isComplete]).toEqual([3, true]);
    expect(signatures.acceptances.map(({ index }) => index)).toEqual([1, 2, 3]);
  });

  it('do not count when the disk does not take them', () => {
    const { disk, signatures } = made();
    disk.fault = { code: 'disk-full', level: 'retry' };
    expect(() => signatures.add(first)).toThrow(OperationError);
    expect(signatures.of(first.identityPk)).toBeUndefined();
  });

  it('are a member’s own: another’s is refused, a stranger’s and a second one passed over', () => {
    const { signatures } = made();
    expect(() => signatures.hear(partyIndex(1), second)).toThrow(
      expect.objectContaining({ code: 'bad-signature' }),
    );
    expect(signatures.hear(partyIndex(9), second)).toBeUndefined();
    signatures.add(first);
    expect(signatures.hear(partyIndex(1), second)).toBeUndefined();
  });

  it('and the links say what is still missing, by name', () => {
    const { signatures } = made();
    for (const [j, one] of [first, second].entries()) signatures.hear(partyIndex(j + 1), one);
    const self = partyIndex(1);
    expect(signatures.missing(self, [peer(2, 'connecting'), peer(3, 'connected')])).toEqual([
      'node-2 is not connected (peer-unreachable, 3 tries)',
      'node-3 has not signed',
    ]);
    signatures.hear(partyIndex(3), third);
    expect(signatures.missing(self, [peer(2, 'connected'), peer(3, 'connected')])).toEqual([]);
  });
});

describe('who leaves', () => {
  const { lock } = firstEpoch(4, 3);
  const planned = (wish: Parameters<typeof changeOf>[1]) => {
    const plan = { ...signedBy(changeOf(lock, wish)), previous: lock };
    return { plan, signatures: new Signatures(plan, memoryDisk(), 'c') };
  };
  const all = [1, 2, 3, 4].map((index) => partyIndex(index));
  const needed = (wish: Parameters<typeof changeOf>[1]): readonly number[] =>
    all.filter((index) => planned(wish).signatures.withdraws(index, undefined));

  it('ends nothing by its word that the others can do without it', () => {
    expect(needed({ committee: [1, 2, 3] })).toEqual([1, 2, 3]);
    expect(needed({ committee: [1, 2, 5], required: 2 })).toEqual([1, 2]);
  });

  it('is needed where it has to deal, and where it takes part in the session', () => {
    expect(needed({ committee: [1, 2, 3], lost: [3] })).toEqual([1, 2, 3, 4]);
    const { plan, signatures } = planned({ committee: [1, 2, 3] });
    const specFor = (takingPart: typeof all) => specOf(plan, 1, { takingPart, nonce: new Uint8Array(32) });
    expect(signatures.withdraws(partyIndex(4), specFor(all))).toBe(true);
    expect(signatures.withdraws(partyIndex(4), specFor(all.slice(0, 3)))).toBe(false);
  });

  it('takes no part once it has said so, and two of them may be too many', () => {
    const { signatures } = planned({ committee: [1, 2, 5], required: 2 });
    const [third, fourth] = [partyIndex(3), partyIndex(4)];
    expect(signatures.withdraws(third, undefined)).toBe(false);
    const peers = [2, 3, 4, 5].map((index) => peer(index, 'connected'));
    expect(signatures.present(partyIndex(1), peers)).toEqual([1, 2, 4, 5]);
    expect(signatures.withdraws(fourth, undefined)).toBe(true);
  });

  it('and a stranger is needed by nobody', () => {
    const { signatures } = planned({ committee: [1, 2, 3] });
    expect(signatures.withdraws(partyIndex(9), undefined)).toBe(false);
    expect(made().signatures.withdraws(partyIndex(9), undefined)).toBe(false);
  });

  it('without a share takes no part in the session, also where it has signed and is there', () => {
    const peers = [2, 3, 4].map((index) => peer(index, 'connected'));
    const present = (wish: Parameters<typeof changeOf>[1]): readonly number[] =>
      planned(wish).signatures.present(partyIndex(1), peers);
    expect(present({ committee: [1, 2, 3] })).toEqual([1, 2, 3, 4]);
    expect(present({ committee: [1, 2, 3], lost: [4] })).toEqual([1, 2, 3]);
    expect(present({ lost: [4] })).toEqual([1, 2, 3, 4]);
  });
});
