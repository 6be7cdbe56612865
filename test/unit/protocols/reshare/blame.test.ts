import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { G, actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { type Evidence, decodeEvidence, encodeEvidence } from '../../../../src/protocols/kernel/evidence.ts';
import { checkUsable } from '../../../../src/protocols/reshare/blame.ts';
import type { Acknowledged, Dealing, Voting } from '../../../../src/protocols/reshare/messages.ts';
import { flipAt } from '../../../sim/cheating.ts';
import type { Cheat } from '../support/lockstep.ts';
import {
  abortOf,
  acknowledging,
  dealing,
  heldEpoch,
  outputOf,
  publishing,
  runReshare,
  seats,
  terms,
  voting,
} from '../support/reshare-run.ts';

const epoch = heldEpoch(2, seats(1, 2, 3));
const plan = terms(2, seats(2, 3, 4), seats(1, 2, 3));
const [one, two, three, four] = [partyIndex(1), partyIndex(2), partyIndex(3), partyIndex(4)];
const run = (cheat: Cheat) => runReshare(epoch, plan, { cheat });
type Ran = ReturnType<typeof run>;

/** What anyone decides who has the specification, round 0 and the record of the old epoch. */
const verdict = ({ spec, rounds }: Ran, evidence: Evidence): string => {
  const shown = decodeEvidence(encodeEvidence(evidence));
  return judge(shown, spec, rounds[0], epoch.record).guilty;
};

/** Everybody but the culprit names it, with what convinces a judge, of nobody else. */
function expectBlamed(ran: Ran, culprit: number, code: string, check: string): void {
  for (const j of seats(1, 2, 3, 4)) {
    if (j === culprit) continue;
    const abort = abortOf(ran, j);
    expect(abort).toMatchObject({ code, culprits: [culprit], grade: 'A', check });
    expect(verdict(ran, abort.evidence!)).toBe('accused');
    for (const k of seats(1, 2, 3, 4))
      if (k !== culprit) expect(verdict(ran, { ...abort.evidence!, accused: k })).toBe('accuser');
  }
}

/** Everybody goes on without the culprit, and keeps what convinces a judge, of nobody else. */
function expectRemoved(ran: Ran, culprit: number, check: string): void {
  for (const j of seats(1, 2, 3, 4)) {
    const { removed } = outputOf(ran, j);
    expect(removed.map(({ index, evidence }) => [index, evidence.check])).toEqual([[culprit, check]]);
    const { evidence } = removed[0]!;
    expect(verdict(ran, evidence)).toBe('accused');
    for (const k of seats(1, 2, 3, 4))
      if (k !== culprit) expect(verdict(ran, { ...evidence, accused: k })).toBe('accuser');
  }
}

const dealt = (said: Dealing): Extract<Dealing, { kind: 'dealt' }> =>
  said.kind === 'dealt' ? said : expect.fail('nothing was dealt');
const vote = (said: Voting): Extract<Voting, { kind: 'vote' }> =>
  said.kind === 'vote' ? said : expect.fail('no vote');
const ack = (said: { readonly kind: string }): Acknowledged => said as Acknowledged;

describe('a part that is not the sender’s', () => {
  it('H3: a dealer that does not deal is blamed', () => {
    expectBlamed(run(publishing(one, 2, () => ({ kind: 'nothing' }))), one, 'malformed', 'H3');
  });
  it('H3: a party that deals although it holds no share is blamed', () => {
    expectBlamed(run(publishing(four, 2, () => ({ kind: 'dealt', F: [G, G] }))), four, 'malformed', 'H3');
  });
  it('H7: a member that does not vote, and a party that votes without a share, are blamed', () => {
    expectBlamed(run(voting(four, 3, () => ({ kind: 'nothing' }))), four, 'malformed', 'H7');
    const opinions = [1, 2, 3].map(() => ({ kind: 'ok' }) as const);
    expectBlamed(run(voting(one, 3, () => ({ kind: 'vote', opinions }))), one, 'malformed', 'H7');
  });
  it('H9: a member that does not acknowledge, and a party that does without a share, are blamed', () => {
    expectBlamed(run(acknowledging(four, () => ({ kind: 'nothing' }))), four, 'malformed', 'H9');
    const said = {
      kind: 'acknowledged',
      certHash: new Uint8Array(32),
      proof: { N: G, z: scalar(1n) },
    } as const;
    expectBlamed(run(acknowledging(one, () => said)), one, 'malformed', 'H9');
  });
});

describe('a dealer that cheats', () => {
  it('H4: with its constant term is removed, as everybody sees', () => {
    const wrong = publishing(two, 2, (said) => ({ kind: 'dealt', F: [G, ...dealt(said).F.slice(1)] }));
    expectRemoved(run(wrong), two, 'H4');
  });
  it('H5: with the share of one member is removed, by that member’s complaint', () => {
    expectRemoved(run(dealing(one, three, flipAt(31))), one, 'H7');
  });
  it('H5: with a coefficient that nobody’s share fits is removed', () => {
    const wrong = publishing(three, 2, (said) => ({
      kind: 'dealt',
      F: [dealt(said).F[0]!, actBase(scalar(9n))],
    }));
    expectRemoved(run(wrong), three, 'H7');
  });
  it('H6: with the chain code of one member is removed', () => {
    expectRemoved(run(dealing(three, two, flipAt(-1))), three, 'H7');
  });
  it('with bytes that are no deal, or of another length, is removed', () => {
    expectRemoved(run(dealing(one, two, () => new Uint8Array(64).fill(255))), one, 'H7');
    expectRemoved(run(dealing(one, two, (bytes) => bytes.slice(1))), one, 'H7');
  });
});

describe('a member that lies', () => {
  it('H7: about an honest dealer is blamed, and the session ends', () => {
    const lie = voting(four, 3, (said, { directs }) => {
      const signed = directs.get('1 2 4')!.bytes.slice(0, 271);
      const bad = {
        kind: 'bad-share',
        signed,
        salt: new Uint8Array(32),
        plaintext: new Uint8Array(64),
      } as const;
      return { kind: 'vote', opinions: vote(said).opinions.map((opinion, i) => (i === 1 ? bad : opinion)) };
    });
    expectBlamed(run(lie), four, 'false-complaint', 'H7');
  });
  it('H7: about itself is blamed', () => {
    const lie = voting(two, 3, (said, { directs }) => {
      const signed = directs.get('1 1 2')!.bytes.slice(0, 271);
      const bad = {
        kind: 'bad-share',
        signed,
        salt: new Uint8Array(32),
        plaintext: new Uint8Array(64),
      } as const;
      return { kind: 'vote', opinions: vote(said).opinions.map((opinion, i) => (i === 1 ? bad : opinion)) };
    });
    expectBlamed(run(lie), two, 'false-complaint', 'H7');
  });
  it('H9: about the epoch it has prepared for is blamed', () => {
    const lie = acknowledging(four, (said) => ({ ...ack(said), certHash: new Uint8Array(32) }));
    expectBlamed(run(lie), four, 'acknowledgement-mismatch', 'H9');
  });
  it('H9: about the share that it holds is blamed', () => {
    const lie = acknowledging(four, (said) => ({ ...ack(said), proof: { N: G, z: scalar(1n) } }));
    expectBlamed(run(lie), four, 'bad-proof', 'H9');
  });
});

describe('evidence of a reshare', () => {
  it('is not judged without the epoch that is left, or by another one', () => {
    const ran = run(dealing(one, three, flipAt(31)));
    const { evidence } = outputOf(ran, two).removed[0]!;
    expect(() => judge(evidence, ran.spec, ran.rounds[0])).toThrow('the epoch that it leaves');
    const another = heldEpoch(2, seats(1, 2, 3), 'another').record;
    expect(() => judge(evidence, ran.spec, ran.rounds[0], another)).toThrow('the epoch that it leaves');
  });
  it('with one broadcast exchanged proves nothing against who has seen another one', () => {
    const ran = run(dealing(one, three, flipAt(31)));
    const other = run(
      publishing(two, 2, (said) => ({ kind: 'dealt', F: [dealt(said).F[0]!, actBase(scalar(9n))] })),
    );
    const { evidence } = outputOf(ran, two).removed[0]!;
    const exchanged = evidence.envelopes.map((bytes, i) => (i === 1 ? other.rounds[1]![1]! : bytes));
    for (const accused of seats(1, 2, 3, 4))
      expect(verdict(ran, { ...evidence, accused, envelopes: exchanged })).toBe('accuser');
    for (const accused of seats(1, 2, 3, 4))
      expect(verdict(ran, { ...evidence, accused, check: 'H2', envelopes: exchanged })).toBe('accuser');
  });
});

describe('a sharing that cannot be used', () => {
  it('H8: blames nobody as far as anyone can prove', () => {
    expect(() => {
      checkUsable(epoch.record.commitments, plan);
    }).not.toThrow();
    const zeroAtTwo = [actBase(scalar(-2n)), G];
    expect(() => {
      checkUsable(zeroAtTwo, plan);
    }).toThrow('degenerate-sharing (H8)');
  });
});
