import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import {
  type Definition,
  acceptanceHash,
  acceptanceOf,
  attemptContext,
  definitionHash,
  isAcceptance,
  isChange,
  isFullySigned,
  roleOf,
  seatsOf,
  signersOf,
  withSignature,
} from '../../../../src/protocols/ceremony/definition.ts';
import { changeOf, firstEpoch, seatAt, signedBy } from '../../audit/support/epochs.ts';
import { signedDefinition, thirtyTwo } from '../../audit/support/folders.ts';

const signed = signedDefinition(4, 3);
const { definition } = signed;
const seats = (change: (i: number) => Partial<Definition['committee'][number]>): Partial<Definition> => ({
  committee: definition.committee.map((seat, i) => ({ ...seat, ...change(i) })),
});

describe('the hash of a definition', () => {
  it('changes with every field', () => {
    const { timing, network } = definition;
    const changes: readonly Partial<Definition>[] = [
      ...[{ name: 'x' }, { sequence: 2n }, { purpose: 'blob' }, { required: 4 }, { proposer: partyIndex(2) }],
      ...[{ network: { ...network, name: 'x' } }, { network: { ...network, l1ChainId: 1n } }],
      ...[{ network: { ...network, l2ChainId: 1n } }, { policyHash: thirtyTwo('policy') }],
      ...[{ timing: { ...timing, createdAtMs: 0n } }, { timing: { ...timing, acceptByMs: 8n } }],
      ...[{ timing: { ...timing, executeByMs: 8n } }, { timing: { ...timing, roundTimeoutMs: 6000 } }],
      ...[
        seats((i) => (i === 3 ? { index: partyIndex(7) } : {})),
        seats((i) => (i === 0 ? { name: 'x' } : {})),
      ],
      ...[seats((i) => (i === 0 ? { address: 'x' } : {}))],
      ...[seats((i) => (i === 0 ? { identityPk: thirtyTwo('x') } : {}))],
    ];
    const hashes = [definition, ...changes.map((change) => ({ ...definition, ...change }))].map((one) =>
      String(definitionHash(one)),
    );
    expect(new Set(hashes).size).toBe(changes.length + 1);
  });
  it('is bound into each attempt and each acceptance apart', () => {
    const hash = definitionHash(definition);
    expect(attemptContext(hash, 1)).not.toEqual(attemptContext(hash, 2));
    expect(acceptanceHash(hash, thirtyTwo('a'))).not.toEqual(acceptanceHash(hash, thirtyTwo('b')));
  });
});

describe('signatures of a definition', () => {
  const [first, second] = signed.signatures;
  if (first === undefined || second === undefined) throw new RangeError('four signatures');
  it('are those of members, each for itself, over this definition', () => {
    expect(isAcceptance(definition, first)).toBe(true);
    expect(isAcceptance(definition, { ...first, identityPk: second.identityPk })).toBe(false);
    expect(isAcceptance({ ...definition, name: 'another' }, first)).toBe(false);
    expect(isAcceptance({ ...definition, committee: definition.committee.slice(1) }, first)).toBe(false);
  });
  it('are complete when everybody’s is there and true', () => {
    expect(isFullySigned(signed)).toBe(true);
    expect(isFullySigned({ definition, signatures: signed.signatures.slice(1) })).toBe(false);
    const untrue = signed.signatures.map((one) => ({ ...one, signature: second.signature }));
    expect(isFullySigned({ definition, signatures: untrue })).toBe(false);
  });
  it('are kept in the order of the seats, one for each', () => {
    const empty = { definition, signatures: [] };
    const both = withSignature(withSignature(empty, second), first);
    expect(both.signatures).toEqual([first, second]);
    expect(withSignature(both, { ...first, signature: second.signature })).toBe(both);
  });
});

describe('the plan of an epoch change', () => {
  const { lock } = firstEpoch(4, 3);
  const plan = changeOf(lock, { committee: [1, 2, 3, 5], lost: [2] });

  it('has another hash for everything that it says of the key and of who comes and goes', () => {
    const { key, change, leavers } = plan;
    const j = partyIndex(3);
    const changes: readonly Partial<typeof plan>[] = [
      { ceremony: 'repair' },
      { key: { ...key, keyId: thirtyTwo('x') } },
      { key: { ...key, address: '0x0000000000000000000000000000000000000000' } },
      { key: { ...key, epochNo: 1 } },
      { key: { ...key, lockHash: thirtyTwo('x') } },
      { key: { ...key, cluster: thirtyTwo('x') } },
      { key: { ...key, highestIndex: 9 } },
      { change: { ...change, remaining: [j] } },
      { change: { ...change, joining: [j] } },
      { change: { ...change, leaving: [j] } },
      { change: { ...change, lost: [j] } },
      { leavers: [] },
      { leavers: leavers.map((seat) => ({ ...seat, address: 'x' })) },
      { leavers: leavers.map((seat) => ({ ...seat, identityPk: thirtyTwo('x') })) },
    ];
    const hashes = [plan, ...changes.map((one) => ({ ...plan, ...one }))].map((one) =>
      String(definitionHash(one)),
    );
    expect(new Set(hashes).size).toBe(changes.length + 1);
  });

  it('is whole or it is none', () => {
    expect(isChange(plan)).toBe(true);
    expect(isChange(definition)).toBe(false);
    for (const field of ['key', 'change', 'leavers'] as const) {
      const { [field]: _, ...rest } = plan;
      expect(isChange(rest)).toBe(false);
      expect(() => definitionHash(rest)).toThrow(/key, change and leavers/);
    }
  });

  it('is signed by each as what it is', () => {
    const role = (index: number) => roleOf(plan, seatAt(index).identityPk);
    expect([1, 2, 3, 4, 5, 6].map(role)).toEqual([
      ...['member', 'member', 'member', 'leaving', 'joining'],
      undefined,
    ]);
    expect(seatsOf(plan).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
    const hash = definitionHash(plan);
    const { identityPk } = seatAt(5);
    expect(acceptanceOf(plan, identityPk)).toEqual(acceptanceHash(hash, identityPk, 'joining'));
    const names = [undefined, 'member', 'joining', 'leaving'] as const;
    expect(new Set(names.map((one) => String(acceptanceHash(hash, identityPk, one)))).size).toBe(4);
  });

  it('is fully signed without those who leave', () => {
    const all = signedBy(plan);
    expect(signersOf(all)).toEqual([1, 2, 3, 4, 5]);
    expect(isFullySigned(signedBy(plan, [1, 2, 3, 5]))).toBe(true);
    expect(isFullySigned(signedBy(plan, [1, 2, 3, 4]))).toBe(false);
    const moved = { ...plan, change: { ...plan.change, joining: [] } };
    expect(signersOf({ definition: moved, signatures: all.signatures })).toEqual([]);
  });

  it('keeps what comes with it when a signature is added', () => {
    const [first, ...rest] = signedBy(plan).signatures;
    if (first === undefined) throw new RangeError('five signatures');
    const before = { definition: plan, signatures: rest, previous: lock };
    expect(withSignature(before, first)).toEqual({ ...before, signatures: [first, ...rest] });
  });
});
