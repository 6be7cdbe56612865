import { describe, expect, test } from 'vitest';

import { recheckEvidence } from '../../../src/audit/evidence.ts';
import { readTranscript } from '../../../src/audit/transcript-file.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { encode } from '../../../src/crypto/codec.ts';
import {
  type Envelope,
  envelopeKinds,
  parseEnvelope,
  sealEnvelope,
} from '../../../src/protocols/kernel/envelope.ts';
import { encodeEvidence } from '../../../src/protocols/kernel/evidence.ts';
import { abortCodec } from '../../../src/protocols/kernel/notices.ts';
import { specHash } from '../../../src/protocols/kernel/spec.ts';
import { members } from '../../sim/cluster.ts';
import { makeCeremony } from './support/folders.ts';
import { fileOf, forge } from './support/tamper.ts';

const bytes = fileOf(makeCeremony(3, 2).files, 'transcript.jsonl');
const file = readTranscript(bytes, 'transcript.jsonl');
const seedOf = (j: number): Uint8Array => {
  const member = members(3).find(({ index }) => index === j);
  if (member === undefined) throw new RangeError('a stranger');
  return member.seed;
};
const first = file.entries[0]?.envelope;
if (first === undefined) throw new RangeError('no envelope');
const known: Envelope = first;

/** The transcript with an abort by party 2 that carries these envelopes against party 1. */
function accused(shown: readonly Uint8Array[], body?: Uint8Array): ReturnType<typeof recheckEvidence> {
  const evidence = encodeEvidence({
    kind: 'equivocation',
    accused: partyIndex(1),
    check: 'V4',
    envelopes: shown,
  });
  const notice = encode(abortCodec, {
    code: 'equivocation',
    check: 'V4',
    accused: [partyIndex(1)],
    evidence: body ?? evidence,
  });
  const fields = {
    ...known.header,
    kind: envelopeKinds.abort,
    from: partyIndex(2),
    sid: specHash(file.spec),
  };
  const abort = sealEnvelope(fields, notice, seedOf(2)).bytes;
  const changed = forge(bytes, ({ transcript }) => ({
    transcript: { ...transcript, notices: [...transcript.notices, abort] },
  }));
  return recheckEvidence('V9', [readTranscript(changed, 'transcript.jsonl')]);
}

describe('an accusation', () => {
  test('that nobody made is nothing to judge', () => {
    expect(recheckEvidence('V9', [file]).verdict).toBe('skip');
  });

  test('with proof is upheld, and names the guilty', () => {
    const { header, body } = parseEnvelope(known.bytes);
    const other = sealEnvelope(
      header,
      body.map((byte) => byte ^ 1),
      seedOf(1),
    ).bytes;
    const result = accused([known.bytes, other]);
    expect(result.verdict).toBe('pass');
    expect(result.detail).toContain('party 1 is guilty');
  });

  test('without proof speaks against its author', () => {
    const result = accused([known.bytes, known.bytes]);
    expect(result.verdict).toBe('fail');
    expect(result.detail).toContain('party 2 accuses falsely');
  });

  test('that cannot be read accuses nobody', () => {
    expect(accused([], new Uint8Array(3)).verdict).toBe('skip');
    expect(accused([], new Uint8Array(0)).verdict).toBe('skip');
  });
});
