import { describe, expect, it } from 'vitest';

import { auditFolder } from '../../../src/audit/audit.ts';
import {
  auditEvidence,
  isEvidenceFile,
  readEvidence,
  writeEvidence,
} from '../../../src/audit/evidence-file.ts';
import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { ascii, equalBytes, latin1 } from '../../../src/crypto/bytes.ts';
import { encode } from '../../../src/crypto/codec.ts';
import { startJob } from '../../../src/node/sessions/jobs.ts';
import type { JobResult, ReshareJob } from '../../../src/node/sessions/messages.ts';
import { encodeEpoch } from '../../../src/protocols/epoch.ts';
import { judge } from '../../../src/protocols/judge.ts';
import { decodeEvidence, encodeEvidence } from '../../../src/protocols/kernel/evidence.ts';
import { type Protocol, at } from '../../../src/protocols/kernel/protocol.ts';
import { Session } from '../../../src/protocols/kernel/session.ts';
import { specCodec } from '../../../src/protocols/kernel/spec.ts';
import { brotli } from '../../../src/system/compression.ts';
import { flipAt, inDirect, lying } from '../../sim/cheating.ts';
import { Cluster, rngOf } from '../../sim/cluster.ts';
import { named } from '../node/helpers.ts';
import {
  heldEpoch,
  inputsOf,
  reshareBody,
  reshareSpec,
  seats,
  terms,
} from '../protocols/support/reshare-run.ts';

// Party 1 deals a wrong share to party 3, which complains: the session goes on without the liar.

const epoch = heldEpoch(2, seats(1, 2, 3));
const spec = reshareSpec(epoch, terms(2, seats(2, 3, 4), seats(1, 2, 3)));
const liar = partyIndex(1);
const { record } = epoch;

function evidenceOfALie(): Uint8Array {
  const rng = rngOf('liar', liar);
  const lie = new Session<JobResult>({
    ...{ spec, self: liar, identitySeed: at(epoch.people, liar), rng, maxBodyBytes: 1 << 20 },
    body: lying(
      (function* (): Protocol<JobResult> {
        const { certHash } = yield* reshareBody(epoch, spec, liar, rng);
        return { kind: 'sign', sid: certHash, signature: certHash };
      })(),
      inDirect('reshare/deal', flipAt(31), seats(3)),
    ),
    judge: (evidence, about, first) => judge(evidence, about, first, record),
    outputHash: () => named('nothing'),
  });
  const jobOf = (self: PartyIndex): ReshareJob => {
    const { held } = inputsOf(epoch, spec, self);
    return {
      ...{ kind: 'reshare', spec: encode(specCodec, spec), self, record: encodeEpoch(record) },
      identitySeed: at(epoch.people, self).slice(),
      seed: named(`seed of ${self}`),
      ...(held && { share: held.share.slice(), chainCode: held.chainCode.slice() }),
    };
  };
  const noRng = (): never => expect.fail('a reshare draws from its seed alone');
  const honest = seats(2, 3, 4).map((j) => [j, startJob(jobOf(j), noRng).session] as const);
  const state = new Cluster(new Map([[liar, lie], ...honest]), 1).run().get(partyIndex(2));
  if (state?.kind !== 'done' || state.output.kind !== 'reshare') expect.fail(String(state?.kind));
  return state.output.removed[0]?.evidence ?? expect.fail('nobody was removed');
}

const evidence = decodeEvidence(evidenceOfALie());
const file = { reason: 'removed-1', spec, record, evidence };
const name = '0a1b2c3d-removed-1.json';
const folderOf = (bytes: Uint8Array) => ({ path: '.', files: new Map([[name, bytes]]) });
const verdictOf = (bytes: Uint8Array) => auditEvidence(folderOf(bytes), name).checks[0];
const tools = { compressor: brotli, versionedHashes: () => Promise.resolve([]) };

describe('a file of evidence', () => {
  it('convicts the accused by what is in it alone, and is found by the audit of a folder', async () => {
    const bytes = writeEvidence(file);
    expect(verdictOf(bytes)).toMatchObject({ verdict: 'pass', detail: expect.stringContaining('party 1') });
    const files = new Map([[`ceremonies/x/evidence/${name}`, bytes]]);
    const audit = await auditFolder(files, {}, tools);
    expect(audit.ok).toBe(true);
    expect(audit.reports.map(({ subject }) => subject.kind)).toEqual(['evidence']);
  });

  it('comes back as it was', () => {
    const bytes = writeEvidence(file);
    expect(writeEvidence(readEvidence(bytes, 'x'))).toEqual(bytes);
  });

  it('may hold as much as an opened presign session of 64 instances', () => {
    const plaintext = new Uint8Array(3_500_000).fill(9);
    const opened = { ...evidence, kind: 'opening' as const, salt: new Uint8Array(32), plaintext };
    const bytes = writeEvidence({ ...file, evidence: opened });
    // Byte by byte through the matcher, so many bytes take half a minute.
    expect(equalBytes(encodeEvidence(readEvidence(bytes, 'x').evidence), encodeEvidence(opened))).toBe(true);
  });

  it('does not convict anybody else, or without what the accused has signed', () => {
    const other = { ...file, evidence: { ...evidence, accused: partyIndex(2) } };
    expect(verdictOf(writeEvidence(other))?.verdict).toBe('fail');
    const bare = { ...file, evidence: { ...evidence, envelopes: [] } };
    expect(verdictOf(writeEvidence(bare))?.verdict).toBe('fail');
  });

  it('is not taken with the record of another epoch, without one, or damaged', () => {
    const foreign = heldEpoch(2, seats(1, 2, 3), 'another');
    const text = latin1(writeEvidence(file));
    const cases = [
      writeEvidence({ ...file, record: foreign.record }),
      writeEvidence({ ...file, record: undefined }),
      ascii(text.slice(0, -9)),
      ascii(text.replace('"version": 2', '"version": 1')),
      ascii(text.replace(/"spec": "0x../, '"spec": "0x')),
    ];
    for (const bytes of cases) expect(verdictOf(bytes)?.verdict).toBe('fail');
  });

  it('has a name of its own', () => {
    expect(isEvidenceFile(name)).toBe(true);
    for (const no of ['lock.json', 'receipt-a.json', 'erasure-a.json', 'definition.json', '0a1b2c3d.json'])
      expect(isEvidenceFile(no)).toBe(false);
  });
});
