import { expect, it } from 'vitest';

import {
  type Ending,
  type Job,
  type JobResult,
  endedLocally,
  wipeEnding,
  wipeJob,
} from '../../../../src/node/sessions/messages.ts';
import { named } from '../helpers.ts';

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const plain = () => ({
  ...{ instance: 0, presigId: named('id'), R: named('R') },
  ...{ phi: named('phi'), u: named('u'), v: named('v') },
});
const done = (result: JobResult): Ending => ({ kind: 'done', root: named('root'), result });

it('the secrets of a result can be forgotten; what is public stays', () => {
  const keygen = {
    ...({ kind: 'keygen', sid: named('sid'), record: named('record'), certificate: [] } as const),
    ...{ share: named('share'), chainCode: named('cc'), certificateHash: named('hash') },
  };
  wipeEnding(done(keygen));
  expect([isZero(keygen.share), isZero(keygen.chainCode), isZero(keygen.record)]).toEqual([
    true,
    true,
    false,
  ]);
  const one = plain();
  const rest = { sid: named('sid'), view: named('view'), ok: named('ok'), eids: [] };
  wipeEnding(done({ kind: 'presign', ...rest, presignatures: [one] }));
  expect([one.phi, one.u, one.v, one.presigId].map(isZero)).toEqual([true, true, true, false]);
  const signature = named('signature');
  wipeEnding(done({ kind: 'sign', sid: named('sid'), signature }));
  wipeEnding(endedLocally('worker-died'));
  expect(isZero(signature)).toBe(false);
});

it('the secrets of a job can be forgotten', () => {
  const base = { spec: named('spec'), self: 1 };
  const jobs: readonly Job[] = [
    { kind: 'keygen', ...base, identitySeed: named('seed'), seed: named('rng') },
    { kind: 'presign', ...base, identitySeed: named('seed'), record: named('r'), share: named('share') },
    {
      ...{ kind: 'sign', ...base, identitySeed: named('seed'), record: named('r'), presignature: plain() },
      ...{ view: named('view'), eids: [], purpose: 'batch', requestId: named('id'), digest: named('digest') },
    },
  ];
  for (const job of jobs) {
    wipeJob(job);
    expect(isZero(job.identitySeed)).toBe(true);
    if (job.kind === 'keygen') expect(isZero(job.seed)).toBe(true);
    if (job.kind === 'presign') expect(isZero(job.share)).toBe(true);
    if (job.kind === 'sign') {
      const { phi, u, v } = job.presignature;
      expect([phi, u, v].every(isZero)).toBe(true);
    }
    expect(isZero(job.spec)).toBe(false);
  }
});

it('what ends by itself blames nobody', () => {
  expect(endedLocally('node-stopped')).toMatchObject({
    kind: 'aborted',
    grade: 'D',
    culprits: [],
    code: 'node-stopped',
  });
});
