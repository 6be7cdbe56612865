import { describe, expect, it } from 'vitest';

import { partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { G, scalar } from '../../../../src/crypto/secp256k1.ts';
import { evaluateInExponent, feldmanCommit, randomPolynomial } from '../../../../src/crypto/shamir.ts';
import { epochIdOf } from '../../../../src/protocols/epoch.ts';
import { certificateHash, combine, okOf, recordOf } from '../../../../src/protocols/keygen/joint.ts';
import type { Reveal } from '../../../../src/protocols/keygen/messages.ts';
import { members } from '../../../sim/cluster.ts';

const rng = seededRng(new Uint8Array(32).fill(3));
const sid = sessionId(new Uint8Array(32).fill(1));
const view = new Uint8Array(32).fill(2);
const parties = [1, 2, 5].map((i) => partyIndex(i));
const reveals = new Map(
  parties.map((j): [typeof j, Reveal] => {
    const pok = { N: G, z: scalar(1n) };
    return [j, { F: feldmanCommit(randomPolynomial(1, rng)), pok, cc: rng(32), salt: rng(32) }];
  }),
);
const joint = combine(sid, parties, 2, reveals);

describe('what all contributions make', () => {
  it('is the sum of the vectors, and its values are the public shares', () => {
    for (const [j, S] of joint.publicShares) expect(S.equals(evaluateInExponent(joint.C, j))).toBe(true);
    const [a, b, c] = [...reveals.values()].map(({ F }) => F[0]!);
    expect(joint.C[0]!.equals(a!.add(b!).add(c!))).toBe(true);
    expect([...joint.publicShares.keys()]).toEqual(parties);
  });

  it('has a chain code that depends on every part of it and on the session', () => {
    const [j, reveal] = [...reveals][2]!;
    const other = combine(sid, parties, 2, new Map([...reveals, [j, { ...reveal, cc: rng(32) }]]));
    expect(other.cc).not.toEqual(joint.cc);
    expect(combine(sessionId(view), parties, 2, reveals).cc).not.toEqual(joint.cc);
  });

  it('is confirmed by a hash that binds session, view, vector and chain code', () => {
    const hashes = [
      okOf(sid, view, joint),
      okOf(sessionId(view), view, joint),
      okOf(sid, sid, joint),
      okOf(sid, view, { ...joint, C: [...joint.C].reverse() }),
      okOf(sid, view, { ...joint, cc: view }),
    ];
    expect(new Set(hashes.map(toHex)).size).toBe(hashes.length);
  });

  it('is recorded as epoch 0 of a key that is named after the session', () => {
    const participants = members(3).map(({ seed }, i) => ({
      index: parties[i]!,
      identityPk: identityPublicKey(seed),
    }));
    const record = recordOf(sid, 2, participants, joint);
    expect(record.epochNo).toBe(0);
    expect(toHex(record.prevEpochId)).toBe('00'.repeat(32));
    expect(record.originSid).toEqual(sid);
    expect(record.members.map(({ index }) => index)).toEqual(parties);
    expect(toHex(record.ccHash)).not.toBe(toHex(joint.cc));
    const hash = certificateHash(sid, view, epochIdOf(record));
    expect(certificateHash(sid, sid, epochIdOf(record))).not.toEqual(hash);
    expect(certificateHash(sid, view, view)).not.toEqual(hash);
  });
});
