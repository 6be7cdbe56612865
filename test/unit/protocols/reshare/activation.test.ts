import { describe, expect, it } from 'vitest';

import { partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { type Codec, decode, encode } from '../../../../src/crypto/codec.ts';
import { signFor } from '../../../../src/crypto/ed25519.ts';
import { Bug, InputError } from '../../../../src/crypto/errors.ts';
import { G, scalar } from '../../../../src/crypto/secp256k1.ts';
import type { EpochRecord } from '../../../../src/protocols/epoch.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import {
  type Ack,
  type ActivationCertificate,
  type Commit,
  type Prepared,
  ackCodec,
  acknowledge,
  activationCodec,
  certHashOf,
  checkActivation,
  commitCodec,
  commitHashOf,
  commitsTwice,
  feldmanHash,
  follows,
  hasDealersOf,
  holdsNewShare,
  isAcknowledgedByAll,
  isCommitOf,
  isCommittedByEnough,
  keepsSeats,
  preparedCodec,
  preparedShareCodec,
} from '../../../../src/protocols/reshare/activation.ts';
import { rngOf } from '../../../sim/cluster.ts';
import { heldEpoch, outputOf, runReshare, seats, terms } from '../support/reshare-run.ts';

const epoch = heldEpoch(3, seats(1, 2, 3, 4));
const old = epoch.record;
const run = runReshare(epoch, terms(2, seats(2, 4, 7), seats(1, 2, 3, 4)));
const [two, four, seven] = [partyIndex(2), partyIndex(4), partyIndex(7)];
const { prepared, certHash, acks, mine } = outputOf(run, two);
const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

const commitOf = (j: number, hash: Uint8Array = certHash): Commit => ({
  index: partyIndex(j),
  signature: signFor('rs', at(epoch.people, partyIndex(j)), commitHashOf(hash)),
});
const certificate: ActivationCertificate = { prepared, acks, commits: [1, 3, 4].map((j) => commitOf(j)) };

/** The same prepared epoch with another record. */
const recorded = (change: Partial<EpochRecord>): Prepared => ({
  ...prepared,
  record: { ...prepared.record, ...change },
});
const refusal = (changed: Partial<ActivationCertificate>, from: EpochRecord = old): unknown => {
  try {
    return checkActivation(from, { ...certificate, ...changed });
  } catch (error) {
    return error instanceof InputError ? `${error.code}: ${error.message}` : error;
  }
};

describe('what was prepared', () => {
  it('has a hash that covers the session, both epochs, the dealers, their vectors and the sharing', () => {
    const others: readonly Prepared[] = [
      recorded({ originSid: sessionId(bytes(1)) }),
      recorded({ prevEpochId: bytes(1) }),
      recorded({ threshold: 3 }),
      recorded({ commitments: [G, G] }),
      { ...prepared, dealers: prepared.dealers.slice(1) },
      { ...prepared, dealers: prepared.dealers.map((one) => ({ ...one, feldmanHash: bytes(1) })) },
      { ...prepared, dealers: prepared.dealers.map((one) => ({ ...one, index: seven })) },
    ];
    const hashes = [prepared, ...others].map((one) => certHashOf(one).join());
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(certHashOf(prepared)).toEqual(certHash);
    expect(feldmanHash([G])).not.toEqual(feldmanHash([G, G]));
  });
});

describe('an acknowledgement', () => {
  const ack = acks.find(({ index }) => index === two)!;

  it('proves one share of one prepared epoch, and no other', () => {
    expect(holdsNewShare(prepared, ack)).toBe(true);
    expect(holdsNewShare(prepared, { ...ack, index: four })).toBe(false);
    expect(holdsNewShare(prepared, { ...ack, index: partyIndex(1) })).toBe(false);
    expect(holdsNewShare(recorded({ originSid: sessionId(bytes(1)) }), ack)).toBe(false);
  });
  it('can be made again from the share, and from no other one', () => {
    const share = scalar(BigInt(`0x${Buffer.from(mine!.share).toString('hex')}`));
    expect(holdsNewShare(prepared, acknowledge(prepared, two, share, rngOf('ack', two)))).toBe(true);
    expect(() => acknowledge(prepared, two, scalar(5n), rngOf('ack', two))).toThrow(Bug);
    expect(() => acknowledge(prepared, partyIndex(9), share, rngOf('ack', two))).toThrow(Bug);
  });
});

describe('a COMMIT', () => {
  it('is a signature of a member of the old epoch, over one certificate', () => {
    expect(isCommitOf(old, certHash, commitOf(1))).toBe(true);
    expect(isCommitOf(old, bytes(1), commitOf(1))).toBe(false);
    expect(isCommitOf(old, certHash, { ...commitOf(1), index: two })).toBe(false);
    expect(isCommitOf(old, certHash, commitOf(7))).toBe(false);
  });
  it('ATK-P30: to two epochs after the same one convicts its signer', () => {
    const rival = recorded({ originSid: sessionId(bytes(1)) });
    const first = { prepared, commit: commitOf(1) };
    const second = { prepared: rival, commit: commitOf(1, certHashOf(rival)) };
    expect(commitsTwice(old, first, second)).toBe(true);
    expect(commitsTwice(old, first, first)).toBe(false);
    expect(commitsTwice(old, first, { ...second, commit: commitOf(2, certHashOf(rival)) })).toBe(false);
    expect(commitsTwice(old, first, { ...second, commit: commitOf(1) })).toBe(false);
    const later = recorded({ prevEpochId: bytes(1) });
    const another = { prepared: later, commit: commitOf(1, certHashOf(later)) };
    expect(commitsTwice(old, first, another)).toBe(false);
  });
});

