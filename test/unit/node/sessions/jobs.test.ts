import { expect, it } from 'vitest';

import { encode } from '../../../../src/crypto/codec.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { startJob } from '../../../../src/node/sessions/jobs.ts';
import { epochCodec } from '../../../../src/protocols/epoch.ts';
import { protos } from '../../../../src/protocols/kernel/envelope.ts';
import { decodeSpec, specCodec, specHash } from '../../../../src/protocols/kernel/spec.ts';
import { members, rngOf, specFor } from '../../../sim/cluster.ts';
import { dealKey } from '../../../sim/signing.ts';
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
