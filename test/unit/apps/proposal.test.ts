import { describe, expect, it } from 'vitest';

import { type Proposal, definitionOf, quorumSentence, quorumWarning } from '../../../src/apps/proposal.ts';
import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import type { Invitation } from '../../../src/protocols/ceremony/names.ts';

const member = (i: number): Invitation => ({
  identityPk: identityPublicKey(new Uint8Array(32).fill(i)),
  host: '127.0.0.1',
  port: 7_000 + i,
});
const proposal: Proposal = {
  name: 'test',
  purpose: 'batch',
  required: 3,
  network: { name: 'devnet', l1ChainId: 31_337n, l2ChainId: 71_001n },
  policyHash: new Uint8Array(32),
  self: member(1),
  members: [1, 2, 3, 4].map(member),
  nowMs: 1_000_000,
  acceptWithinMs: 1_000,
  executeWithinMs: 500,
  roundTimeoutMs: 5_000,
};

describe('a proposal', () => {
  it('gives the members indices in their order, and grows with time', () => {
    const { committee, proposer, sequence, timing } = definitionOf(proposal);
    expect(committee.map(({ index, address }) => [index, address])).toEqual([
      [1, '127.0.0.1:7001'],
      [2, '127.0.0.1:7002'],
      [3, '127.0.0.1:7003'],
      [4, '127.0.0.1:7004'],
    ]);
    expect([proposer, sequence, timing.executeByMs]).toEqual([1, 1_000_000n, 1_001_000n]);
  });

  it('puts the proposer first where it is not among the members, and where it was put otherwise', () => {
    const others = { ...proposal, members: [2, 3, 4].map(member) };
    expect(definitionOf(others).committee[0]?.address).toBe('127.0.0.1:7001');
    expect(definitionOf({ ...proposal, members: [4, 3, 2, 1].map(member) }).proposer).toBe(4);
    expect(definitionOf({ ...proposal, sequence: 7n }).sequence).toBe(7n);
  });

  it.each([
    ['a threshold of half', { required: 2 }, 'bad-threshold'],
    ['a threshold above n', { required: 5 }, 'bad-threshold'],
    ['one identity twice', { members: [1, 2, 3, 3].map(member) }, 'bad-identity'],
    ['a purpose that there is not', { purpose: 'fun' }, 'malformed'],
    ['a round of no time', { roundTimeoutMs: 1 }, 'malformed'],
  ] as const)('with %s is refused', (_, change, code) => {
    expect(() => definitionOf({ ...proposal, ...change })).toThrow(expect.objectContaining({ code }));
  });
});

describe('the arithmetic of quorums', () => {
  it('is one sentence', () => {
    expect(quorumSentence(4, 3)).toBe(
      '4 nodes, 3 signers required: survives 1 crash; 2 leaked shares reveal nothing; ' +
        '1 node may ignore its guard without a double signature.',
    );
    expect(quorumSentence(5, 4)).toContain(
      'survives 1 crash; 3 leaked shares reveal nothing; 2 nodes may ignore their',
    );
  });

  it('warns where one node could sign twice', () => {
    expect(quorumWarning(4, 3)).toBeUndefined();
    expect(quorumWarning(5, 3)).toContain('Suggested for 5 nodes: 4 signers');
  });
});