describe('an activation certificate', () => {
  it('that is whole makes its epoch follow the old one', () => {
    expect(checkActivation(old, certificate)).toBe(certificate);
  });
  it.each([
    ['another key', { keyId: bytes(1) }],
    ['another number', { epochNo: 2 }],
    ['another predecessor', { prevEpochId: bytes(1) }],
    ['another chain code', { ccHash: bytes(1) }],
    ['another public key', { commitments: [G, G] }],
  ])('with %s does not follow', (_, change) => {
    expect(follows(old, recorded(change))).toBe(false);
    expect(refusal({ prepared: recorded(change) })).toMatch(/^stale-epoch: .*does not follow/);
  });
  it('of another epoch than the one that is held does not follow', () => {
    expect(follows(old, prepared)).toBe(true);
    expect(refusal({}, heldEpoch(3, seats(1, 2, 3, 4), 'another').record)).toMatch(/^stale-epoch/);
  });
  it('may not seat a member elsewhere, nor another one on its seat', () => {
    const [a, b, c] = prepared.record.members;
    const swapped = [{ ...a!, identityPk: b!.identityPk }, { ...b!, identityPk: a!.identityPk }, c!];
    const moved = [{ ...a!, index: partyIndex(9) }];
    expect(keepsSeats(old, prepared)).toBe(true);
    for (const members of [swapped, moved]) {
      expect(keepsSeats(old, recorded({ members }))).toBe(false);
      expect(refusal({ prepared: recorded({ members }) })).toMatch(/^bad-committee/);
    }
  });
  it('counts exactly as many dealers as the old threshold, ascending, of the old members', () => {
    const [a, b, c] = prepared.dealers;
    expect(hasDealersOf(old, prepared)).toBe(true);
    for (const dealers of [
      [a!, b!],
      [a!, c!, b!],
      [a!, a!, b!],
      [a!, b!, { ...c!, index: seven }],
    ]) {
      expect(hasDealersOf(old, { ...prepared, dealers })).toBe(false);
      expect(refusal({ prepared: { ...prepared, dealers } })).toMatch(/^bad-activation: .*dealers/);
    }
  });
  it('ATK-P30: needs the proof of every new member: half of them is not enough', () => {
    const foreign: Ack = { index: seven, proof: acks[0]!.proof };
    expect(isAcknowledgedByAll(certificate)).toBe(true);
    for (const some of [[], acks.slice(1), [...acks].reverse(), [acks[0]!, acks[1]!, foreign]]) {
      expect(isAcknowledgedByAll({ prepared, acks: some })).toBe(false);
      expect(refusal({ acks: some })).toMatch(/^bad-activation: .*proof/);
    }
  });
  it('ATK-P30: needs COMMITs of as many old members as the old threshold, each once', () => {
    const [a, b, c] = certificate.commits;
    expect(isCommittedByEnough(old, certificate)).toBe(true);
    for (const commits of [[], [a!, b!], [a!, b!, b!], [b!, a!, c!], [a!, b!, commitOf(7)]]) {
      expect(isCommittedByEnough(old, { ...certificate, commits })).toBe(false);
      expect(refusal({ commits })).toMatch(/^bad-activation: .*COMMITs/);
    }
    expect(refusal({ commits: [commitOf(1), commitOf(2), commitOf(3), commitOf(4)] })).toMatchObject({
      prepared,
    });
  });
});

describe('the bytes', () => {
  const share = { prepared, index: two, share: bytes(2), chainCode: bytes(3) };
  it.each<[string, Codec<unknown>, unknown]>([
    ['Prepared', preparedCodec as Codec<unknown>, prepared],
    ['Ack', ackCodec as Codec<unknown>, acks[0]],
    ['Commit', commitCodec as Codec<unknown>, certificate.commits[0]],
    ['ActivationCertificate', activationCodec as Codec<unknown>, certificate],
    ['PreparedShare', preparedShareCodec as Codec<unknown>, share],
  ])('of a %s go there and back, and nothing shorter or longer does', (_, codec, value) => {
    const encoded = encode(codec, value);
    expect(encode(codec, decode(codec, encoded))).toEqual(encoded);
    expect(encoded.length).toBeLessThanOrEqual(codec.maxBytes);
    for (let end = 0; end < encoded.length; end++)
      expect(() => decode(codec, encoded.subarray(0, end))).toThrow(InputError);
    expect(() => decode(codec, Uint8Array.from([...encoded, 0]))).toThrow(InputError);
    const first = encoded.map((byte, i) => (i === 1 ? byte ^ 1 : byte));
    expect(refused(codec, first) ?? encode(codec, decode(codec, first))).not.toEqual(encoded);
  });
  const refused = (codec: Codec<unknown>, changed: Uint8Array): InputError | undefined => {
    try {
      decode(codec, changed);
      return undefined;
    } catch (error) {
      return error instanceof InputError ? error : expect.fail(String(error));
    }
  };
});
