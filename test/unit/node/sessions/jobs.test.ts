import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { startJob } from '../../../../src/node/sessions/jobs.ts';
import type { JobResult, ReshareJob } from '../../../../src/node/sessions/messages.ts';
import { epochCodec } from '../../../../src/protocols/epoch.ts';
import { judge } from '../../../../src/protocols/judge.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { decodeEvidence } from '../../../../src/protocols/kernel/evidence.ts';
import { type Protocol, at } from '../../../../src/protocols/kernel/protocol.ts';
import { Session } from '../../../../src/protocols/kernel/session.ts';
import { decodeSpec, specCodec, specHash } from '../../../../src/protocols/kernel/spec.ts';
import {
  ackCodec,
  certHashOf,
  holdsNewShare,
  preparedCodec,
} from '../../../../src/protocols/reshare/activation.ts';
import { flipAt, inDirect, lying } from '../../../sim/cheating.ts';
import { Cluster, members, rngOf, specFor } from '../../../sim/cluster.ts';
import { dealKey } from '../../../sim/signing.ts';
import {
  heldEpoch,
  inputsOf,
  reshareBody,
  reshareSpec,
  seats,
  terms,
} from '../../protocols/support/reshare-run.ts';
import { named } from '../helpers.ts';

const key = dealKey(2, 3, 'jobs');
const two = members(3).slice(0, 2);
const seed = (): Uint8Array => two[0]?.seed.slice() ?? named('x');

it('each job gets randomness for its own purpose and name, and forgets its secrets when it is wiped', () => {
  const asked: string[] = [];
  const rngFor = (label: string, name: Uint8Array) => {
    asked.push(`${label} ${String(name)}`);
    return rngOf(label, two[0]?.index ?? members(1)[0]!.index);
  };
  const keygen = encode(specCodec, specFor(two, { proto: protos.keygen, threshold: 2 }));
  const secrets = { identitySeed: seed(), seed: named('of the session') };
  const first = { kind: 'keygen', spec: keygen, self: 1, ...secrets } as const;
  const presign = encode(specCodec, specFor(two, { proto: protos.presign, threshold: 2, batch: 1 }));
  const base = { spec: presign, self: 1, identitySeed: seed(), record: encode(epochCodec, key.record) };
  const second = { kind: 'presign', ...base, share: named('share') } as const;
  for (const [job, spec] of [
    [first, keygen],
    [second, presign],
  ] as const) {
    const { session, wipe } = startJob(job, rngFor);
    expect(session.size).toBe(2);
    // What may be repeated draws nothing but its seed.
    const drawn = job.kind === 'keygen' ? [] : [`${job.kind} ${String(specHash(decodeSpec(spec)))}`];
    expect(asked).toEqual(drawn);
    wipe();
    expect(job.identitySeed.every((byte) => byte === 0)).toBe(true);
  }
  expect(first.seed.every((byte) => byte === 0)).toBe(true);
  expect(second.share.every((byte) => byte === 0)).toBe(true);
});

it('a job with a specification or a record that is none is not begun', () => {
  const rngFor = () => rngOf('x', members(1)[0]!.index);
  const base = { self: 1, identitySeed: seed(), share: named('share') };
  const presign = encode(specCodec, specFor(two, { proto: protos.presign, threshold: 2, batch: 1 }));
  for (const job of [
    { kind: 'presign', ...base, spec: presign, record: new Uint8Array(5) },
    { kind: 'presign', ...base, spec: presign.slice(1), record: encode(epochCodec, key.record) },
  ] as const)
    expect(() => startJob(job, rngFor)).toThrow(InputError);
});

describe('a reshare', () => {
  const epoch = heldEpoch(2, seats(1, 2, 3));
  const spec = reshareSpec(epoch, terms(2, seats(2, 3, 4), seats(1, 2, 3)));
  const jobOf = (self: PartyIndex): ReshareJob => {
    const held = inputsOf(epoch, spec, self).held;
    return {
      kind: 'reshare',
      spec: encode(specCodec, spec),
      self,
      identitySeed: at(epoch.people, self).slice(),
      seed: named(`seed of ${self}`),
      record: encode(epochCodec, epoch.record),
      ...(held && { share: held.share.slice(), chainCode: held.chainCode.slice() }),
    };
  };
  const noRng = (): never => expect.fail('a reshare draws from its seed alone');

  it('ends with what a COMMIT needs, and without the share, which was to be persisted', () => {
    const jobs = new Map(seats(1, 2, 3, 4).map((j) => [j, jobOf(j)]));
    const running = new Map([...jobs].map(([j, job]) => [j, startJob(job, noRng)]));
    const sessions = new Map([...running].map(([j, { session }]) => [j, session]));
    const results = [...new Cluster(sessions, 1).run().values()].map((state) =>
      state.kind === 'done' && state.output.kind === 'reshare' ? state.output : expect.fail(state.kind),
    );
    const [first] = results;
    const prepared = decode(preparedCodec, first!.prepared);
    expect(first).toMatchObject({ certHash: certHashOf(prepared), removed: [] });
    expect(first!.acks.every((ack) => holdsNewShare(prepared, decode(ackCodec, ack)))).toBe(true);
    for (const result of results) expect(result).toEqual(first);
    expect(new Set(results.flatMap((result) => Object.keys(result)))).toEqual(
      new Set(['kind', 'sid', 'prepared', 'certHash', 'acks', 'removed']),
    );
    for (const [j, job] of jobs) {
      running.get(j)!.wipe();
      const secrets = [job.identitySeed, job.seed, job.share, job.chainCode];
      expect(secrets.flatMap((bytes) => [...(bytes ?? [])]).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('shows of a dealer that was left out what convinces by the specification and the old record', () => {
    const liar = partyIndex(1);
    const rng = rngOf('liar', liar);
    const wrong = inDirect('reshare/deal', flipAt(31), seats(3));
    const lie = new Session<JobResult>({
      ...{ spec, self: liar, identitySeed: at(epoch.people, liar), rng, maxBodyBytes: 1 << 20 },
      body: lying(
        (function* (): Protocol<JobResult> {
          const { certHash } = yield* reshareBody(epoch, spec, liar, rng);
          return { kind: 'sign', sid: certHash, signature: certHash };
        })(),
        wrong,
      ),
      judge: (evidence, about, first) => judge(evidence, about, first, epoch.record),
      outputHash: () => named('nothing'),
    });
    const honest = seats(2, 3, 4).map((j) => [j, startJob(jobOf(j), noRng).session] as const);
    const states = new Cluster(new Map([[liar, lie], ...honest]), 1).run();
    for (const [j] of honest) {
      const state = states.get(j);
      if (state?.kind !== 'done' || state.output.kind !== 'reshare') expect.fail(state?.kind);
      const { removed } = state.output;
      expect(removed.map(({ index }) => index)).toEqual([liar]);
      const evidence = decodeEvidence(removed[0]!.evidence);
      expect(judge(evidence, spec, [], epoch.record).guilty).toBe('accused');
    }
  });
});
