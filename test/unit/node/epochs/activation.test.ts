import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { equalBytes } from '../../../../src/crypto/bytes.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { Activation, type Standing } from '../../../../src/node/epochs/activation.ts';
import type { AttemptMessage } from '../../../../src/node/epochs/messages.ts';
import {
  type ActivationCertificate,
  certHashOf,
  checkActivation,
} from '../../../../src/protocols/reshare/activation.ts';
import { certified, changeOf, firstEpoch, redealt, seedOf } from '../../audit/support/epochs.ts';

// Three of four members deal to a committee of four in which 5 takes the place of 2.

const first = firstEpoch(4, 3);
const old = first.lock.record;
const change = changeOf(first.lock, { committee: [1, 3, 4, 5] });
const { prepared, shares } = redealt(first, change);
const whole = certified(old, prepared, shares);
const certHash = certHashOf(prepared);
const other = redealt(first, change, { label: 'another attempt' });
const parties = [1, 2, 3, 4, 5].map((index) => partyIndex(index));
const isMember = (index: PartyIndex): boolean => whole.acks.some((ack) => ack.index === index);
const ackOf = (index: PartyIndex) => whole.acks.filter((ack) => ack.index === index);

/** One node: what is on its disk outlives `restart`. */
class Node {
  readonly index: PartyIndex;
  standing: Standing;
  locked: Uint8Array | undefined;
  activated: ActivationCertificate[] = [];
  commits = 0;
  readonly sent: AttemptMessage[] = [];
  readonly addressed: (PartyIndex | undefined)[] = [];
  activation: Activation;
  hasPreparedLater = false;
  /** Throws from the disk at this many writes from now on. */
  failing = false;

  constructor(index: PartyIndex, acks: Standing['acks'] = ackOf(index)) {
    this.index = index;
    this.standing = { prepared, acks, commits: [] };
    this.activation = this.make();
  }

  make(): Activation {
    return new Activation(this.standing, {
      old,
      dealer: old.members.some((one) => one.index === this.index) ? this.index : undefined,
      keep: (standing) => {
        if (this.failing) throw new RangeError('disk');
        this.standing = standing;
      },
      lock: (hash) => {
        if (this.locked !== undefined && !equalBytes(this.locked, hash)) return false;
        this.locked = hash;
        return true;
      },
      hasPreparedLater: () => this.hasPreparedLater,
      sign: (hash) => signFor('rs', seedOf(this.index), hash),
      send: (message, to) => {
        this.sent.push(message);
        this.addressed.push(to);
      },
      acknowledged: () => undefined,
      committed: () => {
        this.commits += 1;
      },
      activated: (certificate) => this.activated.push(certificate),
    });
  }

  hear(message: AttemptMessage): void {
    if (message.kind === 'ack') this.activation.hearAck(message.ack);
    else if (message.kind === 'commit') this.activation.hearCommit(message.acks, message.commit);
    else this.activation.hearCertificate(message.certificate);
  }

  restart(): void {
    this.activation = this.make();
    this.sent.length = 0;
    this.activation.resume();
  }
}

const node = (index: number, acks: Standing['acks']): Node => new Node(partyIndex(index), acks);

/** Everything that was said reaches everybody, until nobody says anything new. */
function talk(nodes: readonly Node[], reaches: (from: Node, to: Node) => boolean = () => true): void {
  for (let said = true; said;) {
    said = false;
    for (const from of nodes)
      for (const message of from.sent.splice(0)) {
        said = true;
        for (const to of nodes) if (to !== from && reaches(from, to)) to.hear(message);
      }
  }
}

