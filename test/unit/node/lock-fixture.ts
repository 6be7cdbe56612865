import { keyRefOf } from '../../../src/chain/change.ts';
import { type Lock, lockHash, lockOfActivation } from '../../../src/chain/lock.ts';
import { type SessionId, partyIndex, sessionId } from '../../../src/crypto/brand.ts';
import { bytesToBigint } from '../../../src/crypto/bytes.ts';
import { identityPublicKey, signFor } from '../../../src/crypto/ed25519.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit } from '../../../src/crypto/shamir.ts';
import { type Definition, acceptanceOf } from '../../../src/protocols/ceremony/definition.ts';
import { epochIdOf } from '../../../src/protocols/epoch.ts';
import { acknowledge, certHashOf, commitHashOf } from '../../../src/protocols/reshare/activation.ts';
import { members, rngOf } from '../../sim/cluster.ts';
import type { DealtKey } from '../../sim/signing.ts';
import { named } from './helpers.ts';

/** A lock with the whole key behind it. */
export interface KeyedLock {
  readonly lock: Lock;
  readonly key: Pick<DealtKey, 'secret'>;
}

/** The lock of a refresh by all members, certified and nothing more; `name` makes its polynomial. */
export function refreshed({ lock: previous, key }: KeyedLock, name: string): KeyedLock {
  const { record: old } = previous;
  const definition = refreshOf(previous);
  const all = members(old.members.length);
  const signatures = all.map(({ seed }) => {
    const identityPk = identityPublicKey(seed);
    return {
      identityPk,
      signature: signFor('definition', seed, acceptanceOf(definition, identityPk)),
      signedAtMs: 2n,
    };
  });
  const f = Array.from({ length: old.threshold }, (_, k) =>
    k === 0 ? key.secret : scalar(bytesToBigint(named(`${name}/${k}`))),
  );
  const originSid: SessionId = sessionId(named(`sid ${name}`));
  const record = {
    ...old,
    epochNo: old.epochNo + 1,
    commitments: feldmanCommit(f),
    prevEpochId: epochIdOf(old),
    originSid,
  };
  const dealers = all
    .slice(0, old.threshold)
    .map(({ index }) => ({ index, feldmanHash: named(`${name} dealer ${index}`) }));
  const prepared = { record, dealers };
  const certHash = certHashOf(prepared);
  const activation = {
    prepared,
    acks: all.map(({ index }) => acknowledge(prepared, index, evaluate(f, index), rngOf(name, index))),
    commits: all
      .slice(0, old.threshold)
      .map(({ index, seed }) => ({ index, signature: signFor('rs', seed, commitHashOf(certHash)) })),
  };
  const lock = lockOfActivation({ definition, signatures }, 0, activation, lockHash(previous));
  return { lock, key };
}

function refreshOf(previous: Lock): Definition {
  const { definition } = previous.definition;
  return {
    ...definition,
    name: 'refresh',
    ceremony: 'refresh',
    sequence: definition.sequence + 1n,
    proposer: partyIndex(1),
    key: keyRefOf(previous),
    change: {
      remaining: definition.committee.map(({ index }) => index),
      joining: [],
      leaving: [],
      lost: [],
    },
    leavers: [],
  };
}
