import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import {
  type Definition,
  acceptanceHash,
  attemptContext,
  definitionHash,
  isAcceptance,
  isFullySigned,
  purposes,
  withSignature,
} from '../../../../src/protocols/ceremony/definition.ts';
import { checkDefinition } from '../../../../src/protocols/ceremony/rules.ts';
import { signedDefinition, thirtyTwo } from '../../audit/support/folders.ts';

const signed = signedDefinition(4, 3);
const { definition } = signed;
const good: Definition = { ...definition, timing: { ...definition.timing, executeByMs: 9n } };
const codeOf = (change: Partial<Definition>): string => {
  try {
    checkDefinition({ ...good, ...change });
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'good';
};
const seats = (change: (i: number) => Partial<Definition['committee'][number]>): Partial<Definition> => ({
  committee: definition.committee.map((seat, i) => ({ ...seat, ...change(i) })),
});

describe('the rules of a definition', () => {
  it('take a good one', () => {
    expect(codeOf({})).toBe('good');
    for (const purpose of purposes) expect(codeOf({ purpose })).toBe('good');
  });

  const day = 86_400_000n;
  const bad: readonly (readonly [what: string, code: string, change: Partial<Definition>])[] = [
    ['a threshold of half', 'bad-threshold', { required: 2 }],
    ['a threshold above n', 'bad-threshold', { required: 5 }],
    ['a threshold of one', 'bad-threshold', { required: 1, committee: definition.committee.slice(0, 1) }],
    ['a double index', 'bad-index', seats((i) => (i === 1 ? { index: partyIndex(1) } : {}))],
    ['indices out of order', 'bad-index', { committee: [...definition.committee].reverse() }],
    ['a double identity', 'bad-identity', seats(() => ({ identityPk: thirtyTwo('same') }))],
    ['a double address', 'malformed', seats((i) => (i < 2 ? { address: 'a:1' } : {}))],
    ['a double name', 'malformed', seats((i) => (i < 2 ? { name: 'same' } : {}))],
    ['a proposer without a seat', 'malformed', { proposer: partyIndex(9) }],
    ['an unknown purpose', 'malformed', { purpose: 'fun' }],
    ['times out of order', 'malformed', { timing: { ...good.timing, acceptByMs: 1n } }],
    ['execution before acceptance', 'malformed', { timing: { ...good.timing, acceptByMs: 10n } }],
    ['more than 30 days', 'malformed', { timing: { ...good.timing, executeByMs: 30n * day + 2n } }],
    ['too short a round', 'malformed', { timing: { ...good.timing, roundTimeoutMs: 999 } }],
    ['too long a round', 'malformed', { timing: { ...good.timing, roundTimeoutMs: 600_001 } }],
  ];
  it.each(bad)('refuse %s as %s', (_, code, change) => {
    expect(codeOf(change)).toBe(code);
  });
  it('allow no index 0', () => {
    expect(() => partyIndex(0)).toThrow(expect.objectContaining({ code: 'bad-index' }));
  });
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