describe('an attempt that was prepared', () => {
  it('takes effect at every node when all members have proven their shares', () => {
    const nodes = parties.map((index) => new Node(index));
    for (const one of nodes) one.activation.repeat();
    talk(nodes);
    for (const one of nodes) {
      expect(one.activation.state).toBe('activated');
      expect(one.activated).toHaveLength(1);
      for (const certificate of one.activated) checkActivation(old, certificate);
    }
  });

  it('stays prepared while one member is missing, and nobody commits', () => {
    const nodes = parties.filter((j) => j !== 5).map((index) => new Node(index));
    for (const one of nodes) one.activation.repeat();
    talk(nodes);
    expect(nodes.map(({ activation }) => activation.state)).toEqual(nodes.map(() => 'prepared'));
    expect(nodes.every(({ locked }) => locked === undefined)).toBe(true);
    expect(nodes[0]?.activation.awaited).toEqual([5]);
  });

  it('lets who never heard an acknowledgement commit by what a COMMIT brings', () => {
    const nodes = parties.map(
      (index) =>
        new Node(
          index,
          whole.acks.filter(() => index === 1),
        ),
    );
    nodes[0]?.activation.resume();
    talk(nodes);
    expect(nodes.every(({ activation }) => activation.state === 'activated')).toBe(true);
  });

  it('keeps the proofs before it locks, and locks before it speaks', () => {
    const one = node(1, whole.acks);
    one.failing = true;
    expect(() => one.activation.resume()).toThrow('disk');
    expect(one.locked).toBeUndefined();
    expect(one.sent).toEqual([]);
    one.failing = false;
    one.activation.resume();
    expect(one.standing.acks).toHaveLength(4);
    expect(one.sent.map(({ kind }) => kind)).toEqual(['commit']);
    expect(one.activation.state).toBe('committed');
  });

  it('does not commit where it has committed to another attempt, and still takes the certificate', () => {
    const one = node(1, whole.acks);
    one.locked = certHashOf(other.prepared);
    one.activation.resume();
    expect(one.commits).toBe(0);
    expect(one.activation.state).toBe('prepared');
    one.activation.hearCertificate(whole);
    expect(one.activation.state).toBe('activated');
  });

  it('tries again when the disk refuses the certificate', () => {
    const one = node(5, ackOf(partyIndex(5)));
    one.failing = true;
    expect(() => one.activation.hearCertificate(whole)).toThrow('disk');
    one.failing = false;
    one.activation.hearCertificate(whole);
    expect(one.activated).toHaveLength(1);
  });

  it('promises nothing as a member that held no share before', () => {
    const joiner = node(5, whole.acks);
    joiner.activation.resume();
    expect(joiner.commits).toBe(0);
  });

  it('says again what it can say, as far as it has come', () => {
    const one = node(1, ackOf(partyIndex(1)));
    one.activation.repeat();
    for (const ack of whole.acks) one.activation.hearAck(ack);
    one.activation.repeat();
    one.activation.hearCertificate(whole);
    one.activation.repeat();
    expect(one.sent.map(({ kind }) => kind)).toEqual(['ack', 'commit', 'commit', 'activation', 'activation']);
  });

  it('says it again to one member alone, if only one has come back', () => {
    const one = node(1, ackOf(partyIndex(1)));
    const [all, back] = [undefined, partyIndex(3)];
    one.activation.repeat(back);
    for (const ack of whole.acks) one.activation.hearAck(ack);
    one.activation.repeat(back);
    one.activation.hearCertificate(whole);
    one.activation.repeat(back);
    expect(one.addressed).toEqual([back, all, back, all, back]);
  });

  const [ack, foreign] = [whole.acks[0], certified(old, other.prepared, other.shares).acks[0]];
  const [commit] = whole.commits;
  if (ack === undefined || foreign === undefined || commit === undefined) throw new RangeError('a fixture');
  const lies: readonly (readonly [string, (one: Activation) => void, string])[] = [
    ['a proof for another attempt', (one) => one.hearAck(foreign), 'bad-activation'],
    [
      'a proof in the name of another',
      (one) => one.hearAck({ ...ack, index: partyIndex(4) }),
      'bad-activation',
    ],
    ['a proof of no member', (one) => one.hearAck({ ...ack, index: partyIndex(2) }), 'bad-activation'],
    [
      'a COMMIT in the name of another',
      (one) => one.hearCommit(whole.acks, { ...commit, index: partyIndex(4) }),
      'bad-signature',
    ],
    [
      'a COMMIT of who held no share',
      (one) => one.hearCommit(whole.acks, { ...commit, index: partyIndex(5) }),
      'bad-signature',
    ],
    ['a COMMIT with a false proof', (one) => one.hearCommit([foreign], commit), 'bad-activation'],
    [
      'a certificate without enough COMMITs',
      (one) => one.hearCertificate({ ...whole, commits: whole.commits.slice(1) }),
      'bad-activation',
    ],
    [
      'a certificate without a proof',
      (one) => one.hearCertificate({ ...whole, acks: whole.acks.slice(1) }),
      'bad-activation',
    ],
  ];
  it.each(lies)('is not moved by %s', (_, tell, code) => {
    const one = node(3, ackOf(partyIndex(3)));
    expect(() => tell(one.activation)).toThrow(expect.objectContaining({ code }));
    expect(one.activation.state).toBe('prepared');
    expect(one.activated).toEqual([]);
  });
});

describe('an attempt whose file was changed', () => {
  const foreign = certified(old, other.prepared, other.shares);
  const restarted = (standing: Partial<Standing>): Node => {
    const one = node(1, []);
    one.standing = { prepared, acks: [], commits: [], ...standing };
    one.restart();
    return one;
  };

  it('is not committed to by proofs that are of another one, and these keep no true one out', () => {
    const one = restarted({ acks: foreign.acks });
    expect([one.locked, one.activation.awaited]).toEqual([undefined, [1, 3, 4, 5]]);
    for (const ack of whole.acks) one.activation.hearAck(ack);
    expect(one.activation.state).toBe('committed');
  });

  it('does not count COMMITs that are of another one', () => {
    const one = restarted({ acks: whole.acks, commits: foreign.commits });
    expect([one.activation.state, one.activation.have.commits]).toEqual(['committed', [1]]);
  });
});

