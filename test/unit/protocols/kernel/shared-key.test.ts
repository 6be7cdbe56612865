import { describe, expect, test } from 'vitest';

import { sessionId } from '../../../../src/crypto/brand.ts';
import { G, actBase, randomScalar, scalar, scalarToBytes } from '../../../../src/crypto/secp256k1.ts';
import { type Party, forParties } from '../../../../src/protocols/kernel/protocol.ts';
import { isSharedKey, showSharedKey } from '../../../../src/protocols/kernel/shared-key.ts';
import { rngOf } from '../../../sim/cluster.ts';
import { party, sid } from '../support/envelopes.ts';

const parties = [1, 2, 3].map(party);
const rng = rngOf('shared key', party(1));
const secrets = forParties(parties, () => randomScalar(rng));
const epks = forParties(parties, (j) => actBase(secrets.get(j) ?? scalar(1n)));

const partyOf = (self: number): Party => ({
  sid: sessionId(sid),
  self: party(self),
  parties,
  others: parties.filter((j) => j !== self),
  threshold: 2,
  pids: new Map(),
  rng,
  keys: {
    esk: scalarToBytes(secrets.get(party(self)) ?? scalar(1n)),
    epks,
    sharedX: new Map(),
    wipe: () => undefined,
  },
});

const facts = { sid: sessionId(sid), epks };
const byOne = { shownBy: party(1), peer: party(2) };
const shown = showSharedKey(partyOf(1), party(2));

describe('what a pair shares', () => {
  test('is the same point from either end, each with its own proof', () => {
    const other = showSharedKey(partyOf(2), party(1));
    expect(other.D.equals(shown.D)).toBe(true);
    expect(isSharedKey(facts, byOne, shown)).toBe(true);
    expect(isSharedKey(facts, { shownBy: party(2), peer: party(1) }, other)).toBe(true);
  });

  test('is proven for this pair, this shower and this session', () => {
    expect(isSharedKey(facts, { shownBy: party(2), peer: party(1) }, shown)).toBe(false);
    expect(isSharedKey(facts, { shownBy: party(1), peer: party(3) }, shown)).toBe(false);
    expect(isSharedKey({ ...facts, sid: sessionId(new Uint8Array(32)) }, byOne, shown)).toBe(false);
    expect(isSharedKey({ ...facts, epks: new Map() }, byOne, shown)).toBe(false);
  });

  test('is no other point, and with no other proof', () => {
    expect(isSharedKey(facts, byOne, { ...shown, D: shown.D.add(G) })).toBe(false);
    const proof = { ...shown.proof, z: scalar(shown.proof.z + 1n) };
    expect(isSharedKey(facts, byOne, { ...shown, proof })).toBe(false);
  });
});
