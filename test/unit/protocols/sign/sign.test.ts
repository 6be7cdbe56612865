import { beforeAll, describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { bigintToBytes } from '../../../../src/crypto/bytes.ts';
import { type Signature, recoverPublicKey, verifyDigest } from '../../../../src/crypto/ecdsa.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { actBase, q, scalar } from '../../../../src/crypto/secp256k1.ts';
import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { parseEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import type { Sending } from '../../../../src/protocols/kernel/protocol.ts';
import { sign } from '../../../../src/protocols/sign/sign.ts';
import { sessionOf, signingKey } from '../../../../src/protocols/sign/tuple.ts';
import { flipAt, inBroadcast, writeAt } from '../../../sim/cheating.ts';
import {
  type PresignRun,
  abortsOf,
  batchesOf,
  dealKey,
  digestOf,
  quorumsOf,
  runPresign,
  runSign,
  signInputs,
} from '../../../sim/signing.ts';
import { rngOf } from '../../../sim/cluster.ts';

/** The one signature that all parties have. */
function onlySignature(states: ReturnType<typeof runSign>): Signature {
  const found = [...states.values()].map((state) => {
    if (state.kind === 'aborted') throw state.abort;
    if (state.kind !== 'done') throw new RangeError(state.kind);
    return state.output;
  });
  const [first] = found;
  if (first === undefined) throw new RangeError('nobody signed');
  for (const one of found) expect(one).toEqual(first);
  return first;
}

describe.each([
  [2, 3],
  [3, 4],
  [3, 5],
])('a %i-of-%i key', (threshold, n) => {
  const key = dealKey(threshold, n);
  const publicKey = publicKeyOf(key.record);
  const parities = new Set<number>();
  const rs = new Set<bigint>();

  it.each(quorumsOf(key).map((quorum) => [quorum]))(
    'signs with every presignature of quorum %j',
    (quorum) => {
      const run = runPresign(key, quorum, 4);
      for (const instance of [0, 1, 2, 3]) {
        const digest = digestOf(`message ${instance}`);
        const signature = onlySignature(runSign(run, instance, digest));
        expect(verifyDigest(publicKey, digest, signature)).toBe(true);
        expect(recoverPublicKey(digest, signature)?.equals(publicKey)).toBe(true);
        expect(signature.s <= (q - 1n) / 2n).toBe(true);
        parities.add(signature.yParity);
        rs.add(signature.r);
      }
    },
  );

  it('has signed with both parities, and never with one nonce twice', () => {
    expect([...parities].sort()).toEqual([0, 1]);
    expect(rs.size).toBe(4 * quorumsOf(key).length);
  });
});

const key = dealKey(3, 4);
const quorum = [1, 2, 3].map((j) => partyIndex(j));
const digest = digestOf('a transaction');
/** Zero modulo q, and no canonical scalar. */
const order = bigintToBytes(q, 32);
let run: PresignRun;
beforeAll(() => {
  run = runPresign(key, quorum, 16);
});

/** Signs with an instance while party 2 says something else. */
const withLies = (instance: number, change: (send: Sending) => Sending) =>
  abortsOf(runSign(run, instance, digest, { lies: (self) => (self === 2 ? change : undefined) }));

describe('signing', () => {
  it('signs under a child key, where ε is not zero', () => {
    const epsilon = scalar(12_345n);
    const signature = onlySignature(
      runSign(run, 0, digest, { change: (inputs) => ({ ...inputs, path: [7], epsilon }) }),
    );
    const child = publicKeyOf(key.record).add(actBase(epsilon));
    expect(signingKey({ publicKey: publicKeyOf(key.record), epsilon }).equals(child)).toBe(true);
    expect(verifyDigest(child, digest, signature)).toBe(true);
    expect(verifyDigest(publicKeyOf(key.record), digest, signature)).toBe(false);
  });

  it('has let go of its presignature before a share leaves', () => {
    const seen: boolean[] = [];
    const kept: Uint8Array[] = [];
    const states = runSign(run, 1, digest, {
      change: (inputs) => {
        kept.push(inputs.presignature.phi, inputs.presignature.u, inputs.presignature.v);
        return inputs;
      },
      lies: () => (send) => {
        if (send.name === 'sign/share') seen.push(kept.some((bytes) => bytes.every((b) => b === 0)));
        return send;
      },
    });
    onlySignature(states);
    expect(seen).toEqual([true, true, true]);
    expect(kept.every((bytes) => bytes.every((b) => b === 0))).toBe(true);
  });

  it('lets go of its presignature when the session ends before that', () => {
    const kept: Uint8Array[] = [];
    const states = runSign(run, 2, digest, {
      change: (inputs) => {
        kept.push(inputs.presignature.phi);
        return inputs;
      },
      tamper: () => [],
    });
    for (const abort of abortsOf(states).values())
      expect(abort).toMatchObject({ code: 'timed-out', grade: 'D' });
    expect(kept.map((bytes) => bytes.every((b) => b === 0))).toEqual([true, true, true]);
  });

  it('S2: refuses a digest that is zero modulo the order', () => {
    for (const zero of [new Uint8Array(32), order]) {
      const aborts = abortsOf(runSign(run, 3, zero));
      expect(aborts.size).toBe(3);
      for (const abort of aborts.values())
        expect(abort).toMatchObject({ code: 'digest-refused', grade: 'D' });
    }
  });

  it('S7: names who says another tuple in round 1, to those who see it', () => {
    for (const [j, abort] of withLies(4, inBroadcast('sign/nonce', flipAt(0))))
      if (j !== 2)
        expect(abort).toMatchObject({ code: 'tuple-mismatch', culprits: [2], check: 'S7', grade: 'B' });
  });

  it.each([
    [5, 'presigId', 0],
    [6, 'τ', 32],
  ])(
    'S7: names who sends a share for something else, with evidence (%i, another %s)',
    (instance, _, place) => {
      const aborts = withLies(instance, inBroadcast('sign/share', flipAt(place)));
      const abort = aborts.get(partyIndex(1));
      expect(abort).toMatchObject({ code: 'tuple-mismatch', culprits: [2], check: 'S7', grade: 'A' });
      const evidence = abort?.evidence;
      const spec = { ...run.spec, proto: 3, batch: 0, position: BigInt(instance) };
      expect(evidence && judge(evidence, spec).guilty).toBe('accused');
      expect(evidence && judge({ ...evidence, accused: partyIndex(3) }, spec).guilty).toBe('accuser');
    },
  );

  it.each([
    [7, 'w', 64],
    [8, "u'", 96],
  ])('S8: names who sends a share that is no scalar, with evidence (%i, %s)', (instance, _, place) => {
    for (const [j, abort] of withLies(instance, inBroadcast('sign/share', writeAt(place, order))))
      if (j !== 2)
        expect(abort).toMatchObject({ code: 'malformed', culprits: [2], check: 'V11', grade: 'A' });
  });

  it.each([
    [9, 'w', -33],
    [10, "u'", -1],
  ])('S10: returns nothing, and names nobody, when a share is wrong (%i, %s)', (instance, _, place) => {
    const aborts = withLies(instance, inBroadcast('sign/share', flipAt(place)));
    expect(aborts.size).toBe(3);
    for (const abort of aborts.values())
      expect(abort).toMatchObject({
        code: 'combined-signature-invalid',
        check: 'S10',
        culprits: [],
        grade: 'C',
      });
  });

  it("S9: returns nothing when the u' add up to zero", () => {
    // The last to speak sees the others' shares and cancels them: here, by telling everybody to send zero.
    const aborts = abortsOf(
      runSign(run, 11, digest, { lies: () => inBroadcast('sign/share', writeAt(96, new Uint8Array(32))) }),
    );
    expect(aborts.size).toBe(3);
    for (const abort of aborts.values())
      expect(abort).toMatchObject({
        code: 'combined-signature-invalid',
        check: 'S9',
        culprits: [],
        grade: 'C',
      });
  });

  it('ends at the deadline, blaming nobody, when a share is withheld', () => {
    const states = runSign(run, 12, digest, {
      tamper: (from, _to, bytes) => (from === 2 && parseEnvelope(bytes).header.round === 2 ? [] : [bytes]),
    });
    expect(states.get(partyIndex(2))?.kind).toBe('done');
    expect(abortsOf(states).get(partyIndex(1))).toMatchObject({ code: 'timed-out', culprits: [] });
  });

  it('refuses, as our own mistake, a used presignature, another quorum and another session', () => {
    const [batch] = [...batchesOf(run).values()];
    if (batch === undefined) throw new RangeError('no batch');
    const inputs = signInputs(run, batch, 13, digest);
    const party = {
      sid: sessionOf(inputs),
      self: partyIndex(1),
      parties: quorum,
      rng: rngOf('x', partyIndex(1)),
    };
    const begin = (changed: typeof inputs, who: typeof party) => () => sign(who, changed).next(emptyReply);
    expect(begin(signInputs(run, batch, 13, digest), { ...party, parties: quorum.slice(1) })).toThrow(Bug);
    expect(begin(signInputs(run, batch, 13, digestOf('another')), party)).toThrow(Bug);
    inputs.presignature.u.fill(0);
    expect(begin(inputs, party)).toThrow(Bug);
  });

  it('is not disturbed by what is said with another presignature of the same batch', () => {
    const heard: Uint8Array[] = [];
    runSign(run, 14, digest, {
      tamper: (_from, _to, bytes) => {
        heard.push(bytes);
        return [bytes];
      },
    });
    const signature = onlySignature(
      runSign(run, 15, digest, { tamper: (_from, _to, bytes) => [...heard, bytes] }),
    );
    expect(verifyDigest(publicKeyOf(key.record), digest, signature)).toBe(true);
  });
});