describe('an attempt behind which another one was begun', () => {
  /** Acknowledged by all; this node has begun a later one. */
  const behind = (hasPreparedLater: boolean): Node => {
    const one = node(4, whole.acks);
    one.hasPreparedLater = hasPreparedLater;
    one.activation.supersede();
    one.activation.resume();
    one.activation.repeat();
    return one;
  };
  const [byOne, byThree] = [1, 3].map((j) => whole.commits.find(({ index }) => index === j));
  if (byOne === undefined || byThree === undefined) throw new RangeError('a fixture');

  it('is neither committed to nor helped', () => {
    const one = behind(false);
    expect([one.commits, one.locked, one.sent.length]).toEqual([0, undefined, 0]);
  });

  it('is committed to when so many have that, with this node, the others are too few for a later one', () => {
    const one = behind(false);
    one.activation.hearCommit(whole.acks, byOne);
    expect(one.activation.state).toBe('committed');
  });

  it('needs one more where the later one was prepared here, and counts nobody twice', () => {
    const one = behind(true);
    one.activation.hearCommit(whole.acks, byOne);
    one.activation.hearCommit(whole.acks, byOne);
    expect(one.commits).toBe(0);
    one.activation.repeat(); // others are to see how many have
    expect(one.sent).toMatchObject([{ kind: 'commit', commit: { index: 1 } }]);
    one.activation.hearCommit(whole.acks, byThree);
    expect(one.commits).toBe(1);
    expect(one.activation.state).toBe('activated');
  });

  it.each([
    [[1], [2, 3, 4], []],
    [[1, 3], [2, 4], []],
    [
      [1, 3],
      [2, 4],
      [2, 4],
    ],
    [[1, 2, 3], [4], [4]],
  ])(
    'is finished when %j had committed before %j began another one, which %j have prepared',
    (committed, begun, prepared) => {
      const nodes = [1, 2, 3, 4].map((index) => node(index, whole.acks));
      for (const one of nodes) {
        one.hasPreparedLater = prepared.some((index) => index === one.index);
        if (begun.some((index) => index === one.index)) one.activation.supersede();
      }
      for (const one of nodes) if (committed.some((index) => index === one.index)) one.activation.resume();
      talk(nodes);
      for (const one of nodes) one.activation.repeat();
      talk(nodes);
      expect(nodes.map(({ activation }) => activation.state)).toEqual(nodes.map(() => 'activated'));
    },
  );

  it('is left to itself while the others suffice for a later one', () => {
    const nodes = [1, 2, 3, 4].map((index) => node(index, whole.acks));
    for (const one of nodes.slice(1)) {
      one.hasPreparedLater = true;
      one.activation.supersede();
    }
    nodes[0]?.activation.resume();
    talk(nodes);
    expect(nodes.map(({ locked }) => locked !== undefined)).toEqual([true, false, false, false]);
  });
});

describe('crashes', () => {
  /** Every node falls once, at every message that it has taken in so far. */
  const moments = [0, 1, 2, 3, 4, 5, 6];
  const victims = [[1], [2], [5], [1, 3], [1, 2, 3, 4, 5]];
  it.each(moments.flatMap((moment) => victims.map((who) => [moment, who] as const)))(
    'after message %i of nodes %j lose nothing that was said',
    (moment, who) => {
      const nodes = parties.map((index) => new Node(index));
      for (const one of nodes) one.activation.repeat();
      for (let i = 0; i < moment; i++)
        for (const from of nodes) {
          const message = from.sent.shift();
          if (message !== undefined) for (const to of nodes) if (to !== from) to.hear(message);
        }
      const down = nodes.filter(({ index }) => who.includes(index));
      const lockedBefore = nodes.map(({ locked }) => locked);
      for (const one of down) one.restart();
      for (const one of nodes) one.activation.repeat();
      talk(nodes);
      expect(nodes.map(({ activation }) => activation.state)).toEqual(nodes.map(() => 'activated'));
      expect(nodes.every(({ locked }, i) => lockedBefore[i] === undefined || locked !== undefined)).toBe(
        true,
      );
      expect(nodes.filter(({ index }) => isMember(index))).toHaveLength(4);
    },
  );

  it('that take the lock do not take the promise: our own COMMIT, heard from others, locks again', () => {
    const [own] = whole.commits;
    if (own === undefined) throw new RangeError('a fixture');
    const one = node(own.index, ackOf(own.index));
    one.activation.supersede();
    one.hasPreparedLater = true;
    one.activation.hearCommit(whole.acks, own);
    expect([one.locked, one.commits]).toEqual([certHash, 1]);
    one.activation.hearCommit(whole.acks, own);
    expect(one.commits).toBe(1);
  });

  it('of all between lock and COMMIT repeat the same COMMITs', () => {
    const nodes = [1, 2, 3, 4].map((index) => node(index, whole.acks));
    for (const one of nodes) one.activation.resume();
    const before = nodes.map(({ sent }) => JSON.stringify(sent.map(String)));
    for (const one of nodes) one.restart();
    expect(nodes.map(({ sent }) => JSON.stringify(sent.map(String)))).toEqual(before);
    expect(nodes.every(({ locked }) => locked !== undefined && equalBytes(locked, certHash))).toBe(true);
  });
});
