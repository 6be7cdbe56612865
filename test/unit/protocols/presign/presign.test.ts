import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { bytesToBigint, toHex } from '../../../../src/crypto/bytes.ts';
import { act, actBase, multiply, scalar, sum } from '../../../../src/crypto/secp256k1.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { parseEnvelope } from '../../../../src/protocols/kernel/envelope.ts';
import { emptyReply } from '../../../../src/protocols/kernel/endings.ts';
import { type Protocol, at } from '../../../../src/protocols/kernel/protocol.ts';
import { batchesOf, dealKey, idleParty, presignSpec, quorumsOf, runPresign } from '../../../sim/signing.ts';
import { setup } from '../../../../src/protocols/kernel/setup.ts';
import { directBytes } from '../../../../src/protocols/presign/messages.ts';
import { type PresignBatch, presign } from '../../../../src/protocols/presign/presign.ts';
import { lying } from '../../../sim/cheating.ts';
import { rngOf } from '../../../sim/cluster.ts';

const secret = (bytes: Uint8Array) => scalar(bytesToBigint(bytes));
const key = dealKey(3, 4);
const [quorum = []] = quorumsOf(key);

describe('presigning', () => {
  it.each([1, 3, 4, 16])('gives shares of k·φ and x·φ of every instance, for a batch of %i', (batch) => {
    const two = dealKey(2, 3);
    const batches = [...batchesOf(runPresign(two, quorumsOf(two)[1] ?? [], batch)).values()];
    for (let s = 0; s < batch; s++) {
      const parts = batches.map(({ presignatures }) => presignatures[s]);
      const total = (name: 'phi' | 'u' | 'v') =>
        sum(parts.map((one) => secret(one?.[name] ?? new Uint8Array(32))));
      const [phi, u, v] = [total('phi'), total('u'), total('v')];
      expect(v).toBe(multiply(two.secret, phi));
      // u = k·φ and R = k·G, hence φ·R = u·G.
      const R = parts[0]?.R;
      expect(R && act(phi, R).equals(actBase(u))).toBe(true);
      expect(new Set(parts.map((one) => toHex(one?.presigId ?? new Uint8Array(0)))).size).toBe(1);
    }
  });

  it('ends alike at all parties, in any order of delivery', () => {
    const ends = [1, 2].map((seed) => {
      const run = runPresign(key, quorum, 2, { seed });
      const roots = [...run.states.values()].map((state) => (state.kind === 'done' ? toHex(state.root) : ''));
      expect(new Set(roots).size).toBe(1);
      return [...batchesOf(run).values()].map(({ ok, view, presignatures }) =>
        [ok, view, ...presignatures.map(({ phi }) => phi)].map(toHex).join(),
      );
    });
    expect(ends[0]).toEqual(ends[1]);
  });

  it('sends as many bytes as the specification counts', () => {
    const sizes = new Set<string>();
    runPresign(key, quorum, 4, {
      tamper: (_from, _to, bytes) => {
        const { kind, round } = parseEnvelope(bytes).header;
        if (kind === 1) sizes.add(`${round} ${bytes.length}`);
        return [bytes];
      },
    });
    const around = 271 + 32 + 16;
    const { commit, extend, multiply: third } = directBytes(4);
    expect([...sizes].sort()).toEqual([
      `1 ${commit + around}`,
      `2 ${extend + around}`,
      `3 ${third + around}`,
    ]);
  });

  it('is over four rounds after the setup, and confirms in the last', () => {
    const run = runPresign(key, quorum, 1);
    const transcript = run.sessions.get(partyIndex(1))?.transcript();
    expect(transcript?.broadcasts.map((round) => round.length)).toEqual([3, 3, 3, 3, 3]);
  });

  it('draws other nonces, masks and OT secrets in every session', () => {
    const [first, second] = ['one', 'two'].map((label) =>
      [...batchesOf(runPresign(key, quorum, 2, { label })).values()].flatMap(({ presignatures }) =>
        presignatures.flatMap(({ R, phi, u, v }) => [R.toBytes(), phi, u, v].map(toHex)),
      ),
    );
    expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(2 * (3 * 2 * 3 + 2));
  });

  it('has let go of its keys and of every secret of a pair when it promises to open nothing', () => {
    const kept: boolean[] = [];
    const watched = function* (self: PartyIndex): Protocol<PresignBatch> {
      const party = yield* setup(presignSpec(key, quorum, 1), self, rngOf('run', self));
      const isGone = (): boolean =>
        [party.keys.esk, ...party.keys.sharedX.values()].every((bytes) => bytes.every((b) => b === 0));
      const inputs = { record: key.record, share: at(key.shares, self), batch: 1 };
      return yield* lying(presign(party, inputs), (send) => {
        kept.push(send.isPromise === isGone());
        return send;
      });
    };
    const { states } = runPresign(key, quorum, 1, { body: watched });
    expect([...states.values()].every(({ kind }) => kind === 'done')).toBe(true);
    expect(kept).toEqual(new Array(12).fill(true));
  });

  it.each([
    ['a share of another epoch', { share: at(dealKey(3, 4, 'other').shares, partyIndex(1)) }],
    ['a share that is too short', { share: new Uint8Array(31) }],
    ['an empty batch', { batch: 0 }],
    ['a record of which the parties are no quorum', { record: dealKey(2, 3).record }],
  ])('is refused as our own mistake with %s', (_, change) => {
    const inputs = { record: key.record, share: at(key.shares, partyIndex(1)), batch: 1, ...change };
    expect(() => presign(idleParty(key, quorum), inputs).next(emptyReply)).toThrow(Bug);
  });
});
